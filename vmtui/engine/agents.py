"""Asks guest agents for addresses: few at once, rarely, and the silent ones ever more rarely."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from vmtui.engine.bounded import abandon, bounded
from vmtui.engine.clock import Clock
from vmtui.engine.merge import AgentAnswer
from vmtui.engine.pace import Pace
from vmtui.engine.reader import Reader
from vmtui.errors import ConnectionLost, Unsupported, VmtuiError
from vmtui.model.guest import Agent, Guest, GuestState

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Known:
    """What is known of one agent; times are seconds of the monotonic clock."""

    asked_at: float | None = None
    """When it last answered; None: never, or it is to be asked again."""
    silent_until: float = 0.0
    pause: float = 0.0


class Agents:
    """Asks the agents of one host's guests.

    A guest is asked once its agent is connected, again when it was started or is in focus with an
    old answer, and never while the breaker holds after a failure.
    """

    def __init__(self, reader: Reader, pace: Pace, clock: Clock) -> None:
        self._reader = reader
        self._pace = pace
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._focus: frozenset[str] = frozenset()
        self._asking: dict[asyncio.Task[None], str] = {}
        self._wake = asyncio.Event()

    def want(self, uuid: str) -> None:
        """Ask this guest's agent again soon: it connected, or the guest was started."""
        if (known := self._known.get(uuid)) is not None:
            known.asked_at, known.silent_until = None, 0.0
        self._wake.set()

    def look(self) -> None:
        """Guests were read: one's agent may be connected now."""
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
                room = self._pace.agents - len(self._asking)
                for uuid in self._due()[:room] if room > 0 else ():
                    self._asking[asyncio.create_task(self._ask(uuid))] = uuid
                self._wake.clear()
                await self._until_next()
        finally:
            for task in self._asking:
                abandon(task)

    async def _until_next(self) -> None:
        """Until one answered, someone is wanted, or the next sweep."""
        wake = asyncio.create_task(self._wake.wait())
        sleep = asyncio.create_task(self._clock.sleep(self._pace.agent_sweep))
        try:
            # While all that may be asked are, only their answers make room for others.
            extra = {wake, sleep} if len(self._asking) < self._pace.agents else set()
            tasks: set[asyncio.Task[None] | asyncio.Task[bool]] = {*self._asking, *extra}  # type: ignore[arg-type]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            wake.cancel()
            sleep.cancel()
        for task in [task for task in self._asking if task.done()]:
            del self._asking[task]
            task.result()

    def _due(self) -> list[str]:
        """Guests to be asked now, those in focus first."""
        now = self._clock.monotonic()
        asking = set(self._asking.values())
        due = [
            uuid for uuid, guest in self._reader.guests.items()
            if uuid not in asking and _answers(guest) and self._is_due(uuid, now)
        ]  # fmt: skip
        return sorted(due, key=lambda uuid: uuid not in self._focus)

    def _is_due(self, uuid: str, now: float) -> bool:
        known = self._known.get(uuid)
        if known is None:
            return True
        if known.silent_until > now:
            return False
        if known.asked_at is None:
            return True
        return uuid in self._focus and now - known.asked_at >= self._pace.agent_fresh

    async def _ask(self, uuid: str) -> None:
        known = self._known.setdefault(uuid, _Known())
        try:
            hostname, addresses = await bounded(
                self._reader.hypervisor.read_agent_addresses(uuid), self._pace.agent_answer
            )
        except ConnectionLost:
            raise
        except VmtuiError as error:
            most = self._pace.agent_pause_most
            known.pause = min(max(known.pause * 2, self._pace.agent_pause), most)
            if isinstance(error, Unsupported):
                known.pause = most
            known.silent_until = self._clock.monotonic() + known.pause
            log.info("The agent of %s is left alone for %g s: %s", uuid, known.pause, error)
        else:
            known.asked_at, known.pause = self._clock.monotonic(), 0.0
            self._reader.agent_told(uuid, AgentAnswer(hostname, addresses))


def _answers(guest: Guest) -> bool:
    return (
        guest.state is GuestState.RUNNING
        and guest.definition is not None
        and guest.definition.agent is Agent.CONNECTED
    )
