"""What a view shows of a console's past: which rows, how far back they are, and what was found."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from vmtui.engine.consolebase import ConsoleBase
from vmtui.errors import TimedOut
from vmtui.terminal.cells import BLANK, Match, Row
from vmtui.ui.consolemotion import Stretch

_NEAR = 100
"""Rows that are read at first where a motion has to see more than is shown."""


class Numbering(NamedTuple):
    """As long as this stays the same, the number of a line means the same line."""

    columns: int
    alternate_screen: bool
    restarts: int
    """Of the engine: a new one counts anew."""


class Past:
    """The scroll position of one view: it stays where it is while the guest prints on."""

    def __init__(self) -> None:
        self.on = False
        """Whether the past is shown; else the view follows the guest."""
        self.rows: list[Row] = []
        self.first = 0
        """The line number of the first of the rows."""
        self.found: Match | None = None
        self.held = False
        """Whether lines stay as they were seen first: what is being marked is not drawn over."""
        self.seen: dict[int, Row] = {}
        """Rows by line that are shown, or were while held, and that the guest may change."""
        self.numbering = Numbering(0, False, 0)
        self._visits = 0
        """How often it was left off: what is read for an earlier visit is not shown."""
        # A view that gets another size reads its rows again while somebody may be moving on.
        self._moving = asyncio.Lock()

    def follow(self) -> None:
        """Back to what the guest shows now."""
        self.on, self.rows, self.found, self.seen = False, [], None, {}
        self._visits += 1

    def renumber(self, numbering: Numbering) -> None:
        """Lines have other numbers now: what was kept by its number is forgotten."""
        self.numbering, self.found, self.seen = numbering, None, {}

    def back(self, console: ConsoleBase | None, height: int) -> int:
        """Lines from what is shown to what the guest shows now."""
        return max(present(console, height) - self.first, 0) if console is not None else 0

    def row(self, line: int) -> Row:
        """A line that is shown; blank where it is not."""
        index = line - self.first
        return self.rows[index] if 0 <= index < len(self.rows) else BLANK

    async def look(self, console: ConsoleBase, first: int, height: int) -> bool:
        """Show the past from that line on, as far as it reaches; False where it cannot be read."""
        async with self._moving:
            return await self._show(console, min(first, present(console, height)), height)

    async def reveal(self, console: ConsoleBase, line: int, height: int) -> bool:
        """Have that line among those that are shown, by scrolling no farther than need be."""
        async with self._moving:
            last = max(min(line, self.first), line - height + 1)
            if last == self.first and len(self.rows) > line - self.first:
                return True
            return await self._show(console, min(last, present(console, height)), height)

    async def renew(self, console: ConsoleBase, height: int) -> None:
        """Read the rows again: the view has another height, or the guest's lines another width."""
        async with self._moving:
            if self.on:
                await self._show(console, min(self.first, present(console, height)), height)

    async def find(
        self,
        console: ConsoleBase,
        pattern: str,
        start: tuple[int, int] | None,
        height: int,
        *,
        backwards: bool = True,
    ) -> bool:
        """Go to the next place before or after `start` where a regular expression is found.

        Without a start from the newest line, or the oldest.
        Raises re.error where it is none, TimedOut where it takes too long.
        """
        found = await console.terminal.search(pattern, start, backwards=backwards)
        if found is None:
            return False
        async with self._moving:
            first = min(found.line - height // 2, present(console, height))
            if not await self._show(console, first, height, anew=found.line):
                return False
            self.found = found
            return True

    async def around(
        self, console: ConsoleBase, line: int, *, forward: bool, widening: int
    ) -> Stretch:
        """Rows from that line on, or up to it; each further `widening`, from 0, gives more.

        Raises TimedOut where they cannot be read.
        """
        kept = kept_lines(console)
        first, rows = self.first, self.rows
        top = bottom = False
        if widening or not first <= line < first + len(rows):
            wanted = range(line, line + (_NEAR << widening))
            if not forward:
                wanted = range(max(line + 1 - (_NEAR << widening), kept.start), line + 1)
            first, rows = await console.terminal.scrollback(wanted.start, len(wanted))
            # Where there are fewer the frame that told what is kept is not the newest.
            top, bottom = first > wanted.start, first + len(rows) < wanted.stop
            rows = self._as_seen(first, rows)
        top, bottom = top or first <= kept.start, bottom or first + len(rows) >= kept.stop
        return Stretch(first, rows, top, bottom)

    def _as_seen(self, first: int, rows: list[Row]) -> list[Row]:
        return [self.seen.get(line, row) for line, row in enumerate(rows, first)]

    async def _show(
        self, console: ConsoleBase, first: int, height: int, *, anew: int | None = None
    ) -> bool:
        """Show these rows; `anew` is a line that is shown as it is now."""
        frame = console.terminal.frame
        if not self.on:
            self.numbering = numbering(console)
        visit = self._visits
        try:
            first, rows = await console.terminal.scrollback(max(first, frame.first_line), height)
        except TimedOut:
            return False
        if visit != self._visits:
            return False
        self.first = first
        if not self.held:
            self.seen = {}
        if anew is not None:
            self.seen.pop(anew, None)
        self.rows = self._as_seen(self.first, rows)
        # A row above the screen is changed by nobody.
        on_screen = max(frame.first_line + frame.scrollback - self.first, 0)
        self.seen |= dict(enumerate(self.rows[on_screen:], self.first + on_screen))
        self.on = True
        return True


def numbering(console: ConsoleBase) -> Numbering:
    """What the numbers of lines depend on, as of the latest frame."""
    terminal = console.terminal
    alternate = terminal.frame.modes.alternate_screen
    return Numbering(terminal.frame.columns, alternate, terminal.engine.restarts)


def kept_lines(console: ConsoleBase) -> range:
    """The lines that the guest's terminal keeps, those of its screen included."""
    frame = console.terminal.frame
    return range(frame.first_line, frame.first_line + frame.scrollback + frame.rows)


def present(console: ConsoleBase, height: int) -> int:
    """The first of the lines that a view of that height shows of the guest's screen."""
    return kept_lines(console).stop - height
