"""Of many guests those on the screen are sampled at each tick, and the others in turn."""

from __future__ import annotations

import dataclasses

import pytest

from tests.engine.support import FAST, HOST, Bench, eventually
from vmtui.engine.history import History, Metric
from vmtui.engine.pace import Pace
from vmtui.engine.reader import Reader
from vmtui.engine.sampler import Sampler, turn
from vmtui.engine.store import Store
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.change import Happened
from vmtui.model.guest import GuestKey, GuestState, HostId
from vmtui.model.stats import GuestFigures

FEW_A_TICK = dataclasses.replace(FAST, guests_a_tick=10)


@pytest.mark.parametrize(
    ("guests", "at_once", "ticks"),
    [(0, 10, 1), (10, 10, 1), (11, 10, 2), (100, 10, 10), (10_000, 1_500, 7)],
)
def test_how_long_a_turn_lasts(guests: int, at_once: int, ticks: int) -> None:
    assert turn(guests, at_once) == ticks


@pytest.mark.slow
async def test_a_tick_reads_who_is_on_the_screen_however_many_there_are() -> None:
    bench = Bench(FEW_A_TICK)
    try:
        demo = bench.plug(100)
        await bench.up()
        shown = [g.uuid for g in demo.guests.values() if g.facts.state.active][:3]
        bench.fleet.focus([GuestKey(HOST, uuid) for uuid in shown])
        await eventually(lambda: demo.calls["sample_guests"] > 4)
        ticks, sampled = demo.calls["sample_guests"], demo.sampled
        await eventually(lambda: demo.calls["sample_guests"] >= ticks + 40, 30)
        ticks, sampled = demo.calls["sample_guests"] - ticks, demo.sampled - sampled
        # A tick in ten reads all hundred guests, the others read the three that are shown.
        assert sampled <= (ticks // 10 + 1) * 100 + ticks * 3
    finally:
        await bench.fleet.close()


@pytest.mark.slow
async def test_a_host_out_of_sight_is_not_asked_between_its_turns() -> None:
    bench = Bench(FEW_A_TICK)
    try:
        seen, unseen = bench.plug(50), bench.plug(50, HostId("h2"))
        await bench.up()
        await bench.up(HostId("h2"))
        bench.fleet.focus([bench.key("web1")])
        bench.fleet.watch([HOST])
        await eventually(lambda: seen.calls["sample_guests"] > 4)
        before, other = seen.calls.copy(), unseen.calls.copy()
        await eventually(lambda: seen.calls["sample_guests"] >= before["sample_guests"] + 40, 30)
        for call in ("sample_guests", "sample_host"):
            assert unseen.calls[call] - other[call] <= (seen.calls[call] - before[call]) / 10 + 3
    finally:
        await bench.fleet.close()


async def test_everybody_has_figures_and_they_go_on() -> None:
    bench = Bench(FEW_A_TICK)
    try:
        demo = bench.plug(60)
        await bench.up()
        active = {g.uuid for g in demo.guests.values() if g.facts.state.active}
        await eventually(lambda: bench.view().guest_figures.keys() >= active)
        await eventually(
            lambda: all(f.cpu is not None for f in bench.view().guest_figures.values())
        )
        busy = [u for u in active if (bench.view().guest_figures[u].cpu or 0) > 0.05]
        assert busy, "the demo has guests that toil"
        before = bench.view().guest_figures
        await eventually(
            lambda: all(bench.view().guest_figures[u] is not before[u] for u in busy), 30
        )
    finally:
        await bench.fleet.close()


async def test_a_shown_guest_that_goes_off_loses_its_figures() -> None:
    bench = Bench(dataclasses.replace(FAST, guests_a_tick=1))
    try:
        demo = bench.plug(60)
        await bench.up()
        web = bench.key("web1")
        bench.fleet.focus([web])
        await eventually(lambda: web.uuid in bench.view().guest_figures)
        demo.set_state(demo.named("web1"), GuestState.OFF, Happened.SHUT_DOWN)
        await eventually(lambda: web.uuid not in bench.view().guest_figures)
    finally:
        await bench.fleet.close()


def test_between_its_turns_a_guest_has_what_its_next_reading_tells() -> None:
    at = 1_000_000.0
    history = History(2.0, lambda: at)
    history.record_guests(HOST, [("u", GuestFigures(cpu=0.1))], 5)
    at += 10.0
    history.record_guests(HOST, [("u", GuestFigures(cpu=0.5))], 5)
    values = history.series(GuestKey(HOST, "u"), Metric.CPU).values
    assert list(values)[-6:] == pytest.approx([0.1, 0.5, 0.5, 0.5, 0.5, 0.5])


class Watch:
    """A clock whose time a test sets."""

    at = 100.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


def test_slow_readings_come_in_the_middle_between_two_ticks() -> None:
    clock, store = Watch(), Store()
    demo = DemoHost(HOST, 1)
    for tick, waits in ((2.0, {0.0: 1.0, 0.5: 0.5, 1.5: 1.5}), (10.0, {0.0: 0.0, 4.0: 0.0})):
        pace = Pace(tick=tick)
        reader = Reader(HOST, demo.connect(), store, clock, pace.answer)
        sampler = Sampler(reader, store, History(), pace, clock, 1, True, lambda _: None)
        sampler._due = 102.0
        for after, wait in waits.items():
            clock.at = 100.0 + after
            assert sampler.until_lull == pytest.approx(wait)
