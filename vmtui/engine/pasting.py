"""Long or slow pastes: a piece at a time, so that a guest that reads slowly loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from vmtui.terminal.keys import INTERRUPT, PASTE_END, PASTE_START

BEAT = 0.05
"""Seconds between two pieces, where more than one character goes in each."""
PIECE = 4096
"""Characters of a piece where no pace is asked for."""


class Paste:
    """One text on its way into a guest; `stop` ends it early, the end of its brackets is sent."""

    def __init__(
        self,
        data: bytes,
        pace: int,
        send: Callable[[bytes], bool],
        told: Callable[[], None],
    ) -> None:
        """Begin.

        Args:
            data: what is to be sent, in UTF-8, with or without the brackets of a paste.
            pace: characters a second; 0 for as fast as they are taken.
            send: takes a piece, or says that there is no room for it now.
            told: called as it goes on and at its end.
        """
        self._head = PASTE_START if data.startswith(PASTE_START) else b""
        self._tail = PASTE_END if self._head else b""
        self._text = data[len(self._head) : len(data) - len(self._tail)].decode(errors="replace")
        self._pace = pace
        self._send = send
        self._told = told
        self.total = len(self._text)
        self.sent = 0
        self.done = False
        self._stopped = False
        self._begun = False
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        """Send no more of it."""
        self._stopped = True

    def abort(self) -> None:
        """Send nothing more at all, not even the closing bracket: the line is gone."""
        self.done = True
        self._task.cancel()

    def cut(self) -> bytes:
        """Send no more of it from this moment on; what to type so that half of it is not run."""
        self.abort()
        return (self._tail if self._begun else b"") + INTERRUPT

    async def _run(self) -> None:
        size, beat = PIECE, 0.0
        if self._pace:
            size = max(round(self._pace * BEAT), 1)
            beat = size / self._pace
        await self._put(self._head)
        self._begun = True
        while self.sent < self.total and not self._stopped:
            await self._put(self._text[self.sent : self.sent + size].encode())
            self.sent = min(self.sent + size, self.total)
            self._told()
            await asyncio.sleep(beat)
        await self._put(self._tail)
        self.done = True
        self._told()

    async def _put(self, data: bytes) -> None:
        while data and not self._send(data):  # noqa: ASYNC110 - a beat is what it waits for
            await asyncio.sleep(BEAT)
