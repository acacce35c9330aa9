"""Readings (samples: counters as the hypervisor gives them) and figures (what they mean).

Counters only grow; a figure is the difference of two readings. Each part of a sample may be
missing, because a tick asks for some groups only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto

from vmtui.model.guest import GuestState


class StatGroup(Flag):
    """Parts of a reading, each with its own price (see `Hypervisor.sample_guests`)."""

    NONE = 0
    STATE = auto()
    CPU = auto()
    MEMORY = auto()
    DISK = auto()
    NETWORK = auto()
    ALL = STATE | CPU | MEMORY | DISK | NETWORK


@dataclass(frozen=True, slots=True)
class MemorySample:
    """Bytes. `used` is None unless the guest's balloon driver reports."""

    current: int
    """What the balloon leaves to the guest."""
    maximum: int
    used: int | None = None
    """available - unused - disk caches, as the guest itself counts."""
    resident: int | None = None
    """What its process holds of the host's memory."""
    swap_in: int | None = None
    swap_out: int | None = None
    reported_at: float | None = None
    """Seconds since the epoch at which the guest last reported, or None."""


@dataclass(frozen=True, slots=True)
class DiskSample:
    """One disk's counters (bytes, requests) and sizes (bytes)."""

    target: str
    read: int = 0
    written: int = 0
    read_requests: int = 0
    write_requests: int = 0
    capacity: int | None = None
    allocation: int | None = None
    physical: int | None = None
    path: str = ""
    backing_index: int | None = None


@dataclass(frozen=True, slots=True)
class InterfaceSample:
    """One interface's counters, seen from the guest: `received` came to it (bytes)."""

    name: str
    received: int = 0
    sent: int = 0
    dropped: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class GuestSample:
    """One guest's reading; `at` is seconds of a monotonic clock."""

    uuid: str
    at: float
    state: GuestState | None = None
    reason: str = ""
    cpu_ns: int | None = None
    """CPU time consumed so far, nanoseconds, hypervisor's overhead included."""
    vcpus: int | None = None
    memory: MemorySample | None = None
    disks: tuple[DiskSample, ...] | None = None
    interfaces: tuple[InterfaceSample, ...] | None = None


@dataclass(frozen=True, slots=True)
class DiskFigures:
    """One disk now: bytes a second, requests a second, and sizes in bytes."""

    target: str
    read: float | None = None
    written: float | None = None
    operations: float | None = None
    capacity: int | None = None
    allocation: int | None = None
    physical: int | None = None


@dataclass(frozen=True, slots=True)
class InterfaceFigures:
    """One interface now: bytes a second."""

    name: str
    received: float | None = None
    sent: float | None = None
    dropped: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class GuestFigures:
    """What a guest uses now; None is unknown, never zero."""

    cpu: float | None = None
    """Fraction of its own vCPUs, 0 to 1 (a little above with emulation overhead)."""
    cpu_host: float | None = None
    """Fraction of the whole host's CPUs."""
    memory: MemorySample | None = None
    disk_read: float | None = None
    disk_written: float | None = None
    received: float | None = None
    sent: float | None = None
    disks: tuple[DiskFigures, ...] = ()
    interfaces: tuple[InterfaceFigures, ...] = ()
