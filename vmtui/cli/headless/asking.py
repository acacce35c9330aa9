"""The question before a plan: on the terminal's error side, or --yes in its place.

What is asked less than on the screen: a guest that was named, for a verb that loses nothing, was
meant. What loses something, or takes guests that nobody named, is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from vmtui.cli.exits import Declined
from vmtui.cli.headless.selecting import Selection
from vmtui.cli.output import tell
from vmtui.plan.plan import Plan, Risk
from vmtui.ui.cells import clean

REFUSALS_TOLD = 20
ALWAYS = frozenset({"install-tools"})
"""Verbs whose plan is not known from the words on the command line: what is typed inside a guest
is shown first."""


def needs_a_yes(plan: Plan, selection: Selection) -> bool:
    """Whether the words on the command line alone do not say enough."""
    if (
        plan.verb in ALWAYS
        or plan.risk is Risk.TYPE_NAME
        or any(effect.destructive for effect in plan.effects)
    ):
        return True
    unnamed = any(track.key not in selection.named for track in plan.tracks)
    return plan.risk is Risk.ASK and unnamed


def explain(plan: Plan) -> None:
    """Tell what the plan does and costs, and whom it leaves alone."""
    names = [track.name for track in plan.tracks]
    tell(f"{plan.title}: {', '.join(names)}" if len(names) > 1 else plan.title)
    for effect in plan.effects:
        tell(f"  {'!' if effect.destructive else '-'} {effect.text}")
    for refusal in plan.refused[:REFUSALS_TOLD]:
        tell(f"  left alone: {refusal.name}: {refusal.reason}")
    if len(plan.refused) > REFUSALS_TOLD:
        tell(f"  left alone: and {len(plan.refused) - REFUSALS_TOLD} more")


async def agree(plan: Plan) -> None:
    """Ask for a yes, or for the word that the plan wants typed.

    Raises Declined where the person would rather not, or there is no terminal to ask on.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Declined(
            f"{plan.title}: not confirmed", "There is no terminal to ask on.", "Add --yes."
        )
    if plan.risk is Risk.TYPE_NAME:
        word = clean(plan.confirm_word)
        answer = await _answer(f"Type {word} to do it: ")
        if clean(answer).strip() != word.strip():
            raise Declined("That is not it: nothing is done")
        return
    answer = await _answer("Do it? [y/N] ")
    if answer.strip().lower() not in ("y", "yes"):
        raise Declined("Nothing is done")


async def _answer(question: str) -> str:
    """A line from the terminal; Ctrl-C and the end of input leave as ever."""
    print(question, end="", file=sys.stderr, flush=True)
    loop, fd = asyncio.get_running_loop(), sys.stdin.fileno()
    ready: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        with contextlib.suppress(asyncio.InvalidStateError):
            ready.set_result(None)

    loop.add_reader(fd, wake)
    try:
        await ready
    finally:
        loop.remove_reader(fd)
    return os.read(fd, 4096).decode(errors="replace").rstrip("\n")
