"""Creation plans on a demo host: done, failed, cancelled, killed: nothing half made stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.support import HOST, Bench, eventually
from tests.engine.test_journal import as_if_dead
from vmtui.engine.around import look_around, look_at
from vmtui.engine.job import Job, JobState
from vmtui.engine.jobs import Jobs
from vmtui.engine.journal import Interrupted, leftovers
from vmtui.errors import Conflict
from vmtui.model.guest import GuestState
from vmtui.model.steps import DeleteVolume, Destroy, WaitReady, WriteVolume
from vmtui.plan.answers import Answers, SourceKind
from vmtui.plan.create import create
from vmtui.plan.defaults import defaults, follow
from vmtui.plan.plan import Plan, Risk
from vmtui.plan.request import answer
from vmtui.plan.requestwords import checked
from vmtui.plan.rules import errors, problems
from vmtui.plan.surroundings import Surroundings
from vmtui.plan.systems import shipped, shipped_images


class Yard(Bench):
    """A bench with one demo host on which guests are made."""

    jobs: Jobs
    cache: Path

    async def look(self) -> Surroundings:
        """The surroundings as they are."""
        assert await self.store.wait(
            lambda i: i.hosts[HOST].pools is not None and i.hosts[HOST].networks is not None, 5
        )
        around = await look_around(
            self.fleet.hypervisor(HOST), self.view(),
            systems=shipped(), images=shipped_images(), cache=self.cache,
        )  # fmt: skip
        return replace(around, keys=())

    async def volumes(self) -> set[str]:
        """Every volume of the host."""
        hypervisor = self.fleet.hypervisor(HOST)
        read = await hypervisor.read_pools()
        pools = [pool.name for pool in read if pool.capacity is not None]
        return {f"{p}/{one.name}" for p in pools for one in await hypervisor.read_volumes(p)}


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    made = Yard()
    made.cache = tmp_path / "cache"
    made.plug(6)
    made.jobs = Jobs(made.fleet, made.events, tmp_path / "journal")
    await made.up()
    yield made
    await made.jobs.close()
    for host in made.hosts:
        host.hang = False
    await made.fleet.close()
    for host in made.hosts:
        host.stop()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A file that looks like a published image."""
    path = tmp_path / "debian-13-generic-amd64.qcow2"
    head = b"QFI\xfb\0\0\0\3" + bytes(16) + (3 << 30).to_bytes(8, "big") + bytes(72)
    path.write_bytes(head.ljust(4096, b"\0"))
    return path


async def answers_for(yard: Yard, **said: object) -> tuple[Answers, Surroundings]:
    """The answers to a request, with its image looked at."""
    around = await yard.look()
    answers = answer(checked(said), around, password="correct horse")
    around = await look_at(yard.fleet.hypervisor(HOST), around, answers.image)
    return follow(answers, around), around


async def plan_of(yard: Yard, **said: object) -> Plan:
    """A plan without errors."""
    answers, around = await answers_for(yard, **said)
    assert errors(problems(answers, around)) == ()
    return create(answers, around)


@pytest.mark.slow
async def test_a_guest_from_a_cloud_image_until_its_prompt(yard: Yard, image: Path) -> None:
    plan = await plan_of(yard, cloud=str(image), name="new")
    job = yard.jobs.submit(plan)
    await eventually(lambda: job.ended, 15)
    run = job.tracks[0]
    assert (job.state, run.error) == (JobState.DONE, None)
    await eventually(lambda: yard.guest("new").state is GuestState.RUNNING)


@pytest.mark.slow
async def test_what_fails_leaves_the_pools_as_they_were(yard: Yard, image: Path) -> None:
    before = await yard.volumes()
    plan = await plan_of(yard, cloud=str(image), name="new")
    track = plan.tracks[0]
    for cut in range(1, len(track.steps)):
        if isinstance(track.steps[cut], WaitReady):
            break
        failing = DeleteVolume(track.key.uuid, "default", "is-not-there")
        steps = (*track.steps[:cut], failing)
        job = yard.jobs.submit(replace(plan, tracks=(replace(track, steps=steps),)))
        await eventually(lambda: job.ended, 15)  # noqa: B023
        assert job.state is JobState.FAILED
        assert job.tracks[0].undo_errors == []
        assert await yard.volumes() == before
        assert yard.find("new") is None or not yard.hosts[0].guests.get(track.key.uuid)


@pytest.mark.slow
async def test_what_is_cancelled_leaves_the_pools_as_they_were(yard: Yard, image: Path) -> None:
    before = await yard.volumes()
    yard.hosts[0].speed = 1.0
    for wait_for in ("upload", "make a volume", "define"):
        plan = await plan_of(yard, cloud=str(image), name="new")
        job = yard.jobs.submit(plan)
        run = job.tracks[0]
        await eventually(
            lambda: run.running_step is not None and run.running_step.label == wait_for,  # noqa: B023
            15,
        )
        assert job.cancel()
        await eventually(lambda: job.ended, 15)  # noqa: B023
        assert job.state is JobState.CANCELLED
        assert run.undo_errors == []
        assert await yard.volumes() == before


async def test_a_name_that_was_taken_meanwhile_takes_nothing_of_the_others(
    yard: Yard, image: Path
) -> None:
    plan = await plan_of(yard, cloud=str(image), name="new")
    step = next(one for one in plan.tracks[0].steps if isinstance(one, WriteVolume))
    await yard.fleet.hypervisor(HOST).execute(step, lambda fraction, words: None)
    before = await yard.volumes()
    job = yard.jobs.submit(plan)
    await eventually(lambda: job.ended, 15)
    assert isinstance(job.tracks[0].error, Conflict)
    assert await yard.volumes() == before


@pytest.mark.slow
async def test_several_share_one_image(yard: Yard, image: Path) -> None:
    plan = await plan_of(yard, cloud=str(image), name="node-##", count=3)
    before = await yard.volumes()
    job = yard.jobs.submit(plan)
    await eventually(lambda: job.ended, 30)
    assert [run.error for run in job.tracks] == [None] * 3
    made = await yard.volumes() - before
    assert sum("debian-13-generic" in name for name in made) == 1
    assert {f"default/node-0{n}.qcow2" for n in (1, 2, 3)} <= made


async def test_defaults_of_every_source_are_answered(yard: Yard) -> None:
    around = await yard.look()
    for kind in SourceKind:
        answers = defaults(around, kind)
        assert answers.source is kind and answers.name
        problems(answers, around)


async def test_an_image_that_is_a_page_is_refused_at_its_field(yard: Yard, tmp_path: Path) -> None:
    page = tmp_path / "image.qcow2"
    page.write_text("<!DOCTYPE html><html>404</html>")
    answers, around = await answers_for(yard, cloud=str(page), name="new")
    found = errors(problems(answers, around))
    assert [one.field for one in found] == ["image"]
    assert "web page" in found[0].text


async def test_a_file_that_is_missing_is_told_at_its_field(yard: Yard) -> None:
    answers, around = await answers_for(yard, disk="/nowhere/x.qcow2", name="new")
    found = errors(problems(answers, around))
    assert found[0].field == "image" and "no such file" in found[0].text


@pytest.mark.slow
async def test_killed_at_every_step_it_can_be_undone(
    yard: Yard, image: Path, tmp_path: Path
) -> None:
    before = await yard.volumes()
    yard.hosts[0].speed = 2.0
    labels = [step.label for step in (await plan_of(yard, cloud=str(image))).tracks[0].steps]
    for label in labels:
        jobs = Jobs(yard.fleet, yard.events, tmp_path / "journal")
        plan = await plan_of(yard, cloud=str(image), name="new")
        job = jobs.submit(plan)
        run = job.tracks[0]
        await eventually(
            lambda: run.running_step is not None and run.running_step.label == label,  # noqa: B023
            15,
        )
        await jobs.close()
        as_if_dead(tmp_path / "journal")
        (left,) = leftovers(tmp_path / "journal").interrupted
        undo = left.undo()
        stands = labels.index(label) >= labels.index(WaitReady.label)
        # Who has used it meanwhile does not lose it by a key that was pressed by habit.
        assert (undo.risk, undo.confirm_word) == (
            (Risk.TYPE_NAME, "new") if stands else (Risk.ASK, "")
        )
        if label == "start" or stands:
            assert any(isinstance(step, Destroy) for step in undo.tracks[0].steps)
        if "write a volume" in labels[labels.index(label) :]:
            assert "password" in (left.why_not_finish() or "")
        if not undo.empty:
            again = yard.jobs.submit(undo, replaces=left)
            await eventually(lambda: again.ended, 15)  # noqa: B023
            assert again.state is JobState.DONE, again.tracks[0].error
        else:
            left.forget()
        assert await yard.volumes() == before
        assert plan.tracks[0].key.uuid not in yard.hosts[0].guests


@pytest.mark.slow
async def test_what_was_half_made_is_made_anew_when_it_is_finished(
    yard: Yard, tmp_path: Path
) -> None:
    yard.hosts[0].speed = 2.0
    jobs = Jobs(yard.fleet, yard.events, tmp_path / "journal")
    plan = await plan_of(yard, pxe=True, name="new", wait=False)
    job = jobs.submit(plan)
    run = job.tracks[0]
    await eventually(
        lambda: run.running_step is not None and run.running_step.label == "define", 15
    )
    await jobs.close()
    as_if_dead(tmp_path / "journal")
    (left,) = leftovers(tmp_path / "journal").interrupted
    finish = left.finish()
    assert [step.label for step in finish.tracks[0].steps][:2] == ["undefine", "define"]
    again = yard.jobs.submit(finish, replaces=left)
    await eventually(lambda: again.ended, 15)
    assert again.state is JobState.DONE, again.tracks[0].error
    await eventually(lambda: yard.guest("new").state is GuestState.RUNNING)


async def at(job: Job, label: str) -> None:
    """Wait until it is at that step."""
    run = job.tracks[0]
    await eventually(lambda: run.running_step is not None and run.running_step.label == label, 15)


async def killed_at(yard: Yard, journal: Path, job: Job, jobs: Jobs, label: str) -> Interrupted:
    """The process ends at that step; what the next one finds."""
    await at(job, label)
    await jobs.close()
    as_if_dead(journal)
    (left,) = leftovers(journal).interrupted
    return left


@pytest.mark.slow
@pytest.mark.parametrize("label", ["define", "start"])
async def test_killed_again_while_it_is_finished_all_can_be_undone(
    yard: Yard, tmp_path: Path, image: Path, label: str
) -> None:
    """What the first process made is known to the third."""
    before = await yard.volumes()
    yard.hosts[0].speed = 2.0
    journal = tmp_path / "journal"
    jobs = Jobs(yard.fleet, yard.events, journal)
    job = jobs.submit(await plan_of(yard, disk=str(image), name="new"))
    left = await killed_at(yard, journal, job, jobs, "define")
    jobs = Jobs(yard.fleet, yard.events, journal)
    job = jobs.submit(left.finish(), replaces=left)
    again = await killed_at(yard, journal, job, jobs, label)
    assert again.title == "Finish: Create new"
    undo = again.undo()
    job = yard.jobs.submit(undo, replaces=again)
    await eventually(lambda: job.ended, 15)
    assert job.state is JobState.DONE, job.tracks[0].error
    assert await yard.volumes() == before
    assert undo.tracks[0].key.uuid not in yard.hosts[0].guests


@pytest.mark.slow
async def test_finishing_that_is_cancelled_undoes_what_the_first_process_made(
    yard: Yard, tmp_path: Path, image: Path
) -> None:
    before = await yard.volumes()
    yard.hosts[0].speed = 2.0
    journal = tmp_path / "journal"
    jobs = Jobs(yard.fleet, yard.events, journal)
    job = jobs.submit(await plan_of(yard, disk=str(image), name="new"))
    left = await killed_at(yard, journal, job, jobs, "define")
    job = yard.jobs.submit(left.finish(), replaces=left)
    await at(job, "start")
    job.cancel()
    await eventually(lambda: job.ended, 15)
    assert await yard.volumes() == before
    assert leftovers(journal).interrupted == ()


@pytest.mark.slow
async def test_nobody_watches_it_any_more_and_its_seed_is_not_forgotten(
    yard: Yard, tmp_path: Path, image: Path
) -> None:
    """The guest may need it still; that it is there is said, and offered at once."""
    yard.hosts[0].speed = 2.0
    job = yard.jobs.submit(await plan_of(yard, cloud=str(image), name="new"))
    await at(job, WaitReady.label)
    job.cancel()
    await eventually(lambda: job.ended, 15)
    run = job.tracks[0]
    assert (job.state, run.words) == (
        JobState.CANCELLED,
        "it stands; left over: take out a medium, delete volume new-seed.iso in default",
    )
    (left,) = leftovers(tmp_path / "journal").interrupted
    assert any("seed" in volume for volume in await yard.volumes())
    yard.hosts[0].speed = 6.0
    again = yard.jobs.submit(left.finish(), replaces=left)
    await eventually(lambda: again.ended, 15)
    assert again.state is JobState.DONE, again.tracks[0].error
    assert not any("seed" in volume for volume in await yard.volumes())
    assert leftovers(tmp_path / "journal").interrupted == ()
