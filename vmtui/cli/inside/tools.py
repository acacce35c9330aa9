"""`vmtui tools NAME`: how a guest's tools stand."""

from __future__ import annotations

import dataclasses
import json
from argparse import Namespace

from vmtui.cli.exits import code_of
from vmtui.cli.finding import Opened
from vmtui.cli.inside import reaching
from vmtui.config import Settings
from vmtui.errors import NotFound, VmtuiError
from vmtui.model.agentfacts import AgentFacts
from vmtui.model.guest import Agent, Guest, GuestState
from vmtui.model.tools import Tools, ToolsState, judge
from vmtui.model.units import size

CODES = {
    ToolsState.ANSWERING: 0,
    ToolsState.FROZEN: 0,
    ToolsState.NO_CHANNEL: 11,
    ToolsState.OUTDATED: 12,
}
"""Of the others nobody answers."""
SILENT = 10


def run(given: Namespace, settings: Settings) -> int:
    """Tell, after installing where that was asked for; the exit code."""
    if given.install and (code := _install(given, settings)) is not None:
        return code

    async def work(found: Opened) -> int:
        uuid = found.guest.key.uuid
        guests = await found.hypervisor.read_guests([uuid])
        if not guests:
            raise NotFound("The guest is not there any more")
        guest = guests[0]
        if guest.state is GuestState.RUNNING and _channel(guest) is not Agent.NO_CHANNEL:
            try:
                guest = dataclasses.replace(guest, told=await found.hypervisor.read_agent(uuid))
            except VmtuiError as error:
                guest = dataclasses.replace(guest, mute=error.title)
        tools = judge(guest)
        if given.json:
            print(json.dumps(record(guest, tools)))
        else:
            print("\n".join(reaching.clean(line) for line in lines(guest, tools)))
        return CODES.get(tools.state, SILENT)

    return reaching.run(given, settings, given.name, work, code_of)


def _install(given: Namespace, settings: Settings) -> int | None:
    """As the verb does; None where it is done, and is to be told in words."""
    from vmtui.cli.headless import verb

    told = {**vars(given), "command": "install-tools", "guests": [given.name], "filter": ""}
    code = verb.run(Namespace(**told, all=False), settings)
    return code if code or given.json or given.dry_run else None


def _channel(guest: Guest) -> Agent:
    return guest.definition.agent if guest.definition else Agent.UNKNOWN


def lines(guest: Guest, tools: Tools) -> list[str]:
    """What a person reads."""
    made = [f"{guest.name}: {tools.state.value}" + (f", {tools.version}" if tools.version else "")]
    if tools.next_step:
        made.append(f"  next step: {tools.next_step}")
    facts = guest.told
    if facts is None:
        return made
    made += [f"  {label:<12}{value}" for label, value in _rows(facts) if value]
    return made


def _rows(facts: AgentFacts) -> list[tuple[str, str]]:
    rows = [
        ("hostname", facts.hostname),
        ("system", ", ".join(part for part in (facts.os, facts.kernel) if part)),
        ("addresses", ", ".join(address.ip for address in facts.addresses)),
        ("users", ", ".join(user.name for user in facts.users)),
        ("clock", f"{facts.drift:+.2f} s, {facts.timezone}" if facts.drift is not None else ""),
    ]
    for one in facts.file_systems:
        filled = f", {size(one.used)} of {size(one.total)}" if one.used and one.total else ""
        rows.append(("mounted", f"{one.mount} ({one.kind}{filled})"))
    if (memory := facts.memory) is not None:
        used = size(memory.total - memory.available)
        swap = f", swap {size(memory.swap_total - memory.swap_free)} of {size(memory.swap_total)}"
        rows.append(("memory", f"{used} of {size(memory.total)}{swap}"))
    rows.append(("can", f"{len(facts.commands)} commands"))
    rows.append(("blocks", ", ".join(sorted(facts.blocked))))
    return rows


def record(guest: Guest, tools: Tools) -> dict[str, object]:
    """The same as JSON values."""
    made: dict[str, object] = {
        "name": guest.name, "uuid": guest.key.uuid, "host": guest.key.host,
        "state": tools.state.value, "version": tools.version, "next_step": tools.next_step,
    }  # fmt: skip
    if guest.told is not None:
        facts = dataclasses.asdict(guest.told)
        for name in ("commands", "blocked"):
            facts[name] = sorted(facts[name])
        made["agent"] = facts
    return made
