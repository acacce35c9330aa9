"""What the verbs of the guest's agent ask of a person: users, keys, paths, commands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vmtui import paths
from vmtui.engine import commands
from vmtui.errors import Invalid, Refused, TimedOut
from vmtui.model.agentfacts import AgentFacts, Command, CommandState
from vmtui.model.capabilities import Capabilities
from vmtui.model.guest import Guest, HostId
from vmtui.model.installing import Way
from vmtui.model.tools import judge
from vmtui.plan import guest_tools, tools
from vmtui.plan.build import whom
from vmtui.plan.plan import Plan
from vmtui.ui.actions import BY_ID
from vmtui.ui.cells import Role, clean
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.dialogs.command import CommandDialog
from vmtui.ui.dialogs.prompt import Prompt
from vmtui.ui.front import Front
from vmtui.ui.tooldetail import TOOLS

if TYPE_CHECKING:
    from vmtui.engine.installing import Wish

Of = Mapping[HostId, Capabilities]
COMMAND_LIMIT = 3600.0
"""Seconds after which a command is killed that was run on the screen."""


async def set_password(page: Front, guests: Sequence[Guest], capabilities: Of) -> Plan | None:
    """Ask for user and password, twice."""
    user = await _user(page, guests, "Set the password of which user in")
    if user is None:
        return None
    first = await page.ask(
        Prompt(f"Password for {clean(user, 40)}", "", tools.password_problem,
               "it is kept nowhere", secret=True)
    )  # fmt: skip
    if first is None:
        return None
    again = await page.ask(
        Prompt("The same password again", "",
               lambda typed: None if typed == first else "that is another one", secret=True)
    )  # fmt: skip
    return None if again is None else tools.set_password(guests, user, first, capabilities)


async def add_key(page: Front, guests: Sequence[Guest], capabilities: Of) -> Plan | None:
    """Ask for user and key: a file of a public key, or its line."""
    user = await _user(page, guests, "Add an SSH key to which user in")
    if user is None:
        return None
    typed = await page.ask(
        Prompt("Which key", _own_key(), _key_problem, "a public key's file (.pub), or its line")
    )
    if typed is None:
        return None
    return tools.add_key(guests, user, await asyncio.to_thread(_key, typed), capabilities)


async def copy_in(page: Front, guests: Sequence[Guest], capabilities: Of) -> Plan | None:
    """Ask for a file here and a path in the guests."""
    names = whom([clean(guest.name, 40) for guest in guests])
    source = await page.ask(
        Prompt(f"Copy which file into {names}", "", _file_problem, "a file of this machine")
    )
    if source is None:
        return None
    target = await page.ask(
        Prompt("Where to", f"/root/{Path(source).name}", _path_problem,
               "its path in the guest, or a folder there")
    )  # fmt: skip
    force = None if target is None else await _force(page)
    if target is None or force is None:
        return None
    return tools.copy_in(guests, source, target, force, capabilities)


async def copy_out(page: Front, guests: Sequence[Guest], capabilities: Of) -> Plan | None:
    """Ask for a path in the guest and a place here."""
    guest = _single(page, guests)
    if guest is None:
        return None
    source = await page.ask(
        Prompt(f"Copy which file out of {clean(guest.name, 40)}", "", _path_problem,
               "its path in the guest")
    )  # fmt: skip
    if source is None:
        return None
    target = await page.ask(
        Prompt("Where to", str(Path.cwd()), _place_problem, "a file or folder of this machine")
    )
    force = None if target is None else await _force(page)
    if target is None or force is None:
        return None
    return tools.copy_out(guest, source, target, force, capabilities[guest.key.host])


async def run_command(page: Front, guests: Sequence[Guest], capabilities: Of) -> None:
    """Commands, one after the other, in a dialog."""
    del capabilities
    guest = _single(page, guests)
    if guest is None:
        return
    agent = page.cockpit.fleet.hypervisor(guest.key.host).agent(guest.key.uuid)

    async def run(line: str) -> CommandState:
        command = Command(_shell(guest.told, line))
        return await commands.run(agent, command, timeout=COMMAND_LIMIT)

    await page.ask(CommandDialog(guest.name, run))


async def install(page: Front, guests: Sequence[Guest], capabilities: Of) -> Plan | None:
    """Choose a way; what is inside is looked at before the plan is shown."""
    from vmtui.engine import installing

    del capabilities
    guest = _single(page, guests)
    if guest is None:
        return None
    fleet = page.cockpit.fleet
    possible = guest_tools.ways(guest, await installing.look_for_means(fleet, guest))
    options = [
        Option(way.value, guest_tools.WAY_WORDS[way], guest_tools.about(guest, way), why_not=why)
        for way, why in possible.items()
    ]
    state = judge(guest)
    intro = f"{TOOLS[state.state][1]}; next: {state.next_step}" if state.next_step else ""
    names = clean(guest.name, 40)
    chosen = await page.ask(Choose(f"Install guest tools in {names}", options, intro))
    if chosen is None:
        return None
    wish = await _wish(page, guest, Way(chosen))
    if wish is None:
        return None

    async def password(words: str) -> str | None:
        about = "typed where sudo asks; kept nowhere"
        return await page.ask(Prompt(words, "", tools.password_problem, about, secret=True))

    try:
        plan = await installing.prepare(
            fleet, guest, wish, password, lambda words: page.say(words, Role.BUSY)
        )
    except (Refused, TimedOut) as error:
        page.fail(error)
        if wish.way is Way.CONSOLE:
            page.do(BY_ID["console"])
        return None
    page.say("")
    return plan


async def _wish(page: Front, guest: Guest, way: Way) -> Wish | None:
    """What that way asks of the person."""
    from vmtui.engine.installing import Wish

    wish = Wish(way, device=page.cockpit.consoles.device_of(guest.key))
    if way is Way.SSH:
        user = await page.ask(
            Prompt(f"Log in to {clean(guest.name, 40)} by ssh as", "root", tools.user_problem,
                   "root, or a user who may sudo without a password")
        )  # fmt: skip
        if user is None:
            return None
        wish = replace(wish, user=user)
    unix = way is not Way.DISK and not guest_tools.is_windows(guest)
    if unix and guest_tools.needs_channel(guest):
        options = [
            Option("no", "Leave it running", "its agent may answer only after it was off"),
            Option("yes", "Restart it if need be", "shut down and started again at the end"),
        ]
        words = "The agent's channel cannot be plugged into every running guest"
        again = await page.ask(Choose("May it be restarted?", options, words))
        if again is None:
            return None
        wish = replace(wish, restart=again == "yes")
    return wish


Ask = Callable[[Front, Sequence[Guest], Of], Awaitable[Plan | None]]

OWN: Mapping[str, Ask] = {
    "set-password": set_password,
    "add-key": add_key,
    "copy-in": copy_in,
    "copy-out": copy_out,
    "run-command": run_command,
    "install-tools": install,
}


def _shell(told: AgentFacts | None, line: str) -> tuple[str, ...]:
    """The guest's own shell reads the line."""
    if told is not None and told.os_id == "mswindows":
        return ("cmd.exe", "/c", line)
    return (commands.SHELL, "-c", line)


def _single(page: Front, guests: Sequence[Guest]) -> Guest | None:
    if len(guests) > 1:
        page.say("one guest at a time: unmark the others", Role.WARN)
        return None
    return guests[0]


async def _user(page: Front, guests: Sequence[Guest], words: str) -> str | None:
    names = whom([clean(guest.name, 40) for guest in guests])
    return await page.ask(Prompt(f"{words} {names}", "root", tools.user_problem, "its name"))


async def _force(page: Front) -> bool | None:
    """Whether to write over what is there."""
    options = [
        Option("no", "Stop there", "nothing is written over"),
        Option("yes", "Write over it", "what is there now is lost"),
    ]
    chosen = await page.ask(Choose("Where a file of that name is there already", options))
    return None if chosen is None else chosen == "yes"


def _own_key() -> str:
    """The person's own public key's file, where there is one."""
    for name in ("id_ed25519", "id_ecdsa", "id_rsa"):
        path = paths.expanded(f"~/.ssh/{name}.pub")
        if path.is_file():
            return str(path)
    return ""


def _key(typed: str) -> str:
    if typed.startswith(tools.KEY_KINDS):
        return typed
    try:
        with paths.expanded(typed).open(encoding="utf-8") as file:
            return file.read(20000).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("The key cannot be read", str(error)) from None


def _key_problem(typed: str) -> str | None:
    if typed.startswith(tools.KEY_KINDS):
        return tools.key_problem(typed)
    if problem := _file_problem(typed):
        return problem
    try:
        return tools.key_problem(_key(typed))
    except Invalid as error:
        return error.detail


def _file_problem(typed: str) -> str | None:
    try:
        return None if paths.expanded(typed).is_file() else "there is no such file"
    except OSError as error:
        return str(error)


def _place_problem(typed: str) -> str | None:
    path = paths.expanded(typed)
    try:
        there = path.is_dir() or path.parent.is_dir()
    except OSError as error:
        return str(error)
    return None if typed and there else "there is no such folder"


def _path_problem(typed: str) -> str | None:
    if not typed:
        return "a path is needed"
    return None if typed[:1] in "/\\" or typed[1:2] == ":" else "a path from the root is wanted"
