"""A guest: its identity, its state and its definition."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, NewType

from vmtui.model.agentfacts import AgentFacts
from vmtui.model.device import (
    Address,
    Channel,
    ConsolePort,
    Disk,
    Display,
    HostDevice,
    Interface,
)

HostId = NewType("HostId", str)
"""The name by which one connection goes on the screen and in every key."""


class GuestKey(NamedTuple):
    """A guest's identity: names repeat across hosts and change; this does neither.

    With the UUID "" it is the host itself, for plans that mend it.
    """

    host: HostId
    uuid: str


class GuestState(Enum):
    """What a guest does, in libvirt's terms; the words on the screen are in `ui/cells`."""

    RUNNING = "running"
    PAUSED = "paused"
    SHUTTING_DOWN = "shutting down"
    OFF = "off"
    CRASHED = "crashed"
    SLEEPING = "sleeping"
    """Suspended by its own power management (S3)."""
    UNKNOWN = "unknown"

    @property
    def active(self) -> bool:
        """Whether the hypervisor holds a live guest: running, paused, asleep, going down."""
        return self not in (GuestState.OFF, GuestState.CRASHED, GuestState.UNKNOWN)


class Agent(Enum):
    """What is known of the guest agent's channel."""

    NO_CHANNEL = "no channel"
    DISCONNECTED = "disconnected"
    """There is a channel, and nobody at the guest's end of it."""
    CONNECTED = "connected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Labels:
    """What people wrote on a guest; kept in its own definition, so that all of them see it."""

    tags: tuple[str, ...] = ()
    group: str = ""
    note: str = ""
    order: int | None = None
    """Its place where many are started in order, the lowest first; None is after all of those."""
    delay: int = 0
    """Seconds that those after it wait at most until it is up; 0 is as long as usual."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a guest's XML says, as far as vmtui models it."""

    vcpus: int = 0
    """vCPUs plugged now."""
    vcpus_max: int = 0
    memory: int = 0
    """Bytes that the balloon leaves to the guest now (`currentMemory`)."""
    memory_max: int = 0
    """Bytes at most (`memory`)."""
    engine: str = ""
    """What runs it: kvm, qemu (emulated), xen, lxc, test, ..."""
    arch: str = ""
    machine: str = ""
    cpu: str = ""
    """host-passthrough, host-model, or the model's name."""
    firmware: str = "bios"
    """bios, uefi or none (direct kernel boot keeps bios; containers have none)."""
    secure_boot: bool = False
    nvram: str = ""
    """Path of the UEFI variables on the host, or ""."""
    kernel: str = ""
    """Path of a directly booted kernel, or ""."""
    boot: tuple[str, ...] = ()
    """Boot order: disk targets, MACs, or hd, cdrom, network, fd."""
    os: str = ""
    """Short name of the operating system (`debian12`, from libosinfo's metadata), or ""."""
    title: str = ""
    description: str = ""
    tpm: str = ""
    disks: tuple[Disk, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    consoles: tuple[ConsolePort, ...] = ()
    displays: tuple[Display, ...] = ()
    channels: tuple[Channel, ...] = ()
    host_devices: tuple[HostDevice, ...] = ()
    agent: Agent = Agent.NO_CHANNEL
    labels: Labels = Labels()


@dataclass(frozen=True, slots=True)
class Guest:
    """One guest, as its host reports it.

    None stands for "not known (yet)" everywhere: a listing yields name and state at once, the
    rest follows.
    """

    key: GuestKey
    name: str
    state: GuestState
    reason: str = ""
    """Why it is in this state, in libvirt's words: `booted`, `destroyed`, `I/O error`."""
    persistent: bool | None = None
    autostart: bool | None = None
    saved: bool | None = None
    """Whether a managed-save image waits to be resumed at the next start."""
    snapshots: bool | None = None
    """Whether it has snapshots."""
    checkpoints: bool | None = None
    definition: Definition | None = None
    addresses: tuple[Address, ...] = ()
    hostname: str = ""
    """As a lease or the guest agent tells it."""
    started_at: float | None = None
    """Seconds since the epoch at which it was started, where that is known."""
    started_by: float | None = None
    """The latest moment at which it can have been started, where only that is known."""
    told: AgentFacts | None = None
    """What its agent told last, while it answers."""
    mute: str = ""
    """Why its agent, though connected, does not answer; "" where it does or was not asked."""

    @property
    def frozen(self) -> bool:
        """Whether its file systems are frozen, by its agent's last word: it runs, and waits."""
        return self.state is GuestState.RUNNING and self.told is not None and self.told.frozen
