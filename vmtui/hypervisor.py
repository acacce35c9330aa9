"""The seam: what every hypervisor fulfils.

A Hypervisor is one connection to one host. Its methods are coroutines that never hold the
event loop; each raises `VmtuiError` and nothing else. A new Hypervisor is made for every
attempt to connect: one that was lost is never used again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from vmtui.errors import VmtuiError
from vmtui.model.capabilities import Capabilities
from vmtui.model.change import Change, Event
from vmtui.model.device import Address
from vmtui.model.guest import Guest
from vmtui.model.host import HostFacts, HostSample
from vmtui.model.network import Network
from vmtui.model.stats import GuestSample, StatGroup
from vmtui.model.steps import Step
from vmtui.model.storage import DiskUse, Pool

Progress = Callable[[float | None, str], None]
"""Called with a fraction done (None: not known) and a few words; from the event loop only."""


class Listener(Protocol):
    """Whom a connection tells of what happens. Called on the event loop, never from a thread."""

    def changed(self, change: Change) -> None:
        """Something is to be read again."""

    def happened(self, event: Event) -> None:
        """Something befell a guest: a line for the event log."""

    def lost(self, error: VmtuiError) -> None:
        """The connection is gone; this Hypervisor is of no more use."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a connection tells when it has been opened."""

    facts: HostFacts
    capabilities: Capabilities


@dataclass(frozen=True, slots=True)
class Flags:
    """What changes without an event, for all guests at once: sets of UUIDs; None is unknown."""

    autostart: frozenset[str] | None = None
    persistent: frozenset[str] | None = None
    saved: frozenset[str] | None = None
    snapshots: frozenset[str] | None = None
    checkpoints: frozenset[str] | None = None


class ConsoleChannel(Protocol):
    """A guest's console: bytes both ways."""

    async def read(self, limit: int = 65536) -> bytes:
        """What the guest printed, at most `limit` bytes; b"" once it has ended."""

    async def write(self, data: bytes) -> None:
        """Send keys; returns once they are handed over."""

    async def close(self) -> None:
        """Let go of it; a reader gets b""."""


class Hypervisor(Protocol):
    """One connection to one host."""

    async def open(self, listener: Listener) -> Opened:
        """Connect. Raises ConnectionFailed with the command that mends it."""

    async def close(self) -> None:
        """Let go of everything, within a second, whatever the host does."""

    async def list_guests(self) -> list[Guest]:
        """Every guest with name and state, at the price of one call; `definition` may be None."""

    async def find_number(self, number: int) -> str | None:
        """The UUID of the active guest that the host counts as this number (libvirt: its ID)."""

    async def read_guests(self, uuids: Sequence[str]) -> list[Guest]:
        """These guests in full, as of now; one that is missing from the answer is gone."""

    async def read_flags(self) -> Flags:
        """What changes without an event; a few calls whatever the number of guests."""

    async def sample_guests(self, groups: StatGroup) -> list[GuestSample]:
        """Readings of the active guests, in one call where the driver can.

        A guest that does not answer at once is left out or lacks the groups it cannot tell; it
        never delays the others. `StatGroup.STATE` lists the inactive ones too.
        """

    async def sample_host(self) -> HostSample:
        """One reading of the host; what cannot be told is None."""

    async def read_pools(self) -> tuple[Pool, ...]:
        """Every storage pool."""

    async def read_networks(self) -> tuple[Network, ...]:
        """Every virtual network with its leases."""

    async def read_agent_addresses(self, uuid: str) -> tuple[str, tuple[Address, ...]]:
        """Host name and addresses as the guest agent of that guest tells them.

        Raises TimedOut where the agent is silent. May take seconds.
        """

    async def read_disk_use(self, uuids: Sequence[str]) -> list[DiskUse]:
        """The disks of these guests with their volumes, and which of them must be kept.

        A volume is kept while a guest outside `uuids` uses it, itself or below an overlay.
        """

    async def read_definition(self, uuid: str) -> str:
        """The guest's definition as text (libvirt: the inactive XML)."""

    async def open_console(
        self, uuid: str, device: str = "", *, take_over: bool = False
    ) -> ConsoleChannel:
        """Open a guest's console; `device` is a `ConsolePort.alias`, "" for the first one.

        Raises Conflict where somebody else has it open and `take_over` was not asked for.
        """

    def preview(self, step: Step, name: str) -> str:
        """The step as a command that a person could run (libvirt: a virsh command line)."""

    async def execute(self, step: Step, progress: Progress) -> Step | None:
        """Do it; returns the step that undoes it, or None where nothing does.

        Cancelling the coroutine asks the host to abort where it can.
        """


Factory = Callable[[], Hypervisor]
"""Makes a fresh, unopened connection to one host."""
