"""Readings of a host elsewhere, through libvirt's node calls: two calls a reading.

They tell less than the host's own /proc: what is missing stays None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import libvirt

from vmtui.hypervisors.libvirt.errors import lost
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.model.host import CpuTimes, HostSample

KIB = 1024
NANOSECOND = 1e-9

Ask = Callable[[int], object]


class NodeStats:
    """Asks one host; what its driver does not know is asked once and then left alone."""

    def __init__(self, handle: Handle, clock: Callable[[], float]) -> None:
        """`clock` is monotonic."""
        self._handle = handle
        self._clock = clock
        self._lacking: set[str] = set()

    def sample(self) -> HostSample:
        """One reading (virNodeGetCPUStats, virNodeGetMemoryStats). May block."""
        conn, at = self._handle.conn, self._clock()
        cpu = self._ask("cpu", conn.getCPUStats, libvirt.VIR_NODE_CPU_STATS_ALL_CPUS)
        memory = self._ask("memory", conn.getMemoryStats, libvirt.VIR_NODE_MEMORY_STATS_ALL_CELLS)
        total, free = memory.get("total"), memory.get("free")
        cache = memory.get("cached", 0) + memory.get("buffers", 0) if memory else None
        used = None
        if total is not None and free is not None:
            used = max(0, total - free - (cache or 0))
        return HostSample(
            at=at,
            cpu=_times(cpu),
            memory_total=_bytes(total),
            memory_used=_bytes(used),
            memory_cache=_bytes(cache),
            memory_free=_bytes(free),
        )

    @property
    def tells(self) -> bool:
        """Whether there is anything that the driver tells, as far as it was asked."""
        return len(self._lacking) < 2

    def _ask(self, name: str, function: Ask, which: int) -> dict[str, int]:
        if name in self._lacking:
            return {}
        try:
            return cast("dict[str, int]", function(which))
        except libvirt.libvirtError as error:
            if lost(error):
                raise
            self._lacking.add(name)
            return {}


def _times(cpu: dict[str, int]) -> CpuTimes | None:
    """Nanoseconds of the node as CpuTimes; None where they do not tell enough."""
    if not {"user", "kernel", "idle"} <= cpu.keys():
        return None
    iowait = cpu.get("iowait")
    return CpuTimes(
        user=cpu["user"] * NANOSECOND,
        system=(cpu["kernel"] + cpu.get("intr", 0)) * NANOSECOND,
        idle=cpu["idle"] * NANOSECOND,
        iowait=iowait * NANOSECOND if iowait is not None else None,
    )


def _bytes(kib: int | None) -> int | None:
    return kib * KIB if kib is not None else None
