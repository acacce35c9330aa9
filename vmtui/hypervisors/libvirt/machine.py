"""Readings of the machine that vmtui runs on, from /proc and psutil.

That is imported by the thread of the first reading: guests are on the screen before that.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from vmtui.model.host import CpuTimes, HostSample, MountFill

if TYPE_CHECKING:
    from psutil._ntuples import sdiskpart

KIB = 1024

# Never written to, and always full.
_IMAGES = frozenset({"squashfs", "iso9660", "udf", "erofs", "cramfs"})


class LocalStats:
    """Reads this machine."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        proc: Path = Path("/proc"),
        interfaces: Path = Path("/sys/class/net"),
    ) -> None:
        """`clock` is monotonic."""
        self._clock = clock
        self._proc = proc
        self._interfaces = interfaces

    def sample(self) -> HostSample:
        """One reading. May block where a file system hangs."""
        import psutil

        at = self._clock()
        memory, swap = psutil.virtual_memory(), psutil.swap_memory()
        cache = memory.cached + memory.buffers
        received, sent = self._traffic()
        huge = self._huge_pages()
        return HostSample(
            at=at,
            cpu=_times(psutil.cpu_times()),
            cores=tuple(_times(core) for core in psutil.cpu_times(percpu=True)),
            load=os.getloadavg(),
            memory_total=memory.total,
            memory_used=max(0, memory.total - memory.free - cache),
            memory_cache=cache,
            memory_free=memory.free,
            hugepages_total=huge.get("HugePages_Total"),
            hugepages_free=huge.get("HugePages_Free"),
            hugepage_size=huge["Hugepagesize"] * KIB if "Hugepagesize" in huge else None,
            swap_total=swap.total,
            swap_used=swap.used,
            received=received,
            sent=sent,
            mounts=_mounts(),
            booted_at=psutil.boot_time(),
        )

    def _traffic(self) -> tuple[int | None, int | None]:
        """Bytes received and sent over the interfaces that have hardware behind them.

        Bridges and taps would count the guests' traffic twice. Where there is no hardware (a
        container) every interface but the loopback counts.
        """
        import psutil

        counters = psutil.net_io_counters(pernic=True, nowrap=False)
        names = [name for name in counters if (self._interfaces / name / "device").exists()]
        names = names or [name for name in counters if name != "lo"]
        if not names:
            return None, None
        return (
            sum(counters[name].bytes_recv for name in names),
            sum(counters[name].bytes_sent for name in names),
        )

    def _huge_pages(self) -> dict[str, int]:
        """The lines of /proc/meminfo on huge pages, of the default size."""
        found: dict[str, int] = {}
        with contextlib.suppress(OSError, ValueError, IndexError):
            for line in (self._proc / "meminfo").read_text().splitlines():
                if line.startswith("Huge"):
                    key, _, value = line.partition(":")
                    found[key] = int(value.split()[0])
        return found


def _times(times: object) -> CpuTimes:
    """psutil's seconds of one CPU or of all; `user` counts the guests' time in."""

    def seconds(*names: str) -> float:
        return sum(getattr(times, name, 0.0) for name in names)

    return CpuTimes(
        user=seconds("user", "nice"),
        system=seconds("system", "irq", "softirq"),
        idle=seconds("idle"),
        iowait=seconds("iowait"),
        steal=seconds("steal"),
    )


def _mounts() -> tuple[MountFill, ...]:
    """The fill of every file system on a device, each once.

    Network file systems are left out: asking one whose server is gone hangs for ever.
    """
    fills: list[MountFill] = []
    seen: set[str] = set()
    for part in _devices():
        if part.device in seen:
            continue
        seen.add(part.device)
        fill = _fill(part.mountpoint)
        if fill is not None:
            fills.append(fill)
    if not fills:
        # A container's root is on no device of its own.
        root = _fill("/")
        return (root,) if root is not None else ()
    return tuple(sorted(fills, key=lambda fill: fill.mount))


def _devices() -> list[sdiskpart]:
    """Mounts on devices, shortest first: of several mounts of one device the first stands."""
    import psutil

    try:
        parts = psutil.disk_partitions(all=False)
    except OSError:
        return []
    real = [part for part in parts if part.fstype not in _IMAGES and Path(part.mountpoint).is_dir()]
    return sorted(real, key=lambda part: len(part.mountpoint))


def _fill(mount: str) -> MountFill | None:
    import psutil

    try:
        usage = psutil.disk_usage(mount)
    except OSError:
        return None
    return MountFill(mount, usage.used, usage.total) if usage.total else None
