"""Samples one host: a bulk reading each tick, the dear groups in turn, and what they mean."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

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
CHUNK = 200
"""Guests reckoned before the event loop gets a turn."""


def groups(tick: int) -> StatGroup:
    """What to ask in a tick, counted from 0."""
    return StatGroup.ALL if tick == 0 else EACH_TICK | DEAR[(tick - 1) % len(DEAR)]


class Sampler:
    """Ticks while a connection is up. A tick that would overlap the one before is dropped."""

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

    def forget(self, uuid: str) -> None:
        """The guest is gone."""
        self._readings.pop(uuid, None)
        self._figures.pop(uuid, None)
        self._doubted.pop(uuid, None)

    def doubt_again(self) -> None:
        """Read guests again whose state is still contradicted, although that was done before."""
        self._doubted.clear()

    async def run(self) -> None:
        """Tick until the connection is lost (raises ConnectionLost)."""
        tick, due = 0, self._clock.monotonic()
        while True:
            await self._sample(groups(tick))
            due += self._pace.tick if tick else min(self._pace.first_tick, self._pace.tick)
            now = self._clock.monotonic()
            if now > due:
                missed = int((now - due) // self._pace.tick) + 1
                self.dropped += missed
                due += missed * self._pace.tick
            due = min(due, now + self._pace.tick)  # not all clocks called monotonic are
            await self._clock.sleep(due - now)
            tick += 1

    async def _sample(self, wanted: StatGroup) -> None:
        hypervisor, ask = self._reader.hypervisor, self._reader.ask
        samples, host = await asyncio.gather(
            ask("sample guests", lambda: hypervisor.sample_guests(wanted)),
            ask("sample the host", hypervisor.sample_host),
        )
        if not self._has_events or self._reader.unsupported("sample guests"):
            self._doubt(await self._reader.list_changed())
        if samples is not None:
            await self._reckon(samples)
            self._check_states(samples)
            self._store.set_figures(self._reader.host, self._figures)
            await asyncio.sleep(0)
            self._history.record_guests(self._reader.host, self._figures.items())
        if host is not None:
            figures = meter.measure_host(self._host_sample, host)
            self._host_sample = host
            self._store.update_host(self._reader.host, figures=figures)
            self._history.record_host(self._reader.host, figures)
        if samples is not None or host is not None:
            self._store.update_host(self._reader.host, read_at=self._clock.now())

    async def _reckon(self, samples: list[GuestSample]) -> None:
        guests = self._reader.guests
        present: set[str] = set()
        for count, sample in enumerate(samples, 1):
            uuid = sample.uuid
            guest = guests.get(uuid)
            if guest is None or not (sample.state or guest.state).active:
                continue
            present.add(uuid)
            vcpus = sample.vcpus or (guest.definition.vcpus if guest.definition else None)
            self._readings[uuid], self._figures[uuid] = meter.measure(
                self._readings.get(uuid), sample, vcpus, self._host_cpus, self._figures.get(uuid)
            )
            if count % CHUNK == 0:
                await asyncio.sleep(0)
        for uuid in [uuid for uuid in self._figures if uuid not in present]:
            guest = guests.get(uuid)
            # A guest that does not answer keeps its figures while the host says that it is on.
            if guest is None or not guest.state.active:
                self._figures.pop(uuid, None)
                self._readings.pop(uuid, None)

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
