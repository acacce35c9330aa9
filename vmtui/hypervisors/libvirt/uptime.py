"""When a guest was started: from its process on this machine, else from libvirt's events.

libvirt does not tell it. On this machine one look through /proc answers for any number of
guests; elsewhere a start that was announced is known, and of one before we came only that
it was before.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vmtui.hypervisors.libvirt.callbacks import Known

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of a guest: libvirt's id of it, when it was found, and when it began if known."""

    number: int
    seen: float
    began: float | None


class Uptimes:
    """What is known of the starts of one host's guests. Used in threads."""

    def __init__(self, known: Known, now: Callable[[], float], *, local: bool) -> None:
        """`now` tells seconds since the epoch; `local` lets it look at this machine's processes."""
        self._known = known
        self._now = now
        self._local = local
        self._runs: dict[str, _Run] = {}

    def learn(self, runs: Mapping[str, int]) -> None:
        """Find the starts of these guests (UUID to libvirt's id) with one look. May block."""
        new = {uuid: number for uuid, number in runs.items() if not self._has(uuid, number)}
        if not new:
            return
        now = self._now()
        starts = process_starts() if self._local else {}
        for uuid, number in new.items():
            self._runs[uuid] = _Run(number, now, starts.get(uuid))

    def of(self, uuid: str) -> tuple[float | None, float | None]:
        """`started_at` and, where that is None, `started_by`, in seconds since the epoch."""
        run = self._runs.get(uuid)
        began = (run.began if run else None) or self._known.started.get(uuid)
        return (began, None) if began is not None else (None, run.seen if run else None)

    def forget(self, uuid: str) -> None:
        """The guest is gone."""
        self._runs.pop(uuid, None)

    def _has(self, uuid: str, number: int) -> bool:
        run = self._runs.get(uuid)
        return run is not None and run.number == number


def process_starts(proc: Path = PROC) -> dict[str, float]:
    """When each QEMU of this machine was started (seconds since the epoch), by its guest's UUID."""
    starts: dict[str, float] = {}
    tick = os.sysconf("SC_CLK_TCK")
    boot: float | None = None
    for entry in os.scandir(proc):
        if not entry.name.isdigit():
            continue
        # Processes end while one looks.
        with contextlib.suppress(OSError, ValueError, IndexError):
            words = Path(entry.path, "cmdline").read_bytes().split(b"\0")
            uuid = words[words.index(b"-uuid") + 1].decode("ascii", "replace").lower()
            # The name in parentheses may hold anything; field 22 is the 20th after it.
            fields = Path(entry.path, "stat").read_bytes().rpartition(b")")[2].split()
            if boot is None:
                boot = boot_time(proc)
            starts[uuid] = boot + int(fields[19]) / tick
    return starts


def boot_time(proc: Path = PROC) -> float:
    """When this machine was booted, in seconds since the epoch."""
    for line in (proc / "stat").read_text().splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    raise ValueError("no btime")
