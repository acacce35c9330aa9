"""Guest tools brought into real guests: the engine without a screen, and shells to type at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.rig import Daemon
from vmtui.cli.headless.world import World, opened
from vmtui.cli.hosts import HostChoice
from vmtui.engine import installing
from vmtui.engine.installing import Wish
from vmtui.engine.job import Job
from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
from vmtui.model.guest import Guest, HostId
from vmtui.plan.plan import Plan

LONG = 600.0
"""Seconds for an installation in an emulated guest, on a machine that does other things too."""
LAB = HostId("lab")


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(LONG):
        while not condition():  # noqa: ASYNC110 - what a job says rings no bell here
            await asyncio.sleep(0.05)


@dataclass
class Bench:
    """The engine on one host."""

    world: World

    def guest(self, name: str) -> Guest:
        """The guest of that name, as it is now."""
        return next(one for one in self.world.inventory.guests() if one.name == name)

    async def planned(self, name: str, wish: Wish, password: str | None = None) -> Plan:
        """The plan of the verb; `password` is what a person types."""

        async def ask(_words: str) -> str | None:
            return password

        plan = await installing.prepare(
            self.world.fleet, self.guest(name), wish, ask, lambda _: None
        )
        assert plan is not None
        return plan

    async def done(self, plan: Plan) -> Job:
        """The plan, carried out to its end."""
        job = self.world.jobs.submit(plan)
        await until(lambda: job.ended is not None)
        return job

    async def installed(self, name: str, wish: Wish, password: str | None = None) -> Job:
        """Both."""
        return await self.done(await self.planned(name, wish, password))

    async def until_seen(self, name: str) -> None:
        """Until the guest is known with its definition."""

        def seen() -> bool:
            guests = [one for one in self.world.inventory.guests() if one.name == name]
            return bool(guests) and guests[0].definition is not None

        assert await self.world.store.wait(lambda _: seen(), 60.0)


@asynccontextmanager
async def bench(daemon: Daemon, journal: Path | None = None) -> AsyncIterator[Bench]:
    """The engine on that hypervisor, once it has been read."""
    choice = HostChoice(LAB, daemon.uri)
    async with opened([(choice, lambda: LibvirtHypervisor(daemon.uri, LAB))], journal) as world:
        await world.read()
        yield Bench(world)
