"""The jobs: what vmtui is doing and has done, guest by guest, with progress and cancel."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from vmtui.engine.job import Job, JobState, TrackRun, TrackState
from vmtui.model.inventory import Inventory
from vmtui.model.units import duration
from vmtui.ui import cells
from vmtui.ui.actions import Action
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.lines import Line, fit, text
from vmtui.ui.screens.host import elsewhere
from vmtui.ui.screens.page import Page
from vmtui.ui.targets import Target
from vmtui.ui.widgets.table import Table

JobKey = tuple[int, int]
"""A job's number and a track's place in it; -1 is the job's own line."""

TRACK_WORDS: dict[TrackState, tuple[str, Role]] = {
    TrackState.WAITING: ("waiting", Role.MUTED),
    TrackState.RUNNING: ("running", Role.BUSY),
    TrackState.STALLED: ("does not obey", Role.BAD),
    TrackState.UNDOING: ("undoing", Role.WARN),
    TrackState.DONE: ("done", Role.GOOD),
    TrackState.FAILED: ("failed", Role.BAD),
    TrackState.UNDONE: ("failed, undone", Role.WARN),
    TrackState.CANCELLED: ("cancelled", Role.MUTED),
}
JOB_WORDS: dict[JobState, tuple[str, Role]] = {
    JobState.RUNNING: ("running", Role.BUSY),
    JobState.STALLED: ("waits", Role.BAD),
    JobState.DONE: ("done", Role.GOOD),
    JobState.FAILED: ("failed", Role.BAD),
    JobState.CANCELLED: ("cancelled", Role.MUTED),
}


class JobsScreen(Page):
    """Running jobs first, then past ones."""

    DEFAULT_CSS = """
    #jobs { height: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,delete", "stop_job", "Cancel", show=False),
    ]

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self._table: Table[JobKey] = Table(self._line, id="jobs")
        self._jobs: dict[int, Job] = {}
        self._wanted: JobKey | None = None

    def body(self) -> Iterable[Widget]:
        """The list."""
        yield self._table

    def on_mount(self) -> None:
        """The keys go to the list."""
        self._table.focus()

    def arrive(self, target: Target) -> None:
        """Go to that job."""
        if target.what.isdecimal():
            self._wanted = (int(target.what), -1)

    def show(self, inventory: Inventory) -> None:
        """A line for each job, and for each guest of it that has more to tell than the job."""
        del inventory
        jobs = [*reversed(self.cockpit.jobs.running), *self.cockpit.jobs.past]
        self._jobs = {job.id: job for job in jobs}
        keys: list[JobKey] = []
        for job in jobs:
            keys.append((job.id, -1))
            running = job.ended is None
            told = any(run.error or run.left for run in job.tracks)
            if running or told or len(job.tracks) > 1:
                keys += [(job.id, number) for number in range(len(job.tracks))]
        self._table.set_header(text(f" {'STARTED':<9} {'TOOK':>7}  {'STATE':<14} WHAT"))
        self._table.set_keys(keys)
        if self._wanted in keys:
            self._table.move_to(self._wanted)
            self._wanted = None

    def second(self) -> None:
        """How long they take."""
        self._table.refresh_rows()

    def _line(self, key: JobKey) -> Line:
        job = self._jobs.get(key[0])
        if job is None:
            return ()
        if key[1] >= 0:
            return self._track_line(job.tracks[key[1]])
        word, role = JOB_WORDS[job.state]
        if job.state is JobState.RUNNING:
            word = f"{cells.bar(job.fraction, 8)} {job.fraction:.0%}"
        if job.cancelling and job.ended is None:
            word, role = "cancelling", Role.WARN
        took = duration((job.ended or time.time()) - job.started)
        return (
            Cell(f" {cells.moment(job.started):<9} ", Role.MUTED),
            Cell(f"{took:>7}  ", Role.MUTED),
            Cell(fit(word, 14) + " ", role),
            Cell(clean(job.plan.title, 200), Role.STRONG),
        )

    @staticmethod
    def _track_line(run: TrackRun) -> Line:
        word, role = TRACK_WORDS[run.state]
        step = run.running_step
        about = run.words or (step.label if step else "")
        if run.error is not None:
            parts = (run.error.title, run.error.detail, run.error.hint)
            about = " · ".join(part for part in parts if part)
        if run.undo_errors:
            about += f" · could not be undone: {run.undo_errors[0]}"
        elif run.error is not None and run.left:
            about += f" · left over: {', '.join(run.left)}"
        return (
            Cell(" " * 20),
            Cell(fit(word, 14) + " ", role),
            Cell(clean(run.track.name, 60), Role.TEXT),
            Cell(f"  {clean(about, 600)}", Role.BAD if run.error else Role.MUTED),
        )

    def status(self) -> Line:
        """How many run."""
        running = len(self.cockpit.jobs.running)
        if not self._jobs:
            return text(" no jobs yet: what you start, stop or change appears here", Role.MUTED)
        words = f" {running} running, {len(self._jobs) - running} past; Enter tells all of one"
        return text(words + ("; c cancels the one under the cursor" if running else ""), Role.MUTED)

    def about(self) -> str:
        """Why the job, or the part of it, under the cursor failed."""
        job = self._jobs.get(self._table.cursor[0]) if self._table.cursor else None
        if job is None or self._table.cursor is None:
            return ""
        number = self._table.cursor[1]
        runs = job.tracks if number < 0 else job.tracks[number : number + 1]
        error = next((run.error for run in runs if run.error is not None), None)
        return " · ".join(filter(None, (error.title, error.detail, error.hint))) if error else ""

    @on(Table.CursorMoved)
    def _cursor_moved(self) -> None:
        self.show_footer()

    @on(Table.Chosen)
    def _chosen(self, event: Table.Chosen) -> None:
        """All that is known of a job, with what its commands printed."""
        event.stop()
        from vmtui.ui.dialogs.reading import Reading
        from vmtui.ui.jobdetail import lines

        job = self._jobs.get(self._table.cursor[0]) if self._table.cursor else None
        if job is not None:
            width = Reading.room_in(self.app.size.width)
            self.app.push_screen(Reading(job.plan.title, lines(job, width), wide=True))

    def actions(self) -> Sequence[Action]:
        """Where to go from here."""
        return elsewhere("view-guests", "view-host", "view-events", "back")

    def action_stop_job(self) -> None:
        """Cancel the job under the cursor; what it has done is undone."""
        key = self._table.cursor
        job = self._jobs.get(key[0]) if key else None
        if job is None:
            return
        reason = job.why_not_cancel()
        if reason is None:
            job.cancel()
            self.say(f"cancelling: {job.plan.title}", Role.WARN)
        else:
            self.say(f"{job.plan.title}: {reason}", Role.MUTED)
