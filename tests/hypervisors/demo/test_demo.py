"""The demo: deterministic, cheap, and as strict as a real host."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from vmtui.errors import Conflict, ConnectionFailed, ConnectionLost, Invalid, NotFound, Unsupported
from vmtui.hypervisors.demo import DemoHost, DemoHypervisor, FleetSpec, demo_fleet, parse_fleet
from vmtui.model.change import Change, ChangeKind, Event, Happened
from vmtui.model.guest import GuestState, HostId
from vmtui.model.stats import StatGroup
from vmtui.model.steps import (
    KINDS,
    AddConsole,
    DeleteSnapshots,
    DeleteVolume,
    Destroy,
    DiscardSaved,
    LogConsole,
    ManagedSave,
    Reboot,
    Redefine,
    Rename,
    Reset,
    Resume,
    SendKeys,
    SetAutostart,
    Shutdown,
    Start,
    Suspend,
    Undefine,
    Via,
    WaitFor,
)

HOST = HostId("h1")


class Ears:
    """Hears a connection."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.events: list[Event] = []
        self.errors: list[Exception] = []

    def changed(self, change: Change) -> None:
        """Remember it."""
        self.changes.append(change)

    def happened(self, event: Event) -> None:
        """Remember it."""
        self.events.append(event)

    def lost(self, error: Exception) -> None:
        """Remember it."""
        self.errors.append(error)


def silent(_fraction: float | None, _words: str) -> None:
    """For steps whose progress nobody looks at."""


@pytest.fixture
async def host() -> AsyncIterator[DemoHost]:
    made = DemoHost(HOST, 40, speed=0)
    yield made
    made.stop()


async def connected(host: DemoHost) -> tuple[DemoHypervisor, Ears]:
    ears, connection = Ears(), host.connect()
    await connection.open(ears)
    return connection, ears


def named(host: DemoHost, state: GuestState) -> str:
    """The UUID of an ordinary guest in that state."""
    return next(
        guest.uuid for guest in list(host.guests.values())[9:] if guest.facts.state is state
    )


async def test_equal_seeds_make_equal_hosts() -> None:
    def now() -> float:
        return 1000.0

    one, two = (DemoHost(HOST, 50, 3, now=now, monotonic=now) for _ in range(2))
    other = DemoHost(HOST, 50, 4, now=now, monotonic=now)
    assert [g.facts for g in one.guests.values()] == [g.facts for g in two.guests.values()]
    assert one.guests.keys() != other.guests.keys()
    samples = [await (await connected(host))[0].sample_guests(StatGroup.ALL) for host in (one, two)]
    assert samples[0] == samples[1]


async def test_every_sort_of_guest_is_there(host: DemoHost) -> None:
    guests = list(host.guests.values())
    states = {guest.facts.state for guest in guests}
    assert {GuestState.RUNNING, GuestState.OFF, GuestState.PAUSED, GuestState.CRASHED} == states
    assert any(guest.facts.saved for guest in guests)
    assert any(guest.facts.persistent is False for guest in guests)
    assert any(not guest.obeys for guest in guests)
    assert any(not guest.agent_answers for guest in guests)
    assert any("[" in guest.facts.name for guest in guests)
    assert len({guest.facts.name for guest in guests}) == len(guests)


async def test_counters_only_grow_and_stand_still_while_paused(host: DemoHost) -> None:
    at = 1000.0
    host.monotonic = lambda: at
    connection, _ = await connected(host)
    paused = next(g for g in host.guests.values() if g.facts.state is GuestState.PAUSED)
    last: dict[str, int] = {}
    for _ in range(50):
        for sample in await connection.sample_guests(StatGroup.ALL):
            if sample.cpu_ns is not None:
                assert sample.cpu_ns >= last.get(sample.uuid, 0)
                if sample.uuid == paused.uuid and sample.uuid in last:
                    assert sample.cpu_ns == last[sample.uuid]
                last[sample.uuid] = sample.cpu_ns
        at += 3.0


async def test_groups_bring_what_was_asked_only(host: DemoHost) -> None:
    connection, _ = await connected(host)
    sample = next(s for s in await connection.sample_guests(StatGroup.CPU) if s.cpu_ns)
    assert (sample.state, sample.memory, sample.disks, sample.interfaces) == (None,) * 4
    assert len(await connection.sample_guests(StatGroup.STATE)) == 40
    assert len(await connection.sample_guests(StatGroup.CPU)) < 40


async def test_each_step_and_its_undoing(host: DemoHost) -> None:
    connection, ears = await connected(host)
    on, off = named(host, GuestState.RUNNING), named(host, GuestState.OFF)
    old = host.guest(off).facts.name

    async def do(step: type | object) -> object:
        return await connection.execute(step, silent)  # type: ignore[arg-type]

    assert await do(Suspend(on)) == Resume(on)
    assert await do(Resume(on)) == Suspend(on)
    await do(ManagedSave(on))
    assert host.guest(on).facts.saved
    await do(DiscardSaved(on))
    await do(Start(on))
    with pytest.raises(Conflict):
        await do(Start(on))
    await do(Reset(on))
    await do(Reboot(on))
    await do(Destroy(on))
    await do(Destroy(on))
    with pytest.raises(Conflict):
        await do(Reset(on))
    assert await do(SetAutostart(off, on=True)) == SetAutostart(off, on=host_had_not(off))
    assert await do(Rename(off, old, "new")) == Rename(off, "new", old)
    await do(DeleteSnapshots(off))
    undo = await do(Undefine(off, "new"))
    assert isinstance(undo, Redefine)
    assert "<name>new</name>" in undo.definition
    with pytest.raises(NotFound):
        await do(Start(off))
    await do(undo)
    assert host.guest(off).facts.name == "new"
    path = host.guest(off).definition.disks[0].source
    await do(DeleteVolume(off, "default", "", path))
    await do(DeleteVolume(off, "default", "x", path))
    with pytest.raises(NotFound):
        await do(DeleteVolume(off, "default", "x", "/srv/x"))
    with pytest.raises(Unsupported):
        await do(WaitFor(off))
    assert ears.changes[-1].kind is ChangeKind.POOL
    assert {Happened.RENAMED, Happened.UNDEFINED, Happened.SAVED} <= {e.what for e in ears.events}


def host_had_not(_uuid: str) -> bool:
    """Autostart of the guest before: the seed leaves it off."""
    return False


async def test_shutdown_is_obeyed_or_not(host: DemoHost) -> None:
    connection, _ = await connected(host)
    good, bad = host.named("web1"), host.named("db1")
    await connection.execute(Shutdown(good.uuid), silent)
    await connection.execute(Shutdown(bad.uuid), silent)
    await asyncio.sleep(0.02)
    assert good.facts.state is GuestState.OFF
    assert bad.facts.state is GuestState.RUNNING
    with pytest.raises(Conflict):
        await connection.execute(Shutdown(good.uuid), silent)
    if bad.definition.agent.value == "connected":
        await connection.execute(Shutdown(bad.uuid, Via.AGENT), silent)
        await asyncio.sleep(0.02)


async def test_every_step_has_a_preview(host: DemoHost) -> None:
    connection = host.connect()
    for kind in KINDS.values():
        assert connection.preview(kind("u"), "web[prod] 1")
    assert connection.preview(Start("u"), "a b") == "virsh start 'a b'"
    assert connection.preview(Rename("u", "a", "b"), "a") == "virsh domrename a b"


async def test_shared_disks_are_kept(host: DemoHost) -> None:
    connection, _ = await connected(host)
    uses = await connection.read_disk_use([host.named("web1").uuid])
    assert "uses it too" in uses[0].keep_because
    assert uses[0].volume is not None


async def test_knobs(host: DemoHost) -> None:
    connection, ears = await connected(host)
    host.drop()
    assert len(ears.errors) == 1
    with pytest.raises(ConnectionLost):
        await connection.list_guests()
    host.refuse = ConnectionFailed("no")
    with pytest.raises(ConnectionFailed):
        await connected(host)
    host.refuse = None
    again, _ = await connected(host)
    host.hang = True
    hanging = asyncio.create_task(again.list_guests())
    await asyncio.sleep(0.05)
    assert not hanging.done()
    host.hang = False
    assert len(await hanging) == 40
    await again.close()
    with pytest.raises(ConnectionLost):
        await again.list_guests()


async def test_a_lively_host_lives() -> None:
    host = DemoHost(HOST, 30, speed=1e5, lively=True)
    _, ears = await connected(host)
    for _ in range(500):
        await asyncio.sleep(0.001)
        if len(ears.events) > 5:
            break
    host.stop()
    assert len(ears.events) > 5


def test_a_fleet_from_a_few_words() -> None:
    assert parse_fleet("") == FleetSpec()
    assert parse_fleet("hosts=2, guests=5") == FleetSpec(2, 5)
    assert parse_fleet("seed=9,lively=0") == FleetSpec(seed=9, lively=False)
    hosts = demo_fleet(FleetSpec(hosts=3, guests=10))
    assert [len(host.guests) for host in hosts] == [4, 3, 3]
    assert len({uuid for host in hosts for uuid in host.guests}) == 10
    for wrong in ("hosts", "hosts=x", "hosts=0", "cows=3", "guests=-1", "guests=9999999"):
        with pytest.raises(Invalid):
            parse_fleet(wrong)


async def test_a_thousand_guests_are_sampled_quickly() -> None:
    host = DemoHost(HOST, 1000, speed=0)
    connection, _ = await connected(host)
    await connection.sample_guests(StatGroup.ALL)
    best = 1.0
    for _ in range(7):
        begun = time.thread_time()
        await connection.sample_guests(StatGroup.STATE | StatGroup.CPU | StatGroup.NETWORK)
        best = min(best, time.thread_time() - begun)
    assert best < 0.02, "seconds of CPU"


async def test_a_console_is_added_logged_and_taken_back(host: DemoHost) -> None:
    connection, ears = await connected(host)
    guest = host.guest(named(host, GuestState.OFF))
    guest.facts = replace(guest.facts, definition=replace(guest.definition, consoles=()))
    with pytest.raises(Conflict):
        await connection.execute(LogConsole(guest.uuid), silent)
    undo = await connection.execute(AddConsole(guest.uuid), silent)
    assert [port.alias for port in guest.definition.consoles] == ["serial0"]
    with pytest.raises(Conflict):
        await connection.execute(AddConsole(guest.uuid), silent)
    back = await connection.execute(LogConsole(guest.uuid), silent)
    assert guest.definition.consoles[0].log.endswith("-serial0.log")
    assert ears.events[-1].what is Happened.UPDATED
    for step in (back, undo):
        assert isinstance(step, Redefine)
        await connection.execute(step, silent)
        assert not any(port.log for port in guest.definition.consoles)
    assert guest.definition.consoles == ()


async def test_keys_reach_only_guests_that_run(host: DemoHost) -> None:
    connection, ears = await connected(host)
    keys = ("KEY_LEFTCTRL", "KEY_LEFTALT", "KEY_DELETE")
    with pytest.raises(Conflict):
        await connection.execute(SendKeys(named(host, GuestState.OFF), keys=keys), silent)
    await connection.execute(SendKeys(named(host, GuestState.RUNNING), keys=keys), silent)
    async with asyncio.timeout(5):
        while not any(event.what is Happened.REBOOTED for event in ears.events):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
