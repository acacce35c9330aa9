"""From a bare connection to the parts that read it, and to what it can do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import libvirt

from vmtui.errors import TimedOut
from vmtui.hypervisor import Opened
from vmtui.hypervisors.libvirt.calls import Calls
from vmtui.hypervisors.libvirt.events import Events
from vmtui.hypervisors.libvirt.features import find_capabilities
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.host import (
    add_capabilities,
    ask_capabilities,
    ask_version,
    look_around,
    read_facts,
)
from vmtui.hypervisors.libvirt.machine import LocalStats
from vmtui.hypervisors.libvirt.nodestats import NodeStats
from vmtui.hypervisors.libvirt.read import Reader
from vmtui.hypervisors.libvirt.single import SingleStats, Targets
from vmtui.hypervisors.libvirt.stats import Sampler, offers_bulk
from vmtui.hypervisors.libvirt.uptime import Uptimes
from vmtui.model.capabilities import Capabilities
from vmtui.model.host import HostFacts

logger = logging.getLogger(__name__)

SLOW_TIMEOUT = 3.0
"""Seconds that a fact which may be slow to tell may hold up the first screen."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Clocks:
    """The times of a connection."""

    now: Callable[[], float]
    """Seconds since the epoch."""
    steady: Callable[[], float]
    """Seconds of a monotonic clock."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What an open connection is made of."""

    handle: Handle
    reader: Reader
    sampler: Sampler
    host: LocalStats | NodeStats


async def assemble(
    handle: Handle, events: Events, machine: Calls, clocks: Clocks, *, read_only: bool
) -> tuple[Parts, Opened]:
    """Register for events, ask the host who it is, and put the parts together.

    `machine` are threads for what is read on this machine rather than through libvirt.

    Raises:
        VmtuiError: The host refused, or the connection broke.
    """
    run, conn = handle.calls.run, handle.main
    announces = await run(events.register, conn)
    bulk = await run(offers_bulk, conn)
    facts = await _facts(handle, machine)
    host: LocalStats | NodeStats
    if facts.local:
        host, tells = LocalStats(clocks.steady), True
    else:
        host = NodeStats(handle, clocks.steady)
        await run(host.sample)
        tells = host.tells

    def find() -> Capabilities:
        return find_capabilities(
            conn,
            read_only=read_only,
            events=announces,
            bulk=bulk,
            host_stats=tells,
            hypervisor=facts.hypervisor,
        )

    targets = Targets()
    uptimes = Uptimes(events.known, clocks.now, local=facts.local)
    single = SingleStats(handle, clocks.steady, targets)
    parts = Parts(
        handle,
        Reader(handle, events.known, uptimes, targets),
        Sampler(handle, clocks.steady, bulk=bulk, single=single),
        host,
    )
    return parts, Opened(facts, await run(find))


async def _facts(handle: Handle, machine: Calls) -> HostFacts:
    facts = await handle.calls.run(read_facts, handle.main, handle.uri)
    hypervisor = await _patiently(ask_version, handle)
    facts = replace(facts, hypervisor=hypervisor or facts.hypervisor)
    if facts.local:
        return await machine.run(look_around, facts, handle.uri)
    return add_capabilities(facts, await _patiently(ask_capabilities, handle), handle.uri)


async def _patiently(ask: Callable[[libvirt.virConnect], Result], handle: Handle) -> Result | None:
    """What a call tells that may be slow; None where it is, so that the screen comes."""
    try:
        return await handle.calls.run(lambda: ask(handle.conn), timeout=SLOW_TIMEOUT)
    except TimedOut as error:
        logger.info("%s: %s", handle.host, error)
        return None
