"""Looking back at what a guest printed, and finding something in it: what a view does about it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from textual.message import Message

from vmtui.errors import VmtuiError
from vmtui.ui.widgets.consolemouse import ConsoleMouse
from vmtui.ui.widgets.consolepast import present

RESIZED = 1.0
"""Seconds at most that a terminal is waited for which takes another size."""


class ConsoleLookback(ConsoleMouse):
    """What of a view concerns its past; the messages name the view."""

    @dataclass
    class Scrolled(Message):
        """It shows another part of the past, or the present again, or more or less is marked."""

        view: ConsoleLookback

    @dataclass
    class Told(Message):
        """What the person should know about what was looked for, or at."""

        words: str
        failed: bool = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.pattern = ""
        """What was searched for last, in whichever view."""

    @property
    def back(self) -> int | None:
        """Lines scrolled back; None where it follows the guest."""
        return self.past.back(self.console, self.size.height) if self.past.on else None

    async def look_back(self) -> None:
        """Begin to look back, at what is shown now."""
        if self.console is not None and not self.past.on:
            self.entering()
            if await self.past.look(self.console, self.line_at(0), self.size.height):
                await self.arrived()

    async def scroll_back(self, lines: int) -> None:
        """Go back by `lines` in what the guest printed; negative goes forward, to 0 at most."""
        console = self.console
        if console is None or (lines < 0 and not self.past.on):
            return
        now = present(console, self.size.height)
        first = self.line_at(0) - lines
        if first >= now and not self.past.held:
            self.follow()
            return
        if not self.past.on:
            if now <= console.terminal.frame.first_line:
                return
            self.entering()
        if await self.past.look(console, first, self.size.height):
            await self.arrived()

    def follow(self) -> None:
        """Back to what the guest shows now."""
        self.unmark()
        self.past.follow()
        self.moved()

    async def find(self, pattern: str, *, backwards: bool = True, again: bool = False) -> bool:
        """Show an older place, or newer one, where a regular expression is found; tell if none is.

        It is the next one from where one looks if it is wanted `again`, else the newest.
        """
        console = self.console
        if console is None:
            return False
        start = self.looked_at if again and self.past.on else None
        if not self.past.on:
            self.entering()
        try:
            found = await self.past.find(
                console, pattern, start, self.size.height, backwards=backwards
            )
        except VmtuiError as error:
            self.post_message(self.Told(str(error), failed=True))
            return False
        if found:
            await self.arrived()
        else:
            words = f"nothing {'older' if backwards else 'newer'} is" if start else "not"
            self.post_message(self.Told(f"{words} found: {pattern}"))
        return found

    def renew_past(self) -> None:
        """Where the past is shown: read it again, for the view has another size."""
        if self.past.on:
            self.run_worker(self._renew(), group="past", exclusive=True)

    async def _renew(self) -> None:
        """What is shown of the past, once the terminal has its new size."""
        console = self.console
        if console is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(console.terminal.settled(), RESIZED)
        if self.past.on and console is self.console and self.size.height:
            await self.past.renew(console, self.size.height)
            await self.arrived()

    def moved(self) -> None:
        """Paint all of it, and say so."""
        self.refresh()
        self.post_message(self.Scrolled(self))

    # -- for the cursor ------------------------------------------------------------------------

    @property
    def looked_at(self) -> tuple[int, int] | None:
        """The line and column of the cursor with which one looks back."""
        return None

    def entering(self) -> None:
        """Somebody is about to look back."""

    async def arrived(self) -> None:
        """Another part of the past is shown."""
        self.moved()
