"""Jobs: runs Plans in the background. What a Job tells is in `job`, how it runs in `runner`."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from pathlib import Path

from vmtui.engine.audit import AuditLog
from vmtui.engine.bell import Bell, safely
from vmtui.engine.bounded import abandon
from vmtui.engine.eventlog import EventLog
from vmtui.engine.fleet import Fleet
from vmtui.engine.job import Job, JobState, Overlay, TrackRun, TrackState
from vmtui.engine.journal import FINISH, UNDO, Interrupted
from vmtui.engine.record import Recorder
from vmtui.engine.runner import Runner
from vmtui.errors import Busy, Invalid
from vmtui.model.change import Event, Happened
from vmtui.model.guest import GuestKey, HostId
from vmtui.plan.inorder import IN_ORDER
from vmtui.plan.plan import Plan

Listener = Callable[[Job], None]

AT_ONCE = 4
"""Tracks that do something on one host at the same time; those that only wait do not count."""
PAST = 200
"""Jobs that are remembered after their end."""
FORCING = "destroy"
REPLACING = ("reset", "shutdown-agent")
"""Verbs that are allowed while an earlier job waits for the guest to shut down."""


class Jobs:
    """Runs Plans.

    `journal` is the folder for the records of what is under way, `audit` the log of what was
    done; None keeps none.
    """

    def __init__(
        self,
        fleet: Fleet,
        events: EventLog,
        journal: Path | None = None,
        audit: AuditLog | None = None,
    ) -> None:
        self._fleet = fleet
        self._events = events
        self._recorder = Recorder(journal)
        self._audit = audit
        self._numbers = itertools.count(1)
        self._running: dict[int, Job] = {}
        self._past: deque[Job] = deque(maxlen=PAST)
        self._runners: dict[GuestKey, list[Runner]] = {}
        self._slots: dict[HostId, asyncio.Semaphore] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: Listener | None = None
        self._changed: dict[int, Job] = {}
        self._bell = Bell(self._ring)

    def submit(self, plan: Plan, *, replaces: Interrupted | None = None) -> Job:
        """Begin to run a plan; returns at once.

        `replaces` is the interrupted plan that this one finishes or undoes: its record goes once
        the new one is written.

        Raises Busy where a job runs on one of its guests, and Invalid where it has no tracks.
        """
        if plan.empty or not all(track.steps for track in plan.tracks):
            raise Invalid("There is nothing to do", plan.title)
        if (reason := self.why_not(plan)) is not None:
            raise Busy(f"{plan.title}: not now", reason, "Cancel that job, or wait for its end.")
        if replaces is not None and not replaces.path.exists():
            raise Busy(f"{plan.title}: not now", "Another vmtui has taken it up meanwhile.")
        job = Job(next(self._numbers), plan, self._fleet.clock.now(), self._stop)
        runners = [
            Runner(job, index, self._fleet, self._slots_of(track.key.host), lambda: self._tell(job))
            for index, track in enumerate(plan.tracks)
        ]
        if plan.verb in REPLACING:
            for track in plan.tracks:
                for runner in self._runners.get(track.key, ()):
                    # Others wait for what a plan in order waits for.
                    held = runner.job.plan.verb in IN_ORDER and plan.verb != "reset"
                    if runner.job.plan.exclusive and not held:
                        runner.give_way(plan.title)
        for runner in runners:
            self._runners.setdefault(runner.run.key, []).append(runner)
        self._running[job.id] = job
        task = asyncio.create_task(self._run(job, runners, replaces), name=f"job {job.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._tell(job)
        return job

    def why_not(self, plan: Plan) -> str | None:
        """None where `submit` would take it, else one sentence that says why not."""
        keys = [track.key for track in plan.tracks]
        if len(set(keys)) != len(keys):
            return "it has two parts for one guest"
        if not plan.exclusive:
            return None
        for track in plan.tracks:
            for runner in self._runners.get(track.key, ()):
                if not runner.job.plan.exclusive or (plan.verb == FORCING and runner.waits):
                    continue
                if plan.verb in REPLACING and runner.waits_last:
                    continue
                return f"{track.name} is busy: {runner.job.plan.title}"
        return None

    def listen(self, listener: Listener | None) -> None:
        """Have `listener` told of each job that changed, once per turn of the event loop."""
        self._listener = listener

    @property
    def running(self) -> tuple[Job, ...]:
        """Those that have not ended, oldest first."""
        return tuple(self._running.values())

    @property
    def past(self) -> tuple[Job, ...]:
        """Those that ended, newest first."""
        return tuple(self._past)

    def overlay(self, key: GuestKey) -> Overlay | None:
        """What the guest's row shows, or None where no job runs on it."""
        runners = self._runners.get(key)
        if not runners:
            return None
        runner = runners[-1]
        run, step = runner.run, runner.run.running_step
        return Overlay(
            runner.job.id,
            runner.job.plan.verb,
            run.state,
            step.label if step is not None else "",
            run.fraction,
            run.words,
            run.since or runner.job.started,
        )

    async def close(self) -> None:
        """Stop all at once, undoing nothing: what was begun stays in the journal."""
        tasks = tuple(self._tasks)
        for task in tasks:
            abandon(task)
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)
        self._recorder.close()

    def _slots_of(self, host: HostId) -> asyncio.Semaphore:
        return self._slots.setdefault(host, asyncio.Semaphore(AT_ONCE))

    async def _run(self, job: Job, runners: list[Runner], replaces: Interrupted | None) -> None:
        record = await self._recorder.begin(job.plan, job.id, job.started)
        if (audit := self._audit) is not None:
            await self._recorder.write(lambda: audit.begun(job))
        if replaces is not None:
            if job.plan.verb in (FINISH, UNDO):
                for left in replaces.tracks:
                    for runner in runners:
                        if runner.run.key == left.key:
                            await runner.inherit(left, record)
            if record.there:
                replaces.forget()
        try:
            async with asyncio.TaskGroup() as group:
                for runner in runners:
                    task = group.create_task(runner.go(record))
                    task.add_done_callback(lambda _, ended=runner: self._ended(ended))  # type: ignore[misc]
        finally:
            for runner in runners:
                self._ended(runner)
        keep = any(run.left for run in job.tracks)
        for run in job.tracks:
            run.kept = bool(run.left) and (record.there or replaces is not None)
        await record.end(keep=keep)
        if replaces is not None and not keep:
            replaces.forget()
        job.ended = self._fleet.clock.now()
        if audit is not None:
            await self._recorder.write(lambda: audit.ended(job))
        del self._running[job.id]
        self._past.appendleft(job)
        self._log(job)
        self._tell(job)

    def _ended(self, runner: Runner) -> None:
        """Its guest is free for other jobs."""
        runners = self._runners.get(runner.run.key, [])
        if runner in runners:
            runners.remove(runner)
        if not runners:
            self._runners.pop(runner.run.key, None)

    def _stop(self, job: Job) -> None:
        for runners in self._runners.values():
            for runner in runners:
                if runner.job is job:
                    runner.stop()
        self._tell(job)

    def _log(self, job: Job) -> None:
        title, now = job.plan.title, self._fleet.clock.now()
        for run in job.tracks:
            if run.state in (TrackState.FAILED, TrackState.UNDONE):
                self._events.append(_event(now, Happened.JOB_FAILED, run, f"{title}: {run.error}"))
        if job.state is JobState.DONE:
            self._events.append(_event(now, Happened.JOB_DONE, job.tracks[0], title))
        elif job.state is JobState.CANCELLED:
            words = next((run.words for run in job.tracks if run.words), "") or "cancelled"
            detail = f"{title}: {words}"
            self._events.append(_event(now, Happened.JOB_FAILED, job.tracks[0], detail))

    def _tell(self, job: Job) -> None:
        if self._listener is not None:
            self._changed[job.id] = job
            self._bell.pull()

    def _ring(self) -> None:
        changed, self._changed = tuple(self._changed.values()), {}
        if (listener := self._listener) is not None:
            for job in changed:
                safely(lambda one=job: listener(one))  # type: ignore[misc]


def _event(at: float, what: Happened, run: TrackRun, detail: str) -> Event:
    return Event(at, run.key.host, what, run.key.uuid, run.track.name, detail)
