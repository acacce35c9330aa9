"""Many guests in order: each stage waits for the one before; failure and cancelling stop it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.support import Bench, eventually
from tests.engine.test_journal import as_if_dead
from vmtui.engine import journal
from vmtui.engine.job import Job, JobState, TrackState
from vmtui.engine.jobs import Jobs
from vmtui.errors import Busy, Conflict
from vmtui.hypervisors.demo import DemoHost
from vmtui.hypervisors.demo.build import DemoGuest
from vmtui.model.guest import Agent, Guest, GuestState
from vmtui.model.steps import Destroy, Shutdown, Start, Step, WaitUp
from vmtui.plan.inorder import IN_ORDER, limited
from vmtui.plan.lifecycle import VERBS, patient
from vmtui.plan.plan import Plan

LIMIT = 60.0


class Yard(Bench):
    """A bench with jobs on one demo host, of which some guests have an order."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.plug(40, speed=20.0)
        self.jobs = Jobs(self.fleet, self.events, folder)
        self.folder = folder
        self.log: list[tuple[str, str]] = []

    @property
    def demo(self) -> DemoHost:
        """The host."""
        return self.hosts[0]

    async def ready(self, state: GuestState) -> list[str]:
        """Three guests that obey, have agents and are in that state, ordered 10, 20 and none."""
        chosen = [
            one for one in self.demo.guests.values()
            if one.obeys and one.agent_answers and one.facts.persistent and not one.facts.saved
            and one.definition.agent is not Agent.NO_CHANNEL
        ][:3]  # fmt: skip
        for order, one in zip((10, 20, None), chosen, strict=True):
            labels = replace(one.definition.labels, order=order)
            agent = Agent.CONNECTED if state is GuestState.RUNNING else Agent.DISCONNECTED
            definition = replace(one.definition, labels=labels, agent=agent)
            one.facts = replace(one.facts, state=state, definition=definition)
        await self.up()
        return [one.facts.name for one in chosen]

    def guests(self, names: Iterable[str]) -> list[Guest]:
        """As the store has them."""
        return [self.guest(name) for name in names]

    def start(self, names: list[str], *, regardless: bool = False) -> Plan:
        """The plan that starts them."""
        capabilities = {self.demo.id: self.view().capabilities}
        return IN_ORDER["start-in-order"].plan(
            self.guests(names), capabilities, regardless=regardless
        )

    def shutdown(self, names: list[str]) -> Plan:
        """The plan that shuts them down."""
        capabilities = {self.demo.id: self.view().capabilities}
        return IN_ORDER["shutdown-in-order"].plan(self.guests(names), capabilities)

    def state(self, name: str) -> GuestState:
        """The guest's, on the host."""
        return self.demo.named(name).facts.state

    def silence(self, name: str) -> None:
        """Its agent never comes."""
        come, mute = self.demo._agent_comes, self.demo.named(name)

        def comes(guest: DemoGuest) -> None:
            if guest is not mute:
                come(guest)

        self.demo._agent_comes = comes  # type: ignore[method-assign]

    def is_up(self, name: str) -> bool:
        """Whether its agent answers."""
        return self.demo.named(name).definition.agent is Agent.CONNECTED


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    made = Yard(tmp_path)
    yield made
    await made.jobs.close()
    await made.fleet.close()
    for host in made.hosts:
        host.stop()


async def watched(job: Job, holds: Callable[[], bool]) -> Job:
    """Wait for its end; something must hold all the while."""
    kept: list[bool] = []

    def over() -> bool:
        kept.append(holds())
        return job.ended is not None

    await eventually(over, LIMIT)
    assert all(kept)
    return job


@pytest.mark.slow
async def test_a_stage_starts_when_the_one_before_is_up(yard: Yard) -> None:
    first, second, last = await yard.ready(GuestState.OFF)
    job = yard.jobs.submit(yard.start([last, second, first]))
    assert [run.track.name for run in job.tracks] == [first, second, last]

    def in_order() -> bool:
        late = not yard.state(second).active or yard.is_up(first)
        return late and (not yard.state(last).active or yard.is_up(second))

    await watched(job, in_order)
    assert job.state is JobState.DONE
    assert {yard.state(name) for name in (first, second, last)} == {GuestState.RUNNING}


@pytest.mark.slow
async def test_a_delay_is_enough_where_nobody_answers(yard: Yard) -> None:
    first, second, _last = await yard.ready(GuestState.OFF)
    yard.silence(first)
    plan = yard.start([first, second])
    plan = replace(plan, tracks=tuple(
        replace(track, steps=tuple(
            replace(step, delay=1) if isinstance(step, WaitUp) else step for step in track.steps
        )) for track in plan.tracks
    ))  # fmt: skip
    job = await watched(yard.jobs.submit(plan), lambda: not yard.is_up(first))
    assert job.state is JobState.DONE
    assert yard.state(second) is GuestState.RUNNING


async def test_who_never_answers_is_told_and_holds_up_nobody_for_ever(yard: Yard) -> None:
    first, second, _last = await yard.ready(GuestState.OFF)
    yard.silence(first)
    job = yard.jobs.submit(limited(yard.start([first, second]), 0.3))
    await watched(job, lambda: True)
    assert job.state is JobState.DONE
    assert "its agent does not answer" in job.tracks[0].outcome
    assert yard.state(second) is GuestState.RUNNING


@pytest.mark.slow
async def test_a_shutdown_goes_backwards_and_waits_until_each_is_off(yard: Yard) -> None:
    first, second, last = await yard.ready(GuestState.RUNNING)
    job = yard.jobs.submit(yard.shutdown([first, second, last]))

    def in_order() -> bool:
        later = yard.state(second).active or not yard.state(last).active
        return later and (yard.state(first).active or not yard.state(second).active)

    await watched(job, in_order)
    assert job.state is JobState.DONE
    assert not any(yard.state(name).active for name in (first, second, last))


@pytest.mark.parametrize("regardless", [False, True])
async def test_a_failure_stops_those_after_it_unless_one_goes_on(
    yard: Yard, regardless: bool
) -> None:
    names = await yard.ready(GuestState.OFF)
    uuid = yard.demo.named(names[0]).uuid
    connection = yard.fleet.hypervisor(yard.demo.id)
    execute = connection.execute

    async def failing(step: Step, progress: object) -> Step | None:
        if isinstance(step, Start) and step.uuid == uuid:
            raise Conflict("its disk is missing")
        return await execute(step, progress)  # type: ignore[arg-type]

    connection.execute = failing  # type: ignore[method-assign]
    job = await watched(yard.jobs.submit(yard.start(names, regardless=regardless)), lambda: True)
    assert job.state is JobState.FAILED
    running = [yard.state(name) is GuestState.RUNNING for name in names]
    assert running == [False, regardless, regardless]
    if not regardless:
        assert "comes before it" in str(job.tracks[1].error and job.tracks[1].error.detail)


async def test_cancelling_leaves_what_runs_and_begins_nothing_more(yard: Yard) -> None:
    first, second, last = await yard.ready(GuestState.OFF)
    yard.silence(first)
    job = yard.jobs.submit(yard.start([first, second, last]))
    await eventually(lambda: isinstance(job.tracks[0].running_step, WaitUp), LIMIT)
    assert job.tracks[1].state is TrackState.WAITING
    assert job.cancel()
    await watched(job, lambda: not yard.state(second).active)
    assert job.state is JobState.CANCELLED
    assert yard.state(first) is GuestState.RUNNING
    assert [yard.state(name) for name in (second, last)] == [GuestState.OFF] * 2


async def test_one_that_waits_for_its_turn_can_be_forced_off_meanwhile(yard: Yard) -> None:
    first, second, last = await yard.ready(GuestState.RUNNING)
    yard.demo.named(last).obeys = False
    plan = patient(yard.shutdown([first, second, last]), 0.1)
    job = yard.jobs.submit(plan)
    await eventually(lambda: job.state is JobState.STALLED, LIMIT)
    capabilities = {yard.demo.id: yard.view().capabilities}
    other = yard.jobs.why_not(VERBS["reset"].plan(yard.guests([first]), capabilities))
    assert other is not None
    for name in (first, last):
        yard.jobs.submit(VERBS["destroy"].plan(yard.guests([name]), capabilities))
    await watched(job, lambda: True)
    assert job.state is JobState.DONE
    assert not any(yard.state(name).active for name in (first, second, last))


@pytest.mark.slow
async def test_an_agents_shutdown_does_not_end_the_waiting_of_others(yard: Yard) -> None:
    first, second, last = await yard.ready(GuestState.RUNNING)
    yard.demo.named(last).obeys = False
    job = yard.jobs.submit(patient(yard.shutdown([first, second, last]), 0.1))
    await eventually(lambda: job.state is JobState.STALLED, LIMIT)
    capabilities = {yard.demo.id: yard.view().capabilities}
    yard.jobs.submit(VERBS["shutdown-agent"].plan(yard.guests([last]), capabilities))
    await watched(job, lambda: True)
    assert job.state is JobState.DONE
    assert not any(yard.state(name).active for name in (first, second, last))


@pytest.mark.slow
async def test_what_was_interrupted_is_finished_in_order(yard: Yard, tmp_path: Path) -> None:
    first, second, last = await yard.ready(GuestState.OFF)
    yard.silence(first)
    job = yard.jobs.submit(yard.start([first, second, last]))
    await eventually(lambda: isinstance(job.tracks[0].running_step, WaitUp), LIMIT)
    await yard.jobs.close()
    as_if_dead(tmp_path)
    (found,) = journal.leftovers(tmp_path).interrupted
    finish = found.finish()
    assert [track.name for track in finish.tracks] == [first, second, last]
    jobs = Jobs(yard.fleet, yard.events)
    # Only for the one that keeps silent is it not worth waiting.
    waiting, *others = finish.tracks
    impatient = limited(replace(finish, tracks=(waiting,)), 0.3).tracks
    again = jobs.submit(replace(finish, tracks=(*impatient, *others)))

    def in_order() -> bool:
        return not yard.state(last).active or yard.is_up(second)

    try:
        await watched(again, in_order)
    finally:
        await jobs.close()
    assert again.state is JobState.DONE
    assert yard.state(last) is GuestState.RUNNING


async def test_a_guest_of_a_plan_is_busy_for_others(yard: Yard) -> None:
    first, second, last = await yard.ready(GuestState.OFF)
    yard.jobs.submit(yard.start([first, second, last]))
    capabilities = {yard.demo.id: yard.view().capabilities}
    with pytest.raises(Busy):
        yard.jobs.submit(VERBS["start"].plan(yard.guests([last]), capabilities))
    await asyncio.sleep(0)


async def test_steps_of_a_plan_of_one_stage_wait_for_nobody(yard: Yard) -> None:
    names = await yard.ready(GuestState.OFF)
    job = yard.jobs.submit(yard.start(names[:1]))
    await watched(job, lambda: True)
    assert [type(step) for step in job.tracks[0].track.steps] == [Start]
    assert not any(isinstance(s, (Destroy, Shutdown)) for s in job.tracks[0].undo)
