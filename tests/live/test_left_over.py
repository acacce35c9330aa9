"""On real guests: what ends half done is offered at once, by a key, until it is seen to."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.creation.site import POOL, hosting
from tests.live.creating import BOOTED, COMMAND, SMALL, kept, restored, until_kept
from tests.live.terminal import Terminal
from tests.live.test_creating_killed import ACCESS, WATCHING, kill_at, noted
from tests.live.test_creating_real import qcow2
from tests.live.test_interrupted import records
from tests.rig import Daemon, wait_until
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


def gave_up(before: list[Path]) -> bool:
    """Whether another record has taken the place of these, and nobody is at it any more."""
    now = records()
    return len(now) == 1 and now != before and now[0].read_text().endswith('{"ended":true}\n')


def none_left() -> None:
    """Wait until nothing is left half done."""
    wait_until(lambda: not records(), 60, "the record's end", 0.1)


@pytest.mark.timeout(300)
def test_a_watch_that_is_cancelled_is_offered_at_once(
    host: tuple[Daemon, Path], tmp_path: Path
) -> None:
    """It never comes to a prompt; whoever stops watching is offered the rest in the same breath."""
    image = tmp_path / "x-genericcloud.img"
    image.write_bytes(b"\1" * 510 + b"\x55\xaa" + b"\1" * (4 << 20))
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


@pytest.mark.timeout(400)
def test_a_seed_that_cannot_be_deleted_is_told_and_finished_later(
    host: tuple[Daemon, Path], tmp_path: Path
) -> None:
    """By the command, and by the screen that opens next: what went wrong, and what is left."""
    image = qcow2(tmp_path, "x-genericcloud.qcow2", asking())
    with restored(*host):
        connection = host[0].connect()
        with subprocess.Popen(
            [*COMMAND, "-c", host[0].uri, "--name=new", "--cloud", str(image), *SMALL, *WORDS],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as process:  # fmt: skip
            wait_until(
                lambda: process.poll() is not None or (records() and noted(WATCHING)), 120,
                "the guest", 0.05,
            )  # fmt: skip
            with no_pool(connection):
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
    image = tmp_path / "x-genericcloud.img"
    image.write_bytes(b"\1" * 510 + b"\x55\xaa" + b"\1" * (4 << 20))
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
