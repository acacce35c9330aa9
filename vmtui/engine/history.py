"""Series of every guest and host: five minutes by the tick, an hour by the half minute.

A figure is kept as a 32-bit float, NaN where nothing is known; a guest costs about 4.5 KB, and
nothing until it has its first figure. Times are seconds since the epoch; a clock that is set
back shifts the past along rather than blotting it out.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import Enum

from vmtui.model.guest import GuestKey, HostId
from vmtui.model.host import HostFigures
from vmtui.model.stats import GuestFigures

NAN = math.nan
COARSE_STEP = 30.0
COARSE_SLOTS = 120
FINE_SPAN = 300.0
DRIFT = 1
"""Ticks drift across the slots' borders: one slot left out is no gap in what is known."""
FORGET_AFTER = 300.0
"""Seconds for which a guest that is gone keeps its series."""


class Metric(Enum):
    """What a series tells; the value is its place in a record."""

    CPU = 0
    """Fraction, 0 to 1: of a guest's own vCPUs, of all of a host's CPUs."""
    MEMORY = 1
    """Bytes used, as the guest (or the host) itself counts."""
    DISK = 2
    """Bytes a second, read and written together; hosts have none."""
    NET = 3
    """Bytes a second, received and sent together."""


class Span(Enum):
    """How far back a series goes."""

    MINUTES = "five minutes"
    HOUR = "an hour"


@dataclass(frozen=True, slots=True)
class Series:
    """Equally spaced values, oldest first, the last one being now; NaN where nothing is known."""

    values: array[float]
    step: float
    """Seconds between two values."""


_WIDTH = len(Metric)


class _Ring:
    """A ring of `slots` records of one float for each Metric; a slot is `step` seconds."""

    __slots__ = ("cells", "count", "newest", "slots")

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.cells = array("f", [NAN]) * (slots * _WIDTH)
        self.newest = -1
        self.count = 0
        """Records that went into the newest slot: it holds their mean."""

    def put(self, slot: int, record: tuple[float, float, float, float], reach: int) -> None:
        """Add a record at `slot`, which is not before the newest one.

        It also holds for slots left out since then, where the newest one is within `reach`.
        """
        cells, base = self.cells, slot % self.slots * _WIDTH
        if slot == self.newest:
            self.count += 1
            for place, value in enumerate(record, base):
                mean = cells[place]
                cells[place] = value if mean != mean else mean + (value - mean) / self.count
            return
        missing = _GAP
        if self.newest >= 0 and 1 < slot - self.newest <= reach:
            missing = array("f", record)
        for missed in range(max(self.newest + 1, slot - self.slots + 1), slot):
            gap = missed % self.slots * _WIDTH
            cells[gap : gap + _WIDTH] = missing
        self.newest, self.count = slot, 1
        cells[base], cells[base + 1], cells[base + 2], cells[base + 3] = record

    def get(self, last: int, metric: Metric) -> array[float]:
        """The values of the `slots` up to the slot `last`, oldest first."""
        column = self.cells[metric.value :: _WIDTH]
        values = array("f", [NAN]) * self.slots
        oldest_kept = self.newest - self.slots
        for index, slot in enumerate(range(last - self.slots + 1, last + 1)):
            if oldest_kept < slot <= self.newest and slot >= 0:
                values[index] = column[slot % self.slots]
        return values


_GAP = array("f", [NAN]) * _WIDTH


class _Track:
    """One guest's or host's rings."""

    __slots__ = ("coarse", "fine", "gone_at")

    def __init__(self, fine_slots: int) -> None:
        self.fine = _Ring(fine_slots)
        self.coarse = _Ring(COARSE_SLOTS)
        self.gone_at: float | None = None


class History:
    """The series of all guests and hosts. `tick` is the sampling interval in seconds."""

    def __init__(self, tick: float = 2.0, now: Callable[[], float] = time.time) -> None:
        self._step = max(tick, 1.0)
        self._slots = max(1, round(FINE_SPAN / self._step))
        self._now = now
        self._latest = 0.0
        self._shift = 0.0
        self._hosts: dict[HostId, _Track] = {}
        self._guests: dict[HostId, dict[str, _Track]] = {}

    def series(self, key: GuestKey | HostId, metric: Metric, span: Span = Span.MINUTES) -> Series:
        """What is known up to now; all NaN for a guest that never had a figure."""
        at = self._time()
        if isinstance(key, GuestKey):
            track = self._guests.get(key.host, {}).get(key.uuid)
        else:
            track = self._hosts.get(key)
        if span is Span.HOUR:
            slots, step = COARSE_SLOTS, COARSE_STEP
        else:
            slots, step = self._slots, self._step
        if track is None:
            return Series(array("f", [NAN]) * slots, step)
        ring = track.coarse if span is Span.HOUR else track.fine
        return Series(ring.get(int(at / step), metric), step)

    def record_guests(
        self, host: HostId, figures: Iterable[tuple[str, GuestFigures]], turn: int = 1
    ) -> None:
        """Add what the host's guests (by UUID) use now.

        Where they take turns, each is recorded at every `turn`-th tick at least, and what it uses
        is the mean since it was recorded last: that holds for the ticks between as well.
        """
        at = self._time()
        fine, coarse = int(at / self._step), int(at / COARSE_STEP)
        reach = int(turn * self._step / COARSE_STEP) + 1 + DRIFT
        tracks = self._guests.setdefault(host, {})
        for uuid, now in figures:
            track = tracks.get(uuid)
            if track is None:
                track = tracks[uuid] = _Track(self._slots)
            record = _guest_record(now)
            track.fine.put(fine, record, turn + DRIFT)
            track.coarse.put(coarse, record, reach)

    def record_host(self, host: HostId, figures: HostFigures, turn: int = 1) -> None:
        """Add what the host uses now, at every `turn`-th tick at least."""
        at = self._time()
        record = _host_record(figures)
        track = self._hosts.get(host)
        if track is None:
            track = self._hosts[host] = _Track(self._slots)
        track.fine.put(int(at / self._step), record, turn + DRIFT)
        reach = int(turn * self._step / COARSE_STEP) + 1 + DRIFT
        track.coarse.put(int(at / COARSE_STEP), record, reach)

    def prune(self, host: HostId, present: Collection[str]) -> None:
        """Drop the series of the host's guests that have been gone for a while.

        `present` are the UUIDs of those that are there.
        """
        at = self._time()
        tracks = self._guests.get(host, {})
        for uuid, track in list(tracks.items()):
            if uuid in present:
                track.gone_at = None
            elif track.gone_at is None:
                track.gone_at = at
            elif at - track.gone_at >= FORGET_AFTER:
                del tracks[uuid]

    def drop_host(self, host: HostId) -> None:
        """Drop all of a host that is shown no more."""
        self._hosts.pop(host, None)
        self._guests.pop(host, None)

    def _time(self) -> float:
        at = self._now() + self._shift
        if at < self._latest:
            self._shift += self._latest - at
            at = self._latest
        self._latest = at
        return at


def _sum(one: float | None, other: float | None) -> float:
    if one is None and other is None:
        return NAN
    return (one or 0.0) + (other or 0.0)


def _guest_record(figures: GuestFigures) -> tuple[float, float, float, float]:
    memory = figures.memory
    return (
        NAN if figures.cpu is None else figures.cpu,
        NAN if memory is None or memory.used is None else float(memory.used),
        _sum(figures.disk_read, figures.disk_written),
        _sum(figures.received, figures.sent),
    )


def _host_record(figures: HostFigures) -> tuple[float, float, float, float]:
    used = figures.sample.memory_used
    return (
        NAN if figures.cpu is None else figures.cpu.busy,
        NAN if used is None else float(used),
        NAN,
        _sum(figures.received, figures.sent),
    )
