"""Turning real guests on and off, saving and renaming them."""

from __future__ import annotations

import asyncio
import contextlib
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.bench import Bench, eventually, opened
from tests.rig import Console, Daemon, define, idle, start, tiny
from vmtui.errors import Conflict, Invalid, NotFound, Refused, TimedOut, Unsupported
from vmtui.hypervisors.libvirt import saving
from vmtui.hypervisors.libvirt.states import guest_state, state_of
from vmtui.model.change import ChangeKind
from vmtui.model.guest import GuestState
from vmtui.model.steps import (
    Destroy,
    DiscardSaved,
    ManagedSave,
    Reboot,
    Rename,
    Reset,
    Resume,
    SetAutostart,
    Shutdown,
    Start,
    Step,
    Suspend,
    Undefine,
    Via,
)

pytestmark = pytest.mark.rig

HASTY = (
    r"printf 'sleep 2\ntimeout 2 cat\necho listening > /dev/ttyS0\n"
    r"until head -c 1 | grep -q .; do sleep 1; done\npoweroff -f' > /etc/hasty;"
    " sed -i 's,exec qemu-ga .*,exec sh /etc/hasty < /dev/${port##*/},' /etc/agent;"
    " killall qemu-ga"
)
"""Instead of the agent: what turns the guest off at the first byte that comes from now on."""


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """A private hypervisor for this file."""
    with Daemon() as daemon:
        yield daemon


@pytest.fixture
async def bench(daemon: Daemon) -> AsyncIterator[Bench]:
    """A connection to it; its guests are gone afterwards."""
    async with opened(daemon.uri) as bench:
        yield bench
        for domain in bench.conn.listAllDomains():
            with contextlib.suppress(libvirt.libvirtError):
                domain.destroy()
            with contextlib.suppress(libvirt.libvirtError):
                domain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE)


def state(domain: libvirt.virDomain) -> GuestState:
    """What the host says that a guest does."""
    return guest_state(state_of(domain)[0])


async def booted(domain: libvirt.virDomain, log: Path) -> None:
    """Wait until a tiny guest's shell is there."""
    prompt = f"{domain.name()}:~#"
    await eventually(lambda: log.exists() and prompt in log.read_text(errors="replace"), 90)


async def test_power_and_pause(bench: Bench) -> None:
    domain = define(bench.conn, idle("web1"))
    uuid = domain.UUIDString()
    assert await bench.run(Start(uuid)) is None
    assert state(domain) is GuestState.RUNNING
    with pytest.raises(Conflict):
        await bench.run(Start(uuid))
    assert await bench.run(Suspend(uuid)) == Resume(uuid)
    assert state(domain) is GuestState.PAUSED
    assert await bench.run(Suspend(uuid)) is None
    assert await bench.run(Resume(uuid)) == Suspend(uuid)
    assert state(domain) is GuestState.RUNNING
    with pytest.raises(Conflict):
        await bench.run(Resume(uuid))
    await bench.run(Reset(uuid))
    assert state(domain) is GuestState.RUNNING
    for _ in range(2):
        await bench.run(Destroy(uuid))
        assert state(domain) is GuestState.OFF
    for step in (Shutdown(uuid), Reboot(uuid), Reset(uuid), Suspend(uuid), Resume(uuid)):
        with pytest.raises(Conflict):
            await bench.run(step)


async def test_one_that_is_started_held_has_printed_nothing_yet(
    bench: Bench, daemon: Daemon
) -> None:
    """Whoever hears its console before it runs has all of it."""
    domain = define(bench.conn, tiny("held"))
    await bench.run(Start(domain.UUIDString(), held=True))
    assert state(domain) is GuestState.PAUSED
    await asyncio.sleep(1)
    with Console(domain) as console:
        await bench.run(Resume(domain.UUIDString()))
        console.expect("held:~# ", 90)
        assert "[    0.000000] Linux version" in console.text


async def test_a_guest_obeys_acpi(bench: Bench, daemon: Daemon) -> None:
    log = daemon.volumes / "acpi.log"
    domain = start(bench.conn, tiny("acpi", agent=False, log=log))
    uuid = domain.UUIDString()
    await booted(domain, log)
    with pytest.raises(Unsupported, match="no channel"):
        await bench.run(Shutdown(uuid, via=Via.AGENT))
    # Its prompt may be there before it listens to its power button.
    for _ in range(10):
        await bench.run(Shutdown(uuid, via=Via.ACPI))
        with contextlib.suppress(TimeoutError):
            await eventually(lambda: state(domain) is GuestState.OFF, 3)
            return
    pytest.fail("it does not obey")


async def test_a_guest_obeys_its_agent(bench: Bench, daemon: Daemon) -> None:
    log = daemon.volumes / "agent.log"
    domain = start(bench.conn, tiny("agent", obeys_acpi=False, log=log))
    uuid = domain.UUIDString()
    with pytest.raises(TimedOut, match="does not answer") as caught:
        await bench.run(Shutdown(uuid, via=Via.AGENT))
    assert "ACPI" in caught.value.hint
    await booted(domain, log)
    await eventually(lambda: "state='connected'" in domain.XMLDesc())
    await bench.run(Reboot(uuid, via=Via.AGENT))
    await eventually(lambda: log.read_text(errors="replace").count("agent:~#") == 2, 90)
    await eventually(lambda: "state='connected'" in domain.XMLDesc())
    await bench.run(Shutdown(uuid, via=Via.AGENT))
    await eventually(lambda: state(domain) is GuestState.OFF)


async def test_a_guest_is_off_before_its_agent_has_answered(bench: Bench, daemon: Daemon) -> None:
    """libvirt asks through ACPI then, which nobody hears any more."""
    log = daemon.volumes / "hasty.log"
    domain = start(bench.conn, tiny("hasty", log=log))
    await booted(domain, log)
    with Console(domain) as console:
        console.send("\n")
        console.expect("hasty:~# ", 30)
        console.run(HASTY, "hasty:~# ")
        console.expect("[^ ]listening\r", 30)
    await eventually(lambda: "state='connected'" in domain.XMLDesc())
    await bench.run(Shutdown(domain.UUIDString()))
    await eventually(lambda: state(domain) is GuestState.OFF)


def asleep(domain: libvirt.virDomain) -> bool:
    """Whether it sleeps; it is sent to sleep where it does not."""
    if state(domain) is not GuestState.SLEEPING:
        with contextlib.suppress(libvirt.libvirtError):
            domain.pMSuspendForDuration(libvirt.VIR_NODE_SUSPEND_TARGET_MEM, 0)
    return state(domain) is GuestState.SLEEPING


async def test_a_sleeping_guest_is_woken(bench: Bench) -> None:
    domain = start(bench.conn, tiny("sleeper"))
    uuid = domain.UUIDString()
    await eventually(lambda: "state='connected'" in domain.XMLDesc(), 90)
    # An agent that has only just connected may go away once more before it stays.
    await eventually(lambda: asleep(domain), 90)
    assert await bench.run(Resume(uuid)) is None
    assert state(domain) is GuestState.RUNNING


async def test_a_transient_guest_vanishes(bench: Bench) -> None:
    domain = bench.conn.createXML(ET.tostring(idle("passing"), encoding="unicode"))
    uuid = domain.UUIDString()
    for step in (SetAutostart(uuid, on=True), ManagedSave(uuid)):
        with pytest.raises(Conflict):
            await bench.run(step)
    assert await bench.run(Undefine(uuid, name="passing")) is None
    assert state(domain) is GuestState.RUNNING
    await bench.run(Destroy(uuid))
    assert await bench.run(Undefine(uuid, name="passing")) is None
    with pytest.raises(NotFound):
        await bench.run(Destroy(uuid))


async def test_its_memory_is_saved_and_resumed(bench: Bench, daemon: Daemon) -> None:
    log = daemon.volumes / "saved.log"
    domain = start(bench.conn, tiny("saved", log=log))
    uuid = domain.UUIDString()
    await booted(domain, log)
    assert await bench.run(ManagedSave(uuid)) is None
    assert state(domain) is GuestState.OFF
    assert domain.hasManagedSaveImage()
    assert bench.said_to_change(ChangeKind.GUEST, uuid)
    await bench.run(Start(uuid))
    assert state_of(domain)[1] == libvirt.VIR_DOMAIN_RUNNING_RESTORED
    assert log.read_text(errors="replace").count("saved:~#") == 1
    await bench.run(ManagedSave(uuid))
    for _ in range(2):
        await bench.run(DiscardSaved(uuid))
        assert not domain.hasManagedSaveImage()
    await bench.run(Start(uuid))
    assert state_of(domain)[1] == libvirt.VIR_DOMAIN_RUNNING_BOOTED


async def test_a_damaged_saved_state(bench: Bench, daemon: Daemon) -> None:
    domain = start(bench.conn, idle("damaged"))
    uuid = domain.UUIDString()
    await bench.run(ManagedSave(uuid))
    image = next(daemon.folder.glob("c/libvirt/qemu/save/damaged.save"))
    with image.open("r+b") as file:
        file.write(b"not an image of any kind")
    with pytest.raises(Conflict, match="cannot be resumed") as caught:
        await bench.run(Start(uuid))
    assert "discard" in caught.value.hint
    await bench.run(DiscardSaved(uuid))
    await bench.run(Start(uuid))
    assert state(domain) is GuestState.RUNNING


def fill_memory(domain: libvirt.virDomain) -> None:
    """Let a tiny guest fill some hundred MiB: pages of zeros would be saved at once."""
    with Console(domain) as console:
        console.send(
            "\ntr '\\0' x < /dev/zero | head -c 8m > /run/a\n"
            "for i in $(seq 48); do cat /run/a; done > /run/b; echo fi''lled\n"
        )
        console.expect("filled", 120)


async def test_a_save_shows_its_progress_and_can_be_cancelled(
    bench: Bench, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = daemon.volumes / "big.log"
    domain = start(bench.conn, tiny("big", memory=1024, log=log))
    uuid = domain.UUIDString()
    await booted(domain, log)
    await asyncio.to_thread(fill_memory, domain)
    monkeypatch.setattr(saving, "POLL", 0.02)
    job = asyncio.create_task(bench.run(ManagedSave(uuid)))
    await eventually(lambda: any(done for done, _ in bench.told))
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert state(domain) is GuestState.RUNNING
    assert not domain.hasManagedSaveImage()
    assert any("MiB of" in words for _, words in bench.told)
    assert all(0 <= done <= 1 for done, _ in bench.told if done is not None)
    # Nothing is left of it: the next one begins afresh.
    await bench.run(Suspend(uuid))


async def test_a_save_that_waits_for_its_turn_can_be_cancelled(
    bench: Bench, daemon: Daemon
) -> None:
    guests = [start(bench.conn, idle(f"queue{number}")) for number in range(6)]
    jobs = [asyncio.create_task(bench.run(ManagedSave(it.UUIDString()))) for it in guests]
    await asyncio.sleep(0)
    jobs[-1].cancel()
    done = await asyncio.gather(*jobs, return_exceptions=True)
    assert isinstance(done[-1], asyncio.CancelledError)
    assert [it.isActive() for it in guests] == [0] * 5 + [1]


@pytest.mark.parametrize("name", ["web[prod]", "$x", "名前", "שרת", "-x", "a b", "42", "x" * 240])
async def test_an_odd_name_is_taken_and_starts(bench: Bench, name: str) -> None:
    domain = define(bench.conn, idle("plain"))
    uuid = domain.UUIDString()
    undo = await bench.run(Rename(uuid, old="plain", new=name))
    assert bench.conn.lookupByUUIDString(uuid).name() == name
    await bench.run(Start(uuid))
    with pytest.raises(Conflict):
        await bench.run(Rename(uuid, old=name, new="other"))
    await bench.run(Destroy(uuid))
    assert undo is not None
    await bench.run(undo)
    assert bench.conn.lookupByName("plain").UUIDString() == uuid


@pytest.mark.parametrize("name", ["[/]", "a\nb", "e\x1b[31m", "", "x" * 250, "名" * 85])
async def test_an_impossible_name_changes_nothing(bench: Bench, name: str) -> None:
    domain = define(bench.conn, idle("plain"))
    uuid = domain.UUIDString()
    domain.setAutostart(1)
    with pytest.raises(Invalid):
        await bench.run(Rename(uuid, old="plain", new=name))
    assert bench.conn.lookupByName("plain").UUIDString() == uuid
    await bench.run(Start(uuid))
    assert domain.autostart()


async def test_a_taken_name(bench: Bench) -> None:
    define(bench.conn, idle("taken"))
    uuid = define(bench.conn, idle("plain")).UUIDString()
    with pytest.raises(Conflict, match="Another guest has this name"):
        await bench.run(Rename(uuid, old="plain", new="taken"))


async def test_read_only_is_refused(bench: Bench, daemon: Daemon) -> None:
    domain = start(bench.conn, idle("kept"))
    uuid = domain.UUIDString()
    steps: tuple[Step, ...] = (
        Shutdown(uuid), Shutdown(uuid, via=Via.AGENT), Reboot(uuid), Destroy(uuid), Reset(uuid),
        Suspend(uuid), ManagedSave(uuid), SetAutostart(uuid), Undefine(uuid),
    )  # fmt: skip
    async with opened(daemon.uri, read_only=True) as reader:
        for step in steps:
            with pytest.raises(Refused):
                await reader.run(step)
    assert state(domain) is GuestState.RUNNING
    assert domain.isPersistent()
