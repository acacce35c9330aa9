"""Asks guest agents what they know: few at once, rarely, and the silent ones ever more rarely.

An agent that hangs is found out only by waiting for it, so whoever waits must not keep the others
waiting: a question that has no answer after a moment makes room for the next one, and goes on
beside it. How many may do so is limited, because each holds a worker of the host's daemon; one
place stays free for agents that answered when they were last asked, and those that did not are
asked after all others.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from vmtui.engine.bounded import abandon, bounded
from vmtui.engine.clock import Clock
from vmtui.engine.pace import Pace
from vmtui.engine.reader import Reader
from vmtui.errors import ConnectionLost, Refused, Unsupported, VmtuiError
from vmtui.model.guest import Agent, Guest, GuestState

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Known:
    """What is known of one agent; times are seconds of the monotonic clock."""

    asked_at: float | None = None
    """When it last answered; None: never, or it is to be asked again."""
    proven: bool = False
    """Whether it answered when it was last asked."""
    silent_until: float = 0.0
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class _Question:
    """One that is being asked."""

    uuid: str
    since: float
    proven: bool


class Agents:
    """Asks the agents of one host's guests.

    A guest is asked once its agent is connected, again when it was started or is in focus with an
    old answer, and never while the breaker holds after a failure. Whoever may be due stands in a
    queue, so that finding the next one costs the same whatever the number of guests.
    """

    def __init__(self, reader: Reader, pace: Pace, clock: Clock) -> None:
        self._reader = reader
        self._pace = pace
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._focus: frozenset[str] = frozenset()
        self._asking: dict[asyncio.Task[None], _Question] = {}
        self._queue: deque[str] = deque()
        self._queued: set[str] = set()
        self._silent: list[tuple[float, str]] = []
        """A heap of those that are left alone, by the end of their pause."""
        self._late: set[str] = set()
        """Those that came up in the queue while they were being asked."""
        self._news: set[str] = set()
        """Those whose answers, or silence, the store was not told yet."""
        self._told_at = float("-inf")
        self._wake = asyncio.Event()

    def want(self, uuid: str) -> None:
        """Ask this guest's agent again soon: it connected, or the guest was started."""
        if (known := self._known.get(uuid)) is not None:
            known.asked_at, known.proven, known.silent_until, known.pause = None, False, 0.0, 0.0
        self.look((uuid,))

    def look(self, uuids: Iterable[str]) -> None:
        """These guests were read: one's agent may be connected now."""
        for uuid in uuids:
            if uuid not in self._queued:
                self._queued.add(uuid)
                self._queue.append(uuid)
        self._wake.set()

    def focus(self, uuids: frozenset[str]) -> None:
        """Keep the answers of these guests fresh."""
        if uuids - self._focus:
            self._wake.set()
        self._focus = uuids

    def forget(self, uuid: str) -> None:
        """The guest is gone."""
        self._known.pop(uuid, None)

    async def run(self) -> None:
        """Ask whoever is due, until the connection is lost (raises ConnectionLost)."""
        try:
            while True:
                self._wake.clear()
                while (uuid := self._next()) is not None:
                    question = _Question(uuid, self._clock.monotonic(), self._is_proven(uuid))
                    self._asking[asyncio.create_task(self._ask(uuid))] = question
                self._tell()
                await self._until_next()
        finally:
            for task in self._asking:
                abandon(task)

    def _tell(self) -> None:
        """Tell the store the news, together: each time all that is shown is looked at again.

        Only what is in focus, and the last of what was asked, does not wait for others.
        """
        now = self._clock.monotonic()
        if self._news and (
            self._tell_in(now) <= 0 or not self._asking or not self._focus.isdisjoint(self._news)
        ):
            self._reader.tell(self._news)
            self._news.clear()
            self._told_at = now

    def _tell_in(self, now: float) -> float:
        """Seconds until news that wait are told."""
        return self._told_at + self._pace.agent_together - now

    async def _until_next(self) -> None:
        """Until one answered or is slow by now, someone is wanted, news are due, or a sweep."""
        now = self._clock.monotonic()
        seconds = min([self._pace.agent_sweep, *self._slow_in(now)])
        if self._news:
            seconds = min(seconds, max(self._tell_in(now), 0.0))
        wake = asyncio.create_task(self._wake.wait())
        sleep = asyncio.create_task(self._clock.sleep(seconds))
        try:
            tasks: set[asyncio.Task[None] | asyncio.Task[bool]] = {*self._asking, wake, sleep}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            wake.cancel()
            sleep.cancel()
        for task in [task for task in self._asking if task.done()]:
            uuid = self._asking.pop(task).uuid
            if uuid in self._late:
                self._late.discard(uuid)
                self.look((uuid,))
            task.result()

    def _slow_in(self, now: float) -> list[float]:
        """Seconds until each question that is not slow yet will be so."""
        left = (one.since + self._pace.agent_prompt - now for one in self._asking.values())
        return [seconds for seconds in left if seconds > 0]

    def _next(self) -> str | None:
        """Who is to be asked now: those in focus, those in the queue, then those once silent."""
        now, questions = self._clock.monotonic(), self._asking.values()
        waiting = len(self._slow_in(now))
        slow = len(questions) - waiting
        if waiting + max(slow - self._pace.agents_slow, 0) >= self._pace.agents:
            return None
        unproven = sum(not one.proven for one in questions)
        may_hang = unproven < max(self._pace.agents + self._pace.agents_slow - 1, 1)
        asking = {one.uuid for one in questions}
        for uuid in self._focus - asking:
            if (may_hang or self._is_proven(uuid)) and self._is_due(uuid, now):
                return uuid
        if not may_hang:
            return None
        while self._queue:
            uuid = self._queue.popleft()
            self._queued.discard(uuid)
            if uuid in asking:
                # What happened since it was asked may be news: it is looked at again afterwards.
                self._late.add(uuid)
            elif self._is_due(uuid, now):
                return uuid
        return self._once_silent(now, asking)

    def _once_silent(self, now: float, asking: set[str]) -> str | None:
        """One whose pause is over. It may well hang again: only a few of them at once."""
        if sum(map(self._was_silent, asking)) >= max(self._pace.agents // 2, 1):
            return None
        for uuid in filter(self._was_silent, self._focus - asking):
            if self._known[uuid].silent_until <= now and self._is_there(uuid):
                return uuid
        while self._silent and self._silent[0][0] <= now:
            until, uuid = heapq.heappop(self._silent)
            stale = not self._was_silent(uuid) or self._known[uuid].silent_until != until
            if stale or uuid in asking:
                continue  # it was wanted or asked since
            if self._is_there(uuid):
                return uuid
            self._known[uuid].pause = 0.0
        return None

    def _is_proven(self, uuid: str) -> bool:
        known = self._known.get(uuid)
        return known is not None and known.proven

    def _was_silent(self, uuid: str) -> bool:
        known = self._known.get(uuid)
        return known is not None and known.pause > 0

    def _is_there(self, uuid: str) -> bool:
        guest = self._reader.guests.get(uuid)
        return guest is not None and _answers(guest)

    def _is_due(self, uuid: str, now: float) -> bool:
        """Whether it has news to tell; one that was silent never is."""
        known = self._known.get(uuid)
        if self._was_silent(uuid) or not self._is_there(uuid):
            return False
        if known is None or known.asked_at is None:
            return True
        return uuid in self._focus and now - known.asked_at >= self._pace.agent_fresh

    async def _ask(self, uuid: str) -> None:
        known = self._known.setdefault(uuid, _Known())
        try:
            facts = await bounded(
                self._reader.hypervisor.read_agent(uuid), self._pace.agent_answer, "The agent"
            )
        except ConnectionLost:
            raise
        except VmtuiError as error:
            most = self._pace.agent_pause_most
            known.pause = min(max(known.pause * 2, self._pace.agent_pause), most)
            if isinstance(error, (Unsupported, Refused)):
                # A driver without agents, or a connection that may not ask: no fault of the guest.
                known.pause = most
            else:
                self._reader.agent_mute(uuid, error.title)
                self._news.add(uuid)
            known.silent_until = self._clock.monotonic() + known.pause
            heapq.heappush(self._silent, (known.silent_until, uuid))
            known.proven = False
            log.info("The agent of %s is left alone for %g s: %s", uuid, known.pause, error)
        else:
            known.asked_at, known.proven, known.pause = self._clock.monotonic(), True, 0.0
            self._reader.agent_told(uuid, facts)
            self._news.add(uuid)


def _answers(guest: Guest) -> bool:
    return (
        guest.state is GuestState.RUNNING
        and guest.definition is not None
        and guest.definition.agent is Agent.CONNECTED
    )
