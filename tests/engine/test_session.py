"""Connections: in the background, reopened with pauses, closed within a second."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.engine.support import FAST, HOST, Bench, eventually
from vmtui.engine.clock import SystemClock
from vmtui.engine.eventlog import EventLog
from vmtui.engine.fleet import Fleet
from vmtui.engine.history import History
from vmtui.engine.pace import Pace
from vmtui.engine.store import Store
from vmtui.errors import ConnectionFailed, ConnectionLost
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.change import Happened
from vmtui.model.guest import HostId
from vmtui.model.host import LinkState

OTHER = HostId("h2")


class SkippingClock(SystemClock):
    """Sleeps no time at all and remembers how long it was asked to."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Give up the loop only."""
        self.slept.append(seconds)
        await asyncio.sleep(0)


async def test_names_and_states_come_before_definitions(bench: Bench) -> None:
    demo = bench.plug(120)
    await bench.store.wait(lambda i: i.hosts[HOST].listed, 5)
    assert len(bench.view().guests) == 120
    assert bench.view().link.state is LinkState.UP
    assert bench.view().facts.cpus
    await bench.up()
    assert demo.calls["read_guests"] >= 3
    assert bench.fleet.hypervisor(HOST) is not None
    await eventually(lambda: bench.view().pools and bench.view().networks)
    assert next(iter(bench.events)).what is Happened.HOST_UP


async def test_what_is_in_focus_is_read_first(quiet: Bench) -> None:
    demo = quiet.plug(200)
    quiet.fleet.focus([quiet.key("desktop6")])
    demo.delay = 0.02
    assert await quiet.store.wait(
        lambda i: any(guest.definition for guest in i.hosts[HOST].guests.values()), 5
    )
    assert quiet.guest("desktop6").definition


async def test_a_refused_host_is_tried_again_more_and_more_slowly() -> None:
    clock, store = SkippingClock(), Store()
    fleet = Fleet(store, EventLog(), History(), Pace(), clock)
    demo = DemoHost(HOST, 3, speed=0)
    demo.refuse = ConnectionFailed("no", "polkit says no", "ask")
    fleet.add(HOST, demo.uri, demo.connect)
    await eventually(lambda: len(clock.slept) >= 7)
    assert clock.slept[:7] == [2, 4, 8, 16, 32, 60, 60]
    link = store.inventory.hosts[HOST].link
    assert link.state is LinkState.REFUSED
    assert link.error == demo.refuse
    assert link.attempt >= 6
    with pytest.raises(ConnectionLost, match="not connected"):
        fleet.hypervisor(HOST)
    await fleet.close()
    assert store.inventory.hosts[HOST].link.state is LinkState.CLOSED


async def test_a_read_only_mark_is_known_of_a_host_that_was_never_reached() -> None:
    store = Store()
    fleet = Fleet(store, EventLog(), History(), Pace())
    demo = DemoHost(HOST, 3, speed=0)
    demo.refuse = ConnectionFailed("no", "polkit says no", "ask")
    fleet.add(HOST, demo.uri, demo.connect, read_only=True)
    await eventually(lambda: store.inventory.hosts[HOST].link.state is LinkState.REFUSED)
    assert store.inventory.hosts[HOST].capabilities.read_only
    await fleet.close()


async def test_a_lost_host_comes_back_and_its_guests_stay_meanwhile(bench: Bench) -> None:
    demo = bench.plug()
    await bench.up()
    before = bench.view().guests
    demo.refuse_all()
    await bench.store.wait(lambda i: i.hosts[HOST].link.state is LinkState.LOST, 5)
    link = bench.view().link
    assert link.error is not None
    assert link.retry_at is not None
    assert bench.view().guests is before
    assert bench.view().stale
    await eventually(lambda: bench.view().link.attempt >= 2)
    assert bench.view().link.state is LinkState.LOST
    assert bench.view().link.since == link.since
    gone = demo.named("db1")
    del demo.guests[gone.uuid]
    demo.refuse = None
    bench.fleet.retry_now(HOST)
    await bench.store.wait(lambda i: i.hosts[HOST].link.state is LinkState.UP, 5)
    await eventually(lambda: gone.uuid not in bench.view().guests)
    assert {Happened.HOST_LOST, Happened.HOST_UP} <= {event.what for event in bench.events}
    assert demo.calls["close"] >= 1


async def test_a_flapping_host_is_opened_more_and_more_slowly() -> None:
    clock, store = SkippingClock(), Store()
    fleet = Fleet(store, EventLog(), History(), Pace(tick=600, slow=600, pools=600), clock)
    demo = DemoHost(HOST, 0, speed=0)
    fleet.add(HOST, demo.uri, demo.connect)
    pauses = []
    for _ in range(6):
        await store.wait(lambda i: i.hosts[HOST].link.state is LinkState.UP, 5)
        demo.drop()
        await store.wait(lambda i: i.hosts[HOST].link.retry_at is not None, 5)
        link = store.inventory.hosts[HOST].link
        assert link.retry_at is not None
        pauses.append(round(link.retry_at - link.since, 3))
    assert pauses == [0.5, 1, 2, 4, 8, 16]
    await fleet.close()
    demo.stop()


@pytest.mark.slow
async def test_a_slow_host_delays_neither_another_nor_closing(bench: Bench) -> None:
    slow = bench.plug(5)
    slow.hang_open = slow.hang_close = True
    bench.plug(5, OTHER)
    begun = time.monotonic()
    await bench.up(OTHER)
    assert time.monotonic() - begun < 15
    assert bench.view().link.state is LinkState.CONNECTING
    begun = time.monotonic()
    await bench.fleet.close()
    assert time.monotonic() - begun < 15


@pytest.mark.slow
async def test_a_host_that_hangs_while_it_is_up_does_not_hold_closing(bench: Bench) -> None:
    for number in range(5):
        demo = bench.plug(5, HostId(f"n{number}"))
        await bench.up(demo.id)
        demo.hang = demo.hang_close = True
    begun = time.monotonic()
    await bench.fleet.close()
    assert time.monotonic() - begun < 15


@pytest.mark.slow
async def test_attempts_that_never_end_are_few(bench: Bench) -> None:
    demo = bench.plug()
    demo.hang_open = True
    await eventually(lambda: "3 earlier attempts" in str(bench.view().link.error))
    assert demo.calls["open"] == 3
    demo.hang_open = False
    await bench.up()
    assert bench.view().link.state is LinkState.UP


async def test_a_host_that_accepts_and_never_answers_is_lost() -> None:
    bench = Bench(Pace(tick=0.05, answer=0.1, lost_first=0.01, lost_most=0.02))
    demo = bench.plug()
    await bench.up()
    demo.hang = True
    await eventually(lambda: bench.view().link.state is LinkState.LOST)
    assert "does not answer" in str(bench.view().link.error)
    demo.hang = False
    await bench.up()
    await bench.fleet.close()
    demo.stop()


async def test_removing_a_host(bench: Bench) -> None:
    bench.plug()
    await bench.up()
    with pytest.raises(ValueError, match="already"):
        bench.fleet.add(HOST, "", bench.hosts[0].connect)
    await bench.fleet.remove(HOST)
    assert HOST not in bench.store.inventory.hosts
    with pytest.raises(ConnectionLost):
        bench.fleet.hypervisor(HOST)


async def test_a_hundred_hosts_open_side_by_side() -> None:
    bench = Bench(FAST)
    for number in range(100):
        bench.plug(3, HostId(f"n{number}")).delay = 0.2
    begun = time.monotonic()
    assert await bench.store.wait(
        lambda i: all(view.link.state is LinkState.UP for view in i.hosts.values()), 10
    )
    assert time.monotonic() - begun < 15
    await bench.fleet.close()
