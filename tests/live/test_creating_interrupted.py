"""`vmtui create` killed in its middle; the next start finishes it, or leaves nothing."""

from __future__ import annotations

import contextlib
import itertools
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hypervisors.libvirt.creation.site import hosting
from tests.live.creating import COMMAND, SMALL, expect, kept, restored, until_kept
from tests.live.terminal import Terminal
from tests.live.test_interrupted import records
from tests.rig import Daemon, Proxy, wait_until
from tests.rig.guests import PROMPT
from tests.rig.initramfs import boot

pytestmark = [pytest.mark.rig, pytest.mark.slow]

WORDS = "console=ttyS0 tsc=unstable no_timer_check mitigations=off panic=-1 tiny.name=new"
BIG = 256 << 20
_numbers = itertools.count()


@pytest.fixture(scope="module")
def host() -> Iterator[tuple[Daemon, Path]]:
    """A daemon with a pool, and the pool's folder."""
    with hosting() as host:
        yield host


@pytest.fixture
def proxy(host: tuple[Daemon, Path]) -> Iterator[Proxy]:
    """What can slow the line to the daemon."""
    with Proxy(host[0], host[0].folder / f"slow{next(_numbers)}") as proxy:
        yield proxy


@contextlib.contextmanager
def making(uri: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """`vmtui create` while it works; killed with SIGKILL at the end."""
    process = subprocess.Popen(
        [*COMMAND, "-c", uri, "--name=new", "--no-wait", *SMALL, *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield process
        assert process.poll() is None, process.communicate()[0]
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert len(records()) == 1


def soon(condition: Callable[[], object]) -> None:
    """Wait for a condition, without a pause: what comes after it is not to happen."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline


def upload(proxy: Proxy, host: tuple[Daemon, Path], folder: Path) -> None:
    """Killed while its disk is uploaded."""
    disk = folder / "big.img"
    with disk.open("wb") as file:
        file.write((b"\1" * 510 + b"\x55\xaa") + b"\1" * (BIG - 512))
    proxy.delay = 0.002
    with making(proxy.uri, "--disk", str(disk), "--use=copy", "--format=raw"):
        soon(lambda: sum(map(written, half(host))) > 8 << 20)
    assert sum(map(written, half(host))) < BIG, "it was killed too late"


def written(path: Path) -> int:
    """How much of a file there is, without its holes."""
    return path.stat().st_blocks * 512


def half(host: tuple[Daemon, Path]) -> list[Path]:
    """What is in the pool's folder."""
    return [path for path in host[1].iterdir() if path.is_file()]


def definition(proxy: Proxy, host: tuple[Daemon, Path], folder: Path) -> None:
    """Killed when the guest is defined and nobody has noted it yet."""
    files = boot()
    words = ("--kernel", str(files.kernel), "--initrd", str(files.initramfs), "--size=64M")
    connection = host[0].connect()
    with making(proxy.uri, *words, f"--arguments={WORDS}"):
        wait_until(lambda: len(half(host)) >= 2, 60, "the uploads")
        proxy.delay = 0.1
        soon(lambda: connection.listAllDomains())


@pytest.mark.parametrize("answer", ["f", "u"])
@pytest.mark.parametrize("where", [upload, definition])
def test_killed(
    host: tuple[Daemon, Path], proxy: Proxy, tmp_path: Path,
    where: Callable[[Proxy, tuple[Daemon, Path], Path], None], answer: str,
) -> None:  # fmt: skip
    """Finished: the guest is there with all that it needs. Undone: the pool is as it was."""
    daemon, _folder = host
    with restored(*host) as before:
        where(proxy, host, tmp_path)
        assert kept(*host) != before, "it was killed too early"
        with Terminal("-c", daemon.uri) as terminal:
            terminal.until_shown("Interrupted")
            terminal.until_shown("Create new")
            terminal.press(answer)
            terminal.until_shown("n leave it")
            terminal.press("y")
            wait_until(lambda: not records(), 60, "the record's end", 0.1)
        if answer == "u":
            until_kept(*host, before)
            return
        (domain,) = daemon.connect().listAllDomains()
        assert domain.isActive()
        if where is definition:
            expect(daemon.connect(), "new", PROMPT.format(name="new"))
        else:
            (volume,) = half(host)
            assert volume.read_bytes() == (tmp_path / "big.img").read_bytes()
