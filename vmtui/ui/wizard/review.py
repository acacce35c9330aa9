"""The last page: what will be done, all of it, before any of it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vmtui.model.spec import Described
from vmtui.model.units import size
from vmtui.plan.costs import disk_most, disk_now
from vmtui.plan.plan import Plan
from vmtui.plan.problem import Problem, Severity
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.form.fields import ButtonField, Field, NoteField, ToggleField
from vmtui.ui.lines import EMPTY, Line, text, wrap
from vmtui.ui.wizard.draft import Draft, put

DEFINITION_LINES = 600


@dataclass(frozen=True, slots=True, eq=False)
class Reviewed:
    """What the review shows besides the draft."""

    plan: Plan | None = None
    problems: Sequence[Problem] = ()
    commands: Sequence[str] = ()
    """The plan's steps as commands."""
    described: Described | None = None
    definition_shown: bool = False


def fields(draft: Draft, reviewed: Reviewed) -> list[Field[Draft]]:
    """The page's fields: what is still to be decided, then what there is to read."""
    edited = bool(draft.answers.definition)
    shown = "hide" if reviewed.definition_shown else "show"
    return [
        ToggleField(
            id="start", label="Start it", help="Boot it as soon as it is made.",
            read=lambda d: d.answers.start, write=lambda d, on: put(d, start=on),
        ),
        ToggleField(
            id="wait", label="Watch it boot", shown=lambda d: d.answers.start,
            help="Its console opens, and the job ends when somebody can log in.",
            read=lambda d: d.answers.wait, write=lambda d, on: put(d, wait=on),
        ),
        NoteField(id="summary", label="", lines=lambda d, width: _summary(d, reviewed, width)),
        ButtonField(id="show-definition", label="Definition",
                    words=lambda d: f"{shown} it" + (", as you edited it" if edited else ""),
                    help="The full definition that the hypervisor gets."),
        ButtonField(id="edit-definition", label="", expert=False,
                    words=lambda d: "edit it by hand", help="Opens your editor.",
                    shown=lambda d: d.answers.count == 1),
        ButtonField(id="forget-definition", label="", words=lambda d: "forget the edit",
                    help="The answers count again.", shown=lambda d: bool(d.answers.definition)),
        ButtonField(id="copy-definition", label="", words=lambda d: "copy it",
                    help="To the clipboard of your terminal."),
        ButtonField(id="copy-command", label="Command", words=lambda d: "copy its command line",
                    help="The virt-install line that makes the same guest."),
        ButtonField(id="save-profile", label="Profile", words=lambda d: "save these answers",
                    help="The next one like it is made in two keys; passwords are not saved."),
        NoteField(id="definition", label="", lines=lambda d, w: _definition(reviewed, w)),
    ]  # fmt: skip


def _summary(draft: Draft, reviewed: Reviewed, width: int) -> list[Line]:
    lines: list[Line] = [EMPTY]
    for problem in reviewed.problems:
        stops = problem.severity is Severity.ERROR
        glyph, role = ("✗ ", Role.BAD) if stops else ("! ", Role.WARN)
        lines += _wrapped(glyph, str(problem), width, role)
    if any(problem.severity is Severity.ERROR for problem in reviewed.problems):
        words = "What will be done is shown once that is right."
        return [*lines, EMPTY, *_wrapped("", words, width, Role.MUTED), EMPTY]
    if reviewed.plan is None:
        return lines
    for effect in reviewed.plan.effects:
        lines += _wrapped("· ", effect.text, width, Role.TEXT)
    now = disk_now(draft.answers, draft.around)
    taken = size(now) if now is not None else "not known before the download"
    most = disk_most(draft.answers, draft.around)
    limit = size(most) if most is not None else "as much as the image holds"
    words = f"disk taken now: {taken}; at most: {limit}"
    lines += _wrapped("· ", words, width, Role.TEXT)
    password = draft.answers.access.password
    if draft.answers.seeded and password and password == draft.generated:
        lines += _wrapped("! ", f"note the password that was made up: {password}", width, Role.WARN)
    lines += [EMPTY, text("  Steps", Role.TITLE)]
    for number, command in enumerate(reviewed.commands, 1):
        lines += _wrapped(f"{number:2} ", command, width, Role.MUTED)
    return [*lines, EMPTY]


def _definition(reviewed: Reviewed, width: int) -> list[Line]:
    described = reviewed.described
    if described is None or not reviewed.definition_shown:
        return []
    lines: list[Line] = [EMPTY, text("Definition", Role.TITLE)]
    for line in described.definition.splitlines()[:DEFINITION_LINES]:
        lines.append(text(clean(line, 400)))
    if described.command:
        lines += [EMPTY, text("The same by hand", Role.TITLE)]
        lines += [text(part) for part in wrap(clean(described.command, 8000), width)]
    return lines


def _wrapped(lead: str, words: str, width: int, role: Role) -> list[Line]:
    made: list[Line] = []
    lead = "  " + lead
    for number, part in enumerate(wrap(clean(words, 2000), max(width - len(lead), 10))):
        made.append((Cell(" " * len(lead) if number else lead, role), Cell(part, role)))
    return made
