"""The person's end of a console: their terminal, made raw and in every case given back.

Where standard input is no terminal but a pipe or a file, its bytes are sent as they are.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import termios
import threading
import tty
from collections import deque
from collections.abc import Iterator

LEAVE = 0x1D
"""Ctrl-], as in virsh: only where a person types."""
CHUNK = 65536


@contextlib.contextmanager
def raw(fd: int) -> Iterator[None]:
    """A terminal that passes every key on; its settings come back whatever happens."""
    if not os.isatty(fd):
        yield
        return
    before = termios.tcgetattr(fd)
    try:
        tty.setraw(fd, termios.TCSANOW)
        yield
    finally:
        # Not after all is written: a terminal that is held would hold us too. One that has
        # hung up has nothing to be given back.
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(fd, termios.TCSANOW, before)


class Input:
    """What comes from standard input, on one event loop."""

    def __init__(self, fd: int) -> None:
        self.typed = os.isatty(fd)
        """Whether a person types there."""
        self._fd = fd
        # A file is always ready, and the event loop refuses to watch one.
        self._file = stat.S_ISREG(os.fstat(fd).st_mode)

    async def read(self) -> bytes:
        """The next bytes; b"" at the end."""
        if not self._file:
            await self._ready()
        try:
            return os.read(self._fd, 4096)
        except OSError:
            # A terminal whose other end is gone says so.
            return b""

    async def _ready(self) -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not ready.done():
                ready.set_result(None)

        try:
            loop.add_reader(self._fd, wake)
        except PermissionError:
            return
        try:
            await ready
        finally:
            loop.remove_reader(self._fd)


class Output:
    """Writes to standard output in a thread of its own, one piece after the other.

    A terminal that takes nothing (Ctrl-S, a slow line) thus holds up the guest, and neither the
    keys nor the way out.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._loop = asyncio.get_running_loop()
        self._work: deque[tuple[bytes, asyncio.Future[None]]] = deque()
        self._there = threading.Semaphore(0)
        threading.Thread(target=self._run, name="output", daemon=True).start()

    async def write(self, data: bytes) -> None:
        """Write all of it. Raises OSError where that cannot be."""
        done: asyncio.Future[None] = self._loop.create_future()
        self._work.append((data, done))
        self._there.release()
        await done

    def _run(self) -> None:
        while True:
            self._there.acquire()
            data, done = self._work.popleft()
            problem: OSError | None = None
            try:
                while data:
                    data = data[os.write(self._fd, data) :]
            except OSError as error:
                problem = error
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(_settle, done, problem)


def _settle(done: asyncio.Future[None], problem: OSError | None) -> None:
    if done.done():
        return
    if problem is None:
        done.set_result(None)
    else:
        done.set_exception(problem)
