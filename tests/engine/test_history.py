"""Series: spaced evenly, honest about gaps, bounded."""

from __future__ import annotations

import math
import tracemalloc

import pytest

from tests.engine.support import HOST
from vmtui.engine.history import FORGET_AFTER, History, Metric, Span
from vmtui.model.guest import GuestKey, HostId
from vmtui.model.host import CpuShare, HostFigures, HostSample
from vmtui.model.stats import GuestFigures, MemorySample

KEY = GuestKey(HOST, "u")


class Time:
    """A wall clock that a test turns."""

    def __init__(self, at: float = 1_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def put(history: History, cpu: float) -> None:
    history.record_guests(HOST, [("u", GuestFigures(cpu=cpu))])


def known(history: History, span: Span = Span.MINUTES) -> list[float]:
    return [v for v in history.series(KEY, Metric.CPU, span).values if not math.isnan(v)]


def test_five_minutes_by_the_tick() -> None:
    time = Time()
    history = History(2.0, time)
    for tick in range(200):
        time.at += 2.0
        put(history, tick)
    series = history.series(KEY, Metric.CPU)
    assert series.step == 2.0
    assert list(series.values) == list(range(50, 200))


def test_a_gap_is_a_gap_and_a_late_tick_is_none() -> None:
    time = Time()
    history = History(2.0, time)
    put(history, 1)
    time.at += 4.0
    put(history, 2)
    time.at += 10.0
    put(history, 3)
    time.at += 2.0
    tail = list(history.series(KEY, Metric.CPU).values)[-9:]
    assert tail[:3] == [1, 2, 2]
    assert all(math.isnan(value) for value in tail[3:7])
    assert tail[7] == 3
    assert math.isnan(tail[8])


def test_an_hour_by_the_half_minute_is_the_mean() -> None:
    time = Time(1_000_020.0)
    history = History(2.0, time)
    for tick in range(30):
        put(history, tick)
        time.at += 2.0
    assert known(history, Span.HOUR) == [7.0, 22.0]
    assert history.series(KEY, Metric.CPU, Span.HOUR).step == 30.0


def test_nothing_known_is_nan() -> None:
    series = History().series(GuestKey(HOST, "never"), Metric.NET)
    assert len(series.values) == 150
    assert all(math.isnan(value) for value in series.values)


def test_all_metrics_and_the_host() -> None:
    time = Time()
    history = History(2.0, time)
    figures = GuestFigures(
        cpu=0.5, memory=MemorySample(100, 100, 40), disk_read=1, disk_written=2, sent=4
    )
    history.record_guests(HOST, [("u", figures)])
    last = {metric: history.series(KEY, metric).values[-1] for metric in Metric}
    assert last == {Metric.CPU: 0.5, Metric.MEMORY: 40, Metric.DISK: 3, Metric.NET: 4}
    history.record_host(HOST, HostFigures(HostSample(0.0, memory_used=7), CpuShare(0.25, 0.25)))
    assert history.series(HOST, Metric.CPU).values[-1] == 0.5
    assert history.series(HOST, Metric.MEMORY).values[-1] == 7
    assert math.isnan(history.series(HOST, Metric.NET).values[-1])


def test_a_clock_that_jumps() -> None:
    time = Time()
    history = History(2.0, time)
    for value in (1, 2, 3):
        put(history, value)
        time.at += 2.0
    time.at -= 7200
    history.series(KEY, Metric.CPU)
    time.at += 2.0
    put(history, 4)
    assert known(history) == [1, 2, 3, 4]
    time.at += 8 * 3600
    put(history, 5)
    assert known(history) == [5]


def test_series_go_some_time_after_their_guest() -> None:
    time = Time()
    history = History(2.0, time)
    put(history, 1)
    history.prune(HOST, [])
    time.at += FORGET_AFTER / 2
    assert known(history)
    history.prune(HOST, ["u"])
    history.prune(HOST, [])
    time.at += FORGET_AFTER - 10
    history.prune(HostId("another"), [])
    history.prune(HOST, [])
    assert known(history, Span.HOUR)
    time.at += 20
    history.prune(HOST, [])
    assert not known(history, Span.HOUR)


def test_a_host_that_is_removed() -> None:
    history = History()
    put(history, 1)
    history.record_host(HOST, HostFigures(HostSample(0.0), CpuShare(1, 0)))
    history.drop_host(HOST)
    assert not known(history)


@pytest.mark.slow
def test_a_thousand_guests_fit_in_six_megabytes() -> None:
    time = Time()
    history = History(2.0, time)
    figures = [(f"u{number}", GuestFigures(cpu=0.5)) for number in range(1000)]
    tracemalloc.start()
    try:
        for _ in range(3):
            history.record_guests(HOST, figures)
            time.at += 2.0
        assert tracemalloc.get_traced_memory()[0] < 6 * 1024 * 1024
    finally:
        tracemalloc.stop()
