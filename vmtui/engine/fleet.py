"""The fleet: every connection, each a session of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator

from vmtui.engine.clock import Clock, SystemClock
from vmtui.engine.eventlog import EventLog
from vmtui.engine.history import History
from vmtui.engine.pace import Pace
from vmtui.engine.session import Session
from vmtui.engine.store import Store
from vmtui.errors import ConnectionLost
from vmtui.hypervisor import Factory, Hypervisor
from vmtui.model.change import Change
from vmtui.model.guest import GuestKey, HostId


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
        self._sessions: dict[HostId, Session] = {}

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._sessions.values()))

    def add(self, host: HostId, uri: str, factory: Factory) -> Session:
        """Show a host and begin to connect to it, in the background.

        Raises ValueError where that name is taken.
        """
        if host in self._sessions:
            raise ValueError(f"there is a host {host!r} already")
        session = Session(
            host, uri, factory, self.store, self.events, self.history, self.pace, self.clock
        )
        self._sessions[host] = session
        session.start()
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

    def retry_now(self, host: HostId) -> None:
        """Try to connect at once instead of at the end of the pause; nothing where it is up."""
        if (session := self._sessions.get(host)) is not None:
            session.retry_now()

    def changed(self, host: HostId, change: Change) -> None:
        """Have something read again, as if the host had announced it."""
        if (session := self._sessions.get(host)) is not None:
            session.changed(change)

    def focus(self, keys: Collection[GuestKey]) -> None:
        """Tell what is selected or on the screen: it is read first, its agent asked more often."""
        by_host: dict[HostId, set[str]] = {host: set() for host in self._sessions}
        for key in keys:
            if key.host in by_host:
                by_host[key.host].add(key.uuid)
        for host, uuids in by_host.items():
            self._sessions[host].focus(uuids)

    async def close(self) -> None:
        """Let go of every connection, all at once and within a second."""
        sessions = list(self._sessions.values())
        await asyncio.gather(*(session.close() for session in sessions))
