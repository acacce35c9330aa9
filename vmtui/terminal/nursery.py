"""The main process's end of `worker`: asks for engine processes and hears of their ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from pathlib import Path

from vmtui.terminal.binding import EngineMissing

_ROOT = str(Path(__file__).resolve().parents[2])
_PACKET = 512
_START = 20.0
"""Seconds within which the worker must be ready."""
_DEAF = 2.0
"""Seconds within which the worker must have obeyed; then it is killed itself."""
_EXIT_NEWS = 0.5
"""Seconds within which the news of an end follows the end of the socket."""


class Nursery:
    """One worker process, started on first use and again after it has died."""

    def __init__(self, cache: Path | None) -> None:
        self._cache = cache
        self._control: socket.socket | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._ready: asyncio.Future[None] | None = None
        self._starting = asyncio.Lock()
        self._exits: dict[int, asyncio.Future[int]] = {}
        self._count = 0

    @property
    def pid(self) -> int | None:
        """The process number of the worker, while it runs."""
        return self._process.pid if self._process and self._control else None

    async def spawn(self) -> tuple[int, socket.socket]:
        """A new engine process: its number, and the socket that leads to it.

        Raises:
            EngineMissing: the native library cannot be loaded.
            ConnectionError: the worker died at once.
        """
        async with self._starting:
            if self._control is None:
                await self._start()
        control = self._control
        if control is None:
            raise ConnectionError("the terminal worker has ended")
        ours, theirs = socket.socketpair()
        with theirs:
            self._count += 1
            number = self._count
            try:
                socket.send_fds(control, [f"spawn {number}".encode()], [theirs.fileno()])
            except OSError as error:
                ours.close()
                self._lose()
                raise ConnectionError(str(error)) from error
        ours.setblocking(False)
        self._exits[number] = asyncio.get_running_loop().create_future()
        return number, ours

    def kill(self, number: int) -> None:
        """End an engine process that does not answer."""
        if self._control is not None:
            with contextlib.suppress(OSError):
                self._control.send(f"kill {number}".encode())
            asyncio.get_running_loop().call_later(_DEAF, self._insist, number)

    def _insist(self, number: int) -> None:
        future = self._exits.get(number)
        if future is not None and not future.done() and self._process is not None:
            # Its children die with it, by the kernel's hand.
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def exit_status(self, number: int) -> int | None:
        """How an engine process ended: its exit status, or minus a signal's number.

        None where nobody knows, as when the worker has died too.
        """
        future = self._exits.get(number)
        if future is None:
            return None
        try:
            status = await asyncio.wait_for(asyncio.shield(future), _EXIT_NEWS)
        except (TimeoutError, asyncio.CancelledError):
            return None
        finally:
            self._exits.pop(number, None)
        return os.waitstatus_to_exitcode(status)

    async def close(self) -> None:
        """End the worker and with it every engine process."""
        self._lose()
        if self._process is not None:
            await self._process.wait()
            self._process = None

    async def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        path = os.pathsep.join(filter(None, (_ROOT, os.environ.get("PYTHONPATH"))))
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", __package__ + ".worker", str(self._cache or ""),
                stdin=theirs.fileno(),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,
            )  # fmt: skip
        loop = asyncio.get_running_loop()
        self._control = ours
        self._ready = loop.create_future()
        loop.add_reader(ours, self._hear)
        try:
            await asyncio.wait_for(self._ready, _START)
        except TimeoutError as error:
            self._process.kill()
            self._lose()
            raise ConnectionError("the terminal worker did not start") from error
        except (EngineMissing, ConnectionError):
            self._lose()
            raise

    def _hear(self) -> None:
        control = self._control
        if control is None:
            return
        try:
            packet = control.recv(_PACKET)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        word, _, rest = packet.decode(errors="replace").partition(" ")
        if word == "ready" and self._ready is not None and not self._ready.done():
            self._ready.set_result(None)
        elif word == "missing" and self._ready is not None and not self._ready.done():
            self._ready.set_exception(EngineMissing(rest))
        elif word == "exit":
            number, status = map(int, rest.split())
            future = self._exits.get(number)
            if future is not None and not future.done():
                future.set_result(status)
        elif not packet:
            self._lose()

    def _lose(self) -> None:
        """Forget the worker; the next spawn starts another."""
        control, self._control = self._control, None
        if control is not None:
            asyncio.get_running_loop().remove_reader(control)
            control.close()
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(ConnectionError("the terminal worker has ended"))
        # Whoever waits for an end learns that nobody knows: SIGKILL took them with the worker.
        for future in self._exits.values():
            if not future.done():
                future.set_result(9)
