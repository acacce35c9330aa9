"""One connection to a demo host: the Hypervisor Protocol over its world."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Sequence

from vmtui.errors import (
    Conflict,
    ConnectionFailed,
    ConnectionLost,
    Refused,
    Unsupported,
    VmtuiError,
)
from vmtui.hypervisor import Flags, Listener, Opened, Progress
from vmtui.hypervisors.demo import (
    checkup,
    creation,
    layers,
    load,
    offer,
    preview,
    shell,
    steps,
    volumes,
)
from vmtui.hypervisors.demo.agent import DemoAgent, facts_of, must_answer
from vmtui.hypervisors.demo.build import IMAGES, DemoGuest
from vmtui.hypervisors.demo.console import DemoConsole
from vmtui.hypervisors.demo.definition import definition_text
from vmtui.hypervisors.demo.machine import LEASE_AFTER, Machine
from vmtui.model.agentfacts import AgentFacts
from vmtui.model.capabilities import Capabilities, Feature
from vmtui.model.finding import Finding
from vmtui.model.guest import Guest
from vmtui.model.host import CpuTimes, HostSample, MountFill
from vmtui.model.layers import Layers
from vmtui.model.network import Lease, Network
from vmtui.model.offer import Offer
from vmtui.model.spec import Described, GuestSpec, Place
from vmtui.model.stats import GuestSample, StatGroup
from vmtui.model.steps import Step
from vmtui.model.storage import DiskUse, Pool, PoolState, Volume
from vmtui.model.units import GIB

POOL = 2000 * GIB
AT_ONCE = 200
"""Guests read in one go."""


class DemoHypervisor:
    """A connection to `host`."""

    def __init__(self, host: Machine) -> None:
        self.host = host
        self.listener: Listener
        self._cut_by: VmtuiError | None = ConnectionLost(f"{host.id} is not connected")
        self._closed = False

    async def open(self, listener: Listener) -> Opened:
        """Connect, as the host's knobs allow."""
        host = self.host
        host.calls["open"] += 1
        self.listener = listener
        await asyncio.sleep(host.delay)
        await host.take(0.2)
        await host.knob("hang_open")
        if self._closed:
            raise ConnectionFailed(f"{host.id} was closed")
        host.attach(self)
        self._cut_by = None
        return Opened(host.world.facts, Capabilities("Demo", host.read_only, host.lacks))

    async def close(self) -> None:
        """Let go."""
        self.host.calls["close"] += 1
        self._closed = True
        self.host.detach(self)
        self._cut_by = ConnectionLost(f"{self.host.id} was closed")
        await self.host.knob("hang_close")

    def cut(self, error: VmtuiError) -> None:
        """The host went away."""
        self._cut_by = error
        self.listener.lost(error)

    async def _call(self, what: str, seconds: float = 0.0) -> None:
        """What every call goes through: the count, the delay, the knobs."""
        host = self.host
        host.calls[what] += 1
        if host.delay or seconds:
            await asyncio.sleep(host.delay)
            await host.take(seconds)
        if self._cut_by is None:
            await host.knob("hang")
        if self._cut_by is not None:
            raise ConnectionLost(self._cut_by.title, self._cut_by.detail)

    def _require(self, feature: Feature) -> None:
        if feature in self.host.lacks:
            raise Unsupported(f"Demo cannot {feature.value}")

    async def list_guests(self) -> list[Guest]:
        """Every guest with name and state."""
        await self._call("list_guests")
        return [
            Guest(guest.facts.key, guest.facts.name, guest.facts.state, guest.facts.reason)
            for guest in self.host.guests.values()
        ]

    async def find_number(self, number: int) -> str | None:
        """The active guest of that place in the list, from 1."""
        await self._call("find_number")
        active = [guest.uuid for guest in self.host.guests.values() if guest.facts.state.active]
        return active[number - 1] if 0 < number <= len(active) else None

    async def read_guests(self, uuids: Sequence[str]) -> list[Guest]:
        """These guests in full."""
        await self._call("read_guests")
        guests = self.host.guests
        return [guests[uuid].facts for uuid in uuids if uuid in guests]

    async def read_flags(self) -> Flags:
        """Autostart and the like."""
        await self._call("read_flags")
        facts = [guest.facts for guest in self.host.guests.values()]
        return Flags(
            autostart=frozenset(fact.key.uuid for fact in facts if fact.autostart),
            persistent=frozenset(fact.key.uuid for fact in facts if fact.persistent),
            saved=frozenset(fact.key.uuid for fact in facts if fact.saved),
            snapshots=frozenset(fact.key.uuid for fact in facts if fact.snapshots),
            checkpoints=frozenset(),
        )

    async def sample_guests(
        self, groups: StatGroup, uuids: Collection[str] | None = None
    ) -> list[GuestSample]:
        """Readings of the active guests, and the others' states where those are asked."""
        await self._call("sample_guests")
        self._require(Feature.BULK_STATS)
        guests = self.host.guests
        asked = list(guests.values())
        if uuids is not None:
            groups &= ~StatGroup.STATE
            asked = [guests[uuid] for uuid in uuids if uuid in guests]
        self.host.sampled += len(asked)
        at, parts = self.host.monotonic(), load.Parts.of(groups)
        samples = []
        for count, guest in enumerate(asked, 1):
            if count % AT_ONCE == 0:
                # A real host's readings are made elsewhere: nothing else waits for them.
                await asyncio.sleep(0)
            state = guest.facts.state
            if state.active:
                samples.append(
                    load.sample(guest.load, guest.wiring, state, guest.up(at), at, parts)
                )
            elif parts.state:
                samples.append(GuestSample(guest.uuid, at, state))
        return samples

    async def sample_host(self) -> HostSample:
        """The host's own load."""
        await self._call("sample_host")
        self._require(Feature.HOST_STATS)
        facts, at = self.host.world.facts, self.host.monotonic()
        cores = tuple(_core(core, at) for core in range(facts.cpus or 1))
        memory = facts.memory or 0
        used = int(memory * (0.55 + 0.05 * math.sin(at / 40)))
        cache = memory // 8
        busy = 0.3 + 0.15 * math.sin(at / 30)
        return HostSample(
            at, _sum(cores), cores, (busy * 10, busy * 9, busy * 8), memory, used, cache,
            memory - used - cache, 0, 0, 2 << 20, 8 * GIB, GIB // 4,
            int(at * 30e6 + 2e8 * math.sin(at / 9)), int(at * 12e6 + 8e7 * math.sin(at / 7)),
            (MountFill("/", 21 * GIB, 60 * GIB),), self.host.now() - 40 * 86400,
        )  # fmt: skip

    async def read_pools(self) -> tuple[Pool, ...]:
        """One pool with the images, and one that is not active."""
        await self._call("read_pools")
        used = sum(volume.allocation or 0 for volume in self.host.world.volumes.values())
        total = used * 16 // 15 if "full" in self.host.ailments else max(POOL, used * 2)
        return (
            Pool(
                "default", f"{self.host.id}-pool-1", PoolState.RUNNING, "dir", IMAGES,
                total, used, total - used, True, True,
            ),
            Pool("backup", f"{self.host.id}-pool-2", PoolState.INACTIVE, "netfs", "/srv/backup",
                 autostart=False, persistent=True),
        )  # fmt: skip

    async def read_networks(self) -> tuple[Network, ...]:
        """The NAT network with its leases, and a bridge."""
        await self._call("read_networks")
        self._require(Feature.NETWORKS)
        at, wall = self.host.monotonic(), self.host.now()
        leases = tuple(
            Lease(
                card.mac,
                guest.ip,
                16,
                guest.facts.name,
                0.0 if wall < 0 else wall // 600 * 600 + 3600,
            )
            for guest in self.host.guests.values()
            if guest.facts.state.active and at - guest.up_since >= self._scaled(LEASE_AFTER)
            for card in guest.definition.interfaces
            if card.source == "default"
        )
        return (
            Network(
                "default", f"{self.host.id}-net-1", True, "virbr0", "nat",
                "autostart" not in self.host.ailments, True, leases,
            ),
            Network("br0", f"{self.host.id}-net-2", True, "br0", "bridge", True, True),
        )  # fmt: skip

    def _scaled(self, seconds: float) -> float:
        return seconds / self.host.speed if self.host.speed else 0.0

    async def read_agent(self, uuid: str) -> AgentFacts:
        """What its agent tells; some are mute."""
        await self._call("read_agent", 0.1)
        guest = self.host.guest(uuid)
        await must_answer(self.host, guest)
        return facts_of(guest)

    def agent(self, uuid: str) -> DemoAgent:
        """The agent of that guest."""
        return DemoAgent(self.host, self.host.guest(uuid))

    async def read_disk_use(self, uuids: Sequence[str]) -> list[DiskUse]:
        """The disks of these guests, and who else uses them."""
        await self._call("read_disk_use")
        leaving = [self.host.guest(uuid) for uuid in uuids]
        others: dict[str, str] = {}
        for guest in self.host.guests.values():
            if guest.uuid not in uuids:
                others.update(dict.fromkeys(_sources(guest), guest.facts.name))
        return [
            DiskUse(
                guest.uuid, disk.target, disk.source, self.host.world.volumes.get(disk.source),
                f"{others[disk.source]} uses it too" if disk.source in others else "",
            )
            for guest in leaving
            for disk in guest.definition.disks
            if disk.source
        ]  # fmt: skip

    async def read_layers(self, uuid: str) -> Layers:
        """What the guest's disks lie on."""
        await self._call("read_layers", 0.2)
        return layers.layers_of(self.host, self.host.guest(uuid))

    async def read_definition(self, uuid: str, *, secrets: bool = True) -> str:
        """A short XML of it."""
        await self._call("read_definition")
        return definition_text(self.host.guest(uuid))

    async def inspect(self) -> tuple[Finding, ...]:
        """What its ailments show."""
        self.host.calls["inspect"] += 1
        await self.host.take(0.5)
        return checkup.findings(self.host)

    async def open_console(
        self, uuid: str, device: str = "", *, take_over: bool = False
    ) -> DemoConsole:
        """A console of a guest that runs."""
        del device, take_over
        await self._call("open_console")
        guest = self.host.guest(uuid)
        if not guest.facts.state.active:
            raise Conflict(f"{guest.facts.name} does not run")
        return DemoConsole(
            guest.facts.name,
            lambda: self.host.guest(uuid).facts.state.active,
            lambda line: shell.answer(self.host, guest, line),
        )

    async def read_offer(self, engine: str = "", arch: str = "", machine: str = "") -> Offer:
        """What new guests can be made of."""
        await self._call("read_offer")
        return offer.offer(self.host, engine, arch, machine)

    async def read_volumes(self, pool: str) -> tuple[Volume, ...]:
        """Every volume of a pool."""
        await self._call("read_volumes")
        self._require(Feature.VOLUMES)
        return volumes.list_volumes(self.host, pool)

    async def read_part(self, place: Place, offset: int, length: int) -> bytes:
        """These bytes of a volume."""
        await self._call("read_part")
        return volumes.read_part(self.host, place, offset, length)

    async def describe(self, spec: GuestSpec) -> Described:
        """A short XML of the spec, and a command line."""
        await self._call("describe")
        return offer.describe(self.host, spec)

    async def check_definition(self, definition: str, of: GuestSpec | None = None) -> None:
        """Whether it is the XML of a guest, and of that one."""
        await self._call("check_definition")
        root = offer.check(definition)
        if of is not None:
            of.check_identity(root.findtext("name", ""), root.findtext("uuid", ""))

    def preview(self, step: Step, name: str) -> str:
        """The step as a virsh command."""
        return preview.preview(step, name)

    async def foresee(self, step: Step) -> Step | None:
        """The step that will undo this one, as far as that is known before it is done."""
        await self._call("foresee")
        return creation.foresee(self.host, step)

    async def execute(self, step: Step, progress: Progress) -> Step | None:
        """Do it."""
        await self._call("execute")
        if self.host.read_only:
            raise Refused("This host is open read-only")
        if (error := self.host.fail.get(type(step))) is not None:
            raise error
        return await steps.execute(self.host, step, progress)


def _sources(guest: DemoGuest) -> list[str]:
    return [disk.source for disk in guest.definition.disks if disk.source]


def _core(core: int, at: float) -> CpuTimes:
    """A core's times so far: busy by a rate that swings between none and its double."""
    mean, speed = 0.05 + 0.45 * (core * 7 % 10) / 10, 2 * math.pi / (20 + core % 13 * 3)
    busy = mean * (at - 0.9 / speed * math.cos(speed * at + core))
    return CpuTimes(busy * 0.75, busy * 0.25, at - busy - at * 0.01, at * 0.01, 0.0)


def _sum(cores: tuple[CpuTimes, ...]) -> CpuTimes:
    return CpuTimes(
        sum(core.user for core in cores),
        sum(core.system for core in cores),
        sum(core.idle for core in cores),
        sum(core.iowait or 0.0 for core in cores),
        0.0,
    )
