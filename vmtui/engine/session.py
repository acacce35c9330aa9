"""A session: one connection, from the first attempt until it is closed.

It opens in the background, is watched while it is up, and is opened again with growing pauses.
Nothing here waits for another host, and closing takes a second at most.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Set as AbstractSet

from vmtui.engine.bounded import abandon, bounded
from vmtui.engine.clock import Clock
from vmtui.engine.eventlog import EventLog
from vmtui.engine.history import History
from vmtui.engine.monitor import Monitor
from vmtui.engine.pace import Pace
from vmtui.engine.store import Store
from vmtui.errors import ConnectionFailed, ConnectionLost, TimedOut, VmtuiError
from vmtui.hypervisor import Factory, Hypervisor, Opened
from vmtui.model.change import Change, Event, Happened
from vmtui.model.finding import Finding, unreachable
from vmtui.model.guest import HostId
from vmtui.model.host import Link, LinkState

log = logging.getLogger(__name__)


class _Ear:
    """Hears one connection, and nothing any more once that is given up."""

    def __init__(self) -> None:
        self.monitor: Monitor | None = None
        self.deaf = False
        self.lost_by: asyncio.Future[VmtuiError] = asyncio.get_running_loop().create_future()
        self._early: list[Event] = []

    def changed(self, change: Change) -> None:
        """Something is to be read again; before the first listing there is nothing to do."""
        if not self.deaf and self.monitor is not None:
            self.monitor.changed(change)

    def happened(self, event: Event) -> None:
        """Something befell a guest."""
        if self.deaf:
            return
        if self.monitor is None:
            self._early.append(event)
        else:
            self.monitor.happened(event)

    def lost(self, error: VmtuiError) -> None:
        """The connection is gone."""
        if not self.deaf and not self.lost_by.done():
            self.lost_by.set_result(error)

    def attend(self, monitor: Monitor) -> None:
        """Pass on to `monitor`, first of all what was heard before it was there."""
        self.monitor = monitor
        for event in self._early:
            monitor.happened(event)
        self._early.clear()


class Session:
    """One host's connection. Its Link in the store tells how it stands.

    A Link of LOST or REFUSED with no `retry_at` says that an attempt is under way.
    """

    def __init__(
        self,
        host: HostId,
        uri: str,
        factory: Factory,
        store: Store,
        events: EventLog,
        history: History,
        pace: Pace,
        clock: Clock,
    ) -> None:
        self.host = host
        self.uri = uri
        self._factory = factory
        self._store = store
        self._events = events
        self._history = history
        self._pace = pace
        self._clock = clock
        self._hypervisor: Hypervisor | None = None
        self._monitor: Monitor | None = None
        self._task: asyncio.Task[None] | None = None
        self._hanging: set[asyncio.Task[Opened]] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._retry = asyncio.Event()
        self._focus: frozenset[str] = frozenset()
        self._watched = False
        self._link = Link(LinkState.CONNECTING, clock.now(), attempt=1)
        self._was_up = False

    def start(self, *, production: bool = False, read_only: bool = False) -> None:
        """Begin to connect; the marks are the person's own."""
        self._store.add_host(
            self.host, self.uri, self._link, production=production, read_only=read_only
        )
        self._task = asyncio.create_task(self._run(), name=f"session {self.host}")

    @property
    def hypervisor(self) -> Hypervisor:
        """The live connection. Raises ConnectionLost where there is none now."""
        if self._hypervisor is None:
            detail = str(self._link.error) if self._link.error else ""
            raise ConnectionLost(f"{self.host} is not connected", detail)
        return self._hypervisor

    async def inspect(self) -> tuple[Finding, ...]:
        """The check of the host, by the live connection or else without one. Takes seconds.

        Raises VmtuiError where it cannot be done.
        """
        if self._hypervisor is not None:
            return await self._hypervisor.inspect()
        fresh = self._factory()
        try:
            found = await fresh.inspect()
        finally:
            self._let_go(fresh)
        error = self._link.error
        return (unreachable(error), *found) if error is not None else found

    def retry_now(self) -> None:
        """End the pause before the next attempt."""
        self._retry.set()

    def changed(self, change: Change) -> None:
        """Have something read again."""
        if self._monitor is not None:
            self._monitor.changed(change)

    def ask_agent(self, uuid: str) -> None:
        """Ask one guest's agent again soon."""
        if self._monitor is not None:
            self._monitor.agents.want(uuid)

    def focus(self, uuids: AbstractSet[str]) -> None:
        """Tell which of its guests are selected or on the screen."""
        self._focus = frozenset(uuids)
        if self._monitor is not None:
            self._monitor.focus(self._focus)

    def watch(self, watched: bool) -> None:
        """Tell whether the host itself is on the screen."""
        self._watched = watched
        if self._monitor is not None:
            self._monitor.sampler.watched = watched

    async def close(self) -> None:
        """Let go, within `pace.close` seconds whatever the host does."""
        self._hypervisor = None
        if self._task is not None:
            abandon(self._task)
            # Its own way out begins to close the connection.
            await asyncio.wait((self._task,), timeout=self._pace.close / 2)
        if self._closing:
            await asyncio.wait(self._closing, timeout=self._pace.close / 2)
        for task in (*self._closing, *self._hanging):
            abandon(task)
        self._set_link(Link(LinkState.CLOSED, self._clock.now()))

    async def _run(self) -> None:
        delay, attempt, flapping = 0.0, 0, False
        while True:
            attempt += 1
            self._trying(attempt)
            began = self._clock.monotonic()
            try:
                await self._once()
            except VmtuiError as error:
                failure = error
            except Exception as error:
                log.exception("The session of %s failed", self.host)
                failure = ConnectionLost("vmtui failed in reading this host", repr(error))
            was_up, self._hypervisor, self._monitor = self._hypervisor is not None, None, None
            steady = self._clock.monotonic() - began >= self._pace.steady
            if was_up and (steady or not flapping):
                delay = 0.0
            flapping, attempt = was_up, 0 if was_up else attempt
            delay = self._next_delay(delay)
            self._failed(failure, was_up, attempt, delay)
            await self._pause(delay)

    def _next_delay(self, delay: float) -> float:
        pace = self._pace
        first = pace.lost_first if self._was_up else pace.refused_first
        most = pace.lost_most if self._was_up else pace.refused_most
        return min(max(delay * 2, first), most)

    async def _pause(self, seconds: float) -> None:
        self._retry.clear()
        sleep = asyncio.create_task(self._clock.sleep(seconds))
        asked = asyncio.create_task(self._retry.wait())
        try:
            await asyncio.wait((sleep, asked), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            asked.cancel()

    async def _once(self) -> None:
        """One connection from its opening to its end, which is always an error."""
        if len(self._hanging) >= self._pace.abandoned:
            raise TimedOut(
                f"{self.host} does not answer",
                f"{len(self._hanging)} earlier attempts to connect still hang; "
                "no further one is made before one of them ends.",
            )
        ear = _Ear()
        hypervisor = self._factory()
        try:
            opened = await self._open(hypervisor, ear)
            monitor = Monitor(
                self.host, hypervisor, opened, self._store, self._events, self._history,
                self._pace, self._clock,
            )  # fmt: skip
            self._hypervisor, self._monitor, self._was_up = hypervisor, monitor, True
            monitor.focus(self._focus)
            monitor.sampler.watched = self._watched
            self._set_up(opened)
            ear.attend(monitor)
            raise await self._watch(monitor, ear)
        finally:
            ear.deaf = True
            self._let_go(hypervisor)

    async def _open(self, hypervisor: Hypervisor, ear: _Ear) -> Opened:
        task = asyncio.create_task(hypervisor.open(ear), name=f"open {self.host}")
        try:
            done, _ = await asyncio.wait((task,), timeout=self._pace.open)
        except asyncio.CancelledError:
            abandon(task)
            raise
        if done:
            return task.result()
        # It is left to end by itself, because cancelling would only hide that it still hangs.
        self._hanging.add(task)
        task.add_done_callback(self._hanging.discard)
        task.add_done_callback(lambda late: self._opened_late(late, hypervisor))
        raise ConnectionFailed(
            f"{self.host} does not answer", f"No connection after {self._pace.open:.0f} seconds."
        )

    def _opened_late(self, late: asyncio.Task[Opened], hypervisor: Hypervisor) -> None:
        if not late.cancelled() and late.exception() is None:
            self._let_go(hypervisor)

    async def _watch(self, monitor: Monitor, ear: _Ear) -> VmtuiError:
        """Run the monitor until the connection is lost; returns why."""
        running = asyncio.create_task(monitor.run(), name=f"monitor {self.host}")
        try:
            await asyncio.wait((running, ear.lost_by), return_when=asyncio.FIRST_COMPLETED)
            if ear.lost_by.done():
                return ear.lost_by.result()
            return running.result()
        finally:
            running.cancel()
            abandon(running)

    def _let_go(self, hypervisor: Hypervisor) -> None:
        """Close a connection in the background, once."""

        async def closing() -> None:
            try:
                await bounded(hypervisor.close(), self._pace.close)
            except VmtuiError as error:
                log.info("Closing %s: %s", self.host, error)

        task = asyncio.create_task(closing(), name=f"close {self.host}")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _trying(self, attempt: int) -> None:
        link = self._link
        if attempt > 1 or self._was_up:
            self._set_link(Link(link.state, link.since, link.error, None, attempt))

    def _set_up(self, opened: Opened) -> None:
        now = self._clock.now()
        self._set_link(Link(LinkState.UP, now))
        self._store.update_host(
            self.host, facts=opened.facts, capabilities=opened.capabilities, read_at=now
        )
        self._events.append(Event(now, self.host, Happened.HOST_UP, detail=self.uri))

    def _failed(self, error: VmtuiError, was_up: bool, attempt: int, delay: float) -> None:
        now = self._clock.now()
        retry_at = now + delay
        if was_up:
            self._events.append(Event(now, self.host, Happened.HOST_LOST, detail=str(error)))
            self._set_link(Link(LinkState.LOST, now, error, retry_at, attempt))
            return
        state = LinkState.LOST if self._was_up else LinkState.REFUSED
        since = self._link.since if self._link.state is state else now
        self._set_link(Link(state, since, error, retry_at, attempt))

    def _set_link(self, link: Link) -> None:
        self._link = link
        self._store.update_host(self.host, link=link)
