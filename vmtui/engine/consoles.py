"""All open consoles, and the processes in which their terminals live."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from vmtui.engine.console import Console, ConsoleId
from vmtui.engine.fleet import Fleet
from vmtui.engine.store import Store
from vmtui.errors import Unsupported
from vmtui.model.guest import GuestKey
from vmtui.terminal.binding import EngineMissing
from vmtui.terminal.host import EngineHost


class Consoles:
    """Opens consoles, each once; they live until they are closed."""

    def __init__(self, fleet: Fleet, store: Store) -> None:
        self._fleet = fleet
        self._store = store
        self._terminals: EngineHost | None = None
        self._open: dict[ConsoleId, Console] = {}

    def __iter__(self) -> Iterator[Console]:
        """In the order in which they were opened."""
        return iter(tuple(self._open.values()))

    def __len__(self) -> int:
        return len(self._open)

    async def open(self, key: GuestKey, device: str, name: str, columns: int, rows: int) -> Console:
        """The console of that guest and device, opened where it is not yet.

        Raises Unsupported where this machine has no terminal engine.
        """
        id_ = ConsoleId(key, device)
        if (known := self._open.get(id_)) is not None:
            return known
        if self._terminals is None:
            self._terminals = EngineHost()
        try:
            terminal = await self._terminals.open(columns, rows)
        except (ConnectionError, EngineMissing) as error:
            raise Unsupported("The terminal engine cannot be started", str(error)) from None
        if (meanwhile := self._open.get(id_)) is not None:
            self._terminals.release(terminal)
            return meanwhile
        console = self._open[id_] = Console(id_, name, terminal, self._fleet, self._store)
        return console

    async def close_one(self, console: Console) -> None:
        """Let go of one console and forget what it showed."""
        self._open.pop(console.id, None)
        await console.close()
        if self._terminals is not None:
            self._terminals.release(console.terminal)

    async def close(self) -> None:
        """Let go of all of them."""
        await asyncio.gather(*(self.close_one(console) for console in self))
        if self._terminals is not None:
            await self._terminals.close()
