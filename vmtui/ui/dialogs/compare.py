"""Compare: what an edit changes, line by line, and whether it is to be taken."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from vmtui.ui.cells import Role, clean
from vmtui.ui.dialogs.dialog import Dialog
from vmtui.ui.lines import Line, text, wrap
from vmtui.ui.widgets.painted import LinesView

SHOWN = 2000
FRAME = 4
"""Lines of the box that are not the text's."""


class Compare(Dialog[str]):
    """Answers `take`, `edit` or None. `wrong` is why the new text cannot be taken, or ""."""

    DEFAULT_CSS = """
    Compare > #box { width: 96%; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer('take')", show=False),
        Binding("e", "answer('edit')", show=False),
        Binding("down,j", "by(1)", show=False),
        Binding("up,k", "by(-1)", show=False),
        Binding("pagedown", "by(10)", show=False),
        Binding("pageup", "by(-10)", show=False),
    ]

    def __init__(self, heading: str, before: str, after: str, wrong: str = "") -> None:
        super().__init__()
        self.heading = heading
        self._lines = differences(before, after)
        self._wrong = wrong

    def body(self) -> Iterable[Widget]:
        """The lines."""
        yield LinesView(id="lines")

    def on_resize(self) -> None:
        """Text is wrapped to the room that there is, and the box takes all that it needs."""
        reason = f"✗ {clean(self._wrong, 500)}" if self._wrong else ""
        width = max(int(self.app.size.width * 0.96) - 6, 20)
        said = [text(part, Role.BAD) for part in wrap(reason, width)] if reason else []
        view = self.query_one("#lines", LinesView)
        view.show_lines([*said, *self._lines])
        view.styles.max_height = max(int(self.app.size.height * 0.94) - FRAME, 2)

    def keys(self) -> list[tuple[str, str]]:
        """What can be pressed."""
        take = [] if self._wrong else [("y", "take it")]
        return [*take, ("e", "edit again"), ("Esc", "leave it as it was"), ("↑↓", "scroll")]

    def action_answer(self, answer: str) -> None:
        """Done, unless it cannot be taken."""
        if answer == "edit" or not self._wrong:
            self.dismiss(answer)

    def action_by(self, by: int) -> None:
        """Scroll."""
        self.query_one("#lines", LinesView).scroll_relative(y=by, animate=False)


def differences(before: str, after: str) -> list[Line]:
    """What changed, with three lines around each change; signs in front, not colour alone."""
    roles = {"+": Role.GOOD, "-": Role.BAD, "@": Role.ACCENT}
    made: list[Line] = []
    pairs = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="")
    for number, line in enumerate(pairs):
        if number >= 2:
            made.append(text(clean(line, 400), roles.get(line[:1], Role.TEXT)))
        if number > SHOWN:
            break
    return made or [text("nothing was changed", Role.MUTED)]
