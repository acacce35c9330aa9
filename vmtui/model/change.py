"""What a hypervisor announces: changes (re-read this) and happenings (tell the person)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vmtui.model.guest import HostId


class ChangeKind(Enum):
    """Which object is to be read again."""

    GUEST = "guest"
    POOL = "pool"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Change:
    """`uuid` of this kind appeared, vanished or changed; "" means any of them."""

    kind: ChangeKind
    uuid: str


class Happened(Enum):
    """What befell a guest, neutral of the hypervisor."""

    DEFINED = "defined"
    UPDATED = "updated"
    RENAMED = "renamed"
    UNDEFINED = "undefined"
    STARTED = "started"
    RESTORED = "restored"
    MIGRATED_IN = "migrated in"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    SHUT_DOWN = "shut down"
    DESTROYED = "destroyed"
    CRASHED = "crashed"
    SAVED = "saved"
    MIGRATED_OUT = "migrated out"
    FAILED = "failed"
    REBOOTED = "rebooted"
    SLEEPING = "sleeping"
    WOKEN = "woken"
    WATCHDOG = "watchdog"
    IO_ERROR = "I/O error"
    AGENT_UP = "agent connected"
    AGENT_DOWN = "agent disconnected"
    DEVICE_ADDED = "device added"
    DEVICE_REMOVED = "device removed"
    MEDIA_CHANGED = "media changed"
    HOST_UP = "connected"
    HOST_LOST = "connection lost"
    JOB_DONE = "done"
    JOB_FAILED = "job failed"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the event log. `uuid` and `name` are "" for the host's own."""

    at: float
    """Seconds since the epoch."""
    host: HostId
    what: Happened
    uuid: str = ""
    name: str = ""
    detail: str = ""
