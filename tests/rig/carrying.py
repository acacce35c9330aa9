"""Bytes from one socket to another, as late as is wanted, in threads of their own."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable


def carry(
    source: socket.socket,
    sink: socket.socket,
    late: Callable[[bytes], float],
    *,
    piece: int,
    rate: float = 0.0,
    flows: threading.Event | None = None,
) -> None:
    """Begin to carry; what is under way does not hold up what comes after it, and order stays.

    Once the source ends, so does what the sink sends.

    Args:
        source: Where the bytes come from.
        sink: Where they go.
        late: Told of each piece as it comes; the seconds that it takes.
        piece: Bytes that are carried together, at most.
        rate: Bytes a second that are taken from the source; 0 is as quick as can be.
        flows: While it is not set, nothing arrives.
    """
    way: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()

    def take() -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(piece):
                way.put((time.monotonic() + late(data), data))
                if rate:
                    # What is not taken fills the sender's buffers, as on a real line.
                    time.sleep(len(data) / rate)  # noqa: TID251 - a thread of its own
        way.put((0.0, b""))

    def give() -> None:
        with contextlib.suppress(OSError):
            while (under_way := way.get())[1]:
                wait = under_way[0] - time.monotonic()
                if wait > 0:
                    time.sleep(wait)  # noqa: TID251 - a thread of its own
                if flows is not None:
                    flows.wait()
                sink.sendall(under_way[1])
            sink.shutdown(socket.SHUT_WR)

    for work in (take, give):
        threading.Thread(target=work, name="rig-carry", daemon=True).start()
