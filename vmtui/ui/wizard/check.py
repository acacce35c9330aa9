"""What the check of the host says where guests will not run well, and the way to its page."""

from __future__ import annotations

from collections.abc import Sequence

from vmtui.engine.checkup import Checkup
from vmtui.model.finding import Finding, Level, worst
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.findings import by_severity, verdict
from vmtui.ui.form.fields import ButtonField, Field, NoteField
from vmtui.ui.lines import EMPTY, Line, text, wrap
from vmtui.ui.wizard.draft import Draft

BUTTON = "check"
LINES = 2
"""Lines of the worst finding that are shown here; the check's page has the rest."""


def bad(checkup: Checkup | None) -> Sequence[Finding]:
    """All that was found, the worst first, where guests do not run well; else nothing."""
    if checkup is None or worst(checkup.findings) is not Level.FAILURE:
        return ()
    return by_severity(checkup.findings)


def fields(checkup: Checkup | None) -> list[Field[Draft]]:
    """The verdict, what is worst, and the way to the check's page."""
    found = bad(checkup)
    if not found:
        return []
    return [
        NoteField(id="verdict", label="", lines=lambda draft, width: _lines(found, width)),
        button("This host"),
    ]  # fmt: skip


def button(label: str = "") -> Field[Draft]:
    """The way to the check's page."""
    return ButtonField(
        id=BUTTON, label=label, words=lambda draft: "what is wrong, and how to mend it",
        help="Opens the check of the host; Esc comes back, and everything stays as it is.",
    )  # fmt: skip


def _lines(found: Sequence[Finding], width: int) -> list[Line]:
    first = found[0]
    words = f"{clean(first.title, 60)}: {clean(first.seen, 300)}"
    mark = Cell("  ✗ ", Role.BAD)
    return [
        EMPTY,
        (mark, *verdict(found)),
        *(text(f"    {part}", Role.MUTED) for part in wrap(words, max(width - 4, 20))[:LINES]),
    ]
