"""From a verb's arguments to its plan: what the screen asks in a dialog is an argument here.

A verb that needs nothing but the guests comes from the registry's own tables of plans.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from getpass import getpass

from vmtui import paths
from vmtui.cli.exits import Declined
from vmtui.cli.headless.world import PATIENCE, World
from vmtui.config import Settings
from vmtui.errors import Invalid, TimedOut, Unsupported
from vmtui.model.guest import Agent, Guest
from vmtui.model.installing import Way
from vmtui.model.inventory import Inventory
from vmtui.model.steps import WaitFor
from vmtui.model.storage import DiskUse
from vmtui.plan import labels, sshwords
from vmtui.plan.consoles import CONSOLE_VERBS, SEQUENCES, send_keys
from vmtui.plan.deletion import delete
from vmtui.plan.inorder import IN_ORDER, limited
from vmtui.plan.lifecycle import VERBS, patient, rename
from vmtui.plan.plan import Plan, Refusal, Track
from vmtui.plan.tools import TOOLS_VERBS, add_key, set_password

Planner = Callable[[World, Sequence[Guest], Namespace], Awaitable[Plan]]


async def plan_for(
    verb: str, world: World, guests: Sequence[Guest], given: Namespace, settings: Settings
) -> Plan:
    """The plan of that verb for these guests.

    Raises VmtuiError where an argument cannot be taken, or a host does not tell what is needed.
    """
    if verb in OWN:
        return await OWN[verb](world, guests, given)
    if verb in CONSOLE_VERBS:
        return CONSOLE_VERBS[verb](guests, world.capabilities)
    if verb in TOOLS_VERBS:
        return TOOLS_VERBS[verb].plan(guests, world.capabilities)
    if verb in IN_ORDER:
        return _in_order(verb, world, guests, given, settings)
    if verb not in VERBS:
        raise Unsupported(f"{verb} needs the screen")
    plan = VERBS[verb].plan(guests, world.capabilities)
    return _waiting(plan, given, settings)


def _in_order(
    verb: str, world: World, guests: Sequence[Guest], given: Namespace, settings: Settings
) -> Plan:
    plan = IN_ORDER[verb].plan(guests, world.capabilities, regardless=given.keep_going)
    limit = getattr(given, "up_limit", None)
    return _waiting(plan if limit is None else limited(plan, limit), given, settings)


def plannable() -> set[str]:
    """The verbs for which there is a plan here."""
    return {*OWN, *CONSOLE_VERBS, *TOOLS_VERBS, *IN_ORDER, *VERBS}


def _waiting(plan: Plan, given: Namespace, settings: Settings) -> Plan:
    """The plan with the patience that was asked for, or without any waiting."""
    if getattr(given, "no_wait", False):
        return replace(plan, tracks=tuple(_unwaiting(track) for track in plan.tracks))
    patience = getattr(given, "patience", None)
    plan = patient(plan, settings.shutdown_patience if patience is None else patience)
    limit = getattr(given, "limit", None)
    if limit is None:
        return plan
    return replace(plan, tracks=tuple(_limited(track, limit) for track in plan.tracks))


def _unwaiting(track: Track) -> Track:
    return replace(track, steps=tuple(s for s in track.steps if not isinstance(s, WaitFor)))


def _limited(track: Track, limit: float) -> Track:
    steps = [replace(s, limit=limit) if isinstance(s, WaitFor) else s for s in track.steps]
    return replace(track, steps=tuple(steps))


async def _rename(world: World, guests: Sequence[Guest], given: Namespace) -> Plan:
    guest = guests[0]
    others = list(world.inventory.hosts[guest.key.host].guests.values())
    return rename(guest, given.to, others, world.capabilities[guest.key.host])


async def _tag(world: World, guests: Sequence[Guest], given: Namespace) -> Plan:
    words = [f"+{tag}" for tag in given.add] + [f"-{tag}" for tag in given.remove]
    if not words:
        raise Invalid("Which tag?", hint="--add TAG gives one, --remove TAG takes one away")
    return labels.tag(guests, words, world.capabilities)


async def _group(world: World, guests: Sequence[Guest], given: Namespace) -> Plan:
    return labels.group(guests, given.to, world.capabilities)


async def _note(world: World, guests: Sequence[Guest], given: Namespace) -> Plan:
    return labels.note(guests, given.text, world.capabilities)


async def _order(world: World, guests: Sequence[Guest], given: Namespace) -> Plan:
    words = [] if given.to is None and given.delay is not None else [given.to or "none"]
    if given.delay is not None:
        words.append(f"delay={given.delay}")
    return labels.order(guests, words, world.capabilities)


async def _send_keys(world: World, guests: Sequence[Guest], given: Namespace) -> Plan:
    return send_keys(guests, SEQUENCES[given.sequence], world.capabilities)


async def _autostart(world: World, guests: Sequence[Guest], given: Namespace) -> Plan:
    if not given.on and not given.off:
        return VERBS["autostart"].plan(guests, world.capabilities)
    there = [guest for guest in guests if guest.autostart is given.on]
    plan = VERBS["autostart"].plan(
        [guest for guest in guests if guest not in there], world.capabilities
    )
    reason = "it starts with the host" if given.on else "it does not start with the host"
    refused = tuple(Refusal(guest.key, guest.name, reason) for guest in there)
    words = "Start with the host:" if given.on else "No longer start with the host:"
    title = plan.title.replace(VERBS["autostart"].words, words, 1)
    return replace(plan, title=title, refused=(*plan.refused, *refused))


async def _delete(world: World, guests: Sequence[Guest], given: Namespace) -> Plan:
    uses = await _survey(world, guests)
    return delete(guests, uses, world.capabilities, with_volumes=not given.keep_volumes)


async def _survey(world: World, guests: Sequence[Guest]) -> list[DiskUse]:
    """The disks of these guests; nothing is deleted where a host does not tell them."""
    uses: list[DiskUse] = []
    for host in {guest.key.host for guest in guests}:
        uuids = [guest.key.uuid for guest in guests if guest.key.host == host]
        try:
            async with asyncio.timeout(PATIENCE):
                uses += await world.fleet.hypervisor(host).read_disk_use(uuids)
        except TimeoutError:
            raise TimedOut(f"{host} did not tell the guest's disks in time") from None
    return uses


async def _set_password(world: World, guests: Sequence[Guest], given: Namespace) -> Plan:
    """The password is typed, or the first line of a pipe: never an argument, which others see."""
    password = await _secret(f"Password for {given.user}") or ""
    return set_password(guests, given.user, password, world.capabilities)


async def _add_key(world: World, guests: Sequence[Guest], given: Namespace) -> Plan:
    try:
        key = await asyncio.to_thread(given.key.read_text)
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("The key cannot be read", str(error)) from None
    return add_key(guests, given.user, key, world.capabilities)


async def _install_tools(world: World, guests: Sequence[Guest], given: Namespace) -> Plan:
    """What is inside is looked at first: the plan holds the very commands."""
    from vmtui.engine.installing import Wish, prepare
    from vmtui.plan.guest_tools import why_not_install

    guest = await _heard(world, guests[0])
    reason = why_not_install(guest, world.capabilities[guest.key.host])
    if reason is not None:
        refusal = Refusal(guest.key, guest.name, reason)
        return Plan("install-tools", "Install guest tools in", (), refused=(refusal,))
    address, port = sshwords.split(given.address)
    wish = Wish(
        Way(given.by) if given.by else None, given.device, address, port, given.user,
        str(paths.expanded(given.key).absolute()) if given.key else "", given.restart,
    )  # fmt: skip
    plan = await prepare(world.fleet, guest, wish, _secret, lambda _: None)
    if plan is None:
        raise Declined("Nothing is done")
    return plan


async def _heard(world: World, guest: Guest) -> Guest:
    """The guest once its agent, where one is connected, has answered or failed to."""
    if guest.definition is None or guest.definition.agent is not Agent.CONNECTED:
        return guest

    def told(inventory: Inventory) -> bool:
        now = inventory.guest(guest.key)
        return now is None or now.told is not None or bool(now.mute)

    world.fleet.ask_agent(guest.key)
    await world.store.wait(told, PATIENCE)
    return world.inventory.guest(guest.key) or guest


async def _secret(words: str) -> str | None:
    """Typed on the terminal, else the first line of a pipe: never an argument, which others see."""
    if sys.stdin.isatty():
        return await asyncio.to_thread(getpass, f"{words}: ")
    return (await asyncio.to_thread(sys.stdin.readline)).rstrip("\r\n") or None


OWN: Mapping[str, Planner] = {
    "rename": _rename,
    "tag": _tag,
    "group": _group,
    "note": _note,
    "order": _order,
    "send-keys": _send_keys,
    "autostart": _autostart,
    "delete": _delete,
    "set-password": _set_password,
    "add-key": _add_key,
    "install-tools": _install_tools,
}
"""Verbs with an argument of their own; see `cli/arguments/verbs`."""
