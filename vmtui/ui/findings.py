"""What a check found as lines: the list, one finding in full, and all in one line. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from vmtui.model.finding import VERDICTS, Finding, Level, counts, worst
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.lines import EMPTY, Line, fit, wrap

LEVELS: dict[Level, tuple[str, str, Role]] = {
    Level.PASS: ("✓", "pass", Role.GOOD),
    Level.WARNING: ("!", "warning", Role.WARN),
    Level.FAILURE: ("✗", "failure", Role.BAD),
    Level.UNKNOWN: ("?", "unknown", Role.MUTED),
}
"""Glyph, word and role of each level: never by colour alone."""

ORDER = (Level.FAILURE, Level.WARNING, Level.UNKNOWN, Level.PASS)
TITLE = 25
LEAD = 7
"""Cells before the text of a finding in full."""


def row(finding: Finding) -> Line:
    """One finding in a list."""
    glyph, word, role = LEVELS[finding.level]
    return (
        Cell(f" {glyph} {fit(word, 8)} ", role),
        Cell(fit(clean(finding.title, 60), TITLE) + " ", Role.STRONG),
        Cell(
            clean(finding.seen, 300), Role.TEXT if finding.level is not Level.PASS else Role.MUTED
        ),
    )


def full(finding: Finding, width: int, *, fixable: bool = False) -> list[Line]:
    """One finding in full, `width` cells wide; `fixable` says that vmtui can mend it now."""
    glyph, word, role = LEVELS[finding.level]
    lines: list[Line] = [
        (Cell(f"{clean(finding.title, 100)} ", Role.TITLE), Cell(f"{glyph} {word}", role))
    ]
    lines += _part("seen", finding.seen, width)
    lines += _part("means", finding.means, width)
    lines += _part("mend", finding.mend, width, Role.ACCENT)
    for command in finding.commands:
        lines += _part("$", command, width, Role.STRONG)
    if fixable:
        lines += _part("", "vmtui can do that: press m", width, Role.GOOD)
    return lines


def _part(label: str, words: str, width: int, role: Role = Role.TEXT) -> list[Line]:
    if not words:
        return []
    lead = label.rjust(LEAD - 1) if label == "$" else label
    parts = wrap(clean(words, 4000), max(width - LEAD, 20))
    return [
        (Cell(fit(lead if not number else "", LEAD), Role.MUTED), Cell(part, role))
        for number, part in enumerate(parts)
    ]


def summary(findings: Sequence[Finding]) -> Line:
    """All in one line: `✗ 2 failures  ! 3 warnings  ✓ 18 pass`."""
    if not findings:
        return EMPTY
    found = counts(findings)
    made: list[Cell] = []
    for level in ORDER:
        if number := found[level]:
            glyph, word, role = LEVELS[level]
            many = "s" if number > 1 and level in (Level.WARNING, Level.FAILURE) else ""
            made.append(Cell(f"{'  ' if made else ''}{glyph} {number} {word}{many}", role))
    return tuple(made)


def verdict(findings: Sequence[Finding]) -> Line:
    """The check in one sentence."""
    level = worst(findings)
    return (Cell(VERDICTS[level], LEVELS[level][2]),)


def by_severity(findings: Sequence[Finding]) -> list[Finding]:
    """What is wrong first, in the order of the check otherwise."""
    return sorted(findings, key=lambda finding: ORDER.index(finding.level))
