"""The main process's one door to the terminal engine."""

from __future__ import annotations

import asyncio
from pathlib import Path

import platformdirs

from vmtui.terminal.journal import HISTORY_BYTES, Size
from vmtui.terminal.nursery import Nursery
from vmtui.terminal.screen import SCROLLBACK_BYTES, clamp
from vmtui.terminal.session import TerminalSession

_TICK = 0.5
_CACHE = "default"


class EngineHost:
    """Opens terminals. Use it on one event loop, and close it before that loop ends."""

    def __init__(self, cache: Path | str | None = _CACHE, *, patience: float = 5.0) -> None:
        """Prepare; no process is started before the first `open`.

        Args:
            cache: folder for the generated binding; None for none; by default the person's cache.
            patience: seconds without an answer after which an engine counts as hung.
        """
        if isinstance(cache, str):
            cache = Path(platformdirs.user_cache_dir("vmtui"))
        self.nursery = Nursery(cache)
        self._patience = max(round(patience / _TICK), 1)
        self._sessions: list[TerminalSession] = []
        self._watchdog: asyncio.Task[None] | None = None

    async def open(
        self,
        columns: int = 80,
        rows: int = 24,
        *,
        scrollback_bytes: int = SCROLLBACK_BYTES,
        history_bytes: int = HISTORY_BYTES,
    ) -> TerminalSession:
        """A new terminal of that size, clamped to 2..500 columns and 1..300 rows.

        Args:
            columns: in cells.
            rows: in cells.
            scrollback_bytes: what the engine keeps of past rows (8 MiB: about 10,900 rows of 80).
            history_bytes: raw bytes kept here, to rebuild the terminal if its engine dies.

        Raises:
            EngineMissing: there is no engine for this machine.
            ConnectionError: the worker process cannot be started.
        """
        size = Size(*clamp(columns, rows))
        session = TerminalSession(self.nursery, size, scrollback_bytes, history_bytes)
        await session.engine.start()
        self._sessions.append(session)
        if self._watchdog is None:
            self._watchdog = asyncio.get_running_loop().create_task(self._watch())
        return session

    def release(self, session: TerminalSession) -> None:
        """Close one terminal."""
        session.close()
        if session in self._sessions:
            self._sessions.remove(session)

    async def close(self) -> None:
        """Close every terminal and end the processes."""
        if self._watchdog is not None:
            self._watchdog.cancel()
            self._watchdog = None
        for session in [*self._sessions]:
            self.release(session)
        await self.nursery.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            for session in self._sessions:
                session.engine.tick(self._patience)
