"""The machine behind a demo host: it lives on while connections to it come and go.

Its knobs are for tests: `refuse`, `hang`, `hang_open`, `hang_close`, `delay`, `silent`, `lacks`,
`fail`, and the methods `drop` and `storm`. `calls` counts what connections asked.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol

from vmtui.errors import ConnectionFailed, ConnectionLost, NotFound, VmtuiError
from vmtui.hypervisor import Listener
from vmtui.hypervisors.demo.build import DemoGuest, World, add_guest, make_guest, make_world
from vmtui.model.capabilities import Feature
from vmtui.model.change import Change, ChangeKind, Event, Happened
from vmtui.model.guest import Agent, GuestState, HostId
from vmtui.model.steps import Step

LEASE_AFTER = 3.0
AGENT_AFTER = 8.0
"""Seconds from a guest's start until it has its address, and until its agent answers."""


class Connection(Protocol):
    """What the machine needs of a connection to it."""

    listener: Listener

    def cut(self, error: VmtuiError) -> None:
        """The machine went away."""


class Machine:
    """A host in memory.

    `speed` divides all its delays; 0 takes them away. Equal arguments make equal hosts.
    """

    def __init__(
        self,
        id: HostId,  # noqa: A002 - as in HostView
        guests: int = 24,
        seed: int = 1,
        *,
        speed: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.id = id
        self.uri = f"demo://{id}"
        self.speed = speed
        self.monotonic = monotonic
        self.now = now
        self.rng = random.Random(seed + 7)  # noqa: S311 - a demo's dice
        self.calls: Counter[str] = Counter()
        self.sampled = 0
        """Readings of guests that connections asked for, each counted."""
        self.refuse: VmtuiError | None = None
        """What every attempt to connect gets."""
        self.hang_open = False
        self.hang = False
        """No call is answered any more."""
        self.hang_close = False
        self.delay = 0.0
        """Seconds that every call takes longer."""
        self.silent = False
        """Whether nothing is announced: no changes, no events."""
        self.read_only = False
        """Whether connections only read."""
        self.lacks: frozenset[Feature] = frozenset()
        self.fail: dict[type[Step], VmtuiError] = {}
        """What executing a step of that kind gets."""
        self.trash: dict[str, DemoGuest] = {}
        """Undefined guests, for defining them again."""
        self.ailments: set[str] = set()
        """What its check finds wrong; the names are in `checkup`."""
        self._count = guests
        self._seed = seed
        self._connections: list[Connection] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @cached_property
    def world(self) -> World:
        """What it has; made when it is first looked at."""
        return make_world(self.id, self._count, self._seed, self.monotonic(), self.now())

    @property
    def guests(self) -> dict[str, DemoGuest]:
        """Its guests by UUID."""
        return self.world.guests

    def guest(self, uuid: str) -> DemoGuest:
        """The guest of that UUID. Raises NotFound."""
        guest = self.guests.get(uuid)
        if guest is None:
            raise NotFound("The guest is not there any more", f"No guest has the UUID {uuid}.")
        return guest

    def named(self, name: str) -> DemoGuest:
        """The guest of that name. Raises NotFound."""
        for guest in self.guests.values():
            if guest.facts.name == name:
                return guest
        raise NotFound(f"{name} is not there")

    async def knob(self, name: str) -> None:
        """Wait as long as the knob of that name is turned on."""
        while getattr(self, name):  # noqa: ASYNC110 - a test turns it with a plain assignment
            await asyncio.sleep(0.02)

    async def take(self, seconds: float) -> None:
        """Let the demo's own time pass."""
        await asyncio.sleep(seconds / self.speed if self.speed else 0)

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Do `work` after a while of the demo's time."""

        async def wait() -> None:
            await self.take(seconds)
            work()

        self.spawn(wait())

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something until `stop`."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """End all that goes on by itself."""
        for task in self._tasks:
            task.cancel()

    def attach(self, connection: Connection) -> None:
        """A connection was opened."""
        if self.refuse is not None:
            raise self.refuse
        self._connections.append(connection)

    def detach(self, connection: Connection) -> None:
        """A connection was closed."""
        if connection in self._connections:
            self._connections.remove(connection)

    def drop(self, error: VmtuiError | None = None) -> None:
        """Cut every connection."""
        reason = error or ConnectionLost(f"{self.id} went away", "The connection was reset.")
        connections, self._connections = self._connections, []
        for connection in connections:
            connection.cut(reason)

    def refuse_all(self) -> None:
        """Cut every connection and take no new one."""
        self.refuse = ConnectionFailed(f"Cannot connect to {self.id}", "Connection refused.")
        self.drop()

    def announce(self, what: Happened, guest: DemoGuest, detail: str = "") -> None:
        """Tell every connection what befell a guest, and that it changed."""
        if self.silent:
            return
        event = Event(self.now(), self.id, what, guest.uuid, guest.facts.name, detail)
        for connection in tuple(self._connections):
            connection.listener.happened(event)
            connection.listener.changed(Change(ChangeKind.GUEST, guest.uuid))

    def announce_change(self, change: Change) -> None:
        """Tell every connection that something changed."""
        if not self.silent:
            for connection in tuple(self._connections):
                connection.listener.changed(change)

    def define(self, name: str) -> DemoGuest:
        """Define a new guest, off."""
        guest = make_guest(self.id, len(self.guests) + len(self.trash), self.rng)
        guest.facts = replace(guest.facts, name=name, state=GuestState.OFF, reason="")
        guest.set_agent(Agent.DISCONNECTED)
        add_guest(self.world, guest)
        self.announce(Happened.DEFINED, guest)
        return guest

    def remove(self, uuid: str, what: Happened = Happened.UNDEFINED) -> None:
        """Take a guest away."""
        guest = self.guests.pop(uuid)
        self.trash[uuid] = guest
        self.announce(what, guest)

    async def storm(self, count: int, seconds: float = 1.0) -> None:
        """Define and undefine `count` guests within `seconds`."""
        for index in range(count):
            guest = self.define(f"storm{index}")
            await asyncio.sleep(seconds / count / 2)
            self.remove(guest.uuid)
            await asyncio.sleep(seconds / count / 2)

    def set_state(
        self, guest: DemoGuest, state: GuestState, what: Happened, reason: str = ""
    ) -> None:
        """Bring a guest into a state and tell of it; a transient one that ends is gone."""
        was = guest.facts.state
        guest.facts = replace(guest.facts, state=state, reason=reason)
        if state is GuestState.PAUSED:
            guest.held_at = self.monotonic()
        elif guest.held_at is not None:
            guest.up_since += self.monotonic() - guest.held_at
            guest.held_at = None
            # One that was held while it booted boots on.
            self._agent_comes(guest)
        if state.active and not was.active:
            self._began(guest)
        elif not state.active:
            guest.facts = replace(guest.facts, started_at=None)
            guest.set_agent(Agent.DISCONNECTED)
            if guest.facts.persistent is False:
                self.guests.pop(guest.uuid, None)
        self.announce(what, guest, reason)

    def reboot(self, guest: DemoGuest) -> None:
        """Its agent goes, and comes back; its process lives on."""
        guest.set_agent(Agent.DISCONNECTED)
        self.announce(Happened.REBOOTED, guest)
        self._agent_comes(guest)

    def _began(self, guest: DemoGuest) -> None:
        guest.up_since = self.monotonic()
        guest.facts = replace(guest.facts, started_at=self.now())
        self._agent_comes(guest)

    def _agent_comes(self, guest: DemoGuest) -> None:
        begun = guest.up_since

        def connected() -> None:
            still = guest.facts.state is GuestState.RUNNING and guest.up_since == begun
            if still and guest.definition.agent is Agent.DISCONNECTED:
                guest.set_agent(Agent.CONNECTED)
                self.announce(Happened.AGENT_UP, guest)

        self.later(AGENT_AFTER, connected)
