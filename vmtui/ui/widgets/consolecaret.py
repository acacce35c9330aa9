"""The cursor with which one looks back: it goes about in what the guest printed, and marks."""

from __future__ import annotations

from textual.geometry import Region

from vmtui.engine.consolebase import ConsoleBase
from vmtui.terminal.cells import Frame, glyph_at
from vmtui.ui import consolemotion
from vmtui.ui.consolemotion import FORWARD, Motion, Place, nearest
from vmtui.ui.consoleselection import Selection, Shape
from vmtui.ui.widgets.consolelookback import ConsoleLookback
from vmtui.ui.widgets.consolepast import kept_lines, numbering

GONE = "the first of the marked lines is kept no more: nothing is marked"
OTHER_SCREEN = "the guest shows another screen now: nothing is marked"
RENUMBERED = "the guest's lines are broken otherwise now: nothing is marked"
UNMARKED = "nothing is marked: v begins, V marks lines, ^V a box"
WIDENINGS = 11
"""How often a motion is shown twice as many rows as before: at last more than are ever kept."""


class ConsoleCaret(ConsoleLookback):
    """What of a view concerns its cursor in the past, and what is marked with it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.caret: Place = (0, 0)
        """Line and column, at which a character begins."""
        self._wish = 0
        """The column that is kept from line to line, where a line has it."""
        self._anchor: Place | None = None
        self._anchor_cells = 1
        """Of the character at the anchor."""
        self._shape = Shape.TEXT

    def tell(self, words: str) -> None:
        """Say it to the person."""
        self.post_message(self.Told(words))

    # -- where it is ---------------------------------------------------------------------------

    @property
    def looked_at(self) -> Place | None:
        """The line and column of the cursor."""
        return self.caret

    def entering(self) -> None:
        """It begins where the guest's cursor is."""
        if self.console is None:
            return
        frame = self.console.terminal.frame
        self.shift = self._left
        self.caret = frame.first_line + frame.scrollback + frame.cursor.y, frame.cursor.x
        self._wish = frame.cursor.x

    async def arrived(self) -> None:
        """It stays on its line where that is shown, else on the nearest one."""
        last = self.past.first + len(self.past.rows) - 1
        self._put(min(max(self.caret[0], self.past.first), last), None)
        await self._draw()
        self.moved()

    async def find(self, pattern: str, *, backwards: bool = True, again: bool = False) -> bool:
        """As without a cursor; it goes to what is found."""
        found = await super().find(pattern, backwards=backwards, again=again)
        if found and self.past.found is not None:
            await self.go_to(self.past.found.line, self.past.found.start)
        return found

    def touched(self, place: Place) -> None:
        """A click puts it there."""
        if self.past.on:
            self._put(*place)
            self.moved()

    async def go_to(self, line: int, column: int | None = None) -> None:
        """Put it on a line, or the nearest that is kept; without a column at the wished one."""
        console = self.console
        if console is None:
            return
        before, view = self.caret, (self.past.first, self.shift)
        marked = self.selection is not None
        if marked and self._anchor is None:
            # What the mouse has marked, and copied.
            self.unmark()
        kept = kept_lines(console)
        line = min(max(line, kept.start), kept.stop - 1)
        if not await self.past.reveal(console, line, self.size.height):
            return
        last = self.past.first + len(self.past.rows) - 1
        self._put(min(max(line, self.past.first), last), column)
        await self._draw()
        if marked or view != (self.past.first, self.shift):
            self.moved()
        else:
            rows = {place[0] - self.past.first for place in (before, self.caret)}
            self.refresh(*(Region(0, y, self.size.width, 1) for y in rows if y >= 0))

    def _put(self, line: int, column: int | None) -> None:
        """Put it on a line that is shown, and its column into sight."""
        row = self.past.row(line)
        self.caret = line, nearest(row, self._wish if column is None else column)
        if column is not None:
            self._wish = self.caret[1]
        width = self.size.width
        if self.console is not None:
            self.shift = min(self.shift, max(self.console.terminal.frame.columns - width, 0))
        first, last = glyph_at(row, self.caret[1])
        if first < self.shift or last > self.shift + width:
            half = max(width // 2, 1)
            self.shift = max(-(-(last - width) // half) * half, 0)

    async def page(self, console: ConsoleBase, lines: int) -> None:
        """The view moves, and the cursor as far, which goes to the last line at an end."""
        if await self.past.look(console, self.past.first + lines, self.size.height):
            await self.go_to(self.caret[0] + lines)
            self.moved()

    async def sought(self, motion: Motion, place: Place) -> Place:
        """Where a motion leads, shown as many rows as it wants to see."""
        if self.console is None:
            return place
        for widening in range(WIDENINGS):
            stretch = await self.past.around(
                self.console, place[0], forward=motion in FORWARD, widening=widening
            )
            if not stretch.first <= place[0] < stretch.stop:
                break
            if (found := motion(stretch, place)) is not None:
                return found
        return place

    # -- what is marked ------------------------------------------------------------------------

    def unmark(self) -> None:
        """Nothing is marked any more."""
        super().unmark()
        self._anchor, self.past.held = None, False

    def past_framed(self, frame: Frame) -> None:
        """The guest prints on: what is marked must still be there, and be the same lines."""
        if self.console is None:
            return
        words, now, before = "", numbering(self.console), self.past.numbering
        if now != before:
            words = RENUMBERED
            if now.alternate_screen != before.alternate_screen:
                # Nothing is where it was: as if one had begun just now.
                self.past.first = frame.first_line + frame.scrollback + self._top
                self.entering()
                words = OTHER_SCREEN
            self.past.renumber(now)
            self.renew_past()
        elif self.selection is not None and self.selection.lines.start < frame.first_line:
            words = GONE
        if words and self.selection is not None:
            self.unmark()
            self.moved()
            self.tell(words)

    async def begin_to_mark(self, shape: Shape) -> None:
        """Mark from here on, or go on in another shape; the same again unmarks."""
        if self._anchor is not None and shape is self._shape:
            self.unmark()
        else:
            if self._anchor is None:
                self._anchor, self._anchor_cells = self.caret, self._cells
            self._shape, self.past.held = shape, True
            await self._draw()
        self.moved()

    @property
    def _cells(self) -> int:
        """How wide the character is on which the cursor is."""
        start, end = glyph_at(self.past.row(self.caret[0]), self.caret[1])
        return end - start

    async def turn(self) -> None:
        """Go to the other end of what is marked."""
        if self._anchor is None:
            self.tell(UNMARKED)
        else:
            self._anchor_cells, place = self._cells, self._anchor
            self._anchor = self.caret
            await self.go_to(*place)

    async def _draw(self) -> None:
        """What is marked reaches to the cursor; whole lines in all their rows."""
        if self._anchor is None:
            return
        first, last = self._anchor, self.caret
        if self._shape is Shape.LINES:
            first, last = sorted((first, last))
            first = await self.sought(consolemotion.line_start, first)
            last = await self.sought(consolemotion.line_end, last)
            if not self.past.held:
                # The guest has printed meanwhile, and it is marked no more.
                return
        elif self._shape is Shape.BOX:
            # As wide as the wide characters at its corners.
            columns = first[1], last[1]
            right = max(first[1] + self._anchor_cells, last[1] + self._cells) - 1
            first, last = (first[0], min(columns)), (last[0], right)
        self.selection = Selection(first, last, self._shape)
