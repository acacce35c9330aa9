"""A table of any number of rows, of which only the visible ones are ever made or painted.

Rows have keys. The cursor sits on a key, not on a number: it stays on its row through every
refresh, sort and filter, and where it can at its place on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from vmtui.ui.linepaint import paint
from vmtui.ui.lines import EMPTY, Line, width_of
from vmtui.ui.widgets.painted import palette_of

Key = TypeVar("Key", bound=Hashable)


class Table(ScrollView, Generic[Key], can_focus=True, inherit_bindings=False):
    """Rows of lines under a header, with a cursor.

    It is never wider than its place, so that Left and Right are free for other uses.
    """

    DEFAULT_CSS = """
    Table { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("g", "first_alone", "First", show=False),
        Binding("end,G", "last", "Last", show=False),
        Binding("enter", "choose", "Choose", show=False),
    ]

    stays_lit = True
    """Whether the row under the cursor is set off also while the keys go elsewhere."""

    @dataclass
    class CursorMoved(Message):
        """The cursor sits on another row, or on none."""

        table: Table  # type: ignore[type-arg]
        key: Hashable | None

    @dataclass
    class Chosen(Message):
        """A row was chosen, with Enter or a second click."""

        table: Table  # type: ignore[type-arg]
        key: Hashable

    @dataclass
    class Clicked(Message):
        """A row was clicked once, `x` cells from its left end."""

        table: Table  # type: ignore[type-arg]
        key: Hashable
        x: int

    @dataclass
    class HeaderClicked(Message):
        """The header was clicked, `x` cells from its left end."""

        table: Table  # type: ignore[type-arg]
        x: int

    def __init__(
        self,
        line_of: Callable[[Key], Line],
        *,
        id: str | None = None,  # noqa: A002
        header: bool = True,
    ) -> None:
        super().__init__(id=id)
        self._head = 1 if header else 0
        self._line_of = line_of
        self._header: Line = EMPTY
        self._keys: list[Key] = []
        self._row = 0
        self._painted: dict[int, Line] = {}
        self._announced: Key | None = None
        self._instead: Sequence[Line] = ()

    # -- what is shown -------------------------------------------------------------------------

    @property
    def keys(self) -> Sequence[Key]:
        """The rows in order."""
        return self._keys

    @property
    def cursor(self) -> Key | None:
        """The key under the cursor, or None in an empty table."""
        return self._keys[self._row] if self._keys else None

    def visible_keys(self) -> Sequence[Key]:
        """The rows that are on the screen."""
        top = self.scroll_offset.y
        return self._keys[top : top + max(self.size.height - self._head, 0)]

    def set_header(self, line: Line) -> None:
        """The line above the rows."""
        if line != self._header:
            self._header = line
            self.refresh(Region(0, 0, self.size.width, 1))

    def show_instead(self, lines: Sequence[Line]) -> None:
        """What stands in the table while it has no rows."""
        if list(lines) != list(self._instead):
            self._instead = lines
            if not self._keys:
                self.refresh()

    def set_keys(self, keys: Sequence[Key]) -> None:
        """The rows, in this order; the cursor keeps its key, or else its place."""
        if self._keys == keys:
            self.refresh_rows()
            return
        held, place = self.cursor, self._row - self.scroll_offset.y
        grown = len(keys) != len(self._keys)
        self._keys = list(keys)
        row = self._find(held) if held is not None else None
        self._row = min(self._row, max(len(self._keys) - 1, 0)) if row is None else row
        if grown:
            self.virtual_size = Size(0, len(self._keys) + self._head)
        top = self.scroll_offset.y
        in_sight = top <= self._row < top + self.size.height - self._head
        if not (top == 0 and in_sight) and self.size.height:
            self.scroll_to(y=max(0, self._row - place), animate=False, immediate=True, force=True)
        self.refresh_rows()
        self._announce()

    def refresh_rows(self) -> None:
        """Paint again those visible rows whose lines changed."""
        top, width = self.scroll_offset.y, self.scrollable_content_region.width
        for y in range(self._head, self.size.height):
            index = top + y - self._head
            line = self._line_of(self._keys[index]) if index < len(self._keys) else EMPTY
            was = self._painted.get(y)
            if was is None:
                self.refresh(Region(0, y, width, 1))
            elif was != line:
                self.refresh(*(Region(x, y, w, 1) for x, w in differing(was, line, width)))

    def move_to(self, key: Key) -> None:
        """Put the cursor on that row, if it is there."""
        if (row := self._find(key)) is not None:
            self._go(row)

    def render_line(self, y: int) -> Strip:
        """The header, or a row (Textual's line API)."""
        palette, width = palette_of(self), self.scrollable_content_region.width
        if y < self._head:
            return paint(self._header, width, palette, palette.rows["header"])
        index = y - self._head + self.scroll_offset.y
        if index >= len(self._keys):
            self._painted[y] = EMPTY
            words = self._instead if not self._keys else ()
            return paint(words[index] if index < len(words) else EMPTY, width, palette)
        line = self._painted[y] = self._line_of(self._keys[index])
        over = None
        if index == self._row and (self.has_focus or self.stays_lit):
            over = palette.rows["cursor" if self.has_focus else "cursor-blurred"]
        return paint(line, width, palette, over)

    # -- the cursor ----------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """One row up or down."""
        self._go(self._row + by)

    def action_page(self, by: int) -> None:
        """One screen up or down."""
        self._go(self._row + by * max(self.size.height - self._head - 1, 1))

    def action_first(self) -> None:
        """To the first row."""
        self._go(0)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """On a page `g` begins chords; in a dialog it is what it is in vim."""
        if action == "first_alone":
            return self.screen.is_modal
        return super().check_action(action, parameters)

    def action_first_alone(self) -> None:
        """To the first row."""
        self._go(0)

    def action_last(self) -> None:
        """To the last row."""
        self._go(len(self._keys) - 1)

    def action_choose(self) -> None:
        """Announce the row under the cursor as chosen."""
        if self.cursor is not None:
            self.post_message(self.Chosen(self, self.cursor))

    def _find(self, key: Key) -> int | None:
        """The row of that key; mostly it is where the cursor is, or near the top."""
        if self._row < len(self._keys) and self._keys[self._row] == key:
            return self._row
        try:
            return self._keys.index(key)
        except ValueError:
            return None

    def _go(self, row: int) -> None:
        if not self._keys:
            return
        old, self._row = self._row, max(0, min(row, len(self._keys) - 1))
        if old != self._row:
            self._repaint(old)
            self._repaint(self._row)
            self._into_sight()
            self._announce()

    def _repaint(self, row: int) -> None:
        y = row - self.scroll_offset.y + self._head
        if self._head <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _into_sight(self) -> None:
        top, height = self.scroll_offset.y, max(self.size.height - self._head, 1)
        if self._row < top:
            self.scroll_to(y=self._row, animate=False, immediate=True)
        elif self._row >= top + height:
            self.scroll_to(y=self._row - height + 1, animate=False, immediate=True)

    def _announce(self) -> None:
        if self.cursor != self._announced:
            self._announced = self.cursor
            self.post_message(self.CursorMoved(self, self.cursor))

    # -- Textual's events ----------------------------------------------------------------------

    def on_resize(self, _event: events.Resize) -> None:
        """Keep the cursor in sight."""
        self._painted.clear()
        self._into_sight()

    def on_focus(self) -> None:
        """The cursor is brighter where the keys go."""
        self._repaint(self._row)

    def on_blur(self) -> None:
        """And paler where they do not."""
        self._repaint(self._row)

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a second one chooses; on the header it sorts."""
        if event.y < self._head:
            self.post_message(self.HeaderClicked(self, event.x))
            return
        row = event.y - self._head + self.scroll_offset.y
        if row < len(self._keys):
            if event.chain >= 2:
                self.action_choose()
            else:
                self.post_message(self.Clicked(self, self._keys[row], event.x))
            self._go(row)


def column_at(header: Line, x: int) -> int | None:
    """The number of the header's cell that lies `x` cells from the left."""
    left = 0
    for number, cell in enumerate(header):
        left += width_of((cell,))
        if x < left:
            return number
    return None


def differing(was: Line, line: Line, width: int) -> list[tuple[int, int]]:
    """Where two lines differ: left end and width of each part; the whole where cells moved."""
    if len(was) != len(line):
        return [(0, width)]
    parts: list[tuple[int, int]] = []
    left = 0
    for old, new in zip(was, line, strict=True):
        room = width_of((new,))
        if old != new:
            if len(old.text) != len(new.text) and width_of((old,)) != room:
                return [(0, width)]
            parts.append((left, min(room, max(width - left, 0))))
        left += room
    return parts
