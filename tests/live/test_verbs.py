"""Every verb from the keyboard, on real guests."""

from __future__ import annotations

import re
from pathlib import Path

import libvirt
import pytest

from tests.live.rooms import (
    SLOW,
    act,
    aside,
    guest,
    start_some,
    state,
    until_idle,
    until_row,
    view,
    watching,
)
from tests.rig import Console, Daemon, define, idle, start, tiny
from tests.ui.cockpits import Seat
from vmtui.engine.job import JobState
from vmtui.model.guest import Agent, GuestState

pytestmark = pytest.mark.rig

RUNNING, OFF, PAUSED = GuestState.RUNNING, GuestState.OFF, GuestState.PAUSED


async def yes(seat: Seat, *words: str) -> None:
    """See these words in the question, and say yes."""
    for part in ("do it", *words):
        await seat.until_shown(part)
    await seat.press("y")
    await seat.until_gone("n leave it")


async def until(seat: Seat, name: str, wanted: GuestState) -> None:
    """Wait until the guest is in that state and nothing is under way."""
    await seat.until(lambda: state(seat, name) is wanted, SLOW)
    await until_idle(seat)


async def booted(seat: Seat, log: Path, name: str) -> None:
    """Wait until a tiny guest's shell is there."""
    await seat.until(lambda: f"{name}:~#" in said(log), 90)


def said(log: Path) -> str:
    """What a guest has written on its serial line so far."""
    return log.read_text(errors="replace") if log.exists() else ""


async def test_start_pause_save_and_force_off(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """The life of a guest without an operating system, all of it by keys."""
    domain = define(lab, idle("web1"))
    async with watching(tmp_path, rig_daemon.uri) as seat:
        await act(seat, "web1", "s")
        await until(seat, "web1", RUNNING)
        await seat.press("p")
        await until(seat, "web1", PAUSED)
        await until_row(seat, "web1", "paused")
        await seat.press("P")
        await until(seat, "web1", RUNNING)
        await seat.press("t")
        await seat.until(lambda: domain.autostart() == 1)
        await seat.until(lambda: bool((g := guest(seat, "web1")) and g.autostart))
        await until_idle(seat)
        await seat.press("t")
        await seat.until(lambda: domain.autostart() == 0)
        await until_idle(seat)
        await seat.press("R")
        await yes(seat, "reset at once")
        await until_idle(seat)
        assert seat.app.cockpit.jobs.past[0].state is JobState.DONE
        await seat.press("r")
        await yes(seat)
        await until_idle(seat)
        assert seat.app.cockpit.jobs.past[0].state is JobState.DONE
        await seat.press("w")
        await yes(seat, "memory kept on the host's disk")
        await until(seat, "web1", OFF)
        await until_row(seat, "web1", "saved")
        assert domain.hasManagedSaveImage()
        await seat.press("s")
        await until(seat, "web1", RUNNING)
        assert not domain.hasManagedSaveImage()
        await seat.until(lambda: (g := guest(seat, "web1")) is not None and g.saved is False)
        await seat.press("w")
        await yes(seat)
        await until(seat, "web1", OFF)
        await until_row(seat, "web1", "saved")
        await seat.press("W")
        await yes(seat, "boot afresh")
        await until_row(seat, "web1", "off", 60)
        await until_idle(seat)
        assert not domain.hasManagedSaveImage()
        await seat.press("s")
        await until(seat, "web1", RUNNING)
        await seat.press("D")
        await yes(seat, "what is not yet written to disk is lost")
        await until(seat, "web1", OFF)
        assert [job.state for job in seat.app.cockpit.jobs.past] == [JobState.DONE] * 13
        await seat.press("4")
        for words in ("suspended", "resumed"):
            await seat.until_shown(words)


async def test_a_guest_that_obeys_is_followed_until_it_is_off_and_rebooted(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """A Linux: rebooted, then shut down; the job ends when the guest is off, not when asked."""
    log = rig_daemon.folder / "obeys.log"
    await aside(start, lab, tiny("obeys", log=log))
    async with watching(tmp_path, rig_daemon.uri) as seat:
        await booted(seat, log, "obeys")
        await seat.until(lambda: has_agent(seat, "obeys", Agent.CONNECTED), SLOW)
        await act(seat, "obeys", "d")
        await yes(seat)
        await seat.until(lambda: bool(seat.app.cockpit.jobs.running or seat.app.cockpit.jobs.past))
        await until(seat, "obeys", OFF)
        await seat.until_shown("Shut down obeys: done")
        await until_row(seat, "obeys", "off")


def has_agent(seat: Seat, name: str, wanted: Agent) -> bool:
    """Whether the screen's store knows the guest's agent to be so."""
    found = guest(seat, name)
    return bool(found and found.definition and found.definition.agent is wanted)


def in_guest(domain: libvirt.virDomain, line: str) -> None:
    """Type a line into a tiny guest's shell."""
    with Console(domain) as console:
        console.send("\n")
        console.expect(re.escape(f"{domain.name()}:~# "))
        console.run(line, f"{domain.name()}:~# ")


async def test_a_guest_that_ignores_its_power_button(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """Without an agent it does not obey: the row says so; with one again, asked so, it goes."""
    log = rig_daemon.folder / "deaf.log"
    domain = await aside(start, lab, tiny("deaf", log=log, obeys_acpi=False))
    async with watching(tmp_path, rig_daemon.uri, patience=1.0) as seat:
        await booted(seat, log, "deaf")
        await seat.until(lambda: has_agent(seat, "deaf", Agent.CONNECTED), SLOW)
        await aside(in_guest, domain, "mv /usr/sbin/qemu-ga /kept; killall qemu-ga")
        await seat.until(lambda: has_agent(seat, "deaf", Agent.DISCONNECTED), SLOW)
        await act(seat, "deaf", "A")
        await seat.until_shown("no guest agent answers in it")
        await seat.press("d")
        await yes(seat)
        await seat.until_shown("deaf does not obey: A agent shutdown, D force off", 60)
        await until_row(seat, "deaf", "! stuck")
        assert state(seat, "deaf") is RUNNING
        await aside(in_guest, domain, "mv /kept /usr/sbin/qemu-ga")
        await seat.until(lambda: has_agent(seat, "deaf", Agent.CONNECTED), SLOW)
        await seat.press("A")
        await yes(seat)
        await until(seat, "deaf", OFF)
        states = [job.state for job in seat.app.cockpit.jobs.past]
        assert states == [JobState.DONE, JobState.CANCELLED]
        await seat.until_gone("does not obey")


async def test_force_off_works_while_a_shutdown_waits(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """The waiting job is no obstacle, and ends with the guest."""
    await aside(start_some, lab, [idle("deaf"), idle("other")])
    async with watching(tmp_path, rig_daemon.uri, patience=1.0) as seat:
        await act(seat, "deaf", "d")
        await yes(seat)
        await seat.until_shown("deaf does not obey", 60)
        await until_row(seat, "deaf", "! stuck")
        await seat.press("s")
        await seat.until_shown("Start deaf: it is running")
        await seat.press("p")
        await seat.until_shown("deaf is busy")
        await seat.press("D")
        await yes(seat)
        await until(seat, "deaf", OFF)
        assert state(seat, "other") is RUNNING
        assert all(job.state is JobState.DONE for job in seat.app.cockpit.jobs.past)


async def test_a_waiting_shutdown_is_cancelled_from_the_jobs_screen(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """c cancels; the guest runs on and is free for other verbs."""
    await aside(start_some, lab, [idle("deaf")])
    async with watching(tmp_path, rig_daemon.uri) as seat:
        await act(seat, "deaf", "d")
        await yes(seat)
        await seat.until(lambda: bool(seat.app.cockpit.jobs.running))
        await seat.press("3")
        await seat.until_shown("Shut down deaf")
        await seat.press("c")
        await until_idle(seat)
        await seat.until_shown("cancelled")
        await seat.press("1", "p")
        await until(seat, "deaf", PAUSED)


async def test_one_yes_serves_five_marked_guests(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """Started, and forced off, with one question each; the one that cannot is named."""
    names = [f"web{number}" for number in range(1, 6)]
    for name in names:
        define(lab, idle(name))
    await aside(lab.lookupByName("web3").create)
    async with watching(tmp_path, rig_daemon.uri) as seat:
        await seat.until_shown("5 guests")
        await until_row(seat, "web3", "running")
        await seat.press("asterisk", "s")
        await yes(seat, "Start 4 guests", "left alone", "web3: it is running")
        for name in names:
            await until(seat, name, RUNNING)
        assert len(seat.app.cockpit.jobs.past) == 1
        await seat.press("D")
        await yes(seat, "Force off 5 guests")
        for name in names:
            await until(seat, name, OFF)
        await seat.until_shown("5 marked")
        await seat.press("3")
        await seat.until_shown("Force off 5 guests")


async def test_one_failure_among_many_is_that_guests_alone(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """A guest whose disk is missing fails by itself, and says why."""
    good, bad = idle("good"), tiny("bad", disks=[rig_daemon.volumes / "not-there.qcow2"])
    define(lab, good)
    define(lab, bad)
    async with watching(tmp_path, rig_daemon.uri) as seat:
        await seat.until_shown("2 guests")
        await seat.press("asterisk", "s")
        await yes(seat, "Start 2 guests")
        await until(seat, "good", RUNNING)
        await seat.until(lambda: "No such file" in " ".join(seat.text().split()))
        assert state(seat, "bad") is OFF


async def test_deleting_takes_its_volumes_and_keeps_the_shared_one(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """The list names what goes and what stays and why; afterwards exactly that is so."""
    own, shared = rig_daemon.disk("own"), rig_daemon.disk("shared")
    define(lab, tiny("web1", disks=[own, shared]))
    define(lab, tiny("web2", disks=[shared]))
    pool = lab.storagePoolDefineXML(
        f"<pool type='dir'><name>disks</name><target><path>{rig_daemon.volumes}</path></target>"
        "</pool>"
    )
    pool.create()
    try:
        async with watching(tmp_path, rig_daemon.uri) as seat:
            await act(seat, "web1", "X")
            await seat.until_shown("type web1 to do it")
            shown = " ".join(seat.text().split())
            assert "own.qcow2" in shown, seat.text()
            assert "keeps" in shown, seat.text()
            assert "web2" in shown, seat.text()
            await seat.press("ctrl+e")
            await seat.until_shown("undefine")
            await seat.press("ctrl+e", *"web1", "enter")
            await seat.until(lambda: guest(seat, "web1") is None, SLOW)
            await until_idle(seat)
            assert seat.app.cockpit.jobs.past[0].state is JobState.DONE
            assert not own.exists()
            assert shared.exists()
            await act(seat, "web2", "X")
            await seat.until_shown("type web2 to do it")
            await seat.press("ctrl+o")
            await seat.until_shown("as you chose")
            await seat.press(*"web2", "enter")
            await seat.until(lambda: not view(seat).guests, SLOW)
            assert shared.exists()
    finally:
        pool.destroy()
        pool.undefine()
        shared.unlink(missing_ok=True)
        own.unlink(missing_ok=True)


async def test_deleting_a_running_guest_says_that_it_is_forced_off(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """Nothing happens before the name is typed."""
    await aside(start_some, lab, [idle("web1")])
    async with watching(tmp_path, rig_daemon.uri) as seat:
        await act(seat, "web1", "delete")
        await seat.until_shown("forces off web1")
        await seat.press("y", "enter")
        await seat.until_shown("that is not it")
        assert state(seat, "web1") is RUNNING
        await seat.press("backspace", *"web1", "enter")
        await seat.until(lambda: guest(seat, "web1") is None, SLOW)
        await until_idle(seat)


async def test_renaming_to_a_name_that_is_taken(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """The prompt says so before libvirt is asked."""
    define(lab, idle("web1"))
    define(lab, idle("web12"))
    async with watching(tmp_path, rig_daemon.uri) as seat:
        await act(seat, "web1", "f2")
        await seat.until_shown("its new name")
        await seat.press("2")
        await seat.until_shown("another guest of this host has that name")
        await seat.press("enter", "3", "enter")
        await until_row(seat, "web123", "off", 60)
