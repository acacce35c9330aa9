"""One connection to one host through libvirt: the Hypervisor of this house.

What looking at guests does not need is imported on its first use: that is half of a cold start.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING
from weakref import WeakSet

import libvirt

from vmtui.errors import ConnectionFailed, ConnectionLost, VmtuiError
from vmtui.hypervisor import ConsoleChannel, Flags, GuestAgent, Listener, Opened, Progress
from vmtui.hypervisors.libvirt import console, eventloop, failures
from vmtui.hypervisors.libvirt.calls import Calls, Lane
from vmtui.hypervisors.libvirt.events import Events
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.links import Links
from vmtui.hypervisors.libvirt.local import runs_in_process, without_prompts
from vmtui.hypervisors.libvirt.machine import LocalStats
from vmtui.hypervisors.libvirt.network import read_networks
from vmtui.hypervisors.libvirt.opening import Clocks, Parts, assemble
from vmtui.hypervisors.libvirt.storage import read_pools
from vmtui.model.guest import Guest, HostId
from vmtui.model.host import HostSample
from vmtui.model.network import Network
from vmtui.model.stats import GuestSample, StatGroup
from vmtui.model.storage import DiskUse, Pool, Volume

if TYPE_CHECKING:
    from vmtui.model.agentfacts import AgentFacts
    from vmtui.model.finding import Finding
    from vmtui.model.layers import Layers
    from vmtui.model.offer import Offer
    from vmtui.model.spec import Described, GuestSpec, Place
    from vmtui.model.steps import Step

logger = logging.getLogger(__name__)

OPEN_TIMEOUT = 20.0
"""Seconds until a host that does not answer is given up."""
READ_TIMEOUT = 30.0


class LibvirtHypervisor:
    """A connection through libvirt. Fulfils `vmtui.hypervisor.Hypervisor`."""

    def __init__(
        self,
        uri: str,
        host: HostId,
        *,
        read_only: bool = False,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        open_timeout: float = OPEN_TIMEOUT,
    ) -> None:
        """`now` tells seconds since the epoch; `clock` is monotonic."""
        self.uri = uri
        self.host = host
        self._links = Links(self._connect, shared=runs_in_process(uri))
        self.calls = Calls(f"libvirt {host}", on_lost=self._lose, on_exit=self._links.leave)
        self._machine = Calls(f"machine {host}")
        self._read_only = read_only
        self._clocks = Clocks(now, clock)
        self._open_timeout = open_timeout
        self._open_parts: Parts | None = None
        self._events: Events | None = None
        self._consoles: WeakSet[console.StreamChannel] = WeakSet()

    async def open(self, listener: Listener) -> Opened:
        """Connect, register for events, and tell what the host is and can.

        virConnectOpenAuth; virConnectOpenReadOnly's flag where the connection only reads.

        Raises:
            ConnectionFailed: The host could not be reached, refused us, or does not answer.
        """
        eventloop.prepare()
        hearing = _Hearing(listener, self._consoles)
        self._events = Events(self.host, asyncio.get_running_loop(), hearing, self._clocks.now)
        try:
            async with asyncio.timeout(self._open_timeout):
                return await self._open(self._events)
        except TimeoutError:
            await self.close()
            raise failures.silent(self.uri, self._open_timeout) from None
        except ConnectionFailed:
            await self.close()
            raise
        except VmtuiError as error:
            await self.close()
            raise ConnectionFailed(error.title, error.detail, error.hint) from None
        except BaseException:
            await self.close()
            raise

    async def _open(self, events: Events) -> Opened:
        conn = await self.calls.run(self._open_first)
        handle = Handle(conn, self.calls, self.uri, self.host, events.announce, self._links)
        self._open_parts, opened = await assemble(
            handle, events, self._machine, self._clocks, read_only=self._read_only
        )
        return opened

    async def close(self) -> None:
        """Let go of everything; the host is told by a thread for which nobody waits."""
        if self._events is not None:
            self._events.end()
        self.calls.close()
        self._machine.close()
        for channel in tuple(self._consoles):
            channel.end()
        self._open_parts = None
        if self._events is not None:
            self._links.close(self._events.unregister)

    async def list_guests(self) -> list[Guest]:
        """Every guest with name and state: one call."""
        return await self._parts.reader.list_guests()

    async def find_number(self, number: int) -> str | None:
        """The UUID of the active guest with that ID (virDomainLookupByID)."""
        return await self._parts.reader.find_number(number)

    async def read_guests(self, uuids: Sequence[str]) -> list[Guest]:
        """These guests in full; one that is missing from the answer is gone."""
        return await self._parts.reader.read_guests(uuids)

    async def read_flags(self) -> Flags:
        """What changes without an event: five calls."""
        return await self._parts.reader.read_flags()

    async def sample_guests(
        self, groups: StatGroup, uuids: Collection[str] | None = None
    ) -> list[GuestSample]:
        """Readings of the active guests; with `StatGroup.STATE` of the others too."""
        return await self._parts.sampler.sample(groups, uuids)

    async def sample_host(self) -> HostSample:
        """One reading of the host: no call where it is this machine, two elsewhere."""
        host = self._parts.host
        if isinstance(host, LocalStats):
            return await self._machine.run(host.sample, timeout=READ_TIMEOUT)
        return await self.calls.run(host.sample, timeout=READ_TIMEOUT, lane=Lane.SAMPLE)

    async def read_pools(self) -> tuple[Pool, ...]:
        """Every storage pool, by name."""
        handle = self._parts.handle
        return await self.calls.run(lambda: read_pools(handle.conn), timeout=READ_TIMEOUT)

    async def read_networks(self) -> tuple[Network, ...]:
        """Every virtual network with its leases, by name."""
        handle = self._parts.handle
        return await self.calls.run(lambda: read_networks(handle.conn), timeout=READ_TIMEOUT)

    async def read_agent(self, uuid: str) -> AgentFacts:
        """What the guest agent tells."""
        from vmtui.hypervisors.libvirt.agent.facts import read_facts

        return await read_facts(self._parts.handle, uuid, self._clocks.now)

    def agent(self, uuid: str) -> GuestAgent:
        """The agent of that guest."""
        from vmtui.hypervisors.libvirt.agent.guest import LibvirtAgent

        return LibvirtAgent(self._parts.handle, uuid)

    async def read_disk_use(self, uuids: Sequence[str]) -> list[DiskUse]:
        """The disks of these guests with their volumes, and which must be kept."""
        from vmtui.hypervisors.libvirt.volumes import read_disk_use

        return await read_disk_use(self._parts.handle, uuids)

    async def read_layers(self, uuid: str) -> Layers:
        """What the guest's disks lie on, and its snapshots."""
        from vmtui.hypervisors.libvirt.layers import read_layers

        return await read_layers(self._parts.handle, uuid)

    async def read_definition(self, uuid: str, *, secrets: bool = True) -> str:
        """The guest's inactive XML."""
        from vmtui.hypervisors.libvirt.definition import read_definition

        return await read_definition(self._parts.handle, uuid, secrets=secrets)

    async def inspect(self) -> tuple[Finding, ...]:
        """The check of the host; without a connection, of what can be seen without one."""
        from vmtui.hypervisors.libvirt.doctor.inspect import Subject, inspect
        from vmtui.hypervisors.libvirt.doctor.site import Site

        parts = self._open_parts
        handle = parts.handle if parts is not None else None
        return await inspect(Subject(self.uri, Site()), handle, self._machine)

    async def open_console(
        self, uuid: str, device: str = "", *, take_over: bool = False
    ) -> ConsoleChannel:
        """A console of a guest (virDomainOpenConsole)."""
        channel = await console.open_console(self._parts.handle, uuid, device, take_over=take_over)
        self._consoles.add(channel)
        return channel

    async def read_offer(self, engine: str = "", arch: str = "", machine: str = "") -> Offer:
        """What new guests can be made of."""
        from vmtui.hypervisors.libvirt.creation.offer import read_offer

        return await read_offer(self._parts.handle, engine, arch, machine)

    async def read_volumes(self, pool: str) -> tuple[Volume, ...]:
        """Every volume of an active pool, by name."""
        from vmtui.hypervisors.libvirt.creation.listing import read_volumes

        return await read_volumes(self._parts.handle, pool)

    async def read_part(self, place: Place, offset: int, length: int) -> bytes:
        """These bytes of a volume, fewer at its end."""
        from vmtui.hypervisors.libvirt.creation.listing import read_part

        return await read_part(self._parts.handle, place, offset, length)

    async def describe(self, spec: GuestSpec) -> Described:
        """The spec as XML and as a virt-install command line."""
        from vmtui.hypervisors.libvirt.creation.describing import describe

        return await describe(self._parts.handle, spec)

    async def check_definition(self, definition: str, of: GuestSpec | None = None) -> None:
        """Whether libvirt would accept the XML; nothing is defined."""
        from vmtui.hypervisors.libvirt.creation.checking import check_definition

        await check_definition(self._parts.handle, definition, of)

    def preview(self, step: Step, name: str) -> str:
        """The step as a virsh command line."""
        from vmtui.hypervisors.libvirt.preview import preview

        return preview(self.uri, step, name)

    async def foresee(self, step: Step) -> Step | None:
        """The step that will undo this one, as far as that is known before it is done."""
        from vmtui.hypervisors.libvirt.creation.foreseeing import foresee

        return await foresee(self._parts.handle, step)

    async def execute(self, step: Step, progress: Progress) -> Step | None:
        """Do it; returns the step that undoes it, or None where nothing does."""
        from vmtui.hypervisors.libvirt.execute import execute

        return await execute(self._parts.handle, step, progress)

    @property
    def _parts(self) -> Parts:
        if self._open_parts is None:
            raise ConnectionLost("The connection is closed")
        return self._open_parts

    def _lose(self, error: VmtuiError) -> None:
        """A call found the connection broken; drivers without a close callback tell only so."""
        if self._events is not None:
            self._events.lose(error)

    def _open_first(self) -> libvirt.virConnect:
        """Open the connection whose events are listened to; in a thread."""
        try:
            return self._links.open()
        except libvirt.libvirtError as error:
            raise failures.connection_failed(error, self.uri) from None

    def _connect(self, first: bool) -> libvirt.virConnect:
        """Open a connection (virConnectOpenAuth); in a thread."""
        flags = libvirt.VIR_CONNECT_RO if self._read_only else 0
        # Nobody is asked twice, and nobody out of the blue.
        may_ask = first and eventloop.asks_by_program()
        uri = self.uri if may_ask else without_prompts(self.uri)
        return libvirt.openAuth(uri, [_CREDENTIALS, _no_answer, None], flags)


class _Hearing:
    """The listener, and the consoles that end with the connection."""

    def __init__(self, listener: Listener, consoles: WeakSet[console.StreamChannel]) -> None:
        self.changed = listener.changed
        self.happened = listener.happened
        self._listener = listener
        self._consoles = consoles

    def lost(self, error: VmtuiError) -> None:
        """The connection is gone, and its streams with it."""
        for channel in tuple(self._consoles):
            channel.end()
        self._listener.lost(error)


_CREDENTIALS = [
    libvirt.VIR_CRED_USERNAME,
    libvirt.VIR_CRED_AUTHNAME,
    libvirt.VIR_CRED_ECHOPROMPT,
    libvirt.VIR_CRED_PASSPHRASE,
    libvirt.VIR_CRED_NOECHOPROMPT,
]


def _no_answer(_credentials: list[list[object]], _context: object) -> int:
    """Nobody is asked: logins come from libvirt's own auth.conf, which it reads before."""
    return -1
