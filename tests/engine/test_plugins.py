"""Commands of the person's own: output, end and cancelling; their guest stays free."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.engine.support import HOST, QUIET, Bench, eventually
from vmtui.engine.job import Job, JobState, TrackState
from vmtui.engine.jobs import Jobs
from vmtui.engine.journal import leftovers
from vmtui.model.guest import GuestKey
from vmtui.model.steps import RunPlugin, Suspend
from vmtui.plan.plan import Plan, Track

LIMIT = 60.0


class Yard(Bench):
    """A bench with jobs on one demo host."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.jobs = Jobs(self.fleet, self.events)

    def run(self, *command: str, name: str = "web1", background: bool = True) -> Job:
        key = self.key(name)
        step = RunPlugin(key.uuid, "mine", command, background)
        return self.jobs.submit(Plan("mine", "mine", (Track(key, name, (step,)),), exclusive=False))


@pytest.fixture
async def yard() -> AsyncIterator[Yard]:
    yard = Yard(QUIET)
    yard.plug()
    await yard.up()
    yield yard
    await yard.jobs.close()
    await yard.fleet.close()


async def ended(job: Job) -> None:
    await eventually(lambda: job.ended is not None, LIMIT)


async def test_output_and_exit_code_are_kept(yard: Yard) -> None:
    job = yard.run("sh", "-c", "echo out; echo err >&2; exit 3")
    await ended(job)
    (run,) = job.tracks
    assert job.state is JobState.FAILED
    assert run.printed is not None
    assert (run.printed.code, bytes(run.printed.data)) == (3, b"out\nerr\n")
    assert run.error is not None
    assert (run.error.title, run.error.detail) == ("mine ended with exit code 3", "err")


async def test_one_line_is_the_outcome(yard: Yard) -> None:
    job = yard.run("printf", "up 3 days\n")
    await ended(job)
    assert (job.state, job.tracks[0].outcome) == (JobState.DONE, "up 3 days")


async def test_of_much_output_the_end_is_kept(yard: Yard) -> None:
    program = "import sys; sys.stdout.write('a' * 3_000_000 + 'end')"
    job = yard.run(sys.executable, "-c", program)
    await ended(job)
    printed = job.tracks[0].printed
    assert printed is not None
    assert printed.cut
    assert len(printed.data) == 1 << 20
    assert printed.data.endswith(b"aend")


async def test_a_program_that_is_not_there(yard: Yard) -> None:
    job = yard.run("no-such-program-anywhere")
    await ended(job)
    assert str(job.tracks[0].error) == (
        "no-such-program-anywhere could not be run: There is no such program."
    )


@pytest.mark.slow
async def test_nothing_is_left_of_a_cancelled_one(yard: Yard, tmp_path: Path) -> None:
    children = tmp_path / "children"
    job = yard.run("sh", "-c", f"trap '' TERM; sleep 600 & echo $$ $! > {children}; wait; wait")
    await eventually(lambda: children.exists() and len(children.read_text().split()) == 2, LIMIT)
    assert job.cancel()
    await ended(job)
    assert job.state is JobState.CANCELLED
    for number in children.read_text().split():
        await eventually(lambda number=number: not _runs(int(number)), LIMIT)  # type: ignore[misc]


def records(folder: Path) -> list[Path]:
    return list(folder.glob("*.jsonl"))


def _runs(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.slow
async def test_what_it_left_running_does_not_hold_it(yard: Yard, tmp_path: Path) -> None:
    number = tmp_path / "number"
    job = yard.run("sh", "-c", f"sleep 600 & echo $! > {number}")
    await ended(job)
    assert job.state is JobState.DONE
    assert _runs(int(number.read_text()))
    os.kill(int(number.read_text()), 9)


async def test_the_guest_is_free_for_verbs_meanwhile(yard: Yard) -> None:
    job = yard.run("sleep", "600")
    again = yard.run("true")
    key = yard.key("web1")
    verb = yard.jobs.submit(Plan("suspend", "Suspend", (Track(key, "web1", (Suspend(key.uuid),)),)))
    await ended(verb)
    await ended(again)
    assert (verb.state, again.state) == (JobState.DONE, JobState.DONE)
    assert job.tracks[0].state is TrackState.RUNNING
    assert yard.jobs.overlay(key) is not None


async def test_the_terminal_goes_to_it_and_comes_back(yard: Yard) -> None:
    seen: list[Sequence[str]] = []

    async def take(words: Sequence[str]) -> int:
        seen.append(words)
        assert yard.fleet.screen.locked()
        return 0

    job = yard.run("vi", background=False)
    await ended(job)
    assert str(job.tracks[0].error) == "mine wants a terminal, and there is none here"
    yard.fleet.take_screen = take
    job = yard.run("vi", background=False)
    await ended(job)
    assert (seen, job.state, yard.fleet.screen.locked()) == ([("vi",)], JobState.DONE, False)


async def test_one_at_a_time_has_the_terminal_and_the_next_one_says_that_it_waits(
    yard: Yard,
) -> None:
    going, here = asyncio.Event(), []

    async def take(words: Sequence[str]) -> int:
        here.append(words[0])
        assert len(here) == 1
        await going.wait()
        here.remove(words[0])
        return 0

    yard.fleet.take_screen = take
    first = yard.run("first", background=False)
    await eventually(lambda: here == ["first"], LIMIT)
    second = yard.run("second", name="db1", background=False)
    await eventually(lambda: "terminal" in second.tracks[0].words, LIMIT)
    # One without the terminal comes and goes: it does not give away what it never had.
    behind = yard.run("true")
    await ended(behind)
    assert (here, yard.fleet.screen.locked()) == (["first"], True)
    going.set()
    await ended(first)
    await ended(second)
    assert (first.state, second.state) == (JobState.DONE, JobState.DONE)
    assert not yard.fleet.screen.locked()


async def test_one_for_no_guest_at_all(yard: Yard) -> None:
    step = RunPlugin("", "mine", ("true",))
    track = Track(GuestKey(HOST, ""), "h1", (step,))
    job = yard.jobs.submit(Plan("mine", "mine", (track,), exclusive=False))
    await ended(job)
    assert job.state is JobState.DONE


async def test_one_that_was_interrupted_is_not_run_again_by_itself(
    yard: Yard, tmp_path: Path
) -> None:
    yard.jobs = Jobs(yard.fleet, yard.events, tmp_path)
    yard.run("sleep", "600")
    await eventually(lambda: records(tmp_path), LIMIT)
    await yard.jobs.close()
    (record,) = records(tmp_path)
    text = record.read_text().replace(f'"pid":{os.getpid()}', '"pid":999999999')
    record.write_text(text)
    (found,) = leftovers(tmp_path).interrupted
    assert "nobody knows how far" in (found.why_not_finish() or "")
