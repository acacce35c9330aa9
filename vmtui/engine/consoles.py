"""All open consoles, and the processes in which their terminals live."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

from vmtui.engine import consolelog, replaying
from vmtui.engine.console import Console
from vmtui.engine.consolebase import ConsoleBase, ConsoleId, ConsoleState
from vmtui.engine.fleet import Fleet
from vmtui.engine.store import Store
from vmtui.errors import Invalid, TimedOut, Unsupported
from vmtui.hypervisor import ConsoleChannel
from vmtui.model.device import ConsolePort
from vmtui.model.guest import GuestKey, HostId
from vmtui.terminal.asciicast import CastError
from vmtui.terminal.binding import EngineMissing
from vmtui.terminal.cells import join_rows
from vmtui.terminal.host import EngineHost
from vmtui.terminal.screen import SCROLLBACK_BYTES
from vmtui.terminal.session import TerminalSession

DRAWN = 2.0
"""Seconds for which a host's record may keep a console from being opened."""

LAST_LINES = 200
LINES_MOST = 4000


class Consoles:
    """Opens consoles, each once; they live until they are closed."""

    def __init__(
        self, fleet: Fleet, store: Store, scrollback_bytes: int = SCROLLBACK_BYTES
    ) -> None:
        self._fleet = fleet
        self._store = store
        self._scrollback_bytes = scrollback_bytes
        self._terminals: EngineHost | None = None
        self._open: dict[ConsoleId, ConsoleBase] = {}
        self._ends: dict[GuestKey, int] = {}
        self.expected: set[GuestKey] = set()
        """Guests whose console will be opened as soon as there is one."""
        fleet.console_text = self.text_of
        fleet.console_line = self.line_of
        fleet.console_hears = self.hears

    def __iter__(self) -> Iterator[ConsoleBase]:
        """In the order in which they were opened."""
        return iter(tuple(self._open.values()))

    def __len__(self) -> int:
        return len(self._open)

    def is_open(self, key: GuestKey, device: str) -> bool:
        """Whether that console is open here."""
        return ConsoleId(key, device) in self._open

    async def open(
        self,
        key: GuestKey,
        device: str,
        name: str,
        columns: int,
        rows: int,
        port: ConsolePort | None = None,
    ) -> ConsoleBase:
        """The console of that guest and device, opened where it is not yet.

        Args:
            key: the guest.
            device: by which this console is known here; "" for the guest's first.
            name: the guest's.
            columns: of the terminal.
            rows: of the terminal.
            port: which port `device` stands for; without it the host is asked for `device` itself.

        Raises Unsupported where this machine has no terminal engine.
        """
        id_ = ConsoleId(key, device)
        if (known := self._open.get(id_)) is not None:
            return known
        terminal = await self._terminal(columns, rows)
        note = await self._show_record(key, port, terminal)
        if (meanwhile := self._open.get(id_)) is not None:
            self._release(terminal)
            return meanwhile
        console = Console(id_, name, terminal, self._fleet, self._store, port)
        console.note = note
        self._open[id_] = console
        self.expected.discard(key)
        return console

    def hears(self, key: GuestKey) -> bool | None:
        """Whether a console of that guest is attached; None where none is open or will be."""
        states = [one.state for id_, one in self._open.items() if id_.key == key]
        if not states:
            return False if key in self.expected else None
        return ConsoleState.LIVE in states

    def device_of(self, key: GuestKey) -> str:
        """The host's name of that guest's port whose console is open and live here; "" is the
        first one."""
        for id_, console in self._open.items():
            if id_.key != key or console.state is not ConsoleState.LIVE:
                continue
            if isinstance(console, Console):
                return console.device_name or ""
        return ""

    def line_of(self, key: GuestKey, device: str) -> ConsoleChannel | None:
        """A line for a job to that console, where it is open here; None where it is not.

        `device` is the host's name of the port, "" for the guest's first.
        """
        for id_, console in self._open.items():
            if id_.key == key and isinstance(console, Console) and console.device_name == device:
                return console.tap()
        return None

    async def text_of(self, key: GuestKey) -> str | None:
        """The last lines of the guest's console as text, where one is open here; else None."""
        console = next((one for id_, one in self._open.items() if id_.key == key), None)
        if console is None:
            return None
        try:
            # Lines are read on from where they ended the last time: a long past costs nothing.
            begin = max(self._ends.get(key, 0) - LAST_LINES, 0)
            first, rows = await console.terminal.scrollback(begin, LINES_MOST)
        except TimedOut:
            return ""
        self._ends[key] = first + len(rows)
        return join_rows(rows)

    async def replay(self, path: Path) -> ConsoleBase:
        """A player of that recording or file of raw bytes, opened where it is not yet.

        Raises Invalid where it cannot be played, Unsupported where there is no terminal engine.
        """
        id_ = ConsoleId(GuestKey(HostId(""), replaying.name_of(path)), "")
        if (known := self._open.get(id_)) is not None:
            return known
        try:
            header, cast = await asyncio.to_thread(replaying.look_at, path)
        except (OSError, CastError) as error:
            raise Invalid("It cannot be played", str(error)) from None
        terminal = await self._terminal(header.columns, header.rows)
        if (meanwhile := self._open.get(id_)) is not None:
            self._release(terminal)
            return meanwhile
        player = replaying.Replay(id_, path, terminal, header, cast=cast)
        self._open[id_] = player
        return player

    async def close_one(self, console: ConsoleBase) -> None:
        """Let go of one console and forget what it showed."""
        self._open.pop(console.id, None)
        await console.close()
        self._release(console.terminal)

    async def close(self) -> None:
        """Let go of all of them."""
        await asyncio.gather(*(self.close_one(console) for console in self))
        if self._terminals is not None:
            await self._terminals.close()

    async def _terminal(self, columns: int, rows: int) -> TerminalSession:
        if self._terminals is None:
            self._terminals = EngineHost()
        try:
            return await self._terminals.open(
                columns, rows, scrollback_bytes=self._scrollback_bytes
            )
        except (ConnectionError, EngineMissing) as error:
            raise Unsupported("The terminal engine cannot be started", str(error)) from None

    def _release(self, terminal: TerminalSession) -> None:
        if self._terminals is not None:
            self._terminals.release(terminal)

    async def _show_record(
        self, key: GuestKey, port: ConsolePort | None, terminal: TerminalSession
    ) -> str:
        """Begin with what the host has recorded; where it cannot be read, a note of where it is."""
        if port is None or not port.log:
            return ""
        view = self._store.inventory.hosts.get(key.host)
        tail = None
        if view is not None and view.facts.local:
            tail = await asyncio.to_thread(consolelog.read_tail, port.log)
        if tail is None:
            return f"logged to {port.log} on the host"
        if tail.data:
            terminal.feed(consolelog.shown(tail))
            # What the record asks of a terminal must not be answered to the guest: nobody listens
            # to the replies before the console is made.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(terminal.settled(), DRAWN)
        return ""
