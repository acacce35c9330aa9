"""The keys with which one looks back at a console: where they take the cursor, and what they do.

While one looks back no key is the guest's.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from textual import events
from textual.message import Message
from textual.worker import Worker, WorkerError

from vmtui.engine.consolebase import ConsoleBase
from vmtui.errors import VmtuiError
from vmtui.ui import consolemotion
from vmtui.ui.consolekeys import LOOKING_COMMANDS, NAMED
from vmtui.ui.consolemotion import Motion
from vmtui.ui.consoleselection import Marked, Selection, Shape
from vmtui.ui.keymap import word
from vmtui.ui.lookingkeys import Look, look_of
from vmtui.ui.widgets.consolecaret import UNMARKED, ConsoleCaret
from vmtui.ui.widgets.consolepast import kept_lines, present

MOTIONS: Mapping[Look, Motion] = {
    Look.LEFT: consolemotion.left,
    Look.RIGHT: consolemotion.right,
    Look.WORD: consolemotion.next_word,
    Look.LONG_WORD: consolemotion.next_long_word,
    Look.WORD_BACK: consolemotion.word_start,
    Look.LONG_WORD_BACK: consolemotion.long_word_start,
    Look.WORD_END: consolemotion.word_end,
    Look.LONG_WORD_END: consolemotion.long_word_end,
    Look.LINE_START: consolemotion.line_start,
    Look.LINE_END: consolemotion.line_end,
}
SHAPES: Mapping[Look, Shape] = {
    Look.MARK: Shape.TEXT, Look.MARK_LINES: Shape.LINES, Look.MARK_BOX: Shape.BOX,
}  # fmt: skip


class ConsoleCaretKeys(ConsoleCaret):
    """What of a view concerns its keys while one looks back."""

    @dataclass
    class Command(Message):
        """A command of the pane is wanted."""

        view: ConsoleCaretKeys
        key: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.seeking: Worker[Any] | None = None
        """What is looking for something to which the cursor will go."""
        self.ask_pattern: Callable[[bool], Awaitable[None]] | None = None
        """Asks what is to be found, and is told whether one looks back only for this."""

    async def begin_with(self, key: str) -> bool:
        """Do the command of the pane with that key if it looks back; False where it does not.

        When it returns the next key is not the guest's.
        """
        command = NAMED.get(key, key)
        if self.console is None or command not in LOOKING_COMMANDS:
            return False
        began = not self.past.on
        await self.look_back()
        if command == "s":
            await self._ask(began)
        elif command != "l":
            self.seek(backwards=command == "[")
        return True

    async def _ask(self, began: bool) -> None:
        if self.ask_pattern is not None:
            await self.ask_pattern(began)

    async def press_looking(self, event: events.Key) -> None:
        """Take a key while one looks back."""
        # Keys that come while something is still being searched for are meant for what is found.
        if self.seeking is not None:
            with contextlib.suppress(WorkerError):
                await self.seeking.wait()
            self.seeking = None
        console = self.console
        if console is None or not self.past.on or not self.size.height:
            return
        look = look_of(event.key, event.character if event.is_printable else None)
        if look is None:
            self.tell(f"{word(event.key)} does nothing while you look back; Esc returns")
            return
        try:
            await self._obey(look, console)
        except VmtuiError as error:
            self.post_message(self.Told(str(error), failed=True))

    async def _obey(self, look: Look, console: ConsoleBase) -> None:
        page = max(self.size.height - 1, 1)
        half = max(self.size.height // 2, 1)
        lines = {Look.UP: -1, Look.DOWN: 1}.get(look)
        scrolled = {Look.PAGE_UP: -page, Look.PAGE_DOWN: page, Look.PAGE_RETURN: page,
                    Look.HALF_UP: -half, Look.HALF_DOWN: half}.get(look)  # fmt: skip
        if look in MOTIONS:
            await self.go_to(*await self.sought(MOTIONS[look], self.caret))
        elif lines is not None:
            await self.go_to(self.caret[0] + lines)
        elif scrolled is not None:
            last = self.past.first + scrolled >= present(console, self.size.height)
            if look is Look.PAGE_RETURN and last and not self.past.held:
                self.follow()
            else:
                await self.page(console, scrolled)
        elif look is Look.FIRST:
            await self.go_to(kept_lines(console).start, 0)
        elif look is Look.LAST:
            await self.go_to(_last_line(console), sys.maxsize)
        elif look in SHAPES:
            await self.begin_to_mark(SHAPES[look])
        elif look is Look.OTHER_END:
            await self.turn()
        elif look is Look.SEARCH:
            await self._ask(False)
        else:
            self._do(look, console)

    def _do(self, look: Look, console: ConsoleBase) -> None:
        if look is Look.COPY:
            self._copy(console)
        elif look is Look.COPY_RETURN:
            if (mark := self.mark) is not None:
                self.post_message(self.Selected(console, mark))
            self.follow()
        elif look is Look.WRITE:
            self.post_message(self.Command(self, "w"))
        elif look in (Look.OLDER, Look.NEWER):
            self.seek(backwards=look is Look.OLDER)
        elif look is Look.LESS and self.selection is not None:
            self.unmark()
            self.moved()
        else:
            self.follow()

    def search(self, pattern: str, *, began: bool) -> None:
        """Go to the newest place where it is found; else leave off, where one has `began` to.

        Keys that follow wait.
        """
        self.seeking = self.run_worker(self._search(pattern, began), group="seeking")

    async def _search(self, pattern: str, began: bool) -> None:
        if not (pattern and await self.find(pattern)) and began:
            self.follow()

    def seek(self, *, backwards: bool) -> None:
        """Go to the next place where what was searched for is found; keys that follow wait."""
        if self.pattern:
            finding = self.find(self.pattern, backwards=backwards, again=True)
            self.seeking = self.run_worker(finding, group="seeking")
        else:
            self.tell("/ asks for what is to be found")

    def depart(self) -> None:
        """Another console is going to be shown: nothing of this one's past is."""
        if self.seeking is not None:
            self.seeking.cancel()
        self.past.follow()
        self.unmark()

    def _copy(self, console: ConsoleBase) -> None:
        mark, found = self.mark, self.past.found
        if mark is None and found is not None and self.caret == (found.line, found.start):
            ends = (found.line, found.start), (found.line, found.end - 1)
            mark = Marked(Selection(*ends), dict(self.past.seen))
        if mark is None:
            self.tell(UNMARKED)
            return
        self.post_message(self.Selected(console, mark))
        self.unmark()
        self.moved()


def _last_line(console: ConsoleBase) -> int:
    """The line with the guest's cursor, or the last one below it that is not blank."""
    frame = console.terminal.frame
    written = [y for y, row in enumerate(console.terminal.screen) if row.text]
    return frame.first_line + frame.scrollback + max([frame.cursor.y, *written[-1:]])
