"""Plans that run: side by side, in order, undone in reverse, cancelled, followed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.engine.support import Bench, eventually
from vmtui.engine.job import Job, JobState, TrackState
from vmtui.engine.jobs import Jobs
from vmtui.errors import Busy, Conflict, ConnectionLost, Invalid, NotFound, Refused, TimedOut
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.change import Happened
from vmtui.model.guest import GuestKey, GuestState, HostId
from vmtui.model.host import LinkState
from vmtui.model.steps import (
    DeleteVolume,
    Destroy,
    ManagedSave,
    Rename,
    Reset,
    SetAutostart,
    Shutdown,
    Start,
    Step,
    Suspend,
    Undefine,
    WaitFor,
)
from vmtui.plan.plan import Plan, Track

STUBBORN = "db1"


class Yard(Bench):
    """A bench with jobs on one demo host."""

    def ready(self) -> None:
        """Make the jobs."""
        self.jobs = Jobs(self.fleet, self.events)

    @property
    def demo(self) -> DemoHost:
        """The host."""
        return self.hosts[0]

    def plan(self, verb: str, *tracks: tuple[str, tuple[type[Step] | Step, ...]]) -> Plan:
        """A plan from names and steps, or their kinds."""
        return Plan(verb, verb.title(), tuple(self.track(name, *steps) for name, steps in tracks))

    def track(self, name: str, *steps: type[Step] | Step) -> Track:
        """A track for the guest of that name."""
        key = self.key(name)
        made = [s(key.uuid) if isinstance(s, type) else replace(s, uuid=key.uuid) for s in steps]
        return Track(key, name, tuple(made))

    def names(self, state: GuestState) -> list[str]:
        """The guests in that state that are neither saved nor stubborn nor transient."""
        return [
            guest.facts.name for guest in self.demo.guests.values()
            if guest.facts.state is state and guest.facts.persistent and guest.obeys
            and not guest.facts.saved
        ]  # fmt: skip

    def state(self, name: str) -> GuestState:
        """The guest's, on the host."""
        return self.demo.named(name).facts.state


@pytest.fixture
async def yard() -> AsyncIterator[Yard]:
    made = Yard()
    made.plug(40)
    made.ready()
    await made.up()
    yield made
    await made.jobs.close()
    await made.fleet.close()
    for host in made.hosts:
        host.stop()


async def ended(job: Job) -> Job:
    await eventually(lambda: job.ended is not None)
    return job


async def test_a_job_tells_how_far_it_is(yard: Yard) -> None:
    yard.demo.speed = 10.0
    told: list[JobState] = []
    yard.jobs.listen(lambda job: told.append(job.state))
    job = yard.jobs.submit(yard.plan("save", ("web1", (ManagedSave,))))
    assert list(yard.jobs.running) == [job]
    fractions = set()
    overlays = set()

    def watched() -> bool:
        if (overlay := yard.jobs.overlay(yard.key("web1"))) is not None:
            fractions.add(overlay.fraction)
            overlays.add((overlay.verb, overlay.step, overlay.words))
        return job.ended is not None

    await eventually(watched)
    assert len(fractions) > 5
    assert ("save", "save its state", "saving memory") in overlays
    assert job.state is JobState.DONE
    assert job.fraction == 1.0
    assert not list(yard.jobs.running)
    assert list(yard.jobs.past) == [job]
    assert yard.jobs.overlay(yard.key("web1")) is None
    await asyncio.sleep(0)
    assert told[-1] is JobState.DONE
    assert yard.demo.named("web1").facts.saved
    assert yard.events.last(1)[0].what is Happened.JOB_DONE


async def test_tracks_run_side_by_side_four_at_once(yard: Yard) -> None:
    yard.demo.speed = 10.0
    names = yard.names(GuestState.RUNNING)[:10]
    job = yard.jobs.submit(yard.plan("suspend", *((name, (Suspend,)) for name in names)))
    take, now, at_once = yard.demo.take, 0, []

    async def counted(seconds: float) -> None:
        nonlocal now
        step = seconds == 0.3  # what the demo takes for a step; agents are quicker
        now += step
        at_once.append(now)
        await take(seconds)
        now -= step

    yard.demo.take = counted  # type: ignore[method-assign]
    await ended(job)
    assert max(at_once) == 4
    assert all(run.state is TrackState.DONE for run in job.tracks)


@pytest.mark.slow
async def test_waiting_takes_no_turn_from_others(yard: Yard) -> None:
    names = yard.names(GuestState.RUNNING)[:12]
    yard.demo.speed = 20.0
    for name in names:
        yard.demo.named(name).shutdown_takes = 20.0
    job = yard.jobs.submit(yard.plan("shutdown", *((name, (Shutdown, WaitFor)) for name in names)))
    await eventually(lambda: all(isinstance(run.running_step, WaitFor) for run in job.tracks), 0.9)
    await ended(job)
    assert all(yard.state(name) is GuestState.OFF for name in names)


async def test_a_failure_undoes_in_reverse_and_only_its_own(yard: Yard) -> None:
    yard.demo.speed = 10.0
    yard.demo.fail[Destroy] = Refused("no", "not yours")
    web = yard.demo.named("web1")
    was = web.facts.autostart
    steps = (SetAutostart("", on=not was), Suspend, Destroy)
    job = yard.jobs.submit(yard.plan("x", ("web1", steps), ("git1", (Start,)), ("ci1", (Suspend,))))
    seen: list[str] = []

    def watched() -> bool:
        if job.tracks[0].state is TrackState.UNDOING and job.tracks[0].words not in seen:
            seen.append(job.tracks[0].words)
        return job.ended is not None

    await eventually(watched)
    assert seen == ["resume", "set autostart"]
    assert job.state is JobState.FAILED
    first = job.tracks[0]
    assert first.state is TrackState.UNDONE
    assert first.error == Refused("no", "not yours")
    assert web.facts.autostart == was
    assert yard.state("web1") is GuestState.RUNNING
    assert job.tracks[2].state is TrackState.DONE
    assert yard.state("ci1") is GuestState.PAUSED
    failed = [event for event in yard.events if event.what is Happened.JOB_FAILED]
    assert "not yours" in failed[0].detail
    assert failed[0].name == "web1"


async def test_what_cannot_be_undone_is_told_and_the_rest_still_is(yard: Yard) -> None:
    from vmtui.model.steps import Resume

    yard.demo.fail[Destroy] = Refused("no")
    yard.demo.fail[Resume] = Conflict("stuck")
    web = yard.demo.named("web1")
    was = web.facts.autostart
    job = yard.jobs.submit(
        yard.plan("x", ("web1", (SetAutostart("", on=not was), Suspend, Destroy)))
    )
    run = (await ended(job)).tracks[0]
    assert run.state is TrackState.FAILED
    assert run.undo_errors == [Conflict("stuck")]
    assert run.undo == [Resume(web.uuid)]
    assert web.facts.autostart == was


async def test_deleting_is_undone_until_the_first_volume_is_gone(yard: Yard) -> None:
    name = yard.names(GuestState.OFF)[0]
    yard.demo.fail[DeleteVolume] = Conflict("in use")
    path = yard.demo.named(name).definition.disks[0].source
    volume = DeleteVolume("", pool="default", volume=name, path=path)
    job = await ended(yard.jobs.submit(yard.plan("delete", (name, (Undefine, volume)))))
    assert job.tracks[0].state is TrackState.UNDONE
    await eventually(lambda: yard.find(name))
    yard.demo.fail.clear()
    missing = DeleteVolume("", pool="default", volume="missing", path="/missing")
    uuid = yard.demo.named(name).uuid
    job = await ended(yard.jobs.submit(yard.plan("delete", (name, (Undefine, volume, missing)))))
    assert job.tracks[0].state is TrackState.FAILED
    assert uuid not in yard.demo.guests, "half a guest does not come back"


async def test_cancel_aborts_and_undoes(yard: Yard) -> None:
    yard.demo.speed = 5.0
    web = yard.demo.named("web1")
    was = web.facts.autostart
    steps = (SetAutostart("", on=not was), ManagedSave)
    waiting = yard.names(GuestState.RUNNING)[1:8]
    plan = yard.plan("save", ("web1", steps), *((name, (ManagedSave,)) for name in waiting))
    job = yard.jobs.submit(plan)
    await eventually(lambda: job.tracks[0].step == 1 and (job.tracks[0].fraction or 0) > 0.1)
    assert job.cancel()
    assert not job.cancel()
    assert job.why_not_cancel()
    await ended(job)
    assert job.state is JobState.CANCELLED
    assert web.facts.autostart == was
    assert all(yard.state(name) is GuestState.RUNNING for name in ("web1", *waiting))
    assert all(run.state is TrackState.CANCELLED for run in job.tracks)
    assert job.why_not_cancel() == "it has ended"


async def test_a_plan_that_must_not_be_interrupted(yard: Yard) -> None:
    plan = replace(yard.plan("x", ("web1", (Suspend,))), cancellable=False)
    job = yard.jobs.submit(plan)
    assert not job.cancel()
    assert (await ended(job)).state is JobState.DONE


async def test_a_guest_that_does_not_obey(yard: Yard) -> None:
    wait = WaitFor("", patience=0.1, limit=0.4)
    job = yard.jobs.submit(yard.plan("shutdown", (STUBBORN, (Shutdown, wait))))
    await eventually(lambda: job.state is JobState.STALLED)
    overlay = yard.jobs.overlay(yard.key(STUBBORN))
    assert overlay is not None
    assert overlay.state is TrackState.STALLED
    assert "does not obey" in overlay.words
    await ended(job)
    assert isinstance(job.tracks[0].error, TimedOut)
    assert job.tracks[0].state is TrackState.FAILED


async def test_forcing_off_what_does_not_obey(yard: Yard) -> None:
    shutdown = yard.plan("shutdown", (STUBBORN, (Shutdown, WaitFor("", patience=0.05))))
    job = yard.jobs.submit(shutdown)
    await eventually(lambda: job.state is JobState.STALLED)
    with pytest.raises(Busy, match="not now"):
        yard.jobs.submit(yard.plan("suspend", (STUBBORN, (Suspend,))))
    destroy = yard.plan("destroy", (STUBBORN, (Destroy,)))
    assert yard.jobs.why_not(destroy) is None
    forced = await ended(yard.jobs.submit(destroy))
    assert forced.state is JobState.DONE
    assert (await ended(job)).state is JobState.DONE
    assert yard.state(STUBBORN) is GuestState.OFF


@pytest.mark.parametrize(("verb", "step"), [("reset", Reset), ("shutdown-agent", Shutdown)])
async def test_another_way_takes_over(yard: Yard, verb: str, step: type[Step]) -> None:
    shutdown = yard.plan("shutdown", (STUBBORN, (Shutdown, WaitFor("", patience=0.05))))
    job = yard.jobs.submit(shutdown)
    await eventually(lambda: job.state is JobState.STALLED)
    other = yard.jobs.submit(yard.plan(verb, (STUBBORN, (step,))))
    await ended(job)
    assert job.state is JobState.CANCELLED
    assert "taken over" in job.tracks[0].words
    assert (await ended(other)).state is JobState.DONE
    assert yard.jobs.overlay(yard.key(STUBBORN)) is None


async def test_a_transient_guest_is_gone_once_it_is_off(yard: Yard) -> None:
    name = next(g.facts.name for g in yard.demo.guests.values() if g.facts.persistent is False)
    job = yard.jobs.submit(yard.plan("shutdown", (name, (Shutdown, WaitFor))))
    assert (await ended(job)).state is JobState.DONE


async def test_a_guest_that_vanished(yard: Yard) -> None:
    plan = yard.plan("start", ("git1", (Start,)), ("ci1", (Suspend,)))
    yard.demo.remove(yard.key("git1").uuid)
    uuid = plan.tracks[0].key.uuid
    await eventually(lambda: uuid not in yard.view().guests)
    job = await ended(yard.jobs.submit(plan))
    assert job.tracks[0].error == NotFound("git1 is not there any more")
    assert job.tracks[1].state is TrackState.DONE


async def test_waiting_for_a_guest_that_vanished(yard: Yard) -> None:
    wait = WaitFor("", states=(GuestState.CRASHED,))
    job = yard.jobs.submit(yard.plan("x", ("web1", (wait,))))
    await eventually(lambda: job.tracks[0].running_step)
    yard.demo.remove(yard.key("web1").uuid)
    assert isinstance((await ended(job)).tracks[0].error, NotFound)


@pytest.mark.slow
async def test_a_host_that_goes_away_in_the_middle(yard: Yard) -> None:
    yard.demo.speed = 2.0
    job = yard.jobs.submit(yard.plan("save", ("web1", (ManagedSave, Start))))
    await eventually(lambda: job.tracks[0].fraction)
    yard.demo.hang = True
    yard.demo.drop()
    yard.demo.hang = False
    await ended(job)
    run = job.tracks[0]
    assert isinstance(run.error, ConnectionLost) or run.state is TrackState.DONE


async def test_a_host_that_is_not_connected(yard: Yard) -> None:
    yard.demo.refuse_all()
    await eventually(lambda: yard.view().stale)
    job = await ended(yard.jobs.submit(yard.plan("suspend", ("web1", (Suspend,)))))
    assert isinstance(job.tracks[0].error, ConnectionLost)


async def test_nothing_to_do_and_twice_the_same(yard: Yard) -> None:
    with pytest.raises(Invalid):
        yard.jobs.submit(Plan("x", "X", ()))
    with pytest.raises(Busy):
        yard.jobs.submit(yard.plan("x", ("web1", (Suspend,)), ("web1", (Destroy,))))


async def test_an_error_in_the_program_itself_ends_the_job_too(yard: Yard) -> None:
    yard.demo.fail[Suspend] = ZeroDivisionError()  # type: ignore[assignment]
    job = await ended(yard.jobs.submit(yard.plan("x", ("web1", (Suspend,)))))
    assert "ZeroDivisionError" in str(job.tracks[0].error)


async def test_a_driver_without_events_is_followed_too(yard: Yard) -> None:
    yard.demo.silent = True
    job = yard.jobs.submit(yard.plan("rename", ("web1", (Rename("", old="web1", new="web9"),))))
    await ended(job)
    await eventually(lambda: yard.find("web9"))


async def test_hosts_have_turns_of_their_own(yard: Yard) -> None:
    other = yard.plug(5, HostId("h2"))
    await yard.up(other.id)
    yard.demo.hang = True
    names = yard.names(GuestState.RUNNING)[:8]
    stuck = yard.jobs.submit(yard.plan("x", *((name, (Suspend,)) for name in names)))
    uuid = other.named("web1").uuid
    track = Track(GuestKey(other.id, uuid), "web1", (Suspend(uuid),))
    job = await ended(yard.jobs.submit(Plan("suspend", "Suspend", (track,))))
    assert job.state is JobState.DONE
    assert stuck.cancel()
    await ended(stuck)
    assert yard.view().link.state is LinkState.UP


async def test_the_row_never_shows_what_was_before(yard: Yard) -> None:
    """The overlay goes when the store has heard of what was done, not earlier."""
    shown: set[GuestState] = set()
    key = yard.key("web1")
    yard.jobs.submit(yard.plan("suspend", ("web1", (Suspend,))))

    def watched() -> bool:
        overlay = yard.jobs.overlay(key)
        if overlay is None:
            shown.add(yard.guest("web1").state)
        return overlay is None

    await eventually(watched)
    assert shown == {GuestState.PAUSED}
