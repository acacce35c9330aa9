"""What was left half done, by a job here or by a vmtui that is no more: finish it, or undo it."""

from __future__ import annotations

from pathlib import Path

from vmtui.engine.job import Job, JobState
from vmtui.engine.journal import Damaged, Interrupted, words_of
from vmtui.engine.retreat import NAMED_MOST, told
from vmtui.errors import VmtuiError
from vmtui.plan.plan import Plan, Risk
from vmtui.ui import flow
from vmtui.ui.cells import clean, moment
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.front import Front


def hint(job: Job, key: str) -> str:
    """What is left over of a job that ended, and the key that sees to it; "" where nothing is."""
    runs = [run for run in job.tracks if run.kept]
    if not runs:
        return ""
    words = runs[0].words if len(runs) == 1 and job.state is JobState.CANCELLED else ""
    words = words or told([words for run in runs for words in run.left])
    return f"{words}; {key} finishes or undoes it"


async def offer(page: Front) -> bool:
    """Offer all of it, one after the other, oldest first; False where there is nothing.

    What comes to be left over while one is offered is offered after it.
    """
    seen: set[Path] = set()
    while True:
        found = page.cockpit.leftovers()
        every: tuple[Interrupted | Damaged, ...] = (*found.interrupted, *found.damaged)
        left = next((one for one in every if one.path not in seen), None)
        if left is None:
            return bool(seen)
        seen.add(left.path)
        await (_offer(page, left) if isinstance(left, Interrupted) else _report(page, left))


async def _offer(page: Front, interrupted: Interrupted) -> None:
    finish, undo = interrupted.finish(), interrupted.undo()
    stands = undo.risk is Risk.TYPE_NAME
    options = [
        Option("finish", "Finish it", _steps(finish),
               "f", "f", interrupted.why_not_finish()),
        Option("undo", "Undo it", "what stands goes: " * stands + _steps(undo),
               "u", "u", "nothing of it can be undone" if undo.empty else None),
        Option("forget", "Leave things as they are", "and forget it", "l", "l"),
    ]  # fmt: skip
    intro = f"“{interrupted.title}” was begun at {moment(interrupted.begun)} and not finished."
    if wrong := interrupted.went_wrong:
        intro += f" What went wrong: {'; '.join(wrong)}."
    chosen = await page.ask(Choose("Interrupted", options, intro))
    if chosen == "forget":
        interrupted.forget()
    elif chosen in ("finish", "undo"):
        agreed = await flow.ask(page, finish if chosen == "finish" else undo)
        if agreed is not None:
            try:
                page.cockpit.jobs.submit(agreed, replaces=interrupted)
            except VmtuiError as error:
                page.fail(error)


async def _report(page: Front, damaged: Damaged) -> None:
    options = [
        Option("keep", "Keep the file", "to look at it by hand", "k", "k"),
        Option("forget", "Remove it", "", "r", "r"),
    ]
    intro = f"{damaged.path} cannot be read: {damaged.reason}"
    if await page.ask(Choose("A damaged record", options, intro)) == "forget":
        damaged.forget()


def _steps(plan: Plan) -> str:
    """What it does, where that is little, else how much it is."""
    steps = [step for track in plan.tracks for step in track.steps]
    if len(steps) <= NAMED_MOST and len(plan.tracks) == 1:
        return ", ".join(clean(words_of(step), 80) for step in steps)
    return f"{len(steps)} step{'' if len(steps) == 1 else 's'}"
