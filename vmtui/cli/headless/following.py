"""Follows jobs to their end: progress on standard error, escalation, and Ctrl-C.

The first Ctrl-C cancels: running steps are aborted and what was done is undone. The second leaves
at once; the plan stays recorded, to be finished or undone when vmtui is opened.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence

from vmtui.cli.exits import SIGNALLED
from vmtui.cli.headless.world import World
from vmtui.cli.output import complain, tell
from vmtui.engine.job import Job, TrackRun, TrackState
from vmtui.errors import VmtuiError
from vmtui.model.guest import GuestKey
from vmtui.plan.lifecycle import VERBS
from vmtui.plan.plan import Plan
from vmtui.ui.cells import clean

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ESCALATIONS = {"agent": "shutdown-agent", "destroy": "destroy"}
CLEAR = "\r\x1b[K"


class Follower:
    """Runs a plan. `then` are the escalations for guests that do not obey, one after the other."""

    def __init__(self, world: World, then: Sequence[str] = (), *, quiet: bool = False) -> None:
        self.world = world
        self.signal = 0
        """The number of the signal that cancelled it, or 0."""
        self._then = then
        self._quiet = quiet
        self._drawn = not quiet and sys.stderr.isatty()
        self._jobs: list[Job] = []
        self._stage: dict[GuestKey, int] = {}
        self._ended = asyncio.Event()
        self._left = asyncio.Event()
        self._said: set[GuestKey] = set()

    async def follow(self, plan: Plan) -> list[TrackRun]:
        """Do it; how each guest's part ended, those left at once as they stand.

        Raises VmtuiError where the job cannot begin.
        """
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._signalled, number)
        self.world.jobs.listen(self._changed)
        try:
            self._jobs.append(self.world.jobs.submit(plan))
            waits = [asyncio.create_task(one.wait()) for one in (self._ended, self._left)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)
            self._draw("")
        last: dict[GuestKey, TrackRun] = {}
        for job in self._jobs:
            last.update((run.key, run) for run in job.tracks)
        return list(last.values())

    def _signalled(self, number: int) -> None:
        if number == signal.SIGINT and self.world.fleet.screen.locked():
            # Ctrl-C was meant for the program that has the terminal.
            return
        if self.signal:
            self._left.set()
            return
        self.signal = number
        stopped = [job for job in self._jobs if job.cancel()]
        self._draw("")
        if stopped:
            tell("cancelling, and undoing what was done; once more leaves at once")
        elif any(job.ended is None for job in self._jobs):
            tell("this cannot be interrupted; once more leaves at once")

    def _changed(self, job: Job) -> None:
        if not self.signal:
            for run in job.tracks:
                if run.state is TrackState.STALLED:
                    self._stalled(run)
        if all(one.ended is not None for one in self._jobs):
            self._ended.set()
        else:
            self._progress()

    def _stalled(self, run: TrackRun) -> None:
        """Tell it once, and go one step further where that was asked for."""
        if run.key not in self._said:
            self._said.add(run.key)
            self._draw("")
            if not self._quiet:
                tell(f"{run.track.name} {run.words or 'does not obey'}")
        if any(run in job.tracks for job in self._jobs[:-1]):
            return
        while (stage := self._stage.get(run.key, 0)) < len(self._then):
            self._stage[run.key] = stage + 1
            if self._escalate(run, ESCALATIONS[self._then[stage]]):
                self._said.discard(run.key)
                return

    def _escalate(self, run: TrackRun, verb: str) -> bool:
        guest = self.world.inventory.guest(run.key)
        if guest is None:
            return False
        plan = VERBS[verb].plan([guest], self.world.capabilities)
        if plan.empty:
            self._draw("")
            tell(f"{guest.name}: no {VERBS[verb].words.lower()}: {plan.refused[0].reason}")
            return False
        try:
            self._jobs.append(self.world.jobs.submit(plan))
        except VmtuiError as error:
            complain(error)
            return False
        if not self._quiet:
            tell(f"{plan.title}")
        return True

    def _progress(self) -> None:
        runs = [run for job in self._jobs for run in job.tracks]
        done = sum(run.state.ended for run in runs)
        busy = next((run for run in runs if not run.state.ended and run.running_step), None)
        words = f"{done} of {len(runs)}" if len(runs) > 1 else ""
        if busy is not None and busy.running_step is not None:
            share = f" {busy.fraction:.0%}" if busy.fraction is not None else ""
            words += f"  {clean(busy.track.name, 40)}: {busy.running_step.label}{share}"
        self._draw(words.strip())

    def _draw(self, words: str) -> None:
        if self._drawn:
            sys.stderr.write(CLEAR + words[:78])
            sys.stderr.flush()

    @property
    def code(self) -> int:
        """The exit code of the signal, or 0."""
        return SIGNALLED + self.signal if self.signal else 0
