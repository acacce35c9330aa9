"""The monitor: keeps what the store tells of one host true while its connection is up.

Changes that the host announces are merged for some milliseconds, and only those objects are read
again. Samples check the states, so that an announcement that was missed, or a driver that makes
none, comes by the same path.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable

from vmtui.engine.agents import Agents
from vmtui.engine.bounded import abandon
from vmtui.engine.clock import Clock
from vmtui.engine.eventlog import EventLog
from vmtui.engine.history import History
from vmtui.engine.pace import Pace
from vmtui.engine.reader import Reader
from vmtui.engine.sampler import Sampler
from vmtui.engine.store import Store
from vmtui.errors import ConnectionLost, VmtuiError
from vmtui.hypervisor import Hypervisor, Opened
from vmtui.model.capabilities import Feature
from vmtui.model.change import Change, ChangeKind, Event, Happened
from vmtui.model.guest import HostId

log = logging.getLogger(__name__)

LEASES_AFTER_START = 4.0
"""Seconds after a guest's start at which it usually has its lease."""
BEGINNINGS = (Happened.STARTED, Happened.RESTORED, Happened.MIGRATED_IN)
READ_AT_ONCE = 200
"""Guests read in one go after changes; more of them would hold up those that come after."""


class Monitor:
    """Watches one connection from its opening to its end."""

    def __init__(
        self,
        host: HostId,
        hypervisor: Hypervisor,
        opened: Opened,
        store: Store,
        events: EventLog,
        history: History,
        pace: Pace,
        clock: Clock,
    ) -> None:
        self._host = host
        self._events = events
        self._history = history
        self._pace = pace
        self._clock = clock
        self._focus: frozenset[str] = frozenset()
        self._pending: dict[ChangeKind, dict[str, None]] = {kind: {} for kind in ChangeKind}
        self._wanted = asyncio.Event()
        self._backlog: dict[str, None] = {}
        self._hurry = asyncio.Event()
        self._slowly = asyncio.Lock()
        self.reader = Reader(host, hypervisor, store, clock, pace.answer)
        self.reader.on_gone = self._gone
        self.sampler = Sampler(
            self.reader, store, history, pace, clock, opened.facts.cpus,
            Feature.EVENTS not in opened.capabilities.lacks, self._doubt,
        )  # fmt: skip
        self.agents = Agents(self.reader, pace, clock)

    def changed(self, change: Change) -> None:
        """Have it read again soon, together with what else changes until then."""
        self._pending[change.kind][change.uuid] = None
        self._wanted.set()

    def happened(self, event: Event) -> None:
        """Log it, and read what it befell."""
        self._events.append(event)
        if event.what is Happened.AGENT_UP:
            self.agents.want(event.uuid)
        elif event.what in BEGINNINGS:
            self.reader.started(event.uuid, event.at)
            self.agents.want(event.uuid)
            self._hurry.set()
        if event.uuid:
            self.changed(Change(ChangeKind.GUEST, event.uuid))

    def focus(self, uuids: frozenset[str]) -> None:
        """Tell which guests are selected or on the screen."""
        self._focus = self.sampler.focus = uuids
        self.agents.focus(uuids)

    async def run(self) -> VmtuiError:
        """Watch until the connection is lost; returns why."""
        lanes: list[asyncio.Task[None]] = []
        try:
            while (uuids := await self.reader.list_first()) is None:
                await self._clock.sleep(self._pace.tick)
            self._backlog = dict.fromkeys(uuids)
            work: tuple[Coroutine[None, None, None], ...] = (
                self._follow_changes(), self._read_backlog(), self._read_slow(),
                self._read_pools(), self.sampler.run(), self.agents.run(),
            )  # fmt: skip
            lanes = [asyncio.create_task(lane) for lane in work]
            done, _ = await asyncio.wait(lanes, return_when=asyncio.FIRST_COMPLETED)
            for lane in done:
                lane.result()
        except ConnectionLost as error:
            return error
        finally:
            for lane in lanes:
                abandon(lane)
        raise AssertionError("a lane ended by itself")

    def _doubt(self, uuids: Iterable[str]) -> None:
        """A reading contradicts what is known of these guests."""
        for uuid in uuids:
            self.changed(Change(ChangeKind.GUEST, uuid))

    def _gone(self, uuid: str) -> None:
        self._backlog.pop(uuid, None)
        self.sampler.forget(uuid)
        self.agents.forget(uuid)

    async def _follow_changes(self) -> None:
        window, read_at = self._pace.merge, float("-inf")
        while True:
            await self._wanted.wait()
            # While changes pour in, larger and fewer batches keep up with them.
            pouring = self._clock.monotonic() - read_at < self._pace.merge_most
            window = min(window * 2, self._pace.merge_most) if pouring else self._pace.merge
            await self._clock.sleep(window)
            self._wanted.clear()
            pending, self._pending = self._pending, {kind: {} for kind in ChangeKind}
            await self._read_guests(pending[ChangeKind.GUEST])
            if pending[ChangeKind.POOL]:
                await self.reader.read_pools()
            if pending[ChangeKind.NETWORK]:
                await self.reader.read_networks()
            read_at = self._clock.monotonic()

    async def _read_guests(self, changed: dict[str, None]) -> None:
        if "" in changed:
            del changed[""]
            changed.update(dict.fromkeys(await self.reader.list_changed()))
        uuids = list(changed)
        for start in range(0, len(uuids), READ_AT_ONCE):
            await self.reader.read(uuids[start : start + READ_AT_ONCE])
        self.agents.look(uuids)

    async def _read_backlog(self) -> None:
        """The definitions of all guests, after the listing: those on the screen first."""
        while self._backlog:
            focused = [uuid for uuid in self._backlog if uuid in self._focus]
            batch = focused + [u for u in self._backlog if u not in self._focus]
            for uuid in (batch := batch[: self._pace.batch]):
                del self._backlog[uuid]
            await self.reader.read(batch)
            self.agents.look(batch)
        await asyncio.Event().wait()

    async def _read_slow(self) -> None:
        await self.reader.read_networks()
        while True:
            await self._lull()
            await self.reader.read_flags()
            self._history.prune(self._host, self.reader.guests.keys())
            self.sampler.doubt_again()
            await self._pause(self._pace.slow)
            await self._lull()
            await self.reader.read_networks()

    async def _lull(self) -> None:
        """Wait for a middle between two ticks that is not taken by another slow reading.

        Each of them is some calls: with those of a tick they would be too many at once for a
        connection over which each takes its time.
        """
        async with self._slowly:
            await self._clock.sleep(self.sampler.until_lull)

    async def _pause(self, seconds: float) -> None:
        """Let `seconds` pass, or less where a guest's start brings leases soon."""
        try:
            await asyncio.wait_for(self._hurry.wait(), seconds)
        except TimeoutError:
            return
        self._hurry.clear()
        await self._clock.sleep(min(seconds, LEASES_AFTER_START))

    async def _read_pools(self) -> None:
        while True:
            await self._lull()
            await self.reader.read_pools()
            await self._clock.sleep(self._pace.pools)
