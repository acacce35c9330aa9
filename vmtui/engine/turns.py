"""Whose turn it is: the tracks of a job that wait for others of it, stage by stage."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol

from vmtui.errors import Conflict
from vmtui.model.steps import WaitTurn
from vmtui.plan.plan import Track

ANYWAY = -1
"""The turn of tracks that wait for none: the others wait for them."""


class Run(Protocol):
    """How a track stands."""

    track: Track

    @property
    def succeeded(self) -> bool:
        """Whether it did all that it should."""


class Turns:
    """Counts what is still under way in each turn of a job, and opens the next."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self._left: dict[int, int] = {}
        for track in tracks:
            turn = turn_of(track)
            self._left[turn] = self._left.get(turn, 0) + 1
        self._turns = sorted(self._left)
        self._open = {turn: asyncio.Event() for turn in self._turns}
        self._failed: dict[int, str] = {}
        """The first track of a turn that did not do its part, by name."""
        self._advance()

    def ended(self, run: Run) -> None:
        """A track is at its end."""
        turn = turn_of(run.track)
        self._left[turn] -= 1
        if not run.succeeded:
            self._failed.setdefault(turn, run.track.name)
        self._advance()

    def _advance(self) -> None:
        for turn in self._turns:
            self._open[turn].set()
            if self._left[turn]:
                return

    async def wait(self, track: Track, step: WaitTurn) -> None:
        """Wait until all before it have ended.

        Raises Conflict where one of them did not do its part.
        """
        await self._open[turn_of(track)].wait()
        if step.regardless:
            return
        before = self._turns[: bisect_left(self._turns, step.turn)]
        failed = next((self._failed[turn] for turn in before if turn in self._failed), None)
        if failed is not None:
            raise Conflict(
                f"Not done to {track.name}",
                f"{failed}, which comes before it, did not do its part.",
                "Mend that and begin again: those that are done already are left alone.",
            )  # fmt: skip


def turn_of(track: Track) -> int:
    """The turn that the track waits for."""
    waits = (step.turn for step in track.steps if isinstance(step, WaitTurn))
    return next(waits, ANYWAY)
