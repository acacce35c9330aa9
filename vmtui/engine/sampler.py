"""Samples one host: bulk readings, the dear groups in turn, and what they mean."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from zlib import crc32

from vmtui.engine import meter
from vmtui.engine.clock import Clock
from vmtui.engine.history import History
from vmtui.engine.pace import Pace
from vmtui.engine.reader import Reader
from vmtui.engine.store import Store
from vmtui.model.host import HostSample
from vmtui.model.stats import GuestFigures, GuestSample, StatGroup

EACH_TICK = StatGroup.STATE | StatGroup.CPU | StatGroup.NETWORK
DEAR = (StatGroup.DISK, StatGroup.MEMORY, StatGroup.NONE)
"""What else, tick by tick: each of these asks every guest's process."""
RARE = 5.0
"""Ticks that are so many seconds apart leave room enough between them."""
CHUNK = 200
"""Guests reckoned before the event loop gets a turn."""


def groups(tick: int) -> StatGroup:
    """What to ask in a tick, counted from 0."""
    return StatGroup.ALL if tick == 0 else EACH_TICK | DEAR[(tick - 1) % len(DEAR)]


def turn(guests: int, at_once: int) -> int:
    """In how many ticks each of so many guests has its turn, with `at_once` of them in a tick."""
    return max(1, -(-guests // at_once))


class Sampler:
    """Ticks while a connection is up. A tick that would overlap the one before is dropped.

    Few guests are all sampled at each tick. Of many, those on the screen are, and the whole host
    when it has its turn, so that a tick costs what is on the screen and not what there is.
    """

    def __init__(
        self,
        reader: Reader,
        store: Store,
        history: History,
        pace: Pace,
        clock: Clock,
        host_cpus: int | None,
        has_events: bool,
        doubt: Callable[[Iterable[str]], None],
    ) -> None:
        self.dropped = 0
        """Ticks that were left out because the one before was still running."""
        self.focus: frozenset[str] = frozenset()
        """The guests (UUID) that are on the screen."""
        self.watched = False
        """Whether the host itself is on the screen."""
        self._reader = reader
        self._store = store
        self._history = history
        self._pace = pace
        self._clock = clock
        self._host_cpus = host_cpus
        self._has_events = has_events
        self._doubt = doubt
        self._readings: dict[str, meter.Reading] = {}
        self._figures: dict[str, GuestFigures] = {}
        self._host_sample: HostSample | None = None
        self._doubted: dict[str, object] = {}
        self._wholes = 0
        self._due = clock.monotonic()
        self._offset = crc32(reader.host.encode())
        """Parts the turns of different hosts."""

    def forget(self, uuid: str) -> None:
        """The guest is gone."""
        self._readings.pop(uuid, None)
        self._figures.pop(uuid, None)
        self._doubted.pop(uuid, None)

    def doubt_again(self) -> None:
        """Read guests again whose state is still contradicted, although that was done before."""
        self._doubted.clear()

    @property
    def until_lull(self) -> float:
        """Seconds to the next middle between two ticks; none where ticks are far apart."""
        tick = self._pace.tick
        if tick > RARE:
            return 0.0
        left = self._due - tick / 2 - self._clock.monotonic()
        return left if left > 0 else left % tick

    async def run(self) -> None:
        """Tick until the connection is lost (raises ConnectionLost)."""
        tick, due = 0, self._clock.monotonic()
        while True:
            await self._tick(tick)
            due += self._pace.tick if tick else min(self._pace.first_tick, self._pace.tick)
            now = self._clock.monotonic()
            if now > due:
                missed = int((now - due) // self._pace.tick) + 1
                self.dropped += missed
                due += missed * self._pace.tick
            due = self._due = min(due, now + self._pace.tick)  # not all that are called monotonic
            await self._clock.sleep(due - now)
            tick += 1

    async def _tick(self, tick: int) -> None:
        each = turn(self._store.guests, self._pace.guests_a_tick)
        # Rates need two readings: without the second one a whole turn would pass before any.
        whole = tick < 2 or (tick + self._offset) % each == 0
        if whole:
            wanted = StatGroup.ALL if each >= len(DEAR) else groups(self._wholes)
            self._wholes += 1
            await asyncio.gather(self._sample_all(wanted, each), self._sample_host(each))
            return
        if not self._has_events:
            self._doubt(await self._reader.list_changed())
        work = [self._sample_some(groups(tick + 1) & ~StatGroup.STATE, each)]
        if self.focus or self.watched:
            work.append(self._sample_host(each))
        await asyncio.gather(*work)

    async def _sample_all(self, wanted: StatGroup, each: int) -> None:
        """Every guest, and what their states tell."""
        samples = await self._reader.ask(
            "sample guests", lambda: self._reader.hypervisor.sample_guests(wanted)
        )
        if not self._has_events or self._reader.unsupported("sample guests"):
            self._doubt(await self._reader.list_changed())
        if samples is None:
            return
        present = await self._reckon(samples, each)
        self._check_states(samples)
        self._drop([uuid for uuid in self._figures if uuid not in present])

    async def _sample_some(self, wanted: StatGroup, each: int) -> None:
        """Those that are on the screen."""
        guests = self._reader.guests
        shown = [uuid for uuid in self.focus if uuid in guests]
        active = [uuid for uuid in shown if guests[uuid].state.active]
        self._drop(shown)
        if not active:
            return
        samples = await self._reader.ask(
            "sample guests", lambda: self._reader.hypervisor.sample_guests(wanted, active)
        )
        if samples is not None:
            await self._reckon(samples, each)

    async def _sample_host(self, each: int) -> None:
        host = await self._reader.ask("sample the host", self._reader.hypervisor.sample_host)
        if host is not None:
            figures = meter.measure_host(self._host_sample, host)
            self._host_sample = host
            self._store.update_host(self._reader.host, figures=figures, read_at=self._clock.now())
            self._history.record_host(self._reader.host, figures, each)

    async def _reckon(self, samples: list[GuestSample], each: int) -> set[str]:
        """Work out and tell what the guests use; returns those (UUID) that use anything."""
        guests = self._reader.guests
        told: dict[str, GuestFigures] = {}
        for count, sample in enumerate(samples, 1):
            uuid = sample.uuid
            guest = guests.get(uuid)
            if guest is None or not (sample.state or guest.state).active:
                continue
            vcpus = sample.vcpus or (guest.definition.vcpus if guest.definition else None)
            self._readings[uuid], told[uuid] = meter.measure(
                self._readings.get(uuid), sample, vcpus, self._host_cpus, self._figures.get(uuid)
            )
            if count % CHUNK == 0:
                await asyncio.sleep(0)
        self._figures.update(told)
        self._store.set_figures(self._reader.host, told)
        self._store.update_host(self._reader.host, read_at=self._clock.now())
        await asyncio.sleep(0)
        self._history.record_guests(self._reader.host, told.items(), each)
        return set(told)

    def _drop(self, uuids: Iterable[str]) -> None:
        """Forget the figures of those that are off; one that only does not answer keeps them."""
        guests = self._reader.guests
        off = [u for u in uuids if (guest := guests.get(u)) is None or not guest.state.active]
        for uuid in off:
            self._figures.pop(uuid, None)
            self._readings.pop(uuid, None)
        self._store.set_figures(self._reader.host, {}, off)

    def _check_states(self, samples: list[GuestSample]) -> None:
        """Have those guests read again of which the samples tell something else."""
        guests = self._reader.guests
        told = {sample.uuid: sample.state for sample in samples}
        doubtful: dict[str, object] = {
            uuid: state for uuid, state in told.items()
            if (guest := guests.get(uuid)) is None
            or (state is not None and state is not guest.state)
        }  # fmt: skip
        doubtful.update({uuid: None for uuid in guests if uuid not in told})
        # Each doubt leads to one reading: a contradiction that stays is not asked each tick.
        new = [u for u, s in doubtful.items() if u not in self._doubted or self._doubted[u] != s]
        self._doubted = doubtful
        if new:
            self._doubt(new)
