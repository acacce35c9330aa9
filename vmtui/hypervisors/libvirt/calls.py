"""Calls into libvirt, away from the event loop: a few daemon threads for each connection.

The law of this file: whoever awaits a call can always stop waiting. A thread that hangs in
libvirt is left to itself and replaced, so it holds neither another call nor the end of the
program; asyncio's own pool of threads, which the end of the program waits for, is never used.

Each thread has its own connection (see `links`): threads are few, and made when first needed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from vmtui.errors import ConnectionLost, TimedOut, VmtuiError
from vmtui.hypervisors.libvirt.threads import Call, Threads

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class Lane(Enum):
    """Which calls may wait for each other: name, threads at most, and how many stay when idle."""

    QUICK = ("quick", 2)
    """Reading: answered within milliseconds, and never behind a job."""
    SAMPLE = ("sample", 4)
    """Bulk readings; more than one thread only while a guest hangs."""
    LONG = ("long", 2)
    """Jobs: start, save, migrate, copy."""
    TRANSFER = ("transfer", 4)
    """Bytes by stream, and copies that the host makes: minutes, beside the jobs."""
    AGENT = ("agent", 12, 4)
    """Readings that wait for a guest's own answer: as many as the engine asks for at once."""
    TALK = ("talk", 3)
    """What a person asks of a guest: a command, a copy; never behind those readings."""

    def __init__(self, label: str, threads: int, kept: int | None = None) -> None:
        self.label = label
        self.threads = threads
        self.kept = threads if kept is None else kept


class Calls:
    """The threads of one connection. Made and used on the event loop."""

    def __init__(
        self,
        name: str = "libvirt",
        on_lost: Callable[[VmtuiError], None] | None = None,
        on_exit: Callable[[], None] | None = None,
    ) -> None:
        """`on_lost` is told, on the event loop, when a call finds the connection broken.

        `on_exit` is called in each thread when it ends.
        """
        self.name = name
        self._on_lost = on_lost
        self.count = 0
        """Calls handed to threads so far."""
        self._closed = False
        self._waiting: set[Future[object]] = set()
        self._lanes = {
            lane: Threads(f"{name} {lane.label}", lane.threads, lane.kept, on_exit) for lane in Lane
        }

    @property
    def stuck(self) -> int:
        """Threads that still hang in a call for which nobody waits any more."""
        return sum(lane.stuck for lane in self._lanes.values())

    async def run(
        self,
        fn: Callable[[*Arguments], Result],
        *args: *Arguments,
        timeout: float | None = None,
        lane: Lane = Lane.QUICK,
    ) -> Result:
        """What `fn(*args)` returns, called in a thread of `lane`.

        Args:
            fn: What may block; it runs outside the event loop and sees libvirt's own errors.
            args: Its arguments.
            timeout: Seconds to wait, the time in the queue included; None waits for ever.
            lane: Whose threads to take.

        Raises:
            VmtuiError: Translated from libvirt's error.
            TimedOut: There was no answer in time. The call itself goes on unseen.
            ConnectionLost: The connection was closed, before or meanwhile.
        """
        if self._closed:
            raise _closed()
        self.count += 1
        loop = asyncio.get_running_loop()
        future: Future[Result] = loop.create_future()
        call = Call(lambda: fn(*args), lambda result, error: _deliver(loop, future, result, error))
        threads = self._lanes[lane]
        self._waiting.add(future)  # type: ignore[arg-type]
        threads.put(call)
        try:
            await asyncio.wait((future,), timeout=timeout)
            if not future.done():
                raise TimedOut("The host does not answer", f"No answer within {timeout:g} seconds")
            return future.result()
        except ConnectionLost as error:
            if self._on_lost is not None and not self._closed:
                self._on_lost(error)
            raise
        finally:
            self._waiting.discard(future)
            if not future.done():
                future.cancel()
                threads.abandon(call)

    def close(self) -> None:
        """Let every waiting call fail with ConnectionLost; never waits for a thread."""
        self._closed = True
        for lane in self._lanes.values():
            lane.close()
        for future in tuple(self._waiting):
            if not future.done():
                future.set_exception(_closed())
                # Whoever waited may be cancelled in this very turn: then nobody asks for it.
                future.exception()


def _deliver(
    loop: AbstractEventLoop,
    future: Future[Result],
    result: object,
    error: BaseException | None,
) -> None:
    """Hand the outcome to the event loop; from a thread."""

    def settle() -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    try:
        loop.call_soon_threadsafe(settle)
    except RuntimeError:
        logger.debug("an answer came after the event loop was closed")


def _closed() -> ConnectionLost:
    return ConnectionLost("The connection is closed")
