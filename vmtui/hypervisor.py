"""The seam: what every hypervisor fulfils.

A Hypervisor is one connection to one host. Its methods are coroutines that never hold the
event loop; each raises `VmtuiError` and nothing else. A new Hypervisor is made for every
attempt to connect: one that was lost is never used again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from vmtui.errors import VmtuiError
from vmtui.model.agentfacts import AgentFacts, Command, CommandState
from vmtui.model.capabilities import Capabilities
from vmtui.model.change import Change, Event
from vmtui.model.finding import Finding
from vmtui.model.guest import Guest
from vmtui.model.host import HostFacts, HostSample
from vmtui.model.layers import Layers
from vmtui.model.network import Network
from vmtui.model.offer import Offer
from vmtui.model.spec import Described, GuestSpec, Place
from vmtui.model.stats import GuestSample, StatGroup
from vmtui.model.steps import Step
from vmtui.model.storage import DiskUse, Pool, Volume

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


class GuestAgent(Protocol):
    """The agent inside one guest. Every call has a time limit of its own, and may be a lie.

    Raises TimedOut where it is silent, Unsupported where it does not know the command, Refused
    where it blocks it, NotFound where there is no such file or program, and Invalid where its
    answer makes no sense.
    """

    @property
    def read_most(self) -> int:
        """Bytes of a file that one call reads at most, and quickest."""

    @property
    def write_most(self) -> int:
        """The same for writing."""

    @property
    def input_most(self) -> int:
        """Bytes that a command gets as its input at most."""

    async def start(self, command: Command) -> int:
        """Run a command inside the guest; returns its number there."""

    async def look(self, number: int) -> CommandState:
        """How that command stands. Once it has ended, it can be asked no more."""

    async def open_file(self, path: str, mode: str = "r") -> int:
        """Open a file as C's fopen does; returns the handle."""

    async def read_file(self, handle: int, count: int) -> tuple[bytes, bool]:
        """At most `count` bytes from where it stands, and whether the end was met."""

    async def write_file(self, handle: int, data: bytes) -> int:
        """Write; returns how many bytes it took."""

    async def seek_file(self, handle: int, offset: int, *, from_end: bool = False) -> int:
        """Go to a place; returns it, in bytes from the beginning."""

    async def close_file(self, handle: int) -> None:
        """Write out what waits, and let go."""


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

    async def sample_guests(
        self, groups: StatGroup, uuids: Collection[str] | None = None
    ) -> list[GuestSample]:
        """Readings of the active guests, in one call where the driver can.

        A guest that does not answer at once is left out or lacks the groups it cannot tell; it
        never delays the others. `StatGroup.STATE` lists the inactive ones too. With `uuids` only
        those of them are read, without their states; one that never was in a reading of all may
        be missing.
        """

    async def sample_host(self) -> HostSample:
        """One reading of the host; what cannot be told is None."""

    async def read_pools(self) -> tuple[Pool, ...]:
        """Every storage pool."""

    async def read_networks(self) -> tuple[Network, ...]:
        """Every virtual network with its leases."""

    async def read_agent(self, uuid: str) -> AgentFacts:
        """What the guest agent of that guest tells of it.

        Raises TimedOut where the agent is silent. May take seconds.
        """

    def agent(self, uuid: str) -> GuestAgent:
        """The agent of that guest, to be used on a person's behalf; nothing is asked yet."""

    async def read_disk_use(self, uuids: Sequence[str]) -> list[DiskUse]:
        """The disks of these guests with their volumes, and which of them must be kept.

        A volume is kept while a guest outside `uuids` uses it, itself or below an overlay.
        """

    async def read_layers(self, uuid: str) -> Layers:
        """What the disks of that guest lie on, down to the last file, and its snapshots.

        Some calls a file: for a person who looks at one guest.
        """

    async def read_definition(self, uuid: str, *, secrets: bool = True) -> str:
        """The guest's definition as text (libvirt: the inactive XML), with its passwords or not."""

    async def inspect(self) -> tuple[Finding, ...]:
        """Whether the host can run guests well, why not, and how to mend it. Takes seconds.

        One that was never opened, or could not be, tells what can be seen without a connection.
        """

    async def open_console(
        self, uuid: str, device: str = "", *, take_over: bool = False
    ) -> ConsoleChannel:
        """Open a guest's console; `device` is a `ConsolePort.alias`, "" for the first one.

        Raises Conflict where somebody else has it open and `take_over` was not asked for.
        """

    async def read_offer(self, engine: str = "", arch: str = "", machine: str = "") -> Offer:
        """What new guests can be made of; "" asks for the host's own choice."""

    async def read_volumes(self, pool: str) -> tuple[Volume, ...]:
        """Every volume of an active pool, by name; the pool is refreshed where that is cheap."""

    async def read_part(self, place: Place, offset: int, length: int) -> bytes:
        """These bytes of a volume (fewer at its end), to recognize what it holds.

        Raises Unsupported for a path outside every pool on a host that is not this machine.
        """

    async def describe(self, spec: GuestSpec) -> Described:
        """The spec in the hypervisor's own words; nothing is made, and nothing need exist yet."""

    async def check_definition(self, definition: str, of: GuestSpec | None = None) -> None:
        """Whether a definition that a person edited would be accepted.

        Raises Invalid with the hypervisor's own reason, and the line where it tells one; also
        where its name or UUID is not that of `of`: its volumes and its job go by these.
        """

    def preview(self, step: Step, name: str) -> str:
        """The step as a command that a person could run (libvirt: a virsh command line)."""

    async def foresee(self, step: Step) -> Step | None:
        """The step that will undo this one, as far as that is known before it is done.

        To be noted first, so that also what a killed process had half made can be taken away.
        None where nothing is made, or where what it makes is there already and so not ours.
        """

    async def execute(self, step: Step, progress: Progress) -> Step | None:
        """Do it; returns the step that undoes it, or None where nothing does.

        Cancelling the coroutine asks the host to abort where it can.
        """


Factory = Callable[[], Hypervisor]
"""Makes a fresh, unopened connection to one host."""
