"""From an action to a job: sort out the guests, make the plan, ask, submit, say so.

Everything that a verb needs to be answered is asked here; everything it does is in the plan.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from vmtui.engine.job import Job
from vmtui.errors import TimedOut, VmtuiError
from vmtui.model.capabilities import Capabilities
from vmtui.model.guest import Guest, HostId
from vmtui.model.steps import Step
from vmtui.model.storage import DiskUse
from vmtui.plan.build import count, whom
from vmtui.plan.consoles import CONSOLE_VERBS, SEQUENCES, send_keys
from vmtui.plan.deletion import delete
from vmtui.plan.guard import guarded
from vmtui.plan.inorder import IN_ORDER, InOrder
from vmtui.plan.labels import LABEL_VERBS
from vmtui.plan.lifecycle import VERBS, name_problem, patient, rename
from vmtui.plan.plan import Plan, Risk
from vmtui.plan.plugins import command_line
from vmtui.plan.tools import TOOLS_VERBS, clocks_to_set
from vmtui.plugin import PluginEntry
from vmtui.ui import labelling, pluginflow, toolsflow
from vmtui.ui.actions import HALTING, Action, Scope
from vmtui.ui.actions import why_not as reason_of
from vmtui.ui.cells import Role, clean
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.dialogs.confirm import Confirm
from vmtui.ui.dialogs.pick import Pick
from vmtui.ui.dialogs.prompt import Prompt
from vmtui.ui.front import Front

SURVEY_LIMIT = 20.0
"""Seconds that finding a guest's volumes may take."""


async def run(page: Front, action: Action, guests: Sequence[Guest], given: str = "") -> None:
    """Do what the action says with these guests, asking what must be asked and is not `given`.

    Runs in a worker of the page, since it waits for dialogs.
    """
    if action.plugin is not None and not action.on_guests:
        await _run_plugin(page, action.plugin, guests)
        return
    if not guests:
        page.say("no guest is selected", Role.WARN)
        return
    capabilities = capabilities_of(page.cockpit)
    able = [g for g in guests if reason_of(action, g, capabilities[g.key.host]) is None]
    if not able:
        page.say(refusal(action, guests, capabilities), Role.WARN)
        return
    if action.plugin is not None:
        # A command of this machine is none of the connection's business.
        await _run_plugin(page, action.plugin, guests)
        return
    down = next((g for g in able if page.cockpit.store.inventory.hosts[g.key.host].stale), None)
    if down is not None:
        page.say(f"{action.label}: {clean(down.key.host, 40)} is not connected", Role.BAD)
        return
    try:
        plan = await _planned(page, action, guests, capabilities, given)
        if plan is not None:
            submit(page, plan)
    except VmtuiError as error:
        page.fail(error)


async def _run_plugin(page: Front, entry: PluginEntry, guests: Sequence[Guest]) -> None:
    try:
        plan = await pluginflow.planned(page, entry, guests)
        if plan is not None and (plan.risk is not Risk.NONE or len(plan.tracks) > 1):
            plan = await ask(page, plan)
        if plan is not None:
            submit(page, plan)
    except VmtuiError as error:
        page.fail(error)


def refusal(
    action: Action, guests: Sequence[Guest], capabilities: dict[HostId, Capabilities]
) -> str:
    """Why the action can act on none of these guests, in one line."""
    reason = reason_of(action, guests[0], capabilities[guests[0].key.host]) or ""
    if len(guests) == 1:
        return f"{action.label} {clean(guests[0].name, 60)}: {reason}"
    return f"{action.label}: possible for none of {count(len(guests))}; the first: {reason}"


def submit(page: Front, plan: Plan) -> Job:
    """Start the job and say so."""
    job = page.cockpit.jobs.submit(plan)
    left = f", {count(len(plan.refused))} left alone" if plan.refused else ""
    page.say(f"{plan.title}{left}", Role.BUSY)
    return job


def afterwards(page: Front, plan: Plan) -> str:
    """What is worth doing once it is done: a clock stands still while its guest is suspended."""
    guests = [page.cockpit.store.inventory.guest(track.key) for track in plan.tracks]
    if plan.verb != "resume" or not clocks_to_set(guests):
        return ""
    return f" · its clock stood still: {page.key_word('tools')} sets it"


def capabilities_of(cockpit: Cockpit) -> dict[HostId, Capabilities]:
    """What each connection can do."""
    hosts = cockpit.store.inventory.hosts
    return {host: view.capabilities for host, view in hosts.items()}


def commands(cockpit: Cockpit, plan: Plan) -> list[str]:
    """The plan as commands that a person could run instead."""
    made: list[str] = []
    for track in plan.tracks:
        made += [_command(cockpit, track.key.host, step, track.name) for step in track.steps]
    return made


def _command(cockpit: Cockpit, host: HostId, step: Step, name: str) -> str:
    if own := command_line(step):
        return own
    try:
        return cockpit.fleet.hypervisor(host).preview(step, name)
    except VmtuiError:
        return f"{step.label} {name}"


async def _planned(
    page: Front,
    action: Action,
    guests: Sequence[Guest],
    capabilities: dict[HostId, Capabilities],
    given: str,
) -> Plan | None:
    """The plan that the person agreed to, or None."""
    if action.id == "rename":
        return await _rename(page, guests, capabilities)
    if action.id == "delete":
        return await _delete(page, guests, capabilities)
    if action.id in LABEL_VERBS:
        written = await labelling.planned(page, action.id, guests, capabilities, given)
        return await ask(page, written) if written and len(written.tracks) > 1 else written
    if action.id in IN_ORDER:
        return await _in_order(page, IN_ORDER[action.id], guests, capabilities)
    if action.id in toolsflow.OWN:
        asked = await toolsflow.OWN[action.id](page, guests, capabilities)
        return None if asked is None else await ask(page, asked)
    if action.id == "send-keys":
        chosen = await _sequence(page, guests)
        plan = None if chosen is None else send_keys(guests, SEQUENCES[chosen], capabilities)
    elif action.id in CONSOLE_VERBS:
        plan = CONSOLE_VERBS[action.id](guests, capabilities)
    elif action.id in TOOLS_VERBS:
        plan = TOOLS_VERBS[action.id].plan(guests, capabilities)
    else:
        plan = VERBS[action.id].plan(guests, capabilities)
        plan = patient(plan, page.cockpit.settings.shutdown_patience)
    if plan is None:
        return None
    if plan.risk is Risk.NONE and len(plan.tracks) == 1:
        return plan
    return await ask(page, plan)


async def ask(
    page: Front, plan: Plan, other: Plan | None = None, words: tuple[str, str] = ("", "")
) -> Plan | None:
    """Show the plan and what it costs; None where the person would rather not."""
    cockpit = page.cockpit
    production = cockpit.store.inventory.production
    plan, other = guarded(plan, production), other and guarded(other, production)
    dialog = Confirm(plan, lambda shown: commands(cockpit, shown), other, words)
    return await page.ask(dialog)


async def _in_order(
    page: Front, verb: InOrder, guests: Sequence[Guest], capabilities: dict[HostId, Capabilities]
) -> Plan | None:
    stopping, going_on = (
        patient(
            verb.plan(guests, capabilities, regardless=regardless),
            page.cockpit.settings.shutdown_patience,
        )
        for regardless in (False, True)
    )
    if stopping.tracks == going_on.tracks:
        return await ask(page, stopping)
    return await ask(page, stopping, going_on, ("go on past failures", "stop at a failure"))


async def _rename(
    page: Front, guests: Sequence[Guest], capabilities: dict[HostId, Capabilities]
) -> Plan | None:
    if len(guests) > 1:
        page.say("one guest at a time can be renamed: unmark the others", Role.WARN)
        return None
    guest = guests[0]
    others = list(page.cockpit.store.inventory.hosts[guest.key.host].guests.values())
    name = await page.ask(
        Prompt(
            f"Rename {clean(guest.name, 50)}",
            clean(guest.name),
            lambda typed: name_problem(typed, guest, others),
            "its new name",
        )
    )
    if name is None:
        return None
    return rename(guest, name, others, capabilities[guest.key.host])


async def _sequence(page: Front, guests: Sequence[Guest]) -> str | None:
    """Which keys to send."""
    options = [Option(one.id, one.label, one.about) for one in SEQUENCES.values()]
    names = whom([clean(guest.name, 50) for guest in guests])
    return await page.ask(Choose(f"Send keys to {names}", options))


async def _delete(
    page: Front, guests: Sequence[Guest], capabilities: dict[HostId, Capabilities]
) -> Plan | None:
    page.say(f"looking at the disks of {whom([clean(g.name, 60) for g in guests])}…", Role.MUTED)
    uses = await survey(page.cockpit, guests)
    with_volumes = delete(guests, uses, capabilities)
    without = delete(guests, uses, capabilities, with_volumes=False)
    page.say("")
    if not any(use.volume and not use.keep_because for use in uses):
        return await ask(page, with_volumes)
    return await ask(page, with_volumes, without, ("keep the volumes", "delete the volumes too"))


async def survey(cockpit: Cockpit, guests: Sequence[Guest]) -> list[DiskUse]:
    """The disks of these guests, as their hosts tell them.

    Raises VmtuiError where a host does not answer: nothing is then deleted blindly.
    """
    uses: list[DiskUse] = []
    for host in {guest.key.host for guest in guests}:
        uuids = [guest.key.uuid for guest in guests if guest.key.host == host]
        try:
            async with asyncio.timeout(SURVEY_LIMIT):
                uses += await cockpit.fleet.hypervisor(host).read_disk_use(uuids)
        except TimeoutError:
            raise TimedOut(f"{host} did not tell the guest's disks in time") from None
    return uses


def options(page: Front, actions: Sequence[Action], guests: Sequence[Guest]) -> list[Option]:
    """These actions to choose from, with the reason where one is not possible for the guests."""
    capabilities = capabilities_of(page.cockpit)
    made = []
    for action in actions:
        why = None
        if action.why_not is not None:
            reasons = [reason_of(action, g, capabilities[g.key.host]) for g in guests]
            why = None if None in reasons else (reasons or ["no guest is selected"])[0]
        keys = page.cockpit.keymap.get(action.id, ())
        made.append(
            Option(action.id, action.label, action.help, keys[0] if keys else "",
                   page.key_word(action.id), why)
        )  # fmt: skip
    return made


def heading(guests: Sequence[Guest]) -> str:
    """On whom an action would act."""
    return whom([clean(guest.name, 50) for guest in guests]) if guests else "no guest"


async def menu(page: Front, actions: Sequence[Action], guests: Sequence[Guest]) -> Action | None:
    """All that can be done with these guests, and why the rest cannot.

    Guest tools, most of which have no key, are searched for by typing.
    """
    offered = options(page, actions, guests)
    if all(action.scope is Scope.TOOLS for action in actions):
        harmless = [one.id for one in offered if one.why_not is None and one.id not in HALTING]
        picked = await page.ask(Pick(f"Guest tools: {heading(guests)}", offered, harmless[:1]))
        chosen = picked[0] if picked else None
    else:
        chosen = await page.ask(Choose(heading(guests), offered))
    return next((action for action in actions if action.id == chosen), None)
