"""What stands in a row: controls of one line, painted like every other line of the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from vmtui.ui.cells import Cell, Role
from vmtui.ui.linepaint import paint
from vmtui.ui.lines import EMPTY, Line
from vmtui.ui.widgets.painted import palette_of


class Control(Widget, can_focus=True):
    """A line that can have the keys."""

    DEFAULT_CSS = """
    Control { height: 1; width: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "press", show=False),
        Binding("left", "turn(-1)", show=False),
        Binding("right", "turn(1)", show=False),
        Binding("enter", "enter", show=False),
    ]

    @dataclass
    class Pressed(Message):
        """Space, or a click; `typed` is a letter that began a search."""

        typed: str = ""

    @dataclass
    class Turned(Message):
        """To the next value, or to the one before."""

        by: int

    class Entered(Message):
        """Enter: on with it."""

    def __init__(self, *, enter_presses: bool = False, searches: bool = False) -> None:
        super().__init__()
        self._line: Line = EMPTY
        self._enter_presses = enter_presses
        self._searches = searches

    def show(self, line: Line) -> None:
        """Show this instead."""
        if line != self._line:
            self._line = line
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line (Textual's line API)."""
        palette = palette_of(self)
        over = palette.rows["cursor"] if self.has_focus else None
        return paint(self._line if y == 0 else EMPTY, self.size.width, palette, over,
                     self.rich_style)  # fmt: skip

    def on_focus(self) -> None:
        """The cursor's bar."""
        self.refresh()

    def on_blur(self) -> None:
        """No bar."""
        self.refresh()

    def action_press(self) -> None:
        """Do what it is there for."""
        self.post_message(self.Pressed())

    def action_turn(self, by: int) -> None:
        """Another value."""
        self.post_message(self.Turned(by))

    def action_enter(self) -> None:
        """On with it."""
        self.post_message(self.Pressed() if self._enter_presses else self.Entered())

    def on_key(self, event: events.Key) -> None:
        """A letter begins a search; no letter reaches the screen's own keys."""
        if event.is_printable and event.key != "space":
            event.stop()
            event.prevent_default()
            if self._searches and event.character:
                self.post_message(self.Pressed(event.character))

    def on_click(self, event: events.Click) -> None:
        """As space does; a click on an arrow turns."""
        event.stop()
        self.focus()
        if self._searches and event.x <= 1:
            self.post_message(self.Turned(-1))
        else:
            self.post_message(self.Pressed())


def choice_line(label: str, about: str, *, alone: bool, off: bool) -> Line:
    """`‹ q35 › words`: a choice, with arrows where there are others."""
    role = Role.MUTED if off else Role.STRONG
    left, right = ("  ", "  ") if alone else ("‹ ", " ›")
    words = f"   {about}" if about else ""
    return (
        Cell(left, Role.KEY),
        Cell(label, role),
        Cell(right, Role.KEY),
        Cell(words, Role.MUTED),
    )


def toggle_line(on: bool, note: str) -> Line:
    """`[x] yes`, in words too."""
    return (
        Cell("  [x] yes" if on else "  [ ] no ", Role.STRONG if on else Role.TEXT),
        Cell(f"   {note}" if note else "", Role.MUTED),
    )


def button_line(words: str) -> Line:
    """Something to press."""
    return (Cell("▸ ", Role.KEY), Cell(words, Role.STRONG))
