"""The program is killed in the middle of a plan; its next start offers to finish or to undo."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import libvirt
import pytest

from tests.live.rooms import qemu, start_some, stopped
from tests.live.terminal import Terminal
from tests.rig import Daemon, Proxy, define, idle, tiny, wait_until
from vmtui import paths

pytestmark = pytest.mark.rig


def records() -> list[Path]:
    """The journal's records."""
    folder = paths.journal_dir()
    return list(folder.glob("*.jsonl")) if folder.exists() else []


def kill(terminal: Terminal) -> None:
    """SIGKILL the program and wait until it is gone."""
    os.kill(terminal.pid, signal.SIGKILL)
    wait_until(lambda: terminal.ended, 20, "the program's end")


def eventually(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition of the host."""
    wait_until(condition, 40, what, 0.05)


def interrupted_save(daemon: Daemon) -> None:
    """Kill the program while a guest whose process stands still is being saved."""
    with stopped(qemu(daemon, "web1")), Terminal("-c", daemon.uri) as terminal:
        terminal.until_shown("running")
        terminal.press("w")
        terminal.until_shown("do it")
        terminal.press("y")
        eventually(records, "a record")
        terminal.until_gone("do it")
        kill(terminal)
    assert len(records()) == 1


@pytest.mark.parametrize("answer", ["f", "l"])
def test_a_managed_save_that_was_interrupted(daemon: Daemon, answer: str) -> None:
    """Finished, or left as it is; in either case the record is gone afterwards."""
    connection = daemon.connect()
    start_some(connection, [idle("web1")])
    domain = connection.lookupByName("web1")
    interrupted_save(daemon)
    with Terminal("-c", daemon.uri) as terminal:
        terminal.until_shown("Interrupted")
        terminal.until_shown("Save the state of web1")
        terminal.press(answer)
        if answer == "f":
            terminal.until_shown("n leave it")
            terminal.press("y")
            eventually(domain.hasManagedSaveImage, "the saved state")
        else:
            terminal.until_gone("Interrupted")
        eventually(lambda: not records(), "the record's end")
        terminal.press("q")
        terminal.until_ended()
    with Terminal("-c", daemon.uri) as terminal:
        terminal.until_shown("web1")
        assert "Interrupted" not in terminal.text()


def interrupted_delete(daemon: Daemon, proxy: Proxy, name: str) -> None:
    """Kill the program when it has undefined a guest and not yet deleted its volume.

    The line is frozen as soon as the guest is undefined, so that no further step goes through.
    """
    connection = daemon.connect()
    with Terminal("-c", proxy.uri) as terminal:
        terminal.until_shown(name)
        terminal.press("X")
        terminal.until_shown(f"type {name} to do it")
        terminal.write(name)
        proxy.delay = 0.15
        terminal.press("Enter")
        gone = False
        deadline = time.monotonic() + 60
        while not gone:
            assert time.monotonic() < deadline, terminal.text()
            gone = name not in [domain.name() for domain in connection.listAllDomains()]
        # Let the answer through, and nothing after it.
        eventually(lambda: any('"done":1' in r.read_text() for r in records()), "the first note")
        kill(terminal)
    proxy.delay = 0.0


@pytest.mark.parametrize("answer", ["f", "u"])
def test_a_deletion_that_was_interrupted(daemon: Daemon, answer: str) -> None:
    """Finished: guest and volume are gone. Undone: the guest is defined again, volume and all."""
    disk = daemon.disk("own")
    connection = daemon.connect()
    define(connection, tiny("web1", disks=[disk]))
    connection.storagePoolDefineXML(
        f"<pool type='dir'><name>disks</name><target><path>{daemon.volumes}</path></target></pool>"
    ).create()
    with Proxy(daemon, Path(f"/tmp/rig-proxy-{time.monotonic_ns():x}")) as proxy:
        interrupted_delete(daemon, proxy, "web1")
    assert disk.exists()
    with Terminal("-c", daemon.uri) as terminal:
        terminal.until_shown("Interrupted")
        terminal.until_shown("Delete web1")
        terminal.press(answer)
        terminal.until_shown("n leave it")
        terminal.press("y")
        if answer == "f":
            eventually(lambda: not disk.exists(), "the volume's end")
            assert not connection.listAllDomains()
        else:
            terminal.until_shown("web1   ")
            eventually(connection.listAllDomains, "the guest")
            assert connection.lookupByName("web1").XMLDesc().count(str(disk)) == 1
            assert disk.exists()
        eventually(lambda: not records(), "the record's end")


def test_a_damaged_record_is_reported_and_stops_nothing(
    lab: libvirt.virConnect, rig_daemon: Daemon
) -> None:
    """It can be kept or removed."""
    define(lab, idle("web1"))
    folder = paths.journal_dir()
    folder.mkdir(parents=True)
    (folder / "1-1-1.jsonl").write_text("no json\n")
    with Terminal("-c", rig_daemon.uri) as terminal:
        terminal.until_shown("A damaged record")
        terminal.press("r")
        terminal.until_gone("A damaged record")
        terminal.until_shown("web1")
        assert not records()
