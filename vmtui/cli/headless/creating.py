"""`vmtui create`: a request, looked at on its host, planned, and done."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from vmtui import paths
from vmtui.cli.connecting import audit_log, wanted_hosts
from vmtui.cli.exits import CANCELLED, Declined, Exit
from vmtui.cli.headless import spec
from vmtui.cli.headless.asking import agree, explain
from vmtui.cli.headless.facts import VERSION, Json
from vmtui.cli.headless.following import Follower
from vmtui.cli.headless.printing import json_document, table
from vmtui.cli.headless.reporting import (
    RESULTS,
    UNFINISHED,
    complain_of,
    plan_of,
    preview,
    result_of,
)
from vmtui.cli.headless.world import SOON, World, opened
from vmtui.cli.known import known_images, known_systems
from vmtui.cli.output import shown, tell
from vmtui.config import Settings
from vmtui.engine import profiles
from vmtui.engine.around import look_around, look_at
from vmtui.engine.job import TrackRun, TrackState
from vmtui.errors import ConnectionFailed, Invalid, Unsupported
from vmtui.model.guest import HostId
from vmtui.model.inventory import HostView, Inventory
from vmtui.model.spec import Described
from vmtui.model.units import size
from vmtui.plan import create
from vmtui.plan.answers import Answers
from vmtui.plan.defaults import follow
from vmtui.plan.guard import guarded, on_production
from vmtui.plan.plan import Plan
from vmtui.plan.problem import Problem
from vmtui.plan.profile import named_freely
from vmtui.plan.request import answer, said_by
from vmtui.plan.rules import errors, problems
from vmtui.plan.surroundings import Surroundings
from vmtui.plan.systems import search

ORIGINS = ("image", "kernel", "initrd")
LISTED = 2000


def run(given: Namespace, settings: Settings) -> int:
    """`vmtui create`, from its arguments."""
    if given.profiles or given.images or given.systems is not None:
        return _list(given, settings)
    try:
        wanted = spec.wanted(given)
        return asyncio.run(_create(given, settings, wanted))
    except KeyboardInterrupt:
        return CANCELLED


def _list(given: Namespace, settings: Settings) -> int:
    if given.profiles:
        for name in profiles.names(paths.profile_dir()):
            print(name)
    elif given.images:
        rows = [
            (one.id, one.label, one.arch, size(one.size) if one.size else "")
            for one in known_images(settings)()
        ]
        table(("ID", "NAME", "ARCH", "DOWNLOAD"), rows)
    else:
        found = search(known_systems(), given.systems, LISTED)
        table(("ID", "NAME", "RELEASED"), [(one.short, one.label, one.released) for one in found])
    return Exit.DONE


async def _create(given: Namespace, settings: Settings, wanted: spec.Wanted) -> int:
    # An imaginary guest's plan is nothing to finish later, nor to answer for.
    real = given.demo is None
    journal = paths.journal_dir() if real else None
    audit = audit_log(f"vmtui {given.command}") if real else None
    hosts = wanted_hosts(given, settings)
    async with contextlib.AsyncExitStack() as stack:
        world = await stack.enter_async_context(opened(hosts, journal, audit=audit))
        cache = paths.cache_dir()
        if not real:
            from vmtui.hypervisors.demo.fetching import pretend

            world.fleet.fetch = pretend
            cache = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        view = await _host(world, given.on)
        around = await _around(world, view, settings, cache, wanted)
        answers, around = await _answers(world, wanted, around)
        found = problems(answers, around)
        if errors(found) or not given.quiet:
            _tell(found, answers)
        if errors(found):
            if given.json:
                json_document({**_document(found), "plan": None, "results": []})
            return Exit.USAGE
        if given.save_profile:
            profiles.save(paths.profile_dir(), given.save_profile, answers)
        plan = await asyncio.to_thread(create.create, answers, around)
        plan = guarded(plan, world.inventory.production)
        if given.dry_run:
            described = await world.fleet.hypervisor(view.id).describe(create.spec(answers, around))
            _preview(world, plan, described, found, json=given.json)
            return Exit.DONE
        await _agree(world, plan, given)
        follower = Follower(world, quiet=given.quiet or given.json)
        runs = await follower.follow(plan)
        if answers.start:
            await _heard_of(world, runs)
        _report(world, plan, runs, found, json=given.json)
        done = all(one.state is TrackState.DONE for one in runs)
        return follower.code or (Exit.DONE if done else Exit.FAILED)


async def _host(world: World, wanted: str) -> HostView:
    """The host on which guests are made. Raises Invalid where it is not clear which."""
    await world.read()
    views = world.inventory.hosts
    if not wanted and len(views) > 1:
        raise Invalid(
            "There are several hosts", f"They are {', '.join(sorted(views))}.",
            "Say which with --on HOST.",
        )  # fmt: skip
    view = views.get(HostId(wanted)) if wanted else next(iter(views.values()))
    if view is None:
        raise Invalid(f"There is no host {wanted}", f"There are {', '.join(sorted(views))}.")
    if view.stale:
        silent = ConnectionFailed(f"{view.id} does not answer")
        raise next((error for host, error in world.problems if host == view.id), silent)
    if view.capabilities.read_only:
        raise Unsupported(f"{view.id} is open read-only")
    return view


async def _around(
    world: World, view: HostView, settings: Settings, cache: Path, wanted: spec.Wanted
) -> Surroundings:
    systems, images = await asyncio.to_thread(
        lambda: (known_systems(), known_images(settings)())
    )  # fmt: skip
    return await look_around(
        world.fleet.hypervisor(view.id), view, systems=systems, images=images, cache=cache,
        engine=wanted.request.get("engine", ""),
    )  # fmt: skip


async def _answers(
    world: World, wanted: spec.Wanted, around: Surroundings
) -> tuple[Answers, Surroundings]:
    """The answers, with the first bytes of the files that they name looked at."""
    answers = answer(wanted.request, around, wanted.password, wanted.base)
    hypervisor = world.fleet.hypervisor(around.host)
    for name in ORIGINS:
        around = await look_at(hypervisor, around, getattr(answers, name))
    answers = follow(answers, around)
    if wanted.base is not None and "name" not in wanted.request:
        answers = named_freely(answers, around)
    return answers, around


def _tell(found: Sequence[Problem], answers: Answers) -> None:
    """Every problem, by the option that mends it."""
    for problem in found:
        name = said_by(problem.field, answers.source).replace("password_file", "password_stdin")
        flag = f"--{name.replace('_', '-')}: " if name else ""
        lead = "" if problem in errors((problem,)) else "note: "
        tell(f"{lead}{flag}{problem}")


async def _agree(world: World, plan: Plan, given: Namespace) -> None:
    """A guest that was asked for is made at once, except on hosts marked production."""
    marked = world.inventory.production
    if not on_production(plan, marked):
        return
    explain(plan)
    if not given.yes:
        await agree(plan)
    elif not given.production:
        raise Declined(
            f"{plan.title}: not confirmed", "It is on a host that is marked production.",
            "Add --production to --yes.",
        )  # fmt: skip


async def _heard_of(world: World, runs: Sequence[TrackRun]) -> None:
    """Wait until the store has what was made as it is: nobody announced it before."""
    keys = [one.key for one in runs if one.state is TrackState.DONE]

    def running(inventory: Inventory) -> bool:
        found = [inventory.guest(key) for key in keys]
        return all(guest is not None and guest.state.active for guest in found)

    await world.store.wait(running, SOON)


def _document(found: Sequence[Problem]) -> Json:
    told = [
        {"field": one.field, "severity": one.severity.value, "text": one.text, "hint": one.hint}
        for one in found
    ]
    return {"version": VERSION, "problems": told}


def _preview(
    world: World, plan: Plan, described: Described, found: Sequence[Problem], *, json: bool
) -> None:
    if json:
        made = {"definition": described.definition, "command": described.command}
        json_document({**_document(found), "plan": plan_of(world, plan), "results": [], **made})
        return
    preview(world, plan, json=False)
    print("\n# The definition")
    for line in described.definition.splitlines():
        print(shown(line))
    if described.command:
        print("\n# The same by hand")
        print(shown(described.command, 100_000))


def _report(
    world: World, plan: Plan, runs: Sequence[TrackRun], found: Sequence[Problem], *, json: bool
) -> None:
    if json:
        results = [{**result_of(world, one), "words": one.outcome} for one in runs]
        json_document({**_document(found), "plan": plan_of(world, plan), "results": results})
        return
    for one in runs:
        words = f": {one.outcome}" if one.outcome else ""
        result = RESULTS.get(one.state, UNFINISHED)
        print(f"{shown(one.track.name)}: {result}{shown(words)}", flush=True)
        complain_of(one)
