"""A console written to an asciicast file while it goes on: in batches, beside the UI's loop."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from vmtui.terminal.asciicast import CastHeader, CastWriter

logger = logging.getLogger(__name__)

PAUSE = 0.1
"""Seconds between two batches."""
MOST = 4 << 20
"""Bytes that may wait to be written before the guest is held up."""


Ended = Callable[[str], None]


class Recording:
    """Made by `begin`; `output` and `resize` never wait, `ready` does where much is unwritten."""

    def __init__(self, path: Path, file: IO[str], header: CastHeader, ended: Ended) -> None:
        self.path = path
        self._file = file
        self._ended = ended
        self._writer = CastWriter(file, header, started=time.monotonic())
        self._waiting: list[tuple[float, bytes | tuple[int, int]]] = []
        self._bytes = 0
        self._closing = False
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._task = asyncio.create_task(self._write())

    @classmethod
    async def begin(
        cls, path: Path, columns: int, rows: int, title: str, ended: Ended
    ) -> Recording:
        """Begin a new file, readable by its owner only.

        Args:
            path: of a file that is not there yet.
            columns: of the terminal.
            rows: of the terminal.
            title: the console's name.
            ended: told, in words, if the file cannot be written any more.

        Raises:
            OSError: it cannot be made, or is there.
        """
        file = await asyncio.to_thread(_open_new, path)
        return cls(path, file, CastHeader(columns, rows, int(time.time()), title), ended)

    def output(self, data: bytes) -> None:
        """Record what the guest printed."""
        self._add(data, len(data))

    def resize(self, columns: int, rows: int) -> None:
        """Record a change of the screen's size."""
        self._add((columns, rows), 16)

    async def ready(self) -> None:
        """Wait until there is room for more."""
        await self._room.wait()

    async def close(self) -> None:
        """Write what waits, and close the file."""
        self._closing = True
        self._news.set()
        await self._task

    def _add(self, what: bytes | tuple[int, int], size: int) -> None:
        if self._closing:
            return
        self._waiting.append((time.monotonic(), what))
        self._bytes += size
        if self._bytes > MOST:
            self._room.clear()
        self._news.set()

    async def _write(self) -> None:
        try:
            while not (self._closing and not self._waiting):
                await self._news.wait()
                self._news.clear()
                batch, self._waiting, self._bytes = self._waiting, [], 0
                await asyncio.to_thread(self._put, batch)
                self._room.set()
                if not self._closing:
                    await asyncio.sleep(PAUSE)
            await asyncio.to_thread(self._finish)
        except (OSError, ValueError) as error:
            self._closing = True
            logger.warning("recording to %s: %s", self.path, error)
            self._ended(str(error))
        finally:
            self._room.set()

    def _put(self, batch: list[tuple[float, bytes | tuple[int, int]]]) -> None:
        for at, what in batch:
            if isinstance(what, bytes):
                self._writer.output(what, at)
            else:
                self._writer.resize(*what, at)
        self._file.flush()

    def _finish(self) -> None:
        self._writer.finish(time.monotonic())
        self._file.close()


def _open_new(path: Path) -> IO[str]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8")
