"""Waiting with a bound that holds, even for a coroutine that does not let itself be cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from vmtui.errors import TimedOut

T = TypeVar("T")


async def bounded(work: Coroutine[Any, Any, T], seconds: float, what: str = "It") -> T:
    """The result of `work`; raises TimedOut after `seconds` and leaves it to its fate.

    Unlike `asyncio.wait_for`, it does not wait for the cancellation to be obeyed.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait((task,), timeout=seconds)
    except asyncio.CancelledError:
        abandon(task)
        raise
    if done:
        return task.result()
    abandon(task)
    raise TimedOut(f"{what} gave no answer", f"None within {seconds:g} seconds.")


def abandon(task: asyncio.Task[Any]) -> None:
    """Cancel a task and look at it no more; what it still raises is nobody's concern."""
    task.cancel()
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
