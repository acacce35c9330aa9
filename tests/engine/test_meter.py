"""What two readings mean."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vmtui.engine.meter import Reading, measure, measure_host, rounded
from vmtui.model.host import CpuTimes, HostSample
from vmtui.model.stats import DiskSample, GuestFigures, GuestSample, InterfaceSample, MemorySample
from vmtui.model.units import GIB, MIB


def run(*samples: GuestSample, vcpus: int | None = 2) -> list[GuestFigures]:
    reading: Reading | None = None
    figures: GuestFigures | None = None
    seen = []
    for sample in samples:
        reading, figures = measure(reading, sample, vcpus, 8, figures)
        seen.append(figures)
    return seen


def test_cpu_is_a_fraction_of_the_guests_own_vcpus() -> None:
    first, second = run(GuestSample("u", 10.0, cpu_ns=0), GuestSample("u", 12.0, cpu_ns=2 * 10**9))
    assert first.cpu is None
    assert second.cpu == 0.5
    assert second.cpu_host == 0.125


def test_no_vcpus_known_is_no_fraction() -> None:
    figures = run(GuestSample("u", 1.0, cpu_ns=0), GuestSample("u", 2.0, cpu_ns=5), vcpus=None)
    assert figures[-1].cpu is None


def test_a_counter_that_went_backwards_gives_none_once() -> None:
    at = [GuestSample("u", t, cpu_ns=ns) for t, ns in ((1.0, 0), (2.0, 10**9), (3.0, 5), (4.0, 5))]
    assert [figures.cpu for figures in run(*at)] == [None, 0.5, None, 0.0]


def test_each_group_keeps_its_own_reading() -> None:
    disk = (DiskSample("vda", read=0, written=0),)
    later = (DiskSample("vda", read=4000, written=1000, capacity=GIB),)
    figures = run(
        GuestSample("u", 0.0, cpu_ns=0, disks=disk),
        GuestSample("u", 2.0, cpu_ns=0),
        GuestSample("u", 4.0, cpu_ns=0, disks=later),
        GuestSample("u", 6.0, cpu_ns=0),
    )
    assert figures[1].disk_read is None
    assert figures[2].disk_read == 1000
    assert figures[2].disk_written == 250
    assert figures[2].disks[0].capacity == GIB
    assert figures[3] is figures[2]


def test_a_disk_that_was_plugged_in_has_no_rate_yet() -> None:
    one, two = DiskSample("vda", read=0), DiskSample("vdb", read=10**9)
    figures = run(GuestSample("u", 0.0, disks=(one,)), GuestSample("u", 1.0, disks=(one, two)))[-1]
    assert figures.disk_read == 0
    assert figures.disks[1].read is None


def test_interfaces_are_summed() -> None:
    def cards(count: int) -> tuple[InterfaceSample, ...]:
        return (InterfaceSample("a", count, count), InterfaceSample("b", count, 0))

    figures = run(
        GuestSample("u", 0.0, interfaces=cards(0)), GuestSample("u", 1.0, interfaces=cards(100))
    )[-1]
    assert (figures.received, figures.sent) == (200, 100)


def test_idle_guests_keep_their_figures() -> None:
    def idle(tick: int) -> GuestSample:
        memory = MemorySample(GIB, GIB, 500 * MIB + tick * 4096, 600 * MIB, reported_at=100 + tick)
        return GuestSample("u", 2.0 * tick, cpu_ns=tick * 9_900_000 + tick % 2, memory=memory)

    figures = run(*(idle(tick) for tick in range(8)))
    assert all(one is figures[1] for one in figures[1:])


def test_a_memory_report_does_not_look_older_than_it_is() -> None:
    def at(report: float) -> GuestSample:
        return GuestSample("u", report, memory=MemorySample(GIB, GIB, MIB, reported_at=report))

    figures = run(at(0), at(30))
    assert figures[1].memory is not None
    assert figures[1].memory.reported_at == 30


def test_time_that_stands_still_divides_nothing() -> None:
    figures = run(GuestSample("u", 1.0, cpu_ns=0), GuestSample("u", 1.0, cpu_ns=9))
    assert figures[-1].cpu is None


@given(st.floats(0, 1e13))
def test_rounding_stays_near(value: float) -> None:
    assert abs(rounded(value) - value) <= max(0.5, value * 0.0051)
    assert rounded(value) == int(rounded(value))


def test_host_shares_and_rates() -> None:
    before = HostSample(0.0, CpuTimes(0, 0, 0, 0, 0), (CpuTimes(0, 0, 0),), received=0, sent=5)
    after = HostSample(2.0, CpuTimes(1, 1, 1, 1, 0), (CpuTimes(1, 0, 1),), received=2000, sent=3)
    figures = measure_host(before, after)
    assert figures.cpu is not None
    assert (figures.cpu.user, figures.cpu.system, figures.cpu.iowait) == (0.25, 0.25, 0.25)
    assert figures.cpu.busy == 0.5
    assert figures.cores[0].user == 0.5
    assert figures.cores[0].iowait is None
    assert figures.received == 1000
    assert figures.sent is None
    assert measure_host(None, after).cpu is None


def test_a_host_that_lost_a_core_has_no_core_shares() -> None:
    one = CpuTimes(0, 0, 0)
    figures = measure_host(HostSample(0.0, cores=(one, one)), HostSample(1.0, cores=(one,)))
    assert figures.cores == ()
