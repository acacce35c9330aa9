"""Work in a thread that takes minutes, tells how far it is, and can be stopped.

The law of this file: who stops it stops only waiting. The thread itself sees the stop, takes away
what it had half made, and ends; also when nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from vmtui.errors import TimedOut
from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt.calls import Calls, Lane

T = TypeVar("T")

STOP_PATIENCE = 4.5
"""Seconds that a stopped thread has to take away what it made, before it is left to do so alone."""
TELL_EVERY = 0.1
"""Seconds between two words about the progress."""


class Stopped(Exception):
    """The person cancelled, or the connection was closed. What was made is gone already."""


class Errand:
    """What the thread sees of whoever waits for it."""

    def __init__(self, tell: Callable[[float | None, str], None]) -> None:
        self._tell = tell
        self._stop = threading.Event()
        self._told = 0.0

    def stop(self) -> None:
        """Ask the thread to end."""
        self._stop.set()

    def check(self) -> None:
        """Raises Stopped where it is to end."""
        if self._stop.is_set():
            raise Stopped

    def pause(self, seconds: float) -> None:
        """Wait a moment. Raises Stopped where it is to end."""
        if self._stop.wait(seconds):
            raise Stopped

    @property
    def may_tell(self) -> bool:
        """Whether it is time to say again how far it is."""
        return time.monotonic() - self._told >= TELL_EVERY

    def tell(self, fraction: float | None, words: str) -> None:
        """Say how far it is, now and then."""
        if self.may_tell:
            self._told = time.monotonic()
            self._tell(fraction, words)


async def run_errand(calls: Calls, progress: Progress, work: Callable[[Errand], T]) -> T:
    """What `work` returns, in a thread of its own.

    Raises:
        VmtuiError: As `Calls.run`.
        CancelledError: It was cancelled, and `work` ended in Stopped. Work that was done all the
            same is returned.
        TimedOut: It was cancelled, and `work` has not ended yet.
    """
    loop = asyncio.get_running_loop()

    def tell(fraction: float | None, words: str) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(progress, fraction, words)

    errand = Errand(tell)
    task = asyncio.ensure_future(calls.run(lambda: work(errand), lane=Lane.TRANSFER))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        errand.stop()
        # Cancelling the task as well would only take away its answer: the thread goes on.
        done, _ = await asyncio.wait((task,), timeout=STOP_PATIENCE)
        if done and not task.cancelled() and task.exception() is None:
            return task.result()
        if done:
            raise
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        text = "What was half made may still be there."
        raise TimedOut("The host does not answer", text) from None
    except Stopped:
        raise asyncio.CancelledError from None
    finally:
        # A connection that was closed leaves the thread behind, too.
        errand.stop()
