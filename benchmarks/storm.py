"""A storm: guests defined and undefined all the time, from a connection of its own."""

from __future__ import annotations

import contextlib
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import libvirt

from tests.rig import idle

RATE = 200.0
"""Events a second that are aimed at."""
GUESTS = 20


class Storm:
    """Blows while it is entered; afterwards `rate` says how hard."""

    def __init__(self, connection: libvirt.virConnect, texts: Sequence[str] = ()) -> None:
        """`texts` is the XML of the guests that come and go; else idle QEMU guests do."""
        self._connection = connection
        self._texts = texts
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._blow, daemon=True)
        self._begun = 0.0
        self._events = 0
        self.rate = 0.0
        """Events a second that there really were."""

    def __enter__(self) -> Self:
        self._begun = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()
        self.rate = self._events / (time.monotonic() - self._begun)

    def _blow(self) -> None:
        texts = self._texts or [
            ET.tostring(idle(f"storm-{n}"), encoding="unicode") for n in range(GUESTS)
        ]
        defined: list[libvirt.virDomain] = []
        while not self._end.is_set():
            if len(defined) < len(texts):
                defined.append(self._connection.defineXML(texts[len(defined)]))
            else:
                while defined:
                    defined.pop().undefine()
                    self._pace()
            self._pace()
        for domain in defined:
            with contextlib.suppress(libvirt.libvirtError):
                domain.undefine()

    def _pace(self) -> None:
        """Count an event, and wait until the next one is due."""
        self._events += 1
        self._end.wait(max(0.0, self._begun + self._events / RATE - time.monotonic()))
