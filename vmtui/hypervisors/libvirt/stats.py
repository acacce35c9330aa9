"""Readings of all guests, or of some: one bulk call a tick, whatever the number of guests.

A QEMU that hangs is skipped by NOWAIT once another call waits for it, but the first call that
asks it hangs with it. So a reading that takes much longer than those before it is not waited
for: a second one is sent after it, passes over the guest on which the first one hangs, and
answers for all others. The first one's thread is left to itself until that guest goes on or ends.

The guests' own memory figures are live only where somebody gave the balloon a period
(virDomainSetMemoryStatsPeriod). That changes a guest's device, so no reading does it; figures
that do not move are None.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Any

import libvirt

from vmtui.errors import TimedOut
from vmtui.hypervisors.libvirt.calls import Lane
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.records import Parser
from vmtui.hypervisors.libvirt.single import SingleStats
from vmtui.model.stats import GuestSample, StatGroup

logger = logging.getLogger(__name__)

Records = list[tuple[libvirt.virDomain, dict[str, Any]]]

FIRST_PATIENCE = 3.0
"""Seconds that a reading may take while nothing is known of this host's pace."""
LEAST_PATIENCE = 0.4
PATIENCE = 4.0
"""How many times its usual time a reading may take before another is sent after it."""
SINGLE_TIMEOUT = 30.0
SPARE = 100
"""Handles of guests that are gone, which may pile up before all are found anew."""
MOST_AT_ONCE = 4
"""Readings under way before it is given up: each waits for another guest that hangs."""

_GROUPS = {
    StatGroup.STATE: libvirt.VIR_DOMAIN_STATS_STATE,
    StatGroup.CPU: libvirt.VIR_DOMAIN_STATS_CPU_TOTAL,
    StatGroup.MEMORY: libvirt.VIR_DOMAIN_STATS_BALLOON,
    StatGroup.DISK: libvirt.VIR_DOMAIN_STATS_BLOCK,
    StatGroup.NETWORK: libvirt.VIR_DOMAIN_STATS_INTERFACE,
}


class Sampler:
    """Takes the readings of one connection's guests."""

    def __init__(
        self, handle: Handle, clock: Callable[[], float], *, bulk: bool, single: SingleStats
    ) -> None:
        """`clock` is monotonic; `bulk` says whether the driver has virConnectGetAllDomainStats."""
        self._handle = handle
        self._clock = clock
        self._bulk = bulk
        self._single = single
        self._parser = Parser()
        self._flags = libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT
        self._usual: dict[tuple[int, bool], float] = {}
        """Seconds that a reading of these groups takes on this host, of all guests or of some."""

    async def sample(
        self, groups: StatGroup, uuids: Collection[str] | None = None
    ) -> list[GuestSample]:
        """Readings of the active guests; with `StatGroup.STATE` of the others too.

        Uses virConnectGetAllDomainStats: one call, and one more for the states, because the
        other groups of a guest that is off would open its disks. With `uuids` only those are
        read, by virDomainListGetStats, without their states.

        Raises:
            TimedOut: So many guests hang that there is no reading of the others either.
        """
        if uuids is not None:
            groups &= ~StatGroup.STATE
        if not self._bulk:
            return await self._handle.calls.run(
                self._single.sample, groups, uuids, timeout=SINGLE_TIMEOUT, lane=Lane.SAMPLE
            )
        rest = groups & ~StatGroup.STATE
        states = None
        if StatGroup.STATE in groups:
            states = await self._read(libvirt.VIR_DOMAIN_STATS_STATE, 0)
        if not rest:
            return states or []
        wanted = sum(number for group, number in _GROUPS.items() if group in rest)
        figures = await self._read(wanted, libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE, uuids)
        return figures if states is None else _joined(states, figures)

    async def _read(
        self, wanted: int, flags: int, uuids: Collection[str] | None = None
    ) -> list[GuestSample]:
        """One reading, with others sent after it while it does not come."""
        if not self._usual:
            # That the lane's connection must be opened says nothing about the guests.
            await self._handle.calls.run(
                lambda: self._handle.conn, timeout=SINGLE_TIMEOUT, lane=Lane.SAMPLE
            )
        pace = wanted, uuids is None
        usual = self._usual.get(pace)
        patience = FIRST_PATIENCE if usual is None else max(LEAST_PATIENCE, usual * PATIENCE)
        under_way: set[asyncio.Task[tuple[list[GuestSample], float]]] = set()
        try:
            for _ in range(MOST_AT_ONCE):
                call = self._handle.calls.run(self._call, wanted, flags, uuids, lane=Lane.SAMPLE)
                under_way.add(asyncio.create_task(call))
                done, _pending = await asyncio.wait(
                    under_way, timeout=patience, return_when=asyncio.FIRST_COMPLETED
                )
                if done:
                    samples, took = done.pop().result()
                    self._usual[pace] = took if usual is None else 0.7 * usual + 0.3 * took
                    return samples
                logger.info("a reading takes more than %.1f s: some guest hangs", patience)
                patience *= 2
            raise TimedOut("The host does not tell its guests' figures", "Several guests hang")
        finally:
            for task in under_way:
                task.cancel()

    def _call(
        self, wanted: int, flags: int, uuids: Collection[str] | None
    ) -> tuple[list[GuestSample], float]:
        """The readings, and the seconds that they took; in a thread."""
        # Handles from this thread's readings of all: to look one up would be a call a guest.
        kept = self._handle.domains
        ask = self._handle.conn.getAllDomainStats
        if uuids is not None:
            some = [kept[uuid] for uuid in uuids if uuid in kept]
            if not some:
                return [], 0.0
            ask = partial(self._handle.conn.domainListGetStats, some)
        begun = self._clock()
        try:
            records: Records = ask(wanted, flags | self._flags)
        except libvirt.libvirtError as error:
            refused = error.get_error_code() == libvirt.VIR_ERR_INVALID_ARG
            if not refused or not self._flags:
                raise
            # Daemons before 4.5 do not know NOWAIT.
            self._flags = 0
            records = ask(wanted, flags)
        at = self._clock()
        if uuids is None:
            if len(kept) > 2 * len(records) + SPARE:
                kept.clear()
            kept.update((domain.UUIDString(), domain) for domain, _ in records)
        return self._parser.parse(records, wanted, at, whole=uuids is None), at - begun


def offers_bulk(conn: libvirt.virConnect) -> bool:
    """Whether the driver has bulk readings. May block; asks for guests that cannot be."""
    none = (
        libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_TRANSIENT
        | libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_INACTIVE
    )
    try:
        conn.getAllDomainStats(libvirt.VIR_DOMAIN_STATS_STATE, none)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_SUPPORT:
            return False
        raise
    return True


def _joined(states: list[GuestSample], figures: list[GuestSample]) -> list[GuestSample]:
    """The samples of both readings, one a guest."""
    by_uuid = {sample.uuid: sample for sample in figures}
    joined = []
    for state in states:
        figure = by_uuid.pop(state.uuid, None)
        joined.append(
            state if figure is None else replace(figure, state=state.state, reason=state.reason)
        )
    # Started between the two calls.
    joined.extend(by_uuid.values())
    return joined
