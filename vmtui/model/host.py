"""A host: what it is, how its connection stands, and what it uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from vmtui.errors import VmtuiError


class LinkState(Enum):
    """How a connection stands."""

    CONNECTING = "connecting"
    UP = "up"
    LOST = "lost"
    """It was up; vmtui tries again by itself."""
    REFUSED = "refused"
    """It was never up: no right, wrong address, no daemon; tried again more slowly."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Link:
    """A connection's state, since when (seconds since the epoch), and why."""

    state: LinkState
    since: float
    error: VmtuiError | None = None
    retry_at: float | None = None
    """When the next try comes (seconds since the epoch)."""
    attempt: int = 0


class Virtualization(Enum):
    """Whether guests can run on the hardware's own virtualization."""

    USABLE = "usable"
    MISSING = "missing"
    """The CPU shows no extensions: absent, off in the firmware, or hidden by an outer host."""
    NO_DEVICE = "no device"
    """The extensions are there, /dev/kvm is not (module not loaded)."""
    NO_ACCESS = "no access"
    """/dev/kvm is there, and this connection's user may not open it."""
    UNSURE = "unsure"
    """Offered by the hypervisor, and contradicted by the CPU's own flags."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What hardly changes while a host is up. "" and None are unknown."""

    hostname: str = ""
    model: str = ""
    """The CPU's model."""
    arch: str = ""
    cpus: int | None = None
    """Logical CPUs online."""
    sockets: int | None = None
    cores: int | None = None
    """Cores a socket."""
    threads: int | None = None
    """Threads a core."""
    mhz: int | None = None
    memory: int | None = None
    """Bytes of RAM."""
    hypervisor: str = ""
    """Name and version: `QEMU 7.2.0`."""
    library: str = ""
    """The management daemon's name and version: `libvirt 9.0.0`."""
    virtualization: Virtualization = Virtualization.UNKNOWN
    virtualization_note: str = ""
    """One sentence on why, for a person."""
    local: bool = False
    """Whether vmtui runs on this very host."""


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """Seconds so far by kind, of one CPU or of all; None where the host does not tell."""

    user: float
    system: float
    idle: float
    iowait: float | None = None
    steal: float | None = None


@dataclass(frozen=True, slots=True)
class MountFill:
    """A file system of the host, bytes."""

    mount: str
    used: int
    total: int


@dataclass(frozen=True, slots=True)
class HostSample:
    """One reading of a host. None is unknown. Bytes throughout."""

    at: float
    """Seconds of a monotonic clock."""
    cpu: CpuTimes | None = None
    cores: tuple[CpuTimes, ...] = ()
    load: tuple[float, float, float] | None = None
    memory_total: int | None = None
    memory_used: int | None = None
    memory_cache: int | None = None
    memory_free: int | None = None
    hugepages_total: int | None = None
    """Number of huge pages; their size is in `hugepage_size`."""
    hugepages_free: int | None = None
    hugepage_size: int | None = None
    swap_total: int | None = None
    swap_used: int | None = None
    received: int | None = None
    """Bytes so far over all physical interfaces."""
    sent: int | None = None
    mounts: tuple[MountFill, ...] = ()
    booted_at: float | None = None
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class CpuShare:
    """Fractions of one CPU (or of all) over the last tick, 0 to 1."""

    user: float
    system: float
    iowait: float | None = None
    steal: float | None = None

    @property
    def busy(self) -> float:
        """All that is not idle nor waiting."""
        return min(1.0, self.user + self.system + (self.steal or 0.0))


@dataclass(frozen=True, slots=True)
class HostFigures:
    """What a host uses now: the last reading, and what two of them tell."""

    sample: HostSample
    cpu: CpuShare | None = None
    cores: tuple[CpuShare, ...] = ()
    received: float | None = None
    """Bytes a second."""
    sent: float | None = None


@dataclass(frozen=True, slots=True)
class Commitment:
    """What the host's active guests were promised, against what it has."""

    vcpus: int = 0
    cpus: int | None = None
    memory: int = 0
    memory_total: int | None = None
    guests: int = field(default=0)
    """Guests counted: those that are active."""
