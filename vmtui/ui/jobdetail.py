"""All that is known of one job: each guest's part, its steps, and what its commands printed."""

from __future__ import annotations

from vmtui.engine.job import Job, TrackRun, TrackState
from vmtui.plan.plugins import command_line
from vmtui.ui.cells import Cell, Role, clean, moment
from vmtui.ui.dialogs.command import printed
from vmtui.ui.lines import EMPTY, Line, text, wrap

TRACKS_MOST = 100


def lines(job: Job, width: int) -> list[Line]:
    """The job in lines of at most that many cells."""
    ended = f", ended {moment(job.ended)}" if job.ended is not None else ""
    made = [text(f"begun {moment(job.started)}{ended}: {job.state.value}", Role.MUTED)]
    if job.ended is None:
        # Some of it is for the person to do meanwhile.
        for effect in job.plan.effects:
            made += [text(part) for part in wrap(clean(f"· {effect.text}", 1000), width)]
    for run in job.tracks[:TRACKS_MOST]:
        made += [EMPTY, *_track(run, width)]
    if len(job.tracks) > TRACKS_MOST:
        made.append(text(f"… and {len(job.tracks) - TRACKS_MOST} more", Role.MUTED))
    return made


def _track(run: TrackRun, width: int) -> list[Line]:
    state = run.state.value
    made: list[Line] = [(Cell(clean(run.track.name, 80), Role.STRONG), Cell(f"  {state}"))]
    for number, step in enumerate(run.track.steps):
        done = number < run.step
        words = command_line(step) or step.label
        lead = "✓ " if done else "· "
        for place, part in enumerate(wrap(clean(words, 4000), max(width - 2, 10))):
            role = Role.GOOD if done else Role.MUTED
            made.append((Cell("  " if place else lead, role), Cell(part)))
    # Of what is done, its progress is old news.
    said = run.outcome if run.state is TrackState.DONE else run.words
    if said and run.error is None:
        made += [text(part) for part in wrap(clean(said, 1000), width)]
    if run.error is not None:
        parts = (run.error.title, run.error.detail, run.error.hint)
        words = clean(" · ".join(part for part in parts if part), 2000)
        made += [text(part, Role.BAD) for part in wrap(words, width)]
    for error in run.undo_errors:
        words = clean(f"could not be undone: {error}", 1000)
        made += [text(part, Role.BAD) for part in wrap(words, width)]
    if run.left:
        words = clean(f"left over: {', '.join(run.left)}", 1000)
        made += [text(part, Role.WARN) for part in wrap(words, width)]
    return made + _printed(run, width)


def _printed(run: TrackRun, width: int) -> list[Line]:
    if run.printed is None:
        return []
    code = run.printed.code
    head = "it runs" if code is None else f"exit code {code}"
    made = [text(head, Role.WARN if code else Role.MUTED)]
    if run.printed.cut:
        made.append(text("the beginning was dropped: it printed too much", Role.MUTED))
    return made + printed(bytes(run.printed.data), Role.TEXT, width)
