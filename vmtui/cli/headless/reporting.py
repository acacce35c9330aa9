"""How a plan is shown before it is done, and what became of it, in words and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from vmtui.cli.headless.facts import VERSION, Json, error_of
from vmtui.cli.headless.printing import json_document
from vmtui.cli.headless.world import World
from vmtui.cli.output import complain, shown, tell
from vmtui.engine import retreat
from vmtui.engine.job import TrackRun, TrackState
from vmtui.engine.retreat import told
from vmtui.plan.plan import Plan

RESULTS: dict[TrackState, str] = {
    TrackState.DONE: "done",
    TrackState.FAILED: "failed",
    TrackState.UNDONE: "undone",
    TrackState.CANCELLED: "cancelled",
}
UNFINISHED = "unfinished"


def preview(world: World, plan: Plan, *, json: bool) -> None:
    """The plan as commands that would do the same."""
    if json:
        json_document({"version": VERSION, "plan": plan_of(world, plan), "results": []})
        return
    print(f"# {shown(plan.title)}")
    for effect in plan.effects:
        print(f"# {shown(effect.text)}")
    for refusal in plan.refused:
        print(f"# left alone: {shown(refusal.name)}: {refusal.reason}")
    for command in world.commands(plan):
        print(shown(command, 10_000))


def report(world: World, plan: Plan, runs: Sequence[TrackRun], *, json: bool) -> None:
    """How each guest's part ended."""
    if json:
        results = [result_of(world, run) for run in runs]
        json_document({"version": VERSION, "plan": plan_of(world, plan), "results": results})
        return
    several = len(world.inventory.hosts) > 1
    for run in runs:
        name = f"{run.key.host}/{run.track.name}" if several else run.track.name
        print(f"{shown(name)}: {RESULTS.get(run.state, UNFINISHED)}", flush=True)
        complain_of(run)


def complain_of(run: TrackRun) -> None:
    """What went wrong with a guest, to standard error."""
    if run.error is not None:
        complain(run.error, run.track.name)
    for error in run.undo_errors:
        complain(error, f"{run.track.name}: could not be undone")
    if left := left_of(run):
        offered = "; vmtui offers to finish or undo it" if run.kept else ""
        tell(f"{shown(run.track.name)}: {told(left)}{offered}")


def left_of(run: TrackRun) -> tuple[str, ...]:
    """What stays to be done or undone, in words; of what never ended, all of the rest."""
    return run.left if run.state.ended else retreat.left_of(run)


def result_of(world: World, run: TrackRun) -> Json:
    """How it ended for one guest."""
    guest = world.inventory.guest(run.key)
    return {
        "host": run.key.host,
        "uuid": run.key.uuid,
        "name": run.track.name,
        "result": RESULTS.get(run.state, UNFINISHED),
        "state": guest.state.value if guest else None,
        "error": error_of(run.error) if run.error else None,
        "not_undone": [error_of(error) for error in run.undo_errors],
        "left": list(left_of(run)),
    }


def plan_of(world: World | None, plan: Plan) -> Json:
    """A plan, with its commands where the world is given."""
    return {
        "verb": plan.verb,
        "title": plan.title,
        "risk": plan.risk.value,
        "guests": [
            {"host": track.key.host, "uuid": track.key.uuid, "name": track.name,
             "steps": [step.label for step in track.steps]}
            for track in plan.tracks
        ],
        "commands": world.commands(plan) if world else [],
        "effects": [{"text": e.text, "destructive": e.destructive} for e in plan.effects],
        "refused": [
            {"host": r.key.host, "uuid": r.key.uuid, "name": r.name, "reason": r.reason}
            for r in plan.refused
        ],
    }  # fmt: skip
