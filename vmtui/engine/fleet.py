"""The fleet: every connection, each a session of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Sequence
from typing import Any

from vmtui.engine.clock import Clock, SystemClock
from vmtui.engine.eventlog import EventLog
from vmtui.engine.history import History
from vmtui.engine.pace import Pace
from vmtui.engine.session import Session
from vmtui.engine.store import Store
from vmtui.errors import ConnectionLost
from vmtui.hypervisor import ConsoleChannel, Factory, Hypervisor, Progress
from vmtui.model.change import Change
from vmtui.model.finding import Finding
from vmtui.model.guest import GuestKey, HostId
from vmtui.model.steps import FetchFile

COMMANDS_AT_ONCE = 8
"""Commands of the person's own that run in the background together."""


class Fleet:
    """Owns the sessions. Needs a running event loop from the first `add` on."""

    def __init__(
        self,
        store: Store,
        events: EventLog,
        history: History,
        pace: Pace | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.store = store
        self.events = events
        self.history = history
        self.pace = pace or Pace()
        self.clock = clock or SystemClock()
        self.console_text: Callable[[GuestKey], Awaitable[str | None]] | None = None
        """The end of what a guest's console printed, where it is open here; else None."""
        self.console_hears: Callable[[GuestKey], bool | None] | None = None
        """Whether a guest's console is attached here; None where it is not even open."""
        self.console_line: Callable[[GuestKey, str], ConsoleChannel | None] | None = None
        """A line to a guest's console and its device, where that is open here; else None."""
        self.fetch: Callable[[FetchFile, Progress], Coroutine[Any, Any, None]] | None = None
        """Downloads instead of the real thing: an imaginary fleet's files are imaginary too."""
        self.take_screen: Callable[[Sequence[str]], Awaitable[int]] | None = None
        """Gives a program the whole terminal, for its exit code; None where there is none."""
        self.screen = asyncio.Lock()
        """Held by the program that has the terminal."""
        self.commands_at_once = asyncio.Semaphore(COMMANDS_AT_ONCE)
        self._sessions: dict[HostId, Session] = {}
        self._focused: tuple[tuple[GuestKey, ...], tuple[Session, ...]] = ((), ())
        self._watched: tuple[tuple[HostId, ...], tuple[Session, ...]] = ((), ())

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._sessions.values()))

    def add(
        self,
        host: HostId,
        uri: str,
        factory: Factory,
        *,
        production: bool = False,
        read_only: bool = False,
    ) -> Session:
        """Show a host and begin to connect to it, in the background.

        `read_only` is how the factory's connections are opened: known before the first is.

        Raises ValueError where that name is taken.
        """
        if host in self._sessions:
            raise ValueError(f"there is a host {host!r} already")
        session = Session(
            host, uri, factory, self.store, self.events, self.history, self.pace, self.clock
        )
        self._sessions[host] = session
        session.start(production=production, read_only=read_only)
        return session

    async def remove(self, host: HostId) -> None:
        """Show a host no more and let go of its connection, within a second."""
        session = self._sessions.pop(host, None)
        self.store.remove_host(host)
        self.history.drop_host(host)
        if session is not None:
            await session.close()

    def session(self, host: HostId) -> Session | None:
        """The session of that name."""
        return self._sessions.get(host)

    def hypervisor(self, host: HostId) -> Hypervisor:
        """The live connection to a host.

        Raises ConnectionLost where there is none now.
        """
        session = self._sessions.get(host)
        if session is None:
            raise ConnectionLost(f"{host} is not connected", "It was removed from the list.")
        return session.hypervisor

    async def inspect(self, host: HostId) -> tuple[Finding, ...]:
        """The check of a host, up or not. Takes seconds.

        Raises VmtuiError where it cannot be done.
        """
        session = self._sessions.get(host)
        if session is None:
            raise ConnectionLost(f"{host} is not connected", "It was removed from the list.")
        return await session.inspect()

    def retry_now(self, host: HostId) -> None:
        """Try to connect at once instead of at the end of the pause; nothing where it is up."""
        if (session := self._sessions.get(host)) is not None:
            session.retry_now()

    def changed(self, host: HostId, change: Change) -> None:
        """Have something read again, as if the host had announced it."""
        if (session := self._sessions.get(host)) is not None:
            session.changed(change)

    def ask_agent(self, key: GuestKey) -> None:
        """Ask a guest's agent again soon."""
        if (session := self._sessions.get(key.host)) is not None:
            session.ask_agent(key.uuid)

    def focus(self, keys: Collection[GuestKey]) -> None:
        """Tell what is selected or on the screen: it is read first, its agent asked more often."""
        # Asked at every drawing, with a hundred hosts: mostly the same as before.
        asked = tuple(keys), tuple(self._sessions.values())
        if asked == self._focused:
            return
        self._focused = asked
        by_host: dict[HostId, set[str]] = {host: set() for host in self._sessions}
        for key in keys:
            if key.host in by_host:
                by_host[key.host].add(key.uuid)
        for host, uuids in by_host.items():
            self._sessions[host].focus(uuids)

    def watch(self, hosts: Collection[HostId]) -> None:
        """Tell which hosts are on the screen themselves: their figures are kept fresh."""
        asked = tuple(hosts), tuple(self._sessions.values())
        if asked != self._watched:
            self._watched = asked
            for host, session in self._sessions.items():
                session.watch(host in hosts)

    async def close(self) -> None:
        """Let go of every connection, all at once and within a second."""
        sessions = list(self._sessions.values())
        await asyncio.gather(*(session.close() for session in sessions))
