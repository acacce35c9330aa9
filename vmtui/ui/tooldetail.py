"""What a guest's agent tells, as lines of the guest's details. Pure."""

from __future__ import annotations

from vmtui.model.agentfacts import AgentFacts, FileSystem
from vmtui.model.guest import Guest
from vmtui.model.tools import Tools, ToolsState, judge
from vmtui.model.units import duration, ratio, short_size, size
from vmtui.plan.guest_tools import VERB
from vmtui.plan.tools import CLOCK_OFF
from vmtui.ui import cells
from vmtui.ui.cells import Cell, Role
from vmtui.ui.lines import Line, fit, wrap

LABEL = 9
MOUNTS_MOST = 12

TOOLS: dict[ToolsState, tuple[str, str, Role]] = {
    ToolsState.OFF: ("○", "off", Role.MUTED),
    ToolsState.UNKNOWN: ("?", "asking", Role.MUTED),
    ToolsState.NO_CHANNEL: ("–", "no channel", Role.MUTED),
    ToolsState.SILENT: ("✗", "silent", Role.WARN),
    ToolsState.INSTALLING: ("◔", "installing", Role.BUSY),
    ToolsState.ANSWERING: ("✓", "answers", Role.RUNNING),
    ToolsState.OUTDATED: ("!", "old", Role.WARN),
    ToolsState.FROZEN: ("❄", "frozen", Role.BAD),
}
"""Glyph, word and role of each state: never by colour alone."""


def tools_cell(guest: Guest, verb: str = "") -> Cell:
    """The state of its tools, for the table; `verb` is that of a job that runs on it."""
    tools = judge(guest, installing=verb == VERB)
    glyph, word, role = TOOLS[tools.state]
    if tools.state is ToolsState.OFF:
        return Cell("")
    shown = tools.version if tools.state is ToolsState.ANSWERING and tools.version else word
    return Cell(f"{glyph} {cells.clean(shown, 12)}", role)


def tools_order(guest: Guest) -> int:
    """What the column sorts by."""
    return list(TOOLS).index(judge(guest).state)


def tools_lines(guest: Guest, width: int, head: Line, verb: str = "") -> list[Line]:
    """The section, `width` cells wide."""
    tools = judge(guest, installing=verb == VERB)
    lines = [head, _state(tools)]
    if tools.next_step:
        lines += fact("next", cells.clean(tools.next_step, 200), width, Role.WARN)
    facts = guest.told
    return [*lines, *_facts(facts, width)] if facts is not None else lines


def _state(tools: Tools) -> Line:
    glyph, word, role = TOOLS[tools.state]
    version = f" {cells.clean(tools.version, 40)}" if tools.version else ""
    return (Cell(fit("agent", LABEL), Role.MUTED), Cell(f"{glyph} {word}{version}", role))


def _facts(facts: AgentFacts, width: int) -> list[Line]:
    lines: list[Line] = []
    system = ", ".join(cells.clean(part, 100) for part in (facts.os, facts.kernel) if part)
    if system:
        lines += fact("system", system, width)
    if facts.users:
        names = ", ".join(cells.clean(user.name, 40) for user in facts.users[:8])
        lines += fact("users", names, width)
    for one in facts.file_systems[:MOUNTS_MOST]:
        lines += _mount(one, width)
    if facts.drift is not None:
        lines += _clock(facts.drift, facts.timezone, width)
    if (memory := facts.memory) is not None:
        used = memory.total - memory.available
        lines += _fill("memory", used, memory.total, width)
        if memory.swap_total:
            lines += _fill("swap", memory.swap_total - memory.swap_free, memory.swap_total, width)
    if "guest-exec" in facts.blocked:
        lines += fact("blocks", "commands and what needs them", width, Role.MUTED)
    return lines


def _mount(one: FileSystem, width: int) -> list[Line]:
    mount = cells.clean(one.mount, 200)
    about = cells.clean(", ".join(part for part in (one.kind, one.device) if part), 60)
    head = (
        Cell(fit("mounted", LABEL), Role.MUTED),
        Cell(fit(mount, min(len(mount), max(width - LABEL, 4))) + " ", Role.STRONG),
        Cell(about, Role.MUTED),
    )
    if one.used is None or not one.total:
        return [head]
    return [head, *_fill("", one.used, one.total, width)]


def _fill(label: str, used: int, total: int, width: int) -> list[Line]:
    part = ratio(used, total)
    role = cells.load_role(part) if part is not None else Role.MUTED
    words = f" {short_size(used)} of {size(total)}"
    bar = cells.bar(part, min(10, max(width - LABEL - len(words), 3)))
    return [(Cell(fit(label, LABEL), Role.MUTED), Cell(bar, Role.ACCENT), Cell(words, role))]


def _clock(drift: float, zone: str, width: int) -> list[Line]:
    off = abs(drift)
    way = "ahead" if drift > 0 else "behind"
    if off < CLOCK_OFF:
        words, role = "right", Role.TEXT
    else:
        words, role = f"{duration(off)} {way}: set it", Role.WARN
    where = f", {cells.clean(zone, 40)}" if zone else ""
    return fact("clock", words + where, width, role)


def fact(label: str, value: str, width: int, role: Role = Role.TEXT) -> list[Line]:
    """A label and its value, wrapped under itself."""
    made: list[Line] = []
    for number, part in enumerate(wrap(value, max(width - LABEL, 8))):
        made.append((Cell(fit(label if not number else "", LABEL), Role.MUTED), Cell(part, role)))
    return made
