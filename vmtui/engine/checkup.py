"""The checks of hosts: run in the background when somebody asks, kept until the next one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from vmtui.engine.bounded import bounded
from vmtui.engine.fleet import Fleet
from vmtui.errors import VmtuiError
from vmtui.model.finding import Finding
from vmtui.model.guest import HostId

log = logging.getLogger(__name__)

LIMIT = 120.0
"""Seconds that a check may take: a hypervisor that was just started looks at much itself."""


@dataclass(frozen=True, slots=True)
class Checkup:
    """What a check came to."""

    at: float
    """Seconds since the epoch."""
    findings: tuple[Finding, ...] = ()
    error: VmtuiError | None = None
    """Why it could not be done."""


class Checkups:
    """The latest check of each host."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._latest: dict[HostId, Checkup] = {}
        self._running: dict[HostId, asyncio.Task[None]] = {}
        self._listener: Callable[[], None] | None = None

    def latest(self, host: HostId) -> Checkup | None:
        """What the last one found; None where there was none."""
        return self._latest.get(host)

    def running(self, host: HostId) -> bool:
        """Whether one is under way."""
        return host in self._running

    def listen(self, listener: Callable[[], None] | None) -> None:
        """Have `listener` called when a check begins or ends."""
        self._listener = listener

    def run(self, host: HostId) -> None:
        """Begin a check, unless one is under way."""
        if host in self._running:
            return
        self._running[host] = asyncio.create_task(self._run(host), name=f"check {host}")
        self._tell()

    async def _run(self, host: HostId) -> None:
        now = self._fleet.clock.now
        try:
            findings = await bounded(self._fleet.inspect(host), LIMIT, "The check")
            self._latest[host] = Checkup(now(), findings)
        except VmtuiError as error:
            log.info("The check of %s: %s", host, error)
            self._latest[host] = Checkup(now(), error=error)
        finally:
            self._running.pop(host, None)
            self._tell()

    def _tell(self) -> None:
        if self._listener is not None:
            self._listener()
