"""`vmtui plugin`: commands of the person's own, from the settings."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence

from vmtui import paths
from vmtui import plugin as rows
from vmtui.cli.connecting import audit_log, wanted_hosts
from vmtui.cli.exits import CANCELLED, Exit
from vmtui.cli.headless import verb
from vmtui.cli.headless.facts import VERSION, Json
from vmtui.cli.headless.following import Follower
from vmtui.cli.headless.listing import reached, wish_of
from vmtui.cli.headless.printing import json_document, table
from vmtui.cli.headless.reporting import complain_of, plan_of, preview, result_of
from vmtui.cli.headless.selecting import Selection, select
from vmtui.cli.headless.verb import confirmed, left_alone, nothing, refuse_half
from vmtui.cli.headless.world import World, opened
from vmtui.cli.output import shown, tell
from vmtui.config import Settings
from vmtui.engine.job import TrackRun, TrackState
from vmtui.errors import Invalid, NotFound
from vmtui.model.inventory import HostView
from vmtui.plan import plugins
from vmtui.plan.guard import guarded
from vmtui.plan.plan import Plan
from vmtui.plugin import PluginEntry
from vmtui.ui.plugins import actions_of


def run(given: Namespace, settings: Settings) -> int:
    """`vmtui plugin`, from its arguments."""
    actions, problems = actions_of(settings.plugins)
    for problem in problems:
        tell(problem)
    known = {action.id: action.plugin for action in actions if action.plugin is not None}
    if not given.plugin:
        return _list(list(known.values()), json=given.json)
    entry = known.get(given.plugin)
    if entry is None:
        raise NotFound(f"There is no plugin {given.plugin}", rows.unknown(given.plugin, known))
    if entry.dangerous and settings.read_only:
        raise Invalid(f"{entry.title} is dangerous", "Everything is open read-only.")
    inputs = _inputs(entry, given.inputs)
    try:
        return asyncio.run(_run(given, settings, entry, inputs))
    except KeyboardInterrupt:
        return CANCELLED


def freeze(given: Namespace, settings: Settings) -> int:
    """`vmtui freeze`, from its arguments: the verb, or with --run something to do meanwhile."""
    if not given.words:
        return verb.run(given, settings)
    problems: list[str] = []
    content = {"name": "freeze", "label": "Freeze", "command": list(given.words), "freeze": True,
               "confirm": True}  # fmt: skip
    entry = rows.read(content, (), lambda _key, words: problems.append(words))
    if entry is None:
        raise Invalid("That cannot be run", "; ".join(problems))
    try:
        return asyncio.run(_run(given, settings, entry, {}))
    except KeyboardInterrupt:
        return CANCELLED


def _list(entries: Sequence[PluginEntry], *, json: bool) -> int:
    if json:
        told = [
            {"name": one.name, "label": one.title, "help": one.help, "key": one.key,
             "scope": one.scope, "command": list(one.command), "dangerous": one.dangerous,
             "inputs": [each.name for each in one.inputs]}
            for one in entries
        ]  # fmt: skip
        json_document({"version": VERSION, "plugins": told})
    elif not entries:
        tell("the settings have no plugins: docs/plugins.md tells how to write one")
    else:
        lines = [[one.name, one.scope, one.key, one.help or one.title] for one in entries]
        table(["NAME", "FOR", "KEY", "WHAT IT DOES"], lines)
    return Exit.DONE


def _inputs(entry: PluginEntry, written: Sequence[str]) -> dict[str, str]:
    """Each input's value. Raises Invalid where one is missing, unknown, or cannot be."""
    known = {one.name: one for one in entry.inputs}
    values = {one.name: one.default for one in entry.inputs}
    for word in written:
        name, equals, value = word.partition("=")
        if not equals or name not in known:
            raise Invalid(f"--set {word}", rows.unknown(name, known) if known else "none is asked")
        values[name] = value
    for name, value in values.items():
        if problem := plugins.input_problem(entry, name, value):
            raise Invalid(f"{entry.title}: {name}", problem, f"Say it with --set {name}=VALUE.")
    return values


async def _run(
    given: Namespace, settings: Settings, entry: PluginEntry, inputs: Mapping[str, str]
) -> int:
    real = given.demo is None
    journal = paths.journal_dir() if real else None
    audit = audit_log(f"vmtui {given.command}") if real else None
    async with opened(wanted_hosts(given, settings), journal, audit=audit) as world:
        world.fleet.take_screen = _terminal
        plan, selection = await _planned(given, settings, world, entry, inputs)
        plan = guarded(plan, world.inventory.production)
        if given.dry_run:
            preview(world, plan, json=given.json)
            return left_alone(plan, selection) or reached(world)
        if plan.empty:
            return nothing(plan, selection, json=given.json)
        await confirmed(given, world, plan, selection)
        quiet = given.quiet or given.json or not entry.background
        follower = Follower(world, quiet=quiet)
        runs = await follower.follow(plan)
        _report(world, plan, runs, json=given.json)
        return follower.code or _code(runs) or left_alone(plan, selection) or reached(world)


async def _planned(
    given: Namespace,
    settings: Settings,
    world: World,
    entry: PluginEntry,
    inputs: Mapping[str, str],
) -> tuple[Plan, Selection]:
    if entry.scope == rows.HOST:
        await world.listen()
        plan = plugins.for_hosts(entry, _hosts(world, given), inputs)
        # Hosts are named by --connect or by their names, and there are few of them.
        return plan, Selection((), frozenset(track.key for track in plan.tracks))
    wish = wish_of(given, settings)
    await world.read()
    if wish.measured:
        await world.figure()
    if world.problems and not (wish.all or wish.filter.tests):
        refuse_half(world)
    if entry.scope == rows.ALL:
        wanted = wish.words or wish.all or wish.filter.tests
        selection = select(world.inventory, wish) if wanted else Selection((), frozenset())
        plan = plugins.for_all(entry, selection.guests, world.inventory.hosts, inputs)
        return plan, Selection(selection.guests, frozenset(track.key for track in plan.tracks))
    selection = select(world.inventory, wish)
    plan = plugins.for_guests(entry, selection.guests, world.inventory.hosts, inputs)
    return plan, selection


def _hosts(world: World, given: Namespace) -> list[HostView]:
    """The hosts that are named; the only one without a name. Raises what makes no sense."""
    views = {str(host): view for host, view in world.inventory.hosts.items()}
    for word in given.guests:
        if word not in views:
            raise NotFound(f"There is no host {word}", rows.unknown(word, views))
    if given.guests:
        return [views[word] for word in given.guests]
    if len(views) > 1 and not given.all:
        raise Invalid("Which host?", f"There are {', '.join(views)}.", "Name one, or say --all.")
    return list(views.values())


async def _terminal(words: Sequence[str]) -> int:
    """The terminal is this command's own already."""
    sys.stdout.flush()
    process = await asyncio.create_subprocess_exec(*words)
    try:
        return await process.wait()
    except asyncio.CancelledError:
        if process.returncode is None:
            process.terminate()
        raise


def _report(world: World, plan: Plan, runs: Sequence[TrackRun], *, json: bool) -> None:
    if json:
        results = [{**result_of(world, run), **_printed(run)} for run in runs]
        json_document({"version": VERSION, "plan": plan_of(world, plan), "results": results})
        return
    for run in runs:
        if run.printed is not None and run.printed.data:
            if len(runs) > 1:
                tell(f"{shown(run.track.name)}:")
            sys.stdout.flush()
            text = bytes(run.printed.data).decode("utf-8", "replace")
            if sys.stdout.isatty():
                # A guest may have a say in what a command prints: no terminal gets it raw.
                text = "\n".join(shown(line, 10_000) for line in text.splitlines()) + "\n"
            print(text, end="", flush=True)
        complain_of(run)


def _printed(run: TrackRun) -> Json:
    printed = run.printed
    output = bytes(printed.data).decode("utf-8", "replace") if printed else ""
    return {"output": output, "exit_code": printed.code if printed else None}


def _code(runs: Sequence[TrackRun]) -> int:
    """A single command's own exit code; of several, whether one failed."""
    if len(runs) == 1 and runs[0].printed is not None and runs[0].printed.code:
        code = runs[0].printed.code
        return code if code > 0 else 128 - code
    return Exit.FAILED if any(run.state is not TrackState.DONE for run in runs) else Exit.DONE
