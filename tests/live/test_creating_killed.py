"""`vmtui create` killed at every step of it, and ten guests from one profile."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.creation.site import POOL, hosting
from tests.live.creating import COMMAND, SMALL, create, expect, kept, restored, until_kept
from tests.live.rooms import sweep
from tests.live.terminal import Terminal
from tests.live.test_creating_real import qcow2
from tests.live.test_interrupted import records
from tests.rig import Daemon, Proxy, wait_until
from tests.rig.rescue import LOGIN, asking
from tests.rig.rescue import PROMPT as RESCUE

pytestmark = [pytest.mark.rig, pytest.mark.slow]

ACCESS = ("--user=ada", f"--ssh-key=ssh-ed25519 {'A' * 68} rig")
STEPS = ("upload", "overlay", "seed", "definition", "start")


@pytest.fixture(scope="module")
def host() -> Iterator[tuple[Daemon, Path]]:
    """A daemon with a pool, and the pool's folder."""
    with hosting() as host:
        yield host


def done() -> int:
    """How many steps are noted as done; -1 before the first note."""
    text = "".join(record.read_text() for record in records())
    return max((int(part) for part in re.findall(r'"done": ?(\d+)', text)), default=-1)


def noted(step: int) -> bool:
    """Whether all before this step is noted, and that the guest stands where it only is watched."""
    stands = any('"standing"' in record.read_text() for record in records())
    return done() >= step and (step < WATCHING or stands)


def kill_at(host: tuple[Daemon, Path], folder: Path, step: int, *words: str) -> None:
    """Make the guest `new`, and kill the program as soon as all before this step is noted."""
    with Proxy(host[0], folder / "slow") as proxy:
        process = subprocess.Popen(
            [*COMMAND, "-c", proxy.uri, "--name=new", "--yes", *SMALL, *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            wait_until(lambda: records() or process.poll() is not None, 120, "a record", 0.01)
            proxy.delay = 0.05
            wait_until(lambda: noted(step) or process.poll() is not None, 120, "it", 0.01)
        finally:
            process.send_signal(signal.SIGKILL)
            said = process.communicate()[0]
        proxy.delay = 0
    assert process.returncode == -signal.SIGKILL, said
    assert len(records()) == 1


def answer(terminal: Terminal, key: str) -> None:
    """Finish it or undo it, with all that is asked."""
    terminal.until_shown("Leave things as they are")
    terminal.press(key)
    if key == "f":
        terminal.until_shown("n leave it")
        terminal.press("y")
    else:
        terminal.until_shown("type new to do it")
        terminal.write("new")
        terminal.press("Enter")


@pytest.mark.parametrize("step", range(len(STEPS)), ids=STEPS)
@pytest.mark.timeout(300)
def test_killed_at_this_step_nothing_stays(
    host: tuple[Daemon, Path], tmp_path: Path, step: int
) -> None:
    """A cloud image: killed as soon as all before this step is noted, then undone."""
    image = tmp_path / "x-genericcloud.img"
    image.write_bytes(b"\1" * 510 + b"\x55\xaa" + b"\1" * (4 << 20))
    with restored(*host) as before:
        kill_at(host, tmp_path, step, "--cloud", str(image), *ACCESS, "--no-wait")
        with Terminal("-c", host[0].uri) as terminal:
            terminal.until_shown("Interrupted")
            terminal.press("u")
            terminal.until_shown("n leave it")
            terminal.press("y")
            wait_until(lambda: not records(), 60, "the record's end", 0.1)
        until_kept(*host, before)


WATCHING, EJECTING, DELETING = range(len(STEPS), len(STEPS) + 3)
"""What is left to do once the guest runs."""


@pytest.mark.parametrize(
    ("step", "wish"),
    [(WATCHING, "f"), (WATCHING, "u"), (EJECTING, "f"), (DELETING, "u")],
    ids=["watched-finish", "watched-undo", "ejecting-finish", "deleting-undo"],
)
@pytest.mark.timeout(300)
def test_killed_when_the_guest_runs(
    host: tuple[Daemon, Path], tmp_path: Path, step: int, wish: str
) -> None:
    """Finished: it stands without its seed. Undone, with its name typed: nothing of it stays."""
    image = qcow2(tmp_path, "x-genericcloud.qcow2", asking())
    words = ("--cloud", str(image), "--bus=sata", "--no-agent", *ACCESS)
    with restored(*host) as before:
        kill_at(host, tmp_path, step, *words)
        with Terminal("-c", host[0].uri) as terminal:
            answer(terminal, wish)
            wait_until(lambda: not records(), 60, "the record's end", 0.1)
        if wish == "u":
            until_kept(*host, before)
            return
        there = kept(*host)
        assert there["guests"] == ["new"]
        assert len(there["volumes"]) == 2, "the image and the overlay"
        (domain,) = host[0].connect().listAllDomains()
        assert domain.isActive()
        assert "seed" not in domain.XMLDesc() + domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
        expect(host[0].connect(), "new", LOGIN)


@pytest.mark.timeout(300)
def test_of_a_guest_that_went_meanwhile_the_seed_goes(
    host: tuple[Daemon, Path], tmp_path: Path
) -> None:
    """Killed while it was watched, and undefined by somebody else: what is left is finished."""
    image = qcow2(tmp_path, "x-genericcloud.qcow2", asking())
    words = ("--cloud", str(image), "--bus=sata", "--no-agent", *ACCESS)
    with restored(*host):
        kill_at(host, tmp_path, WATCHING, *words)
        sweep(host[0].connect())
        with Terminal("-c", host[0].uri) as terminal:
            terminal.until_shown("Interrupted")
            terminal.press("f")
            terminal.until_shown("n leave it")
            terminal.press("y")
            wait_until(lambda: not records(), 60, "the record's end", 0.1)
        assert len(kept(*host)["volumes"]) == 2, "the image and the overlay"


@pytest.mark.timeout(600)
def test_ten_from_a_profile_share_one_image(host: tuple[Daemon, Path], tmp_path: Path) -> None:
    """The first one is saved as it was made; ten more are numbered on, each with its overlay."""
    daemon, folder = host
    with restored(*host):
        base = qcow2(tmp_path).rename(folder / "base.qcow2")
        daemon.keeper.give(base)
        connection = daemon.connect()
        connection.storagePoolLookupByName(POOL).refresh()
        create(
            daemon.uri, "--disk", f"{POOL}/base.qcow2", "--use=overlay", "--name=web-##",
            "--no-wait", "--save-profile=small", *SMALL,
        )  # fmt: skip
        create(daemon.uri, "--profile=small", "--count=10", "--no-wait", "--yes")
        names = [f"web-{number:02}" for number in range(1, 12)]
        there = {domain.name(): domain for domain in connection.listAllDomains()}
        assert sorted(there) == names
        assert all(domain.isActive() for domain in there.values())
        assert kept(daemon, folder)["volumes"] == ["base.qcow2", *(f"{n}.qcow2" for n in names)]
        assert all(str(base) in domain.XMLDesc() for domain in there.values())
        for name in (names[0], names[-1]):
            expect(connection, name, RESCUE, seconds=300)
