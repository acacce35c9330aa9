"""Guest agents are asked rarely, few at once, and left alone when they are silent."""

from __future__ import annotations

import asyncio

from tests.engine.support import HOST, Bench, eventually
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.change import Happened
from vmtui.model.device import Address
from vmtui.model.guest import Agent, GuestState


def watch(bench: Bench, demo: DemoHost) -> tuple[list[str], list[int]]:
    """Whom the live connection's agents are asked, and how many at the same time."""
    hypervisor = bench.fleet.hypervisor(HOST)
    ask = hypervisor.read_agent_addresses
    asked, at_once, now = list[str](), list[int](), 0

    async def counted(uuid: str) -> tuple[str, tuple[Address, ...]]:
        nonlocal now
        asked.append(demo.guest(uuid).facts.name)
        now += 1
        at_once.append(now)
        try:
            return await ask(uuid)
        finally:
            now -= 1

    hypervisor.read_agent_addresses = counted  # type: ignore[method-assign]
    return asked, at_once


async def test_addresses_come_from_the_agent_and_keep_their_source(bench: Bench) -> None:
    bench.plug()
    await bench.up()
    await eventually(lambda: "agent" in {a.source for a in bench.guest("web1").addresses})
    guest = bench.guest("web1")
    assert guest.hostname == "web1"
    assert guest.addresses[0].ip == bench.hosts[0].named("web1").ip
    assert guest.addresses[-1].ip == "127.0.0.1"


async def test_two_at_once_and_once_each(bench: Bench) -> None:
    demo = bench.plug(60)
    await bench.store.wait(lambda i: i.hosts[HOST].listed, 5)
    asked, at_once = watch(bench, demo)
    able = {
        g.facts.name for g in demo.guests.values()
        if g.facts.state is GuestState.RUNNING and g.definition.agent is Agent.CONNECTED
    }  # fmt: skip
    await eventually(lambda: able <= set(asked))
    await asyncio.sleep(0.2)
    assert max(at_once) == 2
    repeated = {name for name in asked if asked.count(name) > 1}
    assert repeated <= {"ci1"}, "only the silent one is asked again"


async def test_a_silent_agent_is_left_alone_longer_and_longer(bench: Bench) -> None:
    demo = bench.plug(8, speed=1000.0)
    mute = next(g for g in demo.guests.values() if not g.agent_answers)
    await bench.up()
    asked, _ = watch(bench, demo)
    await asyncio.sleep(1.6)
    # Pauses of 0.2, 0.4 and 0.8 seconds: four questions at most, and others are not held up.
    assert 1 <= asked.count(mute.facts.name) <= 4
    mute.agent_answers = True
    await eventually(lambda: bench.guest(mute.facts.name).hostname == mute.facts.name)


async def test_an_agent_that_connects_is_asked(bench: Bench) -> None:
    demo = bench.plug()
    await bench.up()
    web = demo.named("web1")
    asked, _ = watch(bench, demo)
    await eventually(lambda: bench.guest("web1").hostname)
    demo.set_state(web, GuestState.OFF, Happened.SHUT_DOWN)
    await eventually(lambda: not bench.guest("web1").addresses)
    asked.clear()
    demo.set_state(web, GuestState.RUNNING, Happened.STARTED)
    await eventually(lambda: "web1" in asked)
    await eventually(lambda: "agent" in {a.source for a in bench.guest("web1").addresses})
