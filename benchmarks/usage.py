"""What a process uses: processor time and memory, with its children, as the kernel counts."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import psutil

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds of processor time so far, and MiB."""

    cpu: float
    rss: float
    pss: float


def usage(pid: int) -> Usage:
    """What the process and all below it use."""
    cpu = rss = pss = 0.0
    process = psutil.Process(pid)
    for one in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times, memory = one.cpu_times(), one.memory_full_info()
            cpu += times.user + times.system
            rss += memory.rss / MIB
            pss += memory.pss / MIB
    return Usage(cpu, rss, pss)


def cpu_seconds(pid: int) -> float:
    """Seconds of processor time of one process alone: a daemon's guests do not count."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
