"""What a view shows of a console's past: how far back, which rows, and what was found there."""

from __future__ import annotations

from vmtui.engine.consolebase import ConsoleBase
from vmtui.errors import TimedOut
from vmtui.terminal.cells import Match, Row


class Past:
    """The scroll position of one view."""

    def __init__(self) -> None:
        self.back = 0
        """Lines scrolled back; 0 follows the guest."""
        self.rows: list[Row] = []
        self.first = 0
        """The line number of the first of the rows."""
        self.found: Match | None = None

    def follow(self) -> None:
        """Back to what the guest shows now."""
        self.back, self.rows, self.found = 0, [], None

    async def scroll(self, console: ConsoleBase, lines: int, height: int) -> bool:
        """Go back by `lines`, or forward where negative; False where nothing could be read."""
        frame = console.terminal.frame
        most = max(frame.scrollback + frame.rows - height, 0)
        back = max(0, min(most, self.back + lines))
        if back == 0:
            self.follow()
            return True
        bottom = frame.first_line + frame.scrollback + frame.rows
        try:
            first, rows = await console.terminal.scrollback(bottom - back - height, height)
        except TimedOut:
            return False
        self.back, self.first, self.rows = back, first, rows
        return True

    async def find(self, console: ConsoleBase, pattern: str, height: int) -> bool:
        """Go to the next older place where a regular expression is found.

        Raises re.error where it is none, TimedOut where it takes too long.
        """
        start = (self.found.line, self.found.start) if self.found else None
        found = await console.terminal.search(pattern, start)
        if found is None:
            return False
        frame = console.terminal.frame
        bottom = frame.first_line + frame.scrollback + frame.rows
        self.back = max(1, bottom - found.line - height // 2)
        await self.scroll(console, 0, height)
        self.found = found
        return True
