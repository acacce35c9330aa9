"""Counts the calls that libvirt-python makes into libvirt, those that stay in memory left out."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator

import libvirt

_IN_MEMORY = (
    "Free", "GetUUID", "GetUUIDString", "GetName", "GetID", "GetLastError", "GetConnect",
    "virEventRunDefaultImpl", "virConnectClose", "virConnectRef",
)  # fmt: skip


class _Counting:
    """Stands before the C module and counts what passes."""

    def __init__(self, module: object, counts: Counter[str]) -> None:
        self._module = module
        self._counts = counts

    def __getattr__(self, name: str) -> object:
        # A connection of an earlier test may still be taking its leave.
        leaving = threading.current_thread().name == "libvirt close"
        if not leaving and not name.endswith(_IN_MEMORY):
            self._counts[name] += 1
        return getattr(self._module, name)


@contextlib.contextmanager
def counted() -> Iterator[Counter[str]]:
    """Within it, each call that may go to a host is counted by its name in libvirt."""
    counts: Counter[str] = Counter()
    # libvirt.py looks its C module up at every call.
    names = vars(libvirt)
    module = names["libvirtmod"]
    names["libvirtmod"] = _Counting(module, counts)
    try:
        yield counts
    finally:
        names["libvirtmod"] = module
