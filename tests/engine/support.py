"""What the engine's tests stand on: an engine with demo hosts, and waiting for conditions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from vmtui.engine.clock import Clock, SystemClock
from vmtui.engine.eventlog import EventLog
from vmtui.engine.fleet import Fleet
from vmtui.engine.history import History
from vmtui.engine.pace import Pace
from vmtui.engine.store import Store
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import Guest, GuestKey, HostId
from vmtui.model.host import LinkState
from vmtui.model.inventory import HostView

HOST = HostId("h1")
FAST = Pace(
    tick=0.05, first_tick=0.02, slow=0.3, pools=0.3, open=0.3, lost_first=0.02, lost_most=0.1,
    refused_first=0.03, refused_most=0.1, agent_sweep=0.05, agent_pause=0.2,
    agent_prompt=600, agent_together=0.05,
)  # fmt: skip
QUIET = Pace(tick=600, first_tick=600, slow=600, pools=600)
"""Nothing by itself: only what is announced."""


async def eventually(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until `condition` holds; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        await asyncio.sleep(0.005)


@dataclass
class Bench:
    """An engine, and the demo hosts that were plugged into it."""

    pace: Pace = FAST
    store: Store = field(default_factory=Store)
    events: EventLog = field(default_factory=EventLog)
    history: History = field(default_factory=History)
    hosts: list[DemoHost] = field(default_factory=list)
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        self.fleet = Fleet(self.store, self.events, self.history, self.pace, self.clock)

    def plug(self, guests: int = 12, host: HostId = HOST, speed: float = 100.0) -> DemoHost:
        """A demo host whose session begins now."""
        demo = DemoHost(host, guests, speed=speed)
        self.hosts.append(demo)
        self.fleet.add(host, demo.uri, demo.connect)
        return demo

    async def up(self, host: HostId = HOST) -> None:
        """Wait until that host's guests are read in full."""
        assert await self.store.wait(
            lambda i: (
                i.hosts[host].link.state is LinkState.UP
                and i.hosts[host].listed
                and all(guest.definition for guest in i.hosts[host].guests.values())
            ),
            5,
        )

    def view(self, host: HostId = HOST) -> HostView:
        """The host in the store."""
        return self.store.inventory.hosts[host]

    def guest(self, name: str, host: HostId = HOST) -> Guest:
        """The guest in the store."""
        found = self.find(name, host)
        assert found is not None
        return found

    def find(self, name: str, host: HostId = HOST) -> Guest | None:
        """The guest in the store, if it is there."""
        return next((g for g in self.view(host).guests.values() if g.name == name), None)

    def key(self, name: str) -> GuestKey:
        """The key of a guest of the first host."""
        return GuestKey(self.hosts[0].id, self.hosts[0].named(name).uuid)
