"""A line to a hypervisor: as slow as is wanted, and with its calls and bytes counted.

It stands before a daemon's socket and reads libvirt's own framing: a message is its length and six
numbers (program, version, procedure, type, serial, status), each of four bytes, and its contents.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.rig.carrying import carry
from tests.rig.faults import hang_up, listen

REMOTE = 0x20008086
"""The program that carries libvirt's calls; keep-alives are another one."""
CALL = 0
HEADER = struct.Struct(">7I")
LOCAL = frozenset({66, 304, 315})
"""Procedures by which a client finds out what it talks to (sign-in, features): no reading."""
PIECE = 1 << 18
"""Bytes that are carried together, at most."""


class Line:
    """Listens at `path` while it is entered; every piece takes `delay` / 2 seconds each way."""

    def __init__(self, target: Path, path: Path, delay: float = 0.0) -> None:
        self.path = path
        self.calls: list[float] = []
        """The moment of each call."""
        self.bytes = 0
        """What went through, both ways."""
        self._target = target
        self._delay = delay / 2
        self._ends: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._listener = listen(self.path)
        # Programs that are measured may run as another user.
        self.path.chmod(0o666)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        hang_up(self._listener, *self._ends)
        self.path.unlink(missing_ok=True)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, far = self._listener.accept()[0], socket.socket(socket.AF_UNIX)
                far.connect(str(self._target))
                self._ends += [near, far]
                counted = partial(self._late, reader=_Reader(self.calls))
                carry(near, far, counted, piece=PIECE)
                carry(far, near, self._late, piece=PIECE)

    def _late(self, data: bytes, reader: _Reader | None = None) -> float:
        """Count what goes through; how long it takes."""
        self.bytes += len(data)
        if reader is not None:
            reader.read(data)
        return self._delay


class _Reader:
    """Finds the calls in what a client sends."""

    def __init__(self, calls: list[float]) -> None:
        self._calls = calls
        self._rest = b""

    def read(self, data: bytes) -> None:
        """Take the next bytes."""
        self._rest += data
        while len(self._rest) >= HEADER.size:
            length, program, _, procedure, kind, _, _ = HEADER.unpack_from(self._rest)
            if len(self._rest) < length:
                return
            if program == REMOTE and kind == CALL and procedure not in LOCAL:
                self._calls.append(time.time())
            self._rest = self._rest[length:]
