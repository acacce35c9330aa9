"""Commands that a signal ends in order: what they hold is let go of first."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)


async def until_signalled(work: Coroutine[Any, Any, int]) -> int:
    """Do it, and return its exit code; a signal cancels it, and the code is 128 and its number."""
    loop = asyncio.get_running_loop()
    signalled: asyncio.Future[int] = loop.create_future()

    def end(number: int) -> None:
        if not signalled.done():
            signalled.set_result(number)

    for number in SIGNALS:
        loop.add_signal_handler(number, end, number)
    task = asyncio.create_task(work)
    await asyncio.wait({task, signalled}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        return task.result()
    task.cancel()
    await asyncio.wait({task})
    return 128 + signalled.result()
