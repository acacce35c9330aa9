"""Every verb of the registry without the screen: select, plan, ask, run, tell."""

from __future__ import annotations

import asyncio
import shlex
from argparse import Namespace
from collections.abc import Sequence

from vmtui import paths
from vmtui.cli.connecting import audit_log, wanted_hosts
from vmtui.cli.exits import CANCELLED, Declined, Exit
from vmtui.cli.headless.asking import agree, explain, needs_a_yes
from vmtui.cli.headless.facts import VERSION
from vmtui.cli.headless.following import Follower
from vmtui.cli.headless.listing import reached, wish_of
from vmtui.cli.headless.planning import plan_for
from vmtui.cli.headless.printing import json_document
from vmtui.cli.headless.reporting import plan_of, preview, report
from vmtui.cli.headless.selecting import Selection, Wish, select
from vmtui.cli.headless.world import World, opened
from vmtui.cli.output import tell
from vmtui.config import Settings
from vmtui.engine.job import TrackRun, TrackState
from vmtui.errors import ConnectionFailed
from vmtui.plan.guard import guarded, on_production
from vmtui.plan.plan import Plan


def run(given: Namespace, settings: Settings) -> int:
    """A verb, from its arguments."""
    try:
        return asyncio.run(_verb(given, settings, wish_of(given, settings)))
    except KeyboardInterrupt:
        return CANCELLED


async def _verb(given: Namespace, settings: Settings, wish: Wish) -> int:
    # An imaginary guest's plan is nothing to finish later, nor to answer for.
    real = given.demo is None
    journal = paths.journal_dir() if real else None
    audit = audit_log(f"vmtui {given.command}") if real else None
    async with opened(wanted_hosts(given, settings), journal, audit=audit) as world:
        await world.read()
        if wish.measured:
            await world.figure()
        if world.problems and not (wish.all or wish.filter.tests):
            refuse_half(world)
        selection = select(world.inventory, wish)
        plan = await plan_for(given.command, world, selection.guests, given, settings)
        plan = guarded(plan, world.inventory.production)
        if given.dry_run:
            preview(world, plan, json=given.json)
            return left_alone(plan, selection) or reached(world)
        if plan.empty:
            return nothing(plan, selection, json=given.json)
        await confirmed(given, world, plan, selection)
        follower = Follower(world, getattr(given, "then", ()), quiet=given.quiet or given.json)
        runs = await follower.follow(plan)
        report(world, plan, runs, json=given.json)
        return follower.code or _code(runs, plan, selection) or reached(world)


async def confirmed(given: Namespace, world: World, plan: Plan, selection: Selection) -> None:
    """Have the plan agreed to, where the words on the command line alone do not do that.

    Raises Declined where it is not.
    """
    if needs_a_yes(plan, selection):
        explain(plan)
        if not given.yes:
            await agree(plan)
        elif on_production(plan, world.inventory.production) and not given.production:
            raise Declined(
                f"{plan.title}: not confirmed", "It is on a host that is marked production.",
                "Add --production to --yes.",
            )  # fmt: skip
    elif plan.refused and not given.json:
        explain(plan)


def refuse_half(world: World) -> None:
    """A name is only looked for where all hosts can tell: the silent one may have it too."""
    told = "; ".join(f"{host}: {error}" for host, error in world.problems)
    raise ConnectionFailed(
        "Not every host answers", told,
        "Leave that host out with --connect: it may have a guest of the same name.",
    )  # fmt: skip


def nothing(plan: Plan, selection: Selection, *, json: bool) -> int:
    """Every guest was refused: an error only where one of them was named."""
    if json:
        json_document({"version": VERSION, "plan": plan_of(None, plan), "results": []})
    for refusal in plan.refused[:20]:
        tell(f"{plan.title} {shlex.quote(refusal.name)}: {refusal.reason}")
    if not plan.refused:
        tell("there is nothing to do")
    return left_alone(plan, selection)


def left_alone(plan: Plan, selection: Selection) -> int:
    """The exit code for guests on which it could not act."""
    named = any(refusal.key in selection.named for refusal in plan.refused)
    return Exit.REFUSED if named else Exit.DONE


def _code(runs: Sequence[TrackRun], plan: Plan, selection: Selection) -> int:
    if any(run.state is not TrackState.DONE for run in runs):
        return Exit.FAILED
    return left_alone(plan, selection)
