"""Lines on the screen: a scrolling view that repaints only those that changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from vmtui.ui.linepaint import paint
from vmtui.ui.lines import EMPTY, Line
from vmtui.ui.theme import Palette


class HasPalette(Protocol):
    """What the app offers to its widgets."""

    palette: Palette


def palette_of(widget: Widget) -> Palette:
    """The palette of the app in which the widget lives."""
    return cast(HasPalette, widget.app).palette


def where_in(widget: Widget, event: events.Click) -> tuple[int, int] | None:
    """Where in a widget that click was (column, line), whoever hears of it; None beside it."""
    region = widget.region
    if not widget.display or not region.contains(event.screen_x, event.screen_y):
        return None
    return event.screen_x - region.x, event.screen_y - region.y


class LinesView(ScrollView, can_focus=False):
    """A list of lines, scrolled where they are more than fit."""

    DEFAULT_CSS = """
    LinesView { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; }
    """

    row_style: str = ""
    """The palette's row style laid over every line, or ""."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._lines: list[Line] = []

    @property
    def lines(self) -> list[Line]:
        """What is shown."""
        return self._lines

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines instead; only those that differ are painted again."""
        old, self._lines = self._lines, list(lines)
        if len(old) != len(self._lines):
            self.virtual_size = Size(0, len(self._lines))
            self.refresh()
            return
        top, width = self.scroll_offset.y, self.size.width
        for index in range(top, min(top + self.size.height, len(old))):
            if old[index] != self._lines[index]:
                self.refresh(Region(0, index - top, width, 1))

    def render_line(self, y: int) -> Strip:
        """One line of the view (Textual's line API)."""
        index = y + self.scroll_offset.y
        palette = palette_of(self)
        line = self._lines[index] if index < len(self._lines) else EMPTY
        over: Style | None = palette.rows[self.row_style] if self.row_style else None
        return paint(line, self.size.width, palette, over, self.rich_style)
