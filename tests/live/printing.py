"""Printing on a guest's console from outside, as fast as it is taken.

An emulated processor prints a fifth of a megabyte a second, which is no flood. Here the bytes are
written where QEMU writes what its guest prints: into the far side of the console's terminal.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import select
import struct
import threading
from pathlib import Path

from tests.rig import Daemon

PALETTE = (
    """awk 'BEGIN { for (i = 0; i < 4000; i++) printf "\\033[38;2;%d;%d;%dm%c", """
    """i % 256, i * 7 % 256, i * 13 % 256, 33 + i % 90 }' > /tmp/colours; echo ma''de"""
)
"""A guest's shell writes a file of 80 KB with a colour for each character, and says made."""
COLOURS = 'yes "$(cat /tmp/colours)"'
"""Prints that file again and again, as fast as the guest can."""
_TIOCGPTN = 0x80045430
_PIDFD_GETFD = 438


class Printer:
    """Prints on one console of a guest of a private hypervisor; needs root or the same user."""

    def __init__(self, daemon: Daemon, name: str, number: int = 0) -> None:
        """`number` counts the terminals of its QEMU from 0, in the order of their making."""
        pid = int(next(daemon.folder.rglob(f"{name}.pid")).read_text())
        self._master = _terminals(pid)[number]
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self.count = 0
        """Bytes printed so far."""

    def print(self, data: bytes, seconds: float = 60.0) -> None:
        """Print all of it, or as much as is taken until `seconds` have passed or `stop`."""
        rest = memoryview(data)
        while rest and not self._stopped.is_set():
            if not select.select((), (self._master,), (), min(seconds, 0.2))[1]:
                continue
            with contextlib.suppress(BlockingIOError):
                written = os.write(self._master, rest[:4096])
                self.count += written
                rest = rest[written:]

    def flood(self, data: bytes, pause: float = 0.0) -> None:
        """Print it again and again, in a thread, until `stop`."""

        def run() -> None:
            while not self._stopped.wait(pause) if pause else not self._stopped.is_set():
                self.print(data)

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Print no more."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._stopped.clear()

    def close(self) -> None:
        """Let go of the terminal."""
        self.stop()
        os.close(self._master)


def _terminals(pid: int) -> list[int]:
    """Copies of the masters of a process's pseudo-terminals, by their numbers."""
    libc = ctypes.CDLL(None, use_errno=True)
    process = os.pidfd_open(pid)
    found: dict[int, int] = {}
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        if entry.readlink().name != "ptmx":
            continue
        copy = int(libc.syscall(_PIDFD_GETFD, process, int(entry.name), 0))
        if copy < 0:
            raise OSError(ctypes.get_errno(), "a terminal of QEMU's cannot be had")
        number = struct.unpack("i", fcntl.ioctl(copy, _TIOCGPTN, b"\0" * 4))[0]
        found[number] = copy
    os.close(process)
    return [found[number] for number in sorted(found)]
