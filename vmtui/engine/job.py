"""A Job: a Plan that runs, as the screen sees it. Written by the engine only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from vmtui.engine.turns import Turns
from vmtui.errors import VmtuiError
from vmtui.model.guest import GuestKey
from vmtui.model.steps import Step
from vmtui.plan.plan import Plan, Track


class TrackState(Enum):
    """How far the steps for one guest are."""

    WAITING = "waiting"
    """For its turn: only so many run at once on one host."""
    RUNNING = "running"
    STALLED = "stalled"
    """It waits for the guest longer than is patient: the guest does not obey."""
    UNDOING = "undoing"
    """A step failed or was cancelled; what was done is being undone."""
    DONE = "done"
    FAILED = "failed"
    """A step failed; nothing was done before it, or not all of that could be undone."""
    UNDONE = "undone"
    """A step failed, and all that could be undone was."""
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self in (
            TrackState.DONE, TrackState.FAILED, TrackState.UNDONE, TrackState.CANCELLED
        )  # fmt: skip


PRINTED_MOST = 1 << 20


@dataclass(slots=True)
class Printed:
    """The output of a command, both streams as they came; of much, the end."""

    data: bytearray = field(default_factory=bytearray)
    code: int | None = None
    """Its exit code, negative for the signal that ended it; None while it runs."""
    cut: bool = False
    """Whether its beginning was dropped."""

    def add(self, more: bytes) -> None:
        """Keep what came."""
        self.data += more
        if len(self.data) > PRINTED_MOST:
            del self.data[: len(self.data) - PRINTED_MOST]
            self.cut = True


@dataclass(slots=True)
class TrackRun:
    """One guest's part of a Job."""

    track: Track
    state: TrackState = TrackState.WAITING
    step: int = 0
    """Index of the step that runs, or the number of those done."""
    fraction: float | None = None
    """How much of the running step is done, 0 to 1; None is not known."""
    words: str = ""
    """What the running step says of its progress, or what took its place."""
    outcome: str = ""
    """What was seen of the guest, where a step looked at it; "" where none did."""
    error: VmtuiError | None = None
    """Why it failed."""
    undo: list[Step] = field(default_factory=list)
    """What would undo the steps done so far, in the order in which those were done."""
    undo_errors: list[VmtuiError] = field(default_factory=list)
    """What could not be undone, and why; those steps stay in `undo`."""
    left: tuple[str, ...] = ()
    """What stays to be done or undone, in words, where it ended with something half done."""
    kept: bool = False
    """Whether that is on record, to be finished or undone."""
    since: float = 0.0
    """Seconds since the epoch at which the running step was begun."""
    printed: Printed | None = None
    """What a command of the person's own printed, and how it ended."""

    @property
    def key(self) -> GuestKey:
        """The guest's."""
        return self.track.key

    @property
    def succeeded(self) -> bool:
        """Whether it did all that it should."""
        return self.state is TrackState.DONE

    @property
    def running_step(self) -> Step | None:
        """The step that runs, or None before the first and after the last."""
        if self.state in (TrackState.RUNNING, TrackState.STALLED):
            return self.track.steps[self.step]
        return None


class JobState(Enum):
    """How a Job stands as a whole."""

    RUNNING = "running"
    STALLED = "stalled"
    """It runs, and at least one guest does not obey."""
    DONE = "done"
    FAILED = "failed"
    """At least one track did not do what was asked."""
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Job:
    """A Plan that runs or ran. `started` and `ended` are seconds since the epoch."""

    def __init__(
        self, number: int, plan: Plan, started: float, stop: Callable[[Job], None]
    ) -> None:
        self.id = number
        self.plan = plan
        self.started = started
        self.ended: float | None = None
        self.tracks = tuple(TrackRun(track) for track in plan.tracks)
        self.turns = Turns(plan.tracks)
        self.cancelling = False
        self._stop = stop

    @property
    def state(self) -> JobState:
        """From its tracks' states."""
        states = {run.state for run in self.tracks}
        if self.ended is None:
            return JobState.STALLED if TrackState.STALLED in states else JobState.RUNNING
        if states & {TrackState.FAILED, TrackState.UNDONE}:
            return JobState.FAILED
        return JobState.CANCELLED if TrackState.CANCELLED in states else JobState.DONE

    @property
    def fraction(self) -> float:
        """How much is done, 0 to 1: steps done of all steps."""
        total = sum(len(run.track.steps) for run in self.tracks)
        done = 0.0
        for run in self.tracks:
            done += len(run.track.steps) if run.state.ended else run.step + (run.fraction or 0.0)
        return done / total if total else 1.0

    def why_not_cancel(self) -> str | None:
        """None where `cancel` would do something, else one sentence that says why not."""
        if self.ended is not None:
            return "it has ended"
        if self.cancelling:
            return "it is being cancelled"
        if not self.plan.cancellable:
            return "what it does cannot be interrupted"
        return None

    def cancel(self) -> bool:
        """Stop it: running steps are aborted and what was done to those guests is undone.

        Guests that are done already stay done. False where it cannot be cancelled.
        """
        if self.why_not_cancel() is not None:
            return False
        self.cancelling = True
        self._stop(self)
        return True


@dataclass(frozen=True, slots=True)
class Overlay:
    """What a guest's row shows of the Job that runs on it."""

    job: int
    verb: str
    """The plan's: the action's id."""
    state: TrackState
    step: str
    """The running step's label, or ""."""
    fraction: float | None
    words: str
    since: float
    """Seconds since the epoch at which the running step was begun."""
