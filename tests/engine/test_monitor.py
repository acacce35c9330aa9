"""The store tells the truth: by announcements, and without them."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from tests.engine.support import HOST, Bench, eventually
from vmtui.engine.clock import SystemClock
from vmtui.engine.sampler import groups
from vmtui.errors import Busy
from vmtui.hypervisors.demo import DemoHypervisor
from vmtui.model.capabilities import Feature
from vmtui.model.change import Change, ChangeKind, Happened
from vmtui.model.guest import Guest, GuestState
from vmtui.model.host import LinkState
from vmtui.model.stats import StatGroup


async def test_a_change_is_in_the_store_at_once(quiet: Bench) -> None:
    demo = quiet.plug()
    await quiet.up()
    others = {u: g for u, g in quiet.view().guests.items() if not g.state.active}
    web = demo.named("web1")
    demo.set_state(web, GuestState.OFF, Happened.DESTROYED, "destroyed")
    assert await quiet.store.wait(
        lambda i: i.hosts[HOST].guests[web.uuid].state is GuestState.OFF, 60
    )
    now = quiet.view().guests
    assert all(now[uuid] is guest for uuid, guest in others.items())
    assert others
    assert quiet.events.last(1)[0].what is Happened.DESTROYED


async def test_appearing_renaming_and_vanishing(quiet: Bench) -> None:
    demo = quiet.plug()
    await quiet.up()
    made = demo.define("new[one]")
    await eventually(lambda: made.uuid in quiet.view().guests)
    assert quiet.guest("new[one]").definition
    demo.remove(made.uuid)
    await eventually(lambda: made.uuid not in quiet.view().guests)


@pytest.mark.slow
async def test_a_storm_is_a_few_readings(quiet: Bench) -> None:
    demo = quiet.plug()
    await quiet.up()
    before = demo.calls["read_guests"]
    await demo.storm(200, 1.0)
    await asyncio.sleep(0.3)
    assert len(quiet.view().guests) == 12
    assert demo.calls["read_guests"] - before < 25
    assert sum(event.name.startswith("storm") for event in quiet.events) == 400


async def test_uptime_is_known_from_what_was_seen(quiet: Bench) -> None:
    demo = quiet.plug()
    await quiet.up()
    off = next(g for g in demo.guests.values() if g.facts.state is GuestState.OFF)
    assert quiet.guest(off.facts.name).started_at is None
    demo.set_state(off, GuestState.RUNNING, Happened.STARTED)
    await eventually(lambda: quiet.guest(off.facts.name).started_at)
    demo.set_state(off, GuestState.OFF, Happened.SHUT_DOWN)
    await eventually(lambda: quiet.guest(off.facts.name).started_at is None)


async def test_figures_come_and_go_with_the_guest(bench: Bench) -> None:
    demo = bench.plug()
    await bench.up()
    key = bench.key("web1")
    assert await bench.store.wait(
        lambda i: (f := i.figures(key)) is not None and f.cpu is not None, 5
    )
    figures = bench.store.inventory.figures(key)
    assert figures is not None
    assert figures.memory is not None
    await eventually(lambda: (h := bench.view().figures) and h.cpu is not None)
    demo.set_state(demo.named("web1"), GuestState.OFF, Happened.DESTROYED)
    assert await bench.store.wait(lambda i: i.figures(key) is None, 5)


async def test_a_missed_event_is_corrected(bench: Bench) -> None:
    demo = bench.plug()
    await bench.up()
    demo.silent = True
    web, made = demo.named("web1"), demo.define("unheard")
    demo.set_state(web, GuestState.CRASHED, Happened.CRASHED)
    demo.remove(demo.named("db1").uuid)
    await eventually(lambda: bench.guest("web1").state is GuestState.CRASHED)
    await eventually(lambda: made.uuid in bench.view().guests)
    await eventually(lambda: all(g.name != "db1" for g in bench.view().guests.values()))


async def test_a_driver_without_events_or_bulk_statistics(bench: Bench) -> None:
    demo = bench.plug()
    demo.silent = True
    demo.lacks = frozenset({Feature.EVENTS, Feature.BULK_STATS, Feature.HOST_STATS})
    await bench.up()
    demo.set_state(demo.named("web1"), GuestState.PAUSED, Happened.SUSPENDED)
    made = demo.define("unheard")
    await eventually(lambda: bench.guest("web1").state is GuestState.PAUSED)
    await eventually(lambda: made.uuid in bench.view().guests)
    asked = demo.calls["sample_guests"]
    await asyncio.sleep(0.2)
    assert demo.calls["sample_guests"] == asked == 1


@pytest.mark.slow
async def test_calls_a_tick_are_two_whatever_the_number_of_guests(bench: Bench) -> None:
    demo = bench.plug(300)
    await bench.up()
    await eventually(lambda: demo.calls["sample_guests"] > 3)
    fixed = ("sample_guests", "sample_host")
    slow = ("read_networks", "read_flags", "read_pools", "read_agent")
    before = demo.calls.copy()
    await eventually(lambda: demo.calls["sample_guests"] >= before["sample_guests"] + 10)
    asked = demo.calls - before
    ticks = asked["sample_guests"]
    assert abs(asked["sample_host"] - ticks) <= 1
    assert sum(n for name, n in asked.items() if name not in fixed + slow) == 0


@pytest.mark.slow
async def test_ticks_that_would_overlap_are_dropped(bench: Bench) -> None:
    demo = bench.plug()
    await bench.up()
    demo.delay = 0.3
    before = demo.calls["sample_guests"]
    await asyncio.sleep(1.0)
    assert demo.calls["sample_guests"] - before <= 5
    demo.delay = 0.0
    await eventually(lambda: demo.calls["sample_guests"] > before + 10)


def test_dear_groups_take_turns() -> None:
    assert groups(0) is StatGroup.ALL
    cheap = StatGroup.STATE | StatGroup.CPU | StatGroup.NETWORK
    asked = [groups(tick) for tick in range(1, 10)]
    assert all(cheap in one for one in asked)
    assert not any({StatGroup.MEMORY, StatGroup.DISK} <= set(one) for one in asked)
    assert sum(StatGroup.MEMORY in one for one in asked) == 3
    assert sum(StatGroup.DISK in one for one in asked) == 3


@pytest.mark.slow
async def test_a_call_that_fails_ends_nothing(bench: Bench) -> None:
    demo = bench.plug()
    await bench.up()
    hypervisor = bench.fleet.hypervisor(HOST)

    async def busy() -> None:
        raise Busy("another one holds it")

    hypervisor.read_pools = busy  # type: ignore[method-assign, assignment]
    hypervisor.sample_host = busy  # type: ignore[method-assign, assignment]
    before = demo.calls["sample_guests"]
    await eventually(lambda: demo.calls["sample_guests"] > before + 10)
    assert bench.view().link.state is LinkState.UP


async def test_flags_and_pools_change_without_an_event(bench: Bench) -> None:
    demo = bench.plug()
    await bench.up()
    demo.silent = True
    web = demo.named("web1")
    on = not web.facts.autostart
    web.facts = dataclasses.replace(web.facts, autostart=on)
    await eventually(lambda: bench.guest("web1").autostart is on)


async def test_leases_give_addresses(bench: Bench) -> None:
    demo = bench.plug()
    await bench.up()
    git = demo.named("git1")
    await eventually(lambda: bench.guest("git1").addresses)
    address = bench.guest("git1").addresses[0]
    assert (address.ip, address.source) == (git.ip, "lease")
    demo.set_state(git, GuestState.OFF, Happened.DESTROYED)
    await eventually(lambda: not bench.guest("git1").addresses)


async def test_a_pool_that_is_announced_is_read(quiet: Bench) -> None:
    demo = quiet.plug()
    await quiet.up()
    await eventually(lambda: quiet.view().pools)
    before = quiet.view().pools
    demo.world.volumes.clear()
    demo.announce_change(Change(ChangeKind.POOL, "h1-pool-1"))
    await eventually(lambda: quiet.view().pools is not before)
    assert quiet.view().pools[1] is before[1]  # type: ignore[index]


class JumpingClock(SystemClock):
    """The machine's time, as it is after its lid was closed and opened."""

    jump = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return super().now() + self.jump

    def monotonic(self) -> float:
        """Seconds that may leap, as they do on some systems."""
        return super().monotonic() + abs(self.jump)


@pytest.mark.slow
async def test_clocks_may_jump() -> None:
    clock = JumpingClock()
    bench = Bench(clock=clock)
    demo = bench.plug()
    await bench.up()
    for jump in (8 * 3600.0, -3600.0, 0.0):
        clock.jump = jump
        before = demo.calls["sample_guests"]
        await eventually(lambda before=before: demo.calls["sample_guests"] > before + 5)  # type: ignore[misc]
        assert demo.calls["sample_guests"] < before + 20, "missed ticks are not made up for"
        assert bench.view().link.state is LinkState.UP
    await bench.fleet.close()
    demo.stop()


async def test_a_listing_that_fails_is_tried_again() -> None:
    bench = Bench()
    demo = bench.plug()
    list_guests, failures = DemoHypervisor.list_guests, 2

    async def failing(self: DemoHypervisor) -> list[Guest]:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise Busy("not now")
        return await list_guests(self)

    DemoHypervisor.list_guests = failing  # type: ignore[method-assign]
    try:
        await bench.up()
    finally:
        DemoHypervisor.list_guests = list_guests  # type: ignore[method-assign]
    assert bench.view().listed
    await bench.fleet.close()
    demo.stop()
