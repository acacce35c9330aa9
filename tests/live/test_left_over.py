"""On real guests: what ends half done is offered at once, by a key, until it is seen to."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.creation.site import POOL, hosting
from tests.live.creating import BOOTED, COMMAND, SMALL, kept, restored, until_kept
from tests.live.terminal import Terminal
from tests.live.test_creating_killed import ACCESS, WATCHING, answer, kill_at, noted
from tests.live.test_creating_real import qcow2
from tests.live.test_interrupted import kill, records
from tests.rig import Daemon, Proxy, wait_until
from tests.rig.rescue import asking

pytestmark = [pytest.mark.rig, pytest.mark.slow]

WORDS = ("--bus=sata", "--no-agent", *ACCESS)


@pytest.fixture(scope="module")
def host() -> Iterator[tuple[Daemon, Path]]:
    """A daemon with a pool, and the pool's folder."""
    with hosting() as host:
        yield host


@contextlib.contextmanager
def no_pool(connection: libvirt.virConnect) -> Iterator[None]:
    """The pool is off meanwhile, so that none of its volumes can be deleted."""
    pool = connection.storagePoolLookupByName(POOL)
    pool.destroy()
    try:
        yield
    finally:
        pool.create()


def silent(folder: Path) -> Path:
    """An image that begins to boot and comes to no prompt."""
    image = folder / "x-genericcloud.img"
    image.write_bytes(b"\1" * 510 + b"\x55\xaa" + b"\1" * (4 << 20))
    return image


def gave_up(before: list[Path]) -> bool:
    """Whether another record has taken the place of these, and nobody is at it any more."""
    now = records()
    return len(now) == 1 and now != before and now[0].read_text().endswith('{"ended":true}\n')


def at_it(before: list[Path], key: str) -> bool:
    """Whether another record has taken the place of these, and what it is of is under way."""
    now = records()
    if len(now) != 1 or now == before:
        return False
    return '"done":1' in now[0].read_text() if key == "u" else '"standing"' in now[0].read_text()


def none_left() -> None:
    """Wait until nothing is left half done."""
    wait_until(lambda: not records(), 60, "the record's end", 0.1)


@pytest.mark.timeout(300)
def test_a_watch_that_is_cancelled_is_offered_at_once(
    host: tuple[Daemon, Path], tmp_path: Path
) -> None:
    """It never comes to a prompt; whoever stops watching is offered the rest in the same breath."""
    image = silent(tmp_path)
    with restored(*host) as before:
        kill_at(host, tmp_path, WATCHING, "--cloud", str(image), *WORDS)
        with Terminal("-c", host[0].uri) as terminal:
            answer(terminal, "f")
            terminal.press("3")
            terminal.until_shown("Finish: Create new")
            terminal.until_shown("running")
            terminal.press("c")
            terminal.until_shown("cancelled; it stands; left over: take out a medium")
            terminal.until_shown("I finishes or")
            assert len(records()) == 1
            terminal.press("I")
            answer(terminal, "u")
            none_left()
        until_kept(*host, before)


@contextlib.contextmanager
def watched(uri: str, image: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """`vmtui create` that watches its guest's first boot."""
    with subprocess.Popen(
        [*COMMAND, "-c", uri, "--name=new", "--cloud", str(image), *SMALL, *WORDS, *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        wait_until(
            lambda: process.poll() is not None or (records() and noted(WATCHING)), 120,
            "the guest", 0.05,
        )  # fmt: skip
        yield process


@pytest.mark.timeout(300)
def test_a_command_that_is_cancelled_tells_what_is_left(
    host: tuple[Daemon, Path], tmp_path: Path
) -> None:
    image = silent(tmp_path)
    with restored(*host):
        with watched(host[0].uri, image, "--json") as process:
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=BOOTED)[0]
        assert process.returncode == 130, said
        (result,) = json.loads(said[said.index("{") :])["results"]
        assert result["result"] == "cancelled"
        (domain,) = host[0].connect().listAllDomains()
        running = libvirt.VIR_DOMAIN_RUNNING
        wait_until(
            lambda: int(domain.info()[0]) == running, 10, "it runs, and is not held any more"
        )
        assert result["left"] == ["take out a medium", f"delete volume new-seed.iso in {POOL}"]
        assert len(records()) == 1


@pytest.mark.timeout(400)
def test_a_seed_that_cannot_be_deleted_is_told_and_finished_later(
    host: tuple[Daemon, Path], tmp_path: Path
) -> None:
    """By the command, and by the screen that opens next: what went wrong, and what is left."""
    image = qcow2(tmp_path, "x-genericcloud.qcow2", asking())
    with restored(*host):
        connection = host[0].connect()
        with watched(host[0].uri, image) as process, no_pool(connection):
            said = process.communicate(timeout=BOOTED)[0]
        assert process.returncode == 1, said
        assert "new: failed" in said
        assert "new: left over: " in said
        assert "delete volume new-seed.iso" in said
        assert "vmtui offers to finish or undo it" in said
        assert "new-seed.iso" in kept(*host)["volumes"]
        with Terminal("-c", host[0].uri) as terminal:
            terminal.until_shown("What went")
            answer(terminal, "f")
            none_left()
        assert "new-seed.iso" not in kept(*host)["volumes"]
        assert connection.lookupByName("new").isActive()


@pytest.mark.timeout(300)
def test_an_undoing_that_fails_is_offered_again_until_it_is_through(
    host: tuple[Daemon, Path], tmp_path: Path
) -> None:
    """Its pool is off: the guest goes, its volumes stay; and twice so."""
    image = silent(tmp_path)
    with restored(*host) as before:
        kill_at(host, tmp_path, WATCHING, "--cloud", str(image), *WORDS)
        connection = host[0].connect()
        with no_pool(connection), Terminal("-c", host[0].uri) as terminal:
            answer(terminal, "u")
            terminal.until_shown("I finishes or")
            assert not connection.listAllDomains()
            terminal.press("I")
            terminal.until_shown("What went")
            before_that = records()
            answer(terminal, "u")
            wait_until(lambda: gave_up(before_that), 60, "another record", 0.1)
        with Terminal("-c", host[0].uri) as terminal:
            terminal.until_shown("What went")
            answer(terminal, "u")
            none_left()
        until_kept(*host, before)


@pytest.mark.timeout(400)
def test_killed_again_and_again_all_of_it_is_still_offered(
    host: tuple[Daemon, Path], tmp_path: Path
) -> None:
    """While it is watched, while that is finished, and while it is undone."""
    image = silent(tmp_path)
    with restored(*host) as before, Proxy(host[0], host[0].folder / "slowly") as proxy:
        kill_at(host, tmp_path, WATCHING, "--cloud", str(image), *WORDS)
        for key in ("f", "u"):
            proxy.delay = 0.0
            before_that = records()
            with Terminal("-c", proxy.uri) as terminal:
                terminal.until_shown("new   ")
                answer(terminal, key)
                proxy.delay = 0.15
                wait_until(lambda b=before_that, k=key: at_it(b, k), 60, "it", 0.01)  # type: ignore[misc]
                kill(terminal)
        with Terminal("-c", host[0].uri) as terminal:
            terminal.until_shown("it was being undone")
            answer(terminal, "u")
            none_left()
        until_kept(*host, before)
