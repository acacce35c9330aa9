"""Limits that an engine process puts on itself before it reads a guest's first byte."""

from __future__ import annotations

import ctypes
import resource
import signal
import sys

ADDRESS_SPACE = 1 << 30
"""Bytes of memory; ten times what the largest screen with its scrollback takes."""

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38


def die_with_parent() -> None:
    """Be killed when the process that forked this one ends, also while hung."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def confine() -> None:
    """Give up files, processes, core dumps and unbounded memory. Open sockets stay usable."""
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        # No descriptor above the lowest can be opened, and the lowest is taken.
        (resource.RLIMIT_NOFILE, 1),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_AS, ADDRESS_SPACE),
    ):
        resource.setrlimit(limit, (value, value))
    if sys.platform == "linux":
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        _prctl(_PR_SET_DUMPABLE, 0)


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
