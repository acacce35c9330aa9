"""What one connection can do: the reason behind every greyed verb."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Feature(Enum):
    """A thing that some hypervisors, drivers or connections cannot do."""

    START = "start guests"
    SHUTDOWN = "ask guests to shut down"
    SHUTDOWN_AGENT = "shut down through the guest agent"
    AGENT = "talk to guest agents"
    REBOOT = "reboot guests"
    DESTROY = "force guests off"
    RESET = "reset guests"
    SUSPEND = "suspend and resume guests"
    MANAGED_SAVE = "save a guest's state to disk"
    AUTOSTART = "start guests with the host"
    RENAME = "rename guests"
    LABELS = "keep tags and notes on guests"
    UNDEFINE = "delete guests"
    VOLUMES = "manage volumes"
    NETWORKS = "tell networks"
    CONSOLE = "open consoles"
    CONSOLE_LOG = "log consoles to files"
    SEND_KEYS = "send keys to guests"
    EVENTS = "announce changes"
    BULK_STATS = "read all guests' figures at once"
    MEMORY_STATS = "tell guests' memory"
    HOST_STATS = "tell the host's load"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this connection can do."""

    driver: str = ""
    """The hypervisor's own name of it, for sentences: QEMU, LXC, Test, Xen, Demo."""
    read_only: bool = False
    lacks: frozenset[Feature] = frozenset()
    console_lag: float = 0.0
    """Seconds after a console was opened in which what a guest prints may still be lost."""

    def why_not(self, feature: Feature) -> str | None:
        """None where this connection can, else one sentence that says why not."""
        if feature in self.lacks:
            return f"{self.driver or 'This hypervisor'} cannot {feature.value}"
        return None
