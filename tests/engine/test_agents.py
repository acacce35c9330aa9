"""Guest agents are asked rarely, few at once, and left alone when they are silent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.engine.support import HOST, Bench, eventually
from tests.hypervisors.libvirt.ear import Ear
from vmtui.engine.agents import Agents
from vmtui.engine.clock import SystemClock
from vmtui.engine.reader import Reader
from vmtui.errors import TimedOut
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.agentfacts import AgentFacts
from vmtui.model.change import Happened
from vmtui.model.guest import Agent, GuestState
from vmtui.model.host import Link, LinkState


class Ahead(SystemClock):
    """It can be put forward."""

    ahead = 0.0

    def monotonic(self) -> float:
        """Seconds."""
        return super().monotonic() + self.ahead


def watch(bench: Bench, demo: DemoHost) -> tuple[list[str], list[int]]:
    """Whom the live connection's agents are asked, and how many at the same time."""
    hypervisor = bench.fleet.hypervisor(HOST)
    ask = hypervisor.read_agent
    asked, at_once, now = list[str](), list[int](), 0

    async def counted(uuid: str) -> AgentFacts:
        nonlocal now
        asked.append(demo.guest(uuid).facts.name)
        now += 1
        at_once.append(now)
        try:
            return await ask(uuid)
        finally:
            now -= 1

    hypervisor.read_agent = counted  # type: ignore[method-assign]
    return asked, at_once


async def test_addresses_come_from_the_agent_and_keep_their_source(bench: Bench) -> None:
    bench.plug()
    await bench.up()
    await eventually(lambda: "agent" in {a.source for a in bench.guest("web1").addresses})
    guest = bench.guest("web1")
    assert guest.hostname == "web1"
    assert guest.addresses[0].ip == bench.hosts[0].named("web1").ip
    assert guest.addresses[-1].ip == "127.0.0.1"


async def test_few_at_once_and_once_each(bench: Bench) -> None:
    demo = bench.plug(60)
    await bench.store.wait(lambda i: i.hosts[HOST].listed, 5)
    asked, at_once = watch(bench, demo)
    able = {
        g.facts.name for g in demo.guests.values()
        if g.facts.state is GuestState.RUNNING and g.definition.agent is Agent.CONNECTED
    }  # fmt: skip
    await eventually(lambda: able <= set(asked))
    await asyncio.sleep(0.2)
    assert max(at_once) == bench.fleet.pace.agents
    repeated = {name for name in asked if asked.count(name) > 1}
    assert repeated <= {"ci1"}, "only the silent one is asked again"


@pytest.mark.slow
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


async def test_those_that_hang_leave_room_for_the_others(bench: Bench) -> None:
    demo = bench.plug(60, speed=1000.0)
    await bench.store.wait(lambda i: i.hosts[HOST].listed, 5)
    hypervisor = bench.fleet.hypervisor(HOST)
    ask = hypervisor.read_agent
    asked, failed, hanging = list[str](), set[str](), set[str]()

    async def answer(uuid: str) -> AgentFacts:
        name = demo.guest(uuid).facts.name
        if name == "web1":
            asked.append(name)
            return await ask(uuid)
        if name in failed:
            hanging.add(name)
            await asyncio.Event().wait()
        failed.add(name)
        raise TimedOut("The guest agent does not answer")

    hypervisor.read_agent = answer  # type: ignore[method-assign]
    await eventually(lambda: bench.guest("web1").hostname, 60)
    await eventually(lambda: len(hanging) >= bench.fleet.pace.agents // 2, 60)
    asked.clear()
    demo.set_state(demo.named("web1"), GuestState.OFF, Happened.SHUT_DOWN)
    await eventually(lambda: not bench.guest("web1").addresses, 60)
    demo.set_state(demo.named("web1"), GuestState.RUNNING, Happened.STARTED)
    await eventually(lambda: asked, 60)


async def test_answers_of_a_sweep_are_told_together(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time the store is told, all that is on the screen is looked at again."""
    bench.fleet.pace = replace(bench.pace, agent_together=600)
    times, tell = list[int](), Reader.tell

    def counted(self: Reader, uuids: set[str]) -> None:
        times.append(len(uuids))
        tell(self, uuids)

    monkeypatch.setattr(Reader, "tell", counted)
    demo = bench.plug(60)
    able = answering(demo)
    await eventually(lambda: HOST in bench.store.inventory.hosts and able <= told(bench))
    # The first one does not wait, nor do the last ones of each batch of definitions.
    assert len(times) <= 4 < len(able)


async def test_an_answer_in_focus_is_told_at_once(bench: Bench) -> None:
    able, answer = await one_hangs(bench, together=600)
    others, web1 = able - {bench.key("web1").uuid}, bench.key("web1")
    bench.fleet.focus({web1})
    await eventually(lambda: others <= set(answer.given))
    assert not others <= told(bench), "they wait for others"
    answer.hold.set()
    await eventually(lambda: able <= told(bench))


async def test_answers_wait_for_no_agent_that_hangs(bench: Bench) -> None:
    able, answer = await one_hangs(bench, together=0.3)
    answer.hold.set()
    await eventually(lambda: able <= told(bench))


class Held:
    """Answers for the agents: web1 once it may, and one of the others never."""

    def __init__(self, ask: Callable[[str], Awaitable[AgentFacts]], web1: str, mute: str) -> None:
        self.hold = asyncio.Event()
        self.given: list[str] = []
        self._ask, self._web1, self._mute = ask, web1, mute

    async def __call__(self, uuid: str) -> AgentFacts:
        """The answer of that guest's agent."""
        if uuid == self._mute:
            await asyncio.Event().wait()
        if uuid == self._web1:
            await self.hold.wait()
        facts = await self._ask(uuid)
        self.given.append(uuid)
        return facts


async def one_hangs(bench: Bench, together: float) -> tuple[set[str], Held]:
    """The guests whose agents answer, beside one that hangs; and how they do so."""
    bench.fleet.pace = replace(
        bench.pace, agent_together=together, agent_sweep=600, agent_answer=600
    )
    demo = bench.plug(60, speed=1000.0)
    await bench.store.wait(lambda i: i.hosts[HOST].listed, 5)
    web1, able = demo.named("web1").uuid, answering(demo)
    mute = min(able - {web1})
    hypervisor = bench.fleet.hypervisor(HOST)
    answer = Held(hypervisor.read_agent, web1, mute)
    hypervisor.read_agent = answer  # type: ignore[method-assign]
    return able - {mute}, answer


def answering(demo: DemoHost) -> set[str]:
    """Those of its guests whose agents answer."""
    return {
        one.uuid for one in demo.guests.values() if one.facts.state is GuestState.RUNNING
        and one.definition.agent is Agent.CONNECTED and one.agent_answers
    }  # fmt: skip


def told(bench: Bench) -> set[str]:
    """The guests of which the store knows what their agents told."""
    return {uuid for uuid, one in bench.view().guests.items() if one.told}


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


async def test_those_that_never_answered_make_room_for_the_others(bench: Bench) -> None:
    bench.fleet.pace = replace(
        bench.pace, agents=2, agents_slow=4, agent_prompt=0.05, agent_answer=600
    )
    demo = bench.plug(60, speed=1000.0)
    await bench.store.wait(lambda i: i.hosts[HOST].listed, 5)
    hypervisor = bench.fleet.hypervisor(HOST)
    ask, hanging = hypervisor.read_agent, set[str]()

    async def answer(uuid: str) -> AgentFacts:
        if uuid not in hanging and len(hanging) == 4:
            return await ask(uuid)
        hanging.add(uuid)
        await asyncio.Event().wait()
        raise AssertionError

    hypervisor.read_agent = answer  # type: ignore[method-assign]
    await eventually(lambda: answering(demo) - hanging <= told(bench), 60)
    assert len(hanging) == 4


async def test_whoever_answered_before_always_has_room(bench: Bench) -> None:
    bench.fleet.pace = replace(
        bench.pace,
        agents=2,
        agents_slow=1,
        agent_prompt=0.05,
        agent_fresh=0.05,
        agent_answer=600,
    )
    demo = bench.plug(60, speed=1000.0)
    await bench.store.wait(lambda i: i.hosts[HOST].listed, 5)
    hypervisor = bench.fleet.hypervisor(HOST)
    ask, web1 = hypervisor.read_agent, demo.named("web1").uuid
    asked, hanging, answered = list[str](), set[str](), asyncio.Event()

    async def answer(uuid: str) -> AgentFacts:
        asked.append(uuid)
        if uuid == web1:
            answered.set()
            return await ask(uuid)
        await answered.wait()
        hanging.add(uuid)
        await asyncio.Event().wait()
        raise AssertionError

    hypervisor.read_agent = answer  # type: ignore[method-assign]
    bench.fleet.focus({bench.key("web1")})
    await eventually(lambda: len(hanging) == 2, 60)
    asked.clear()
    await eventually(lambda: asked.count(web1) >= 3, 60)
    assert set(asked) == {web1}, "of the others there are as many as may hang"


async def test_those_that_were_silent_come_after_all_others(bench: Bench) -> None:
    agents, clock, uuids = await beginning(bench)
    await agents._ask(uuids[0])
    clock.ahead = 10_000.0
    agents.look(uuids)
    found = []
    while (uuid := agents._next()) is not None:
        found.append(uuid)
        if uuid == uuids[0]:
            break
    assert found == [*uuids[1:], uuids[0]]


async def beginning(bench: Bench) -> tuple[Agents, Ahead, list[str]]:
    """Guests with agents that were not asked yet, and that all will be silent."""

    async def silent(uuid: str) -> AgentFacts:
        raise TimedOut("The guest agent does not answer", uuid)

    hypervisor, clock = DemoHost(HOST, 20, speed=0).connect(), Ahead()
    hypervisor.read_agent = silent  # type: ignore[method-assign]
    await hypervisor.open(Ear())
    bench.store.add_host(HOST, "demo:///", Link(LinkState.UP, 0.0))
    reader = Reader(HOST, hypervisor, bench.store, clock, 60.0)
    await reader.read(await reader.list_first() or [])
    agents = Agents(reader, bench.pace, clock)
    uuids = [uuid for uuid in reader.guests if agents._is_there(uuid)]
    assert len(uuids) > 3
    return agents, clock, uuids


async def test_who_waits_costs_nothing_while_those_that_hang_are_held_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer of an agent makes room for another: a look at all who wait would be too much."""
    agents, clock, uuids = await beginning(bench)
    for uuid in uuids:
        await agents._ask(uuid)
    agents.look(f"other{number}" for number in range(1000))
    clock.ahead = 10_000.0
    agents._next()
    looks: list[str] = []
    was_silent = Agents._was_silent

    def counted(self: Agents, uuid: str) -> bool:
        looks.append(uuid)
        return was_silent(self, uuid)

    monkeypatch.setattr(Agents, "_was_silent", counted)
    agents._next()
    assert len(looks) < 20
