"""What becomes of a track that does not come to its end: undone, or left over and told.

There is a point from which nothing is undone by itself any more: the guest stands, a volume of it
is gone, or the plan is itself one that undoes. What remains from there on stays on record.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from vmtui.engine.job import TrackRun, TrackState
from vmtui.engine.journal import words_of
from vmtui.engine.ownsteps import WAITS
from vmtui.errors import VmtuiError
from vmtui.model.steps import Step

NAMED_MOST = 3
"""Steps that are told one by one."""


def left_of(run: TrackRun) -> tuple[str, ...]:
    """In words, what of its steps was not done; that somebody waits is nothing to be done."""
    steps = run.track.steps[run.step :]
    return tuple(words_of(step) for step in steps if not isinstance(step, WAITS))


def told(left: Sequence[str], *, stands: bool = False) -> str:
    """What is left over, in one line; "" where nothing is."""
    if not left:
        return ""
    more = f" and {len(left) - NAMED_MOST} more" if len(left) > NAMED_MOST else ""
    return f"{'it stands; ' * stands}left over: {', '.join(left[:NAMED_MOST])}{more}"


async def undo(
    run: TrackRun,
    execute: Callable[[Step], Awaitable[object]],
    note: Callable[[list[Step], str], Awaitable[None]],
    tell: Callable[[TrackState, str], None],
    ours: Callable[[Exception], VmtuiError],
) -> bool:
    """Undo what was done, newest first; what cannot be undone stays in `run.undo` and is left.

    `note` writes down what is still to be undone, and why it could not be. Returns whether
    anything was undone.
    """
    if not run.undo:
        return False
    all_of_it = len(run.undo)
    stuck: list[Step] = []
    # Killed from here on, there is no way but back.
    await note(run.undo, "")
    while run.undo:
        step = run.undo[-1]
        run.fraction, why = None, ""
        tell(TrackState.UNDOING, step.label)
        try:
            await execute(step)
        except Exception as error:  # noqa: BLE001 - a job must end and tell, whatever happened
            run.undo_errors.append(ours(error))
            why = str(run.undo_errors[-1])
            stuck.insert(0, step)
        run.undo.pop()
        await note([*run.undo, *stuck], why)
    run.undo = stuck
    run.left = tuple(words_of(step) for step in reversed(stuck))
    return len(stuck) < all_of_it
