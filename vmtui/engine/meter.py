"""The meter: what two readings of counters mean. Pure.

Rates are rounded, so that what hardly changes is equal and need not be drawn again: fractions to
a thousandth, bytes to three digits.
"""

from __future__ import annotations

from dataclasses import dataclass

from vmtui.model.host import CpuShare, CpuTimes, HostFigures, HostSample
from vmtui.model.stats import (
    DiskFigures,
    DiskSample,
    GuestFigures,
    GuestSample,
    InterfaceFigures,
    InterfaceSample,
    MemorySample,
)
from vmtui.model.units import MIB

REPORT_FRESH = 20.0
"""Seconds by which a guest's own memory report may age before an equal one takes its place."""


@dataclass(frozen=True, slots=True)
class Reading:
    """For each group the last sample that had it."""

    cpu: GuestSample | None = None
    disks: GuestSample | None = None
    interfaces: GuestSample | None = None


def measure(
    before: Reading | None,
    sample: GuestSample,
    vcpus: int | None,
    host_cpus: int | None,
    figures: GuestFigures | None,
) -> tuple[Reading, GuestFigures]:
    """What `sample` tells after `before`, and the Reading for the next time.

    A group that the sample lacks keeps its `figures`; one whose counters went backwards (the
    guest was restarted) has none. Where nothing changed, `figures` itself comes back.
    """
    before = before or Reading()
    old = figures or GuestFigures()
    cpu, cpu_host = old.cpu, old.cpu_host
    if sample.cpu_ns is not None:
        share = _cpu(before.cpu, sample)
        cpu = None if share is None or not vcpus else round(share / vcpus, 3)
        cpu_host = None if share is None or not host_cpus else round(share / host_cpus, 3)
    disks, read, written = old.disks, old.disk_read, old.disk_written
    if sample.disks is not None:
        disks = _disks(before.disks, sample, sample.disks)
        read, written = _total([d.read for d in disks]), _total([d.written for d in disks])
    interfaces, received, sent = old.interfaces, old.received, old.sent
    if sample.interfaces is not None:
        interfaces = _interfaces(before.interfaces, sample, sample.interfaces)
        received = _total([i.received for i in interfaces])
        sent = _total([i.sent for i in interfaces])
    new = GuestFigures(
        cpu, cpu_host, _memory(old.memory, sample.memory), read, written, received, sent,
        disks, interfaces,
    )  # fmt: skip
    reading = Reading(
        before.cpu if sample.cpu_ns is None else sample,
        before.disks if sample.disks is None else sample,
        before.interfaces if sample.interfaces is None else sample,
    )
    return reading, figures if figures is not None and new == figures else new


def measure_host(before: HostSample | None, sample: HostSample) -> HostFigures:
    """What `sample` tells after `before`."""
    seconds = sample.at - before.at if before else 0.0
    if before is None or seconds <= 0:
        return HostFigures(sample)
    cores: list[CpuShare] = []
    if len(before.cores) == len(sample.cores):
        shares = [_share(*pair) for pair in zip(before.cores, sample.cores, strict=True)]
        cores = [share for share in shares if share is not None]
    return HostFigures(
        sample,
        _share(before.cpu, sample.cpu),
        tuple(cores) if len(cores) == len(sample.cores) else (),
        _rate(before.received, sample.received, seconds),
        _rate(before.sent, sample.sent, seconds),
    )


def rounded(value: float) -> float:
    """A rate to three significant digits, and to whole units."""
    if value < 1000.0:
        return float(round(value))
    unit = 10.0 ** (len(str(int(value))) - 3)
    return round(value / unit) * unit


def _rate(before: int | None, after: int | None, seconds: float) -> float | None:
    if before is None or after is None or after < before or seconds <= 0:
        return None
    return rounded((after - before) / seconds)


def _total(rates: list[float | None]) -> float | None:
    known = [rate for rate in rates if rate is not None]
    return rounded(sum(known)) if known or not rates else None


def _cpu(before: GuestSample | None, sample: GuestSample) -> float | None:
    """CPUs kept busy: 1.0 is one whole CPU."""
    if before is None or before.cpu_ns is None or sample.cpu_ns is None:
        return None
    seconds, used = sample.at - before.at, sample.cpu_ns - before.cpu_ns
    return used / 1e9 / seconds if seconds > 0 and used >= 0 else None


def _disks(
    before: GuestSample | None, sample: GuestSample, disks: tuple[DiskSample, ...]
) -> tuple[DiskFigures, ...]:
    seconds = sample.at - before.at if before else 0.0
    were = {disk.target: disk for disk in (before.disks or ())} if before else {}
    figures = []
    for disk in disks:
        read = written = operations = None
        if (was := were.get(disk.target)) is not None:
            read = _rate(was.read, disk.read, seconds)
            written = _rate(was.written, disk.written, seconds)
            operations = _rate(
                was.read_requests + was.write_requests,
                disk.read_requests + disk.write_requests,
                seconds,
            )
        figures.append(
            DiskFigures(
                disk.target, read, written, operations,
                disk.capacity, disk.allocation, disk.physical,
            )
        )  # fmt: skip
    return tuple(figures)


def _interfaces(
    before: GuestSample | None, sample: GuestSample, interfaces: tuple[InterfaceSample, ...]
) -> tuple[InterfaceFigures, ...]:
    seconds = sample.at - before.at if before else 0.0
    were = {card.name: card for card in (before.interfaces or ())} if before else {}
    figures = []
    for card in interfaces:
        received = sent = None
        if (was := were.get(card.name)) is not None:
            received = _rate(was.received, card.received, seconds)
            sent = _rate(was.sent, card.sent, seconds)
        figures.append(InterfaceFigures(card.name, received, sent, card.dropped, card.errors))
    return tuple(figures)


def _memory(old: MemorySample | None, new: MemorySample | None) -> MemorySample | None:
    """The newest reading, or the old one where that would show the same."""
    if old is None or new is None:
        return old if new is None else new
    if (old.current, old.maximum) != (new.current, new.maximum):
        return new
    grain = max(MIB, new.current // 1000)
    pairs = (
        (old.used, new.used), (old.resident, new.resident),
        (old.swap_in, new.swap_in), (old.swap_out, new.swap_out),
    )  # fmt: skip
    if not all(_near(one, other, grain) for one, other in pairs):
        return new
    return old if _near(old.reported_at, new.reported_at, REPORT_FRESH) else new


def _near(one: float | None, other: float | None, grain: float) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < grain


def _share(before: CpuTimes | None, after: CpuTimes | None) -> CpuShare | None:
    if before is None or after is None:
        return None
    user, system = after.user - before.user, after.system - before.system
    idle = after.idle - before.idle
    iowait = _more(before.iowait, after.iowait)
    steal = _more(before.steal, after.steal)
    total = user + system + idle + (iowait or 0.0) + (steal or 0.0)
    if total <= 0 or min(user, system) < 0:
        return None

    def part(value: float) -> float:
        return round(min(max(value / total, 0.0), 1.0), 3)

    return CpuShare(
        part(user), part(system),
        None if iowait is None else part(iowait), None if steal is None else part(steal),
    )  # fmt: skip


def _more(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before
