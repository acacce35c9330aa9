"""A console that is open on the screen, as a line for a job: what it prints, and typing there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

KEPT = 256 * 1024
"""Bytes that may wait to be read; of more the oldest go."""


class Tap:
    """Fulfils `vmtui.hypervisor.ConsoleChannel`. `send` types; `gone` is called at the end."""

    def __init__(self, send: Callable[[bytes], None], gone: Callable[[Tap], None]) -> None:
        self._send = send
        self._gone = gone
        self._waiting = bytearray()
        self._news = asyncio.Event()
        self._ended = False

    def heard(self, data: bytes) -> None:
        """The console printed this."""
        self._waiting += data
        del self._waiting[:-KEPT]
        self._news.set()

    def end(self) -> None:
        """The console is attached no more."""
        self._ended = True
        self._news.set()

    async def read(self, limit: int = 65536) -> bytes:
        """What was printed; b"" once it has ended."""
        while not self._waiting and not self._ended:
            self._news.clear()
            await self._news.wait()
        data = bytes(self._waiting[:limit])
        del self._waiting[:limit]
        return data

    async def write(self, data: bytes) -> None:
        """Type."""
        self._send(data)

    async def close(self) -> None:
        """Let go; the console stays open."""
        self.end()
        self._gone(self)
