"""A bad line on TCP: every piece takes its time, and some are lost and sent again.

It does above TCP what `tc netem` does below it, and needs neither root nor a kernel with that
module. To whoever reads, a lost packet is a pause: what comes after it waits until it was sent
again, which the sender does after 0.2 seconds, and after twice as long where that is lost too.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading

from tests.rig.carrying import carry
from tests.rig.closing import Closing
from tests.rig.faults import hang_up, listen

PACKET = 1400
"""Bytes that are lost or not, together."""
RESEND = 0.2
MOST_RESENDS = 4


class BadLine(Closing):
    """Listens on a port of the loopback and carries every connection to another port."""

    def __init__(
        self, port: int, *, delay: float = 0.05, loss: float = 0.02, rate: float = 0.0
    ) -> None:
        """`delay` is of a round trip, in seconds; `loss` is the fraction of packets.

        `rate` is of each connection towards the port, in bytes a second; 0 is as quick as can be.
        """
        self.lost = 0
        """Packets that were lost so far."""
        self._to = port
        self._delay = delay / 2
        self._loss = loss
        self._rate = rate
        self._rng = random.Random(port)
        self._flows = threading.Event()
        self._flows.set()
        self._ends: list[socket.socket] = []
        self._listener = listen(None)
        threading.Thread(target=self._accept, name="rig-badline", daemon=True).start()

    @property
    def port(self) -> int:
        """The port at its near end."""
        port: int = self._listener.getsockname()[1]
        return port

    def freeze(self) -> None:
        """From now on every packet is lost."""
        self._flows.clear()

    def thaw(self) -> None:
        """Carry again, first what waited."""
        self._flows.set()

    def close(self) -> None:
        """Cut every connection and take no new one. May be called again."""
        self.thaw()
        hang_up(self._listener, *self._ends)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near = self._listener.accept()[0]
                far = socket.create_connection(("127.0.0.1", self._to))
                self._ends += [near, far]
                for source, sink, rate in ((near, far, self._rate), (far, near, 0.0)):
                    carry(source, sink, self._late, piece=PACKET, rate=rate, flows=self._flows)

    def _late(self, _packet: bytes) -> float:
        return self._delay + self._pause()

    def _pause(self) -> float:
        """How much later a packet arrives because it was lost, maybe more than once."""
        pause, resend = 0.0, RESEND
        for _ in range(MOST_RESENDS):
            if self._rng.random() >= self._loss:
                break
            self.lost += 1
            pause, resend = pause + resend, resend * 2
        return pause
