"""The volumes of pools: read when somebody looks at a pool, kept as long as they look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from vmtui.engine.bounded import bounded
from vmtui.engine.fleet import Fleet
from vmtui.errors import VmtuiError
from vmtui.model.guest import HostId
from vmtui.model.storage import Pool, Volume

ANSWER = 60.0
"""Seconds that a host has to list a pool: each volume is a question of its own to it."""
APART = 5.0
"""Seconds between two readings of a pool, at least: a volume that is written changes it often."""

Told = tuple[Volume, ...] | VmtuiError


class Shelves:
    """What was read of pools. `changed` is called when more is."""

    def __init__(self, fleet: Fleet, changed: Callable[[], None]) -> None:
        self._fleet = fleet
        self._changed = changed
        self._told: dict[HostId, dict[str, Told]] = {}
        self._as_of: dict[tuple[HostId, str], tuple[Pool, float]] = {}
        self._reading: dict[tuple[HostId, str], asyncio.Task[None]] = {}

    def told(self, host: HostId) -> Mapping[str, Told]:
        """The pools of a host that were read, by name: their volumes, or why not."""
        return MappingProxyType(self._told.get(host, {}))

    def want(self, host: HostId, pools: Iterable[Pool]) -> None:
        """Have these pools read, unless they are as they were when that was done last."""
        now = self._fleet.clock.monotonic()
        for pool in pools:
            key = (host, pool.name)
            known = self._as_of.get(key)
            if pool.capacity is None or key in self._reading:
                continue
            if known is not None and (known[0] == pool or now - known[1] < APART):
                continue
            self._as_of[key] = (pool, now)
            task = asyncio.create_task(self._read(host, pool.name), name=f"read pool {pool.name}")
            self._reading[key] = task

    async def _read(self, host: HostId, pool: str) -> None:
        try:
            hypervisor = self._fleet.hypervisor(host)
            told: Told = await bounded(hypervisor.read_volumes(pool), ANSWER, f"The pool {pool}")
        except VmtuiError as error:
            told = error
        finally:
            self._reading.pop((host, pool), None)
        self._told.setdefault(host, {})[pool] = told
        self._changed()

    def close(self) -> None:
        """Nobody looks any more."""
        for task in self._reading.values():
            task.cancel()
