"""The health of all hosts at one moment: what failed, what is nearly full, who is loaded.

Reckoned from what is known already; nothing is asked of any host.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from vmtui.engine.checkup import Checkup
from vmtui.engine.job import Job, JobState
from vmtui.model.change import Event, Happened
from vmtui.model.finding import Level
from vmtui.model.guest import Guest, GuestKey, GuestState, HostId
from vmtui.model.host import LinkState
from vmtui.model.inventory import HostView, Inventory, tally
from vmtui.model.stats import GuestFigures
from vmtui.model.units import ratio

NEARLY = 0.8
"""From here on something is nearly full."""
SWAPPING = 0.5
"""From here on a host's swap is worth a line: it should hardly be used."""
VCPUS_A_CPU = 4.0
"""Virtual CPUs that a host's CPU carries without anybody noticing, as a rule."""
CHANGES = 200
"""Changes that are told at most."""
LATELY = 3600.0
"""Seconds for which a failure that is over is still told."""
_SHUT = frozenset({"iso9660", "udf", "squashfs", "cramfs", "erofs", "overlay"})
"""File systems that are full by their nature."""
_OVER = frozenset({Happened.FAILED, Happened.IO_ERROR, Happened.WATCHDOG, Happened.CRASHED})
_BROKEN_REASONS = frozenset({"I/O error", "watchdog", "crashed", "failed to start", "panicked",
                             "post-copy failed", "API error", "the daemon lost it"})  # fmt: skip
_TOLD = frozenset(Happened) - {
    Happened.UPDATED, Happened.AGENT_UP, Happened.AGENT_DOWN, Happened.DEVICE_ADDED,
    Happened.DEVICE_REMOVED, Happened.MEDIA_CHANGED, Happened.JOB_DONE, Happened.JOB_FAILED,
}  # fmt: skip
"""What counts as a change: states, and guests and hosts that come and go."""


class FaultKind(Enum):
    """What failed."""

    HOST = "host"
    GUEST = "guest"
    JOB = "job"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that failed, and when (seconds since the epoch; None is not known)."""

    kind: FaultKind
    host: HostId
    name: str
    words: str
    at: float | None = None
    uuid: str = ""
    """The guest's, where it is about one."""
    job: int = 0


class FillKind(Enum):
    """What is nearly full."""

    POOL = "pool"
    MEMORY = "memory"
    SWAP = "swap"
    HOST_FILES = "host's files"
    GUEST_FILES = "guest's files"
    PROMISED = "promised memory"
    VCPUS = "promised vCPUs"


@dataclass(frozen=True, slots=True)
class Fill:
    """Something that fills up. `used` and `total` are bytes, for vCPUs numbers."""

    kind: FillKind
    host: HostId
    name: str
    used: int
    total: int
    uuid: str = ""
    """The guest's, where it is one's file system."""
    of: str = ""
    """The guest's name, where it is one's file system."""

    @property
    def fraction(self) -> float:
        """How full; more than 1 where more was promised than there is."""
        return self.used / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Pulse:
    """Health at one moment, the worst first."""

    faults: tuple[Fault, ...] = ()
    fills: tuple[Fill, ...] = ()
    hosts: tuple[HostView, ...] = ()
    """Those that are not up, then the busiest."""
    changes: tuple[Event, ...] = ()
    """The newest first."""


class Pulses:
    """Takes the pulse. What guests tell is looked through again only where it changed."""

    def __init__(self) -> None:
        self._known: dict[HostId, tuple[Mapping[str, Guest], list[Fault], list[Fill]]] = {}

    def take(
        self,
        inventory: Inventory,
        events: Sequence[Event],
        jobs: Iterable[Job],
        checks: Callable[[HostId], Checkup | None],
        now: float,
    ) -> Pulse:
        """The pulse at `now`; `events` oldest first, `jobs` newest first."""
        faults: list[Fault] = []
        fills: list[Fill] = []
        for view in inventory.hosts.values():
            faults += _host_faults(view, checks(view.id))
            fills += _host_fills(view)
            from_guests = self._of_guests(view)
            faults += from_guests[0]
            fills += from_guests[1]
        told = {(fault.host, fault.uuid) for fault in faults if fault.uuid}
        faults += _job_faults(jobs, now)
        faults += _event_faults(inventory, events, told, now)
        faults.sort(key=lambda fault: (list(FaultKind).index(fault.kind), -(fault.at or 0.0)))
        fills.sort(key=lambda fill: -_urgency(fill))
        hosts = sorted(inventory.hosts.values(), key=_weight)
        told_events = (event for event in reversed(events) if event.what in _TOLD)
        changes = tuple(itertools.islice(told_events, CHANGES))
        return Pulse(tuple(faults), tuple(fills), tuple(hosts), changes)

    def _of_guests(self, view: HostView) -> tuple[list[Fault], list[Fill]]:
        known = self._known.get(view.id)
        if known is None or known[0] is not view.guests:
            guests = view.guests.values()
            faults = [fault for guest in guests if (fault := _guest_fault(guest)) is not None]
            fills = [fill for guest in guests for fill in _guest_fills(guest)]
            known = self._known[view.id] = (view.guests, faults, fills)
        return known[1], known[2]


Load = tuple[HostView, Guest, GuestFigures]
"""A guest, what it uses, and its host."""


def busiest(
    inventory: Inventory, measure: Callable[[GuestFigures], float | None], count: int
) -> list[Load]:
    """The guests with the greatest measure, at most `count`; those without one are left out."""

    def all_of() -> Iterator[tuple[float, str, HostView, GuestFigures]]:
        for view in inventory.hosts.values():
            if not view.stale:
                for uuid, figures in view.guest_figures.items():
                    value = measure(figures)
                    if value is not None and value > 0:
                        yield value, uuid, view, figures

    top = heapq.nlargest(count, all_of(), key=lambda one: one[:2])
    return [
        (view, guest, figures)
        for _, uuid, view, figures in top
        if (guest := view.guests.get(uuid)) is not None and guest.state.active
    ]


# -- what failed ---------------------------------------------------------------------------------


def _host_faults(view: HostView, check: Checkup | None) -> Iterator[Fault]:
    link = view.link
    if link.state in (LinkState.LOST, LinkState.REFUSED):
        why = link.error.title if link.error is not None else link.state.value
        yield Fault(FaultKind.HOST, view.id, view.id, why, link.since)
    elif check is not None:
        for finding in check.findings:
            if finding.level is Level.FAILURE:
                words = f"{finding.title}: {finding.seen}"
                yield Fault(FaultKind.CHECK, view.id, view.id, words, check.at)


def _guest_fault(guest: Guest) -> Fault | None:
    broken = guest.state is GuestState.CRASHED or guest.reason in _BROKEN_REASONS
    if not broken or guest.state is GuestState.RUNNING:
        return None
    words = " · ".join(part for part in (guest.state.value, guest.reason) if part)
    return Fault(FaultKind.GUEST, guest.key.host, guest.name, words, uuid=guest.key.uuid)


def _job_faults(jobs: Iterable[Job], now: float) -> Iterator[Fault]:
    for job in jobs:
        host = job.tracks[0].key.host
        if job.state is JobState.STALLED:
            words = "waits: a guest does not obey"
            yield Fault(FaultKind.JOB, host, job.plan.title, words, job.started, job=job.id)
        elif job.state is JobState.FAILED and now - (job.ended or now) < LATELY:
            error = next((run.error for run in job.tracks if run.error is not None), None)
            words = f"{error.title} {error.detail}".strip() if error is not None else "failed"
            yield Fault(FaultKind.JOB, host, job.plan.title, words, job.ended, job=job.id)


def _event_faults(
    inventory: Inventory, events: Sequence[Event], told: set[tuple[HostId, str]], now: float
) -> Iterator[Fault]:
    """What befell guests lately that are well again: once each, the newest."""
    seen = set(told)
    for event in reversed(events):
        if now - event.at > LATELY:
            return
        key = (event.host, event.uuid)
        if event.what in _OVER and event.uuid and key not in seen:
            seen.add(key)
            guest = inventory.guest(GuestKey(*key))
            if guest is not None:
                words = " · ".join(part for part in (event.what.value, event.detail) if part)
                state = f"{words}; {guest.state.value} now"
                yield Fault(FaultKind.GUEST, event.host, guest.name, state, event.at, event.uuid)


# -- what is nearly full -------------------------------------------------------------------------


def _urgency(fill: Fill) -> float:
    """What has an end comes before what was merely promised more often than it is there."""
    promised = fill.kind in (FillKind.PROMISED, FillKind.VCPUS)
    return fill.fraction - 10.0 if promised else fill.fraction


def _host_fills(view: HostView) -> Iterator[Fill]:
    for pool in view.pools or ():
        if pool.capacity and (pool.allocation or 0) >= NEARLY * pool.capacity:
            yield Fill(FillKind.POOL, view.id, pool.name, pool.allocation or 0, pool.capacity)
    if view.stale or view.figures is None:
        return
    sample = view.figures.sample
    if (ratio(sample.memory_used, sample.memory_total) or 0) >= NEARLY:
        used, total = sample.memory_used or 0, sample.memory_total or 0
        yield Fill(FillKind.MEMORY, view.id, view.id, used, total)
    if (ratio(sample.swap_used, sample.swap_total) or 0) >= SWAPPING:
        yield Fill(FillKind.SWAP, view.id, view.id, sample.swap_used or 0, sample.swap_total or 0)
    for mount in sample.mounts:
        if mount.total and mount.used >= NEARLY * mount.total:
            yield Fill(FillKind.HOST_FILES, view.id, mount.mount, mount.used, mount.total)
    promised = tally(view).commitment
    if promised.memory_total and promised.memory > promised.memory_total:
        total = promised.memory_total
        yield Fill(FillKind.PROMISED, view.id, view.id, promised.memory, total)
    if promised.cpus and promised.vcpus > VCPUS_A_CPU * promised.cpus:
        yield Fill(FillKind.VCPUS, view.id, view.id, promised.vcpus, promised.cpus)


def _guest_fills(guest: Guest) -> Iterator[Fill]:
    if guest.told is None:
        return
    for files in guest.told.file_systems:
        full = files.total and (files.used or 0) >= NEARLY * files.total
        if full and files.kind.lower() not in _SHUT:
            yield Fill(
                FillKind.GUEST_FILES, guest.key.host, files.mount, files.used or 0,
                files.total or 0, guest.key.uuid, guest.name,
            )  # fmt: skip


def _weight(view: HostView) -> tuple[bool, float]:
    busy = view.figures.cpu.busy if view.figures and view.figures.cpu else 0.0
    return not view.stale, -busy
