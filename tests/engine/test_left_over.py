"""What ends half done stays on record, with what went wrong, until it is finished or undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.support import Bench, eventually
from tests.engine.test_creating import Yard, at, image, killed_at, plan_of, yard
from tests.engine.test_journal import HOST, as_if_dead, files
from vmtui.engine import birth
from vmtui.engine.job import Job, JobState, TrackState
from vmtui.engine.jobs import Jobs
from vmtui.engine.journal import Interrupted, leftovers
from vmtui.engine.record import Record, Recorder
from vmtui.errors import Busy, Conflict, Refused, VmtuiError
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import GuestKey, GuestState
from vmtui.model.steps import (
    DeleteVolume,
    Destroy,
    DiscardSaved,
    EjectMedium,
    Resume,
    SetAutostart,
    Step,
    Suspend,
    Undefine,
    WaitReady,
    WriteVolume,
)
from vmtui.plan.plan import Plan, Risk, Track

__all__ = ["image", "yard"]

SEED = ("take out a medium", "delete volume new-seed.iso in default")
HELD = Busy("The guest holds the tray shut", "seed")


async def ended(job: Job) -> None:
    """Wait until it has ended."""
    await eventually(lambda: job.ended, 15)


def only(journal: Path) -> Interrupted:
    """The one thing that is left over."""
    (left,) = leftovers(journal).interrupted
    return left


# -- a guest that stands, and its seed -------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "left"), [(EjectMedium, SEED), (DeleteVolume, SEED[1:])])
async def test_a_seed_that_cannot_go_is_told_and_left_over(
    yard: Yard, image: Path, tmp_path: Path, kind: type[Step], left: tuple[str, ...]
) -> None:
    yard.hosts[0].speed = 6.0
    yard.hosts[0].fail = {kind: HELD}
    job = yard.jobs.submit(await plan_of(yard, cloud=str(image), name="new"))
    await ended(job)
    run = job.tracks[0]
    assert (job.state, run.error, run.left, run.kept) == (JobState.FAILED, HELD, left, True)
    found = only(tmp_path / "journal")
    assert found.went_wrong == ("The guest holds the tray shut: seed",)
    assert yard.guest("new").state is GuestState.RUNNING
    again = yard.jobs.submit(found.finish(), replaces=found)
    await ended(again)
    assert (again.state, again.tracks[0].left) == (JobState.FAILED, left), "it fails once more"
    yard.hosts[0].fail = {}
    found = only(tmp_path / "journal")
    last = yard.jobs.submit(found.finish(), replaces=found)
    await ended(last)
    assert last.state is JobState.DONE
    assert not any("seed" in volume for volume in await yard.volumes())
    assert leftovers(tmp_path / "journal").interrupted == ()


@pytest.mark.slow
async def test_the_seed_of_a_guest_that_went_while_it_was_watched_is_left_over(
    yard: Yard, image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(birth, "HELD", 0.1)
    monkeypatch.setattr(birth, "HEARD", 0.5)
    yard.hosts[0].speed = 2.0
    plan = await plan_of(yard, cloud=str(image), name="new")
    job = yard.jobs.submit(plan)
    await at(job, WaitReady.label)
    await eventually(lambda: job.tracks[0].words.startswith("booting,"))
    yard.hosts[0].remove(plan.tracks[0].key.uuid)
    await ended(job)
    assert (job.state, job.tracks[0].left) == (JobState.FAILED, SEED)
    yard.hosts[0].speed = 100.0
    found = only(tmp_path / "journal")
    again = yard.jobs.submit(found.finish(), replaces=found)
    await ended(again)
    assert again.state is JobState.DONE
    assert not any("seed" in volume for volume in await yard.volumes())


@pytest.mark.slow
async def test_killed_twice_while_it_is_watched_all_of_it_can_still_be_undone(
    yard: Yard, image: Path, tmp_path: Path
) -> None:
    before = await yard.volumes()
    yard.hosts[0].speed = 2.0
    journal = tmp_path / "journal"
    jobs = Jobs(yard.fleet, yard.events, journal)
    job = jobs.submit(await plan_of(yard, cloud=str(image), name="new"))
    left = await killed_at(yard, journal, job, jobs, WaitReady.label)
    for _ in range(2):
        jobs = Jobs(yard.fleet, yard.events, journal)
        job = jobs.submit(left.finish(), replaces=left)
        left = await killed_at(yard, journal, job, jobs, WaitReady.label)
    yard.hosts[0].speed = 100.0
    undo = left.undo()
    assert (undo.title, undo.risk, undo.confirm_word) == (
        "Undo: Create new", Risk.TYPE_NAME, "new"
    )  # fmt: skip
    yard.hosts[0].fail = {Undefine: Refused("not today")}
    job = yard.jobs.submit(undo, replaces=left)
    await ended(job)
    assert job.state is JobState.FAILED
    left = only(journal)
    assert left.went_wrong == ("not today",)
    assert left.undo().confirm_word == "new", "whoever has started it again is asked again"
    yard.hosts[0].fail = {}
    job = yard.jobs.submit(left.undo(), replaces=left)
    await ended(job)
    assert job.state is JobState.DONE
    assert await yard.volumes() == before
    assert not any(isinstance(step, WriteVolume) for step in undo.tracks[0].steps)


# -- an undoing that does not come to its end ------------------------------------------------------


async def half_done(bench: Bench, folder: Path) -> tuple[DemoHost, str, Interrupted]:
    """A guest that starts with its host and is suspended, and the record of who died at that."""
    demo = bench.plug()
    await bench.up()
    uuid = demo.named("web1").uuid
    jobs = Jobs(bench.fleet, bench.events, folder)
    plan = Plan("x", "Do it", (track_of(uuid, SetAutostart(uuid, on=True), Suspend(uuid)),))
    job = jobs.submit(plan)
    await ended(job)
    recorder = Recorder(folder)
    more = Plan("x", "Do it", (track_of(uuid, *plan.tracks[0].steps, Destroy(uuid)),))
    record = await recorder.begin(more, 1, 1.0)
    await record.note(0, 2, [SetAutostart(uuid, on=False), Resume(uuid)])
    as_if_dead(folder)
    recorder.close()
    await jobs.close()
    return demo, uuid, only(folder)


def track_of(uuid: str, *steps: Step) -> Track:
    return Track(GuestKey(HOST, uuid), "web1", steps)


async def test_an_undoing_that_fails_is_offered_again_with_what_went_wrong(
    bench: Bench, tmp_path: Path
) -> None:
    """Where it got to stays: what is undone is not done again by itself."""
    demo, uuid, left = await half_done(bench, tmp_path)
    jobs = Jobs(bench.fleet, bench.events, tmp_path)
    demo.fail = {SetAutostart: Conflict("The disk is full", "/etc")}
    job = jobs.submit(left.undo(), replaces=left)
    await ended(job)
    assert (job.state, job.tracks[0].left) == (JobState.FAILED, (SetAutostart.label,))
    assert demo.named("web1").facts.state is GuestState.RUNNING
    left = only(tmp_path)
    assert left.went_wrong == ("The disk is full: /etc",)
    assert left.why_not_finish() == "it was being undone: undo the rest"
    assert left.undo().title == "Undo: Do it"
    assert left.undo().tracks[0].steps == (SetAutostart(uuid, on=False),)
    demo.fail = {}
    job = jobs.submit(left.undo(), replaces=left)
    await ended(job)
    assert job.state is JobState.DONE
    assert not demo.named("web1").facts.autostart
    assert files(tmp_path) == []
    await jobs.close()


async def test_an_undoing_that_is_cancelled_is_offered_again(bench: Bench, tmp_path: Path) -> None:
    demo, uuid, left = await half_done(bench, tmp_path)
    jobs = Jobs(bench.fleet, bench.events, tmp_path)
    demo.speed = 0.5
    job = jobs.submit(left.undo(), replaces=left)
    await at(job, Resume.label)
    job.cancel()
    await ended(job)
    run = job.tracks[0]
    assert (job.state, run.left) == (JobState.CANCELLED, (Resume.label, SetAutostart.label))
    assert run.words == f"left over: {Resume.label}, {SetAutostart.label}"
    undo = only(tmp_path).undo()
    assert undo.tracks[0].steps == (Resume(uuid), SetAutostart(uuid, on=False))
    await jobs.close()


async def test_an_undoing_that_is_killed_twice_is_offered_again(
    bench: Bench, tmp_path: Path
) -> None:
    demo, uuid, left = await half_done(bench, tmp_path)
    demo.fail = {Resume: Conflict("stuck")}
    jobs = Jobs(bench.fleet, bench.events, tmp_path)
    job = jobs.submit(left.undo(), replaces=left)
    await ended(job)
    await jobs.close()
    demo.fail, demo.speed = {}, 0.5
    left = only(tmp_path)
    for _ in range(2):
        jobs = Jobs(bench.fleet, bench.events, tmp_path)
        job = jobs.submit(left.undo(), replaces=left)
        await at(job, Resume.label)
        await jobs.close()
        as_if_dead(tmp_path)
        left = only(tmp_path)
        assert left.undo().tracks[0].steps == (Resume(uuid), SetAutostart(uuid, on=False))
        assert left.went_wrong == ("stuck",), "it is not forgotten by the next attempt"
        assert left.undo().title == "Undo: Do it"


async def test_undoing_what_somebody_took_away_meanwhile(bench: Bench, tmp_path: Path) -> None:
    """A guest that is gone need not be undefined."""
    demo = bench.plug()
    await bench.up()
    uuid = demo.named("web1").uuid
    recorder = Recorder(tmp_path)
    record = await recorder.begin(Plan("x", "X", (track_of(uuid, Suspend(uuid)),)), 1, 1.0)
    await record.note(0, 0, [DiscardSaved(uuid), Undefine(uuid), Destroy(uuid)])
    as_if_dead(tmp_path)
    demo.remove(uuid)
    left, jobs = only(tmp_path), Jobs(bench.fleet, bench.events, tmp_path)
    job = jobs.submit(left.undo(), replaces=left)
    await ended(job)
    assert job.state is JobState.DONE
    assert files(tmp_path) == []
    recorder.close()
    await jobs.close()


# -- a job whose own undoing does not come to its end ----------------------------------------------


async def test_what_was_undone_in_part_is_not_offered_for_finishing(
    bench: Bench, tmp_path: Path
) -> None:
    demo = bench.plug()
    await bench.up()
    jobs = Jobs(bench.fleet, bench.events, tmp_path)
    uuid = demo.named("web1").uuid
    demo.fail = {Destroy: Refused("no"), Resume: Conflict("stuck")}
    steps = (SetAutostart(uuid, on=True), Suspend(uuid), Destroy(uuid))
    job = jobs.submit(Plan("x", "X", (track_of(uuid, *steps),)))
    await ended(job)
    assert job.tracks[0].left == (Resume.label,)
    left = only(tmp_path)
    assert left.undo().tracks[0].steps == (Resume(uuid),)
    assert left.finish().empty
    assert left.why_not_finish() == "it was being undone: undo the rest"
    assert left.went_wrong == ("stuck",)
    await jobs.close()


async def test_killed_at_its_first_undoing_there_is_no_way_but_back(
    bench: Bench, tmp_path: Path
) -> None:
    demo = bench.plug()
    await bench.up()
    jobs = Jobs(bench.fleet, bench.events, tmp_path)
    uuid = demo.named("web1").uuid
    demo.fail, demo.speed = {Destroy: Refused("no")}, 1.0
    job = jobs.submit(Plan("x", "X", (track_of(uuid, Suspend(uuid), Destroy(uuid)),)))
    await eventually(lambda: job.tracks[0].state is TrackState.UNDOING)
    await jobs.close()
    as_if_dead(tmp_path)
    assert only(tmp_path).why_not_finish() is not None


async def test_a_record_that_cannot_be_written_does_not_cost_the_one_before(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk what was left over stays known until it is done."""
    demo, uuid, left = await half_done(bench, tmp_path)
    jobs = Jobs(bench.fleet, bench.events, tmp_path)

    def full(record: Record, header: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Record, "create", full)
    demo.fail = {Resume: VmtuiError("stuck")}
    job = jobs.submit(left.undo(), replaces=left)
    await ended(job)
    assert job.tracks[0].kept
    assert only(tmp_path).undo().tracks[0].steps[0] == Resume(uuid)
    demo.fail = {}
    job = jobs.submit(left.undo(), replaces=left)
    await ended(job)
    assert job.state is JobState.DONE
    assert files(tmp_path) == []
    await jobs.close()


async def test_behind_a_volume_that_went_the_rest_is_left_over(
    bench: Bench, tmp_path: Path
) -> None:
    """A guest that lost a disk is not brought back, and what else was to go is not forgotten."""
    demo = bench.plug()
    await bench.up()
    jobs = Jobs(bench.fleet, bench.events, tmp_path)
    web1 = demo.named("web1")
    path = web1.definition.disks[0].source
    demo.fail = {SetAutostart: Refused("no")}
    last = SetAutostart(web1.uuid, on=True)
    steps = (Destroy(web1.uuid), DeleteVolume(web1.uuid, path=path), last)
    job = jobs.submit(Plan("x", "X", (track_of(web1.uuid, *steps),)))
    await ended(job)
    run = job.tracks[0]
    assert (job.state, run.left, run.undo) == (JobState.FAILED, (SetAutostart.label,), [])
    left = only(tmp_path)
    assert left.finish().tracks[0].steps == (last,)
    assert left.undo().empty
    await jobs.close()
