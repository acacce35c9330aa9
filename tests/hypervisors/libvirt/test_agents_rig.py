"""Many real guests, of which some have agents that hang: what the others have of that."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator

import libvirt
import libvirt_qemu
import pytest

from tests.hypervisors.libvirt.bench import eventually
from tests.rig import Console, Daemon, start_all, tiny, wait_until
from vmtui.engine.eventlog import EventLog
from vmtui.engine.fleet import Fleet
from vmtui.engine.history import History
from vmtui.engine.pace import Pace
from vmtui.engine.store import Store
from vmtui.errors import VmtuiError
from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
from vmtui.model.agentfacts import AgentFacts
from vmtui.model.guest import HostId

pytestmark = [pytest.mark.rig, pytest.mark.slow]

HOST = HostId("rig")
PING = '{"execute": "guest-ping"}'
HANGING = ("bad1", "bad2", "bad3", "bad4")
WELL = ("well1", "well2")
PACE = Pace(agents=2, agents_slow=4, agent_prompt=0.2, agent_pause=1, agent_answer=600)
"""Fewer at once than there are agents that hang."""


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """A private hypervisor with guests whose agents answer, and others whose agents hang."""
    with Daemon() as daemon:
        domains = start_all(daemon.connect(), [tiny(name) for name in (*HANGING, *WELL)])
        for domain in domains:
            wait_until(lambda one=domain: answers(one), 120, "an agent did not come")  # type: ignore[misc]
        for domain in domains[: len(HANGING)]:
            with Console(domain) as console:
                console.send("\n")
                console.run("killall -STOP qemu-ga", f"{domain.name()}:~# ", 60)
        yield daemon


def answers(domain: libvirt.virDomain) -> bool:
    """Whether its agent does."""
    with contextlib.suppress(libvirt.libvirtError):
        libvirt_qemu.qemuAgentCommand(domain, PING, 5, 0)
        return True
    return False


class Patient(LibvirtHypervisor):
    """Asks on for ever where an agent hangs, with no time limit, unless it `gives_up`."""

    def __init__(self, uri: str, *, gives_up: bool) -> None:
        super().__init__(uri, HOST)
        self.asked: list[str] = []
        self._gives_up = gives_up

    async def read_agent(self, uuid: str) -> AgentFacts:
        """What the guest agent tells."""
        self.asked.append(uuid)
        try:
            return await super().read_agent(uuid)
        except VmtuiError:
            if not self._gives_up:
                await asyncio.Event().wait()
            raise


@contextlib.asynccontextmanager
async def watched(hypervisor: Patient, pace: Pace) -> AsyncIterator[Callable[[], set[str]]]:
    """The engine with that host; yields who has told of itself so far."""
    store = Store()
    fleet = Fleet(store, EventLog(), History(), pace)
    fleet.add(HOST, hypervisor.uri, lambda: hypervisor)

    def told() -> set[str]:
        view = store.inventory.hosts.get(HOST)
        return {guest.name for guest in view.guests.values() if guest.told} if view else set()

    yield told
    await fleet.close()


async def test_those_that_answer_wait_for_none_that_hangs(daemon: Daemon) -> None:
    async with watched(Patient(daemon.uri, gives_up=False), PACE) as told:
        await eventually(lambda: told() == set(WELL), 120)


async def test_all_are_asked_before_one_that_hung_is_asked_again(daemon: Daemon) -> None:
    hypervisor = Patient(daemon.uri, gives_up=True)
    async with watched(hypervisor, PACE) as told:
        await eventually(lambda: told() == set(WELL), 120)
        await eventually(lambda: len(hypervisor.asked) > len(HANGING + WELL), 120)
    first = hypervisor.asked[: len(HANGING + WELL)]
    assert len(set(first)) == len(first), "nobody twice before everybody once"
