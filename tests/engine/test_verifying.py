"""A guest that is restarted for its agent's channel is never left off where that fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.support import HOST, Bench, eventually
from vmtui.engine import verifying
from vmtui.engine.job import Job, JobState, TrackState
from vmtui.engine.jobs import Jobs
from vmtui.engine.journal import leftovers
from vmtui.errors import Conflict, Refused, VmtuiError
from vmtui.hypervisor import Progress
from vmtui.model.change import Happened
from vmtui.model.guest import Agent, GuestState
from vmtui.model.steps import RestartForChannel, SetAutostart, Start, Step
from vmtui.plan.plan import Plan, Track

PLUGLESS = "web1"


class Yard(Bench):
    """A bench with jobs, and a guest that runs without the agent's channel."""

    def ready(self, journal: Path) -> None:
        """Take the channel away, and note what is done to the guest."""
        self.journal = journal
        self.jobs = Jobs(self.fleet, self.events, journal)
        self.guest_there = self.hosts[0].named(PLUGLESS)
        self.guest_there.set_agent(Agent.NO_CHANNEL)
        self.hosts[0].announce(Happened.UPDATED, self.guest_there)
        self.done: list[Step] = []
        self.fails: list[VmtuiError] = []
        hypervisor = self.fleet.hypervisor(HOST)
        execute = hypervisor.execute

        async def watched(step: Step, progress: Progress) -> Step | None:
            self.done.append(step)
            if isinstance(step, Start) and self.fails:
                raise self.fails.pop()
            return await execute(step, progress)

        hypervisor.execute = watched  # type: ignore[method-assign]

    @property
    def runs(self) -> bool:
        """Whether the guest does, on its host."""
        return self.guest_there.facts.state is GuestState.RUNNING

    def restart(self, limit: float = 300.0) -> Job:
        """Something that can be undone, and the restart."""
        key = self.key(PLUGLESS)
        steps = (SetAutostart(key.uuid, on=True), RestartForChannel(key.uuid, limit))
        return self.jobs.submit(Plan("x", "Restart", (Track(key, PLUGLESS, steps),)))

    def kinds(self) -> list[str]:
        """What was done, by the names of the steps."""
        return [type(step).__name__ for step in self.done]


@pytest.fixture
async def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Yard]:
    monkeypatch.setattr(verifying, "HEARD", 0.2)
    made = Yard()
    made.plug()
    await made.up()
    made.ready(tmp_path)
    await eventually(lambda: not _has_channel(made))
    yield made
    await made.jobs.close()
    await made.fleet.close()


def _has_channel(yard: Yard) -> bool:
    definition = yard.guest(PLUGLESS).definition
    return definition is not None and definition.agent is not Agent.NO_CHANNEL


async def ended(job: Job) -> None:
    await eventually(lambda: job.ended is not None, 60)


async def test_it_goes_off_and_on_again(yard: Yard) -> None:
    job = yard.restart()
    await ended(job)
    assert job.state is JobState.DONE
    assert yard.kinds() == ["SetAutostart", "Shutdown", "Start"]
    assert yard.runs


async def test_one_that_does_not_start_is_started_once_all_was_undone(yard: Yard) -> None:
    yard.fails = [Refused("No memory is left")]
    job = yard.restart()
    await ended(job)
    (run,) = job.tracks
    assert str(run.error) == "No memory is left"
    assert (run.state, run.undo_errors) == (TrackState.UNDONE, [])
    assert yard.kinds() == ["SetAutostart", "Shutdown", "Start", "SetAutostart", "Start"]
    assert yard.runs


@pytest.mark.slow
async def test_one_that_does_not_start_at_all_is_told_as_not_undone(yard: Yard) -> None:
    yard.fails = [Conflict("No memory is left"), Conflict("No memory is left")]
    job = yard.restart()
    await ended(job)
    (run,) = job.tracks
    assert run.state is TrackState.FAILED
    assert [str(error) for error in run.undo_errors] == ["No memory is left"]
    assert not yard.runs
    assert isinstance(run.undo[0], RestartForChannel)


async def test_one_that_was_cancelled_on_its_way_off_is_started(yard: Yard) -> None:
    yard.guest_there.shutdown_takes = 100.0
    job = yard.restart()
    await eventually(lambda: "Shutdown" in yard.kinds())
    job.cancel()
    await eventually(lambda: job.tracks[0].words == "waiting until it is off")
    assert yard.runs
    yard.hosts[0].set_state(yard.guest_there, GuestState.OFF, Happened.SHUT_DOWN)
    await ended(job)
    assert (job.state, yard.runs) == (JobState.CANCELLED, True)
    assert yard.kinds()[-1] == "Start"


async def test_one_that_does_not_go_off_is_left_as_it_is_and_that_is_said(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "GOES_OFF", 0.1)
    yard.guest_there.obeys = False
    job = yard.restart(limit=0.1)
    await ended(job)
    (run,) = job.tracks
    assert run.error is not None
    assert "may still do so" in run.error.hint
    assert (run.undo_errors, yard.runs) == ([], True)
    assert "it runs" in run.words
    assert yard.kinds() == ["SetAutostart", "Shutdown", "SetAutostart"]


async def test_one_whose_vmtui_is_killed_in_the_middle_is_found_to_be_started(yard: Yard) -> None:
    yard.guest_there.obeys = False
    yard.restart()
    await eventually(lambda: "Shutdown" in yard.kinds())
    await yard.jobs.close()
    (record,) = yard.journal.iterdir()
    record.write_text(record.read_text().replace('"pid":', '"pid":99999'))
    (found,) = leftovers(yard.journal).interrupted
    again = RestartForChannel(yard.key(PLUGLESS).uuid, asked=True)
    assert found.finish().tracks[0].steps[0] == again
    assert again in found.undo().tracks[0].steps
