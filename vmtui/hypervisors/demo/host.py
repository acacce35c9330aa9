"""A demo host: the machine, what goes on in it by itself, and the way to connect to it."""

from __future__ import annotations

import time
from collections.abc import Callable

from vmtui.hypervisors.demo.hypervisor import DemoHypervisor
from vmtui.hypervisors.demo.life import live
from vmtui.hypervisors.demo.machine import Connection, Machine
from vmtui.model.guest import HostId


class DemoHost(Machine):
    """A host in memory. `connect` is the Factory of connections to it.

    `speed` divides all its delays; 0 takes them away. A `lively` one starts and stops guests by
    itself. Equal arguments make equal hosts. (Its knobs are those of the Machine.)
    """

    def __init__(
        self,
        id: HostId,  # noqa: A002 - as in HostView
        guests: int = 24,
        seed: int = 1,
        *,
        speed: float = 1.0,
        lively: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(id, guests, seed, speed=speed, monotonic=monotonic, now=now)
        self._lively = lively
        self._lives = False

    def connect(self) -> DemoHypervisor:
        """A fresh, unopened connection."""
        return DemoHypervisor(self)

    def attach(self, connection: Connection) -> None:
        """A connection was opened: the first one brings it to life."""
        super().attach(connection)
        if self._lively and not self._lives:
            self._lives = True
            self.spawn(live(self))
