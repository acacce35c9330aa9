"""The engine without a screen: the hosts are opened, read once, and let go of at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vmtui.engine.audit import AuditLog
from vmtui.engine.eventlog import EventLog
from vmtui.engine.fleet import Fleet
from vmtui.engine.history import History
from vmtui.engine.jobs import Jobs
from vmtui.engine.pace import Pace
from vmtui.engine.store import Store
from vmtui.errors import ConnectionFailed, TimedOut, VmtuiError
from vmtui.model.capabilities import Capabilities, Feature
from vmtui.model.guest import GuestKey, HostId
from vmtui.model.host import LinkState
from vmtui.model.inventory import HostView, Inventory
from vmtui.model.stats import GuestFigures
from vmtui.model.steps import Step
from vmtui.plan.plan import Plan, Track
from vmtui.plan.plugins import command_line

if TYPE_CHECKING:
    from vmtui.cli.connecting import Host

PATIENCE = 30.0
"""Seconds that a host has to answer, and to tell what is asked of it."""
SOON = 3.0
"""Seconds for what a host may never tell: leases, figures."""


@dataclass(slots=True)
class World:
    """The hosts that were asked for, and what is known of them."""

    store: Store
    fleet: Fleet
    jobs: Jobs
    events: EventLog
    problems: list[tuple[HostId, VmtuiError]] = field(default_factory=list)
    """Hosts that did not answer, and why."""

    @property
    def inventory(self) -> Inventory:
        """As it is now."""
        return self.store.inventory

    @property
    def capabilities(self) -> dict[HostId, Capabilities]:
        """What each connection can do."""
        return {host: view.capabilities for host, view in self.inventory.hosts.items()}

    async def listen(self) -> None:
        """Wait until every host is connected, or has failed to.

        Raises ConnectionFailed where none is.
        """
        await self._until(lambda view: view.link.state is LinkState.UP)

    async def list_guests(self) -> None:
        """Wait until every host has listed its guests. Raises ConnectionFailed as `listen`."""
        await self._until(lambda view: view.listed)

    async def read(self) -> None:
        """Wait for the guests in full, and for what is known of their addresses."""
        await self._until(_defined)
        await self.store.wait(self._all_up(_located), SOON)

    async def figure(self) -> None:
        """Wait for the first rates of all that runs, which takes two readings."""
        await self.store.wait(self._all_up(_figured), SOON)

    async def _until(self, told: Callable[[HostView], bool]) -> None:
        def met(inventory: Inventory) -> bool:
            return all(told(view) or _failed(view) for view in inventory.hosts.values())

        await self.store.wait(met, PATIENCE)
        known = {host for host, _ in self.problems}
        for view in self.inventory.hosts.values():
            if view.id not in known and not told(view):
                silent = TimedOut("It did not answer", f"Not within {PATIENCE:.0f} seconds.")
                self.problems.append((view.id, view.link.error or silent))
        if len(self.problems) == len(self.inventory.hosts):
            raise _none_answers(self.problems)

    def _all_up(self, told: Callable[[HostView], bool]) -> Callable[[Inventory], bool]:
        return lambda inventory: all(view.stale or told(view) for view in inventory.hosts.values())

    def commands(self, plan: Plan) -> list[str]:
        """The plan as commands that a person could run instead."""
        made: list[str] = []
        for track in plan.tracks:
            made += [self._command(track, step) for step in track.steps]
        return made

    def _command(self, track: Track, step: Step) -> str:
        own = command_line(step)
        return own or self.fleet.hypervisor(track.key.host).preview(step, track.name)

    def figures(self, key: GuestKey) -> GuestFigures | None:
        """What a guest uses now."""
        return self.inventory.figures(key)


@asynccontextmanager
async def opened(
    hosts: Sequence[Host],
    journal: Path | None = None,
    pace: Pace | None = None,
    audit: AuditLog | None = None,
) -> AsyncIterator[World]:
    """The world of these hosts; `journal` and `audit` as for Jobs."""
    store, events = Store(), EventLog()
    fleet = Fleet(store, events, History(pace.tick if pace else 2.0), pace)
    world = World(store, fleet, Jobs(fleet, events, journal, audit), events)
    try:
        for choice, factory in hosts:
            fleet.add(
                choice.id, choice.uri, factory,
                production=choice.production, read_only=choice.read_only,
            )  # fmt: skip
        yield world
    finally:
        await world.jobs.close()
        await fleet.close()


def _failed(view: HostView) -> bool:
    return view.link.state in (LinkState.LOST, LinkState.REFUSED) and view.link.error is not None


def _defined(view: HostView) -> bool:
    return view.listed and all(guest.definition for guest in view.guests.values())


def _located(view: HostView) -> bool:
    return view.networks is not None or Feature.NETWORKS in view.capabilities.lacks


def _figured(view: HostView) -> bool:
    return all(
        uuid in view.guest_figures and view.guest_figures[uuid].cpu is not None
        for uuid, guest in view.guests.items()
        if guest.state.active
    )


def _none_answers(problems: Sequence[tuple[HostId, VmtuiError]]) -> VmtuiError:
    if len(problems) == 1:
        return problems[0][1]
    told = "; ".join(f"{host}: {error}" for host, error in problems)
    return ConnectionFailed("No host answers", told)
