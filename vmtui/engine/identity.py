"""Who wrote a record: a process, told apart from a later one with the same number."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """One process of one boot of one machine."""

    pid: int
    born: str
    """When it began, as the system counts it; "" where that cannot be told."""
    world: str
    """In which its number means something: the boot, and the PID namespace."""


def this_process() -> Process:
    """The one that asks."""
    return Process(os.getpid(), _born(os.getpid()), _world())


def is_alive(process: Process) -> bool | None:
    """Whether it still runs; None where that cannot be told from here."""
    if process.world != _world():
        return None
    return bool(process.born) and _born(process.pid) == process.born


def _born(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _born_elsewhere(pid)
    # The name in parentheses may hold anything, spaces and parentheses included.
    fields = stat.rpartition(")")[2].split()
    state, start = fields[0], fields[19]
    return "" if state in "ZX" else start


def _born_elsewhere(pid: int) -> str:
    """The same where there is no /proc."""
    import psutil

    try:
        return str(psutil.Process(pid).create_time())
    except psutil.Error:
        return ""


def _world() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return platform.node()
