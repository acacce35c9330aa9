"""A program that has the whole terminal for a while; vmtui's jobs and connections go on below."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from textual.app import App, SuspendNotSupported

from vmtui.errors import Unsupported
from vmtui.ui.cells import clean

BY_HAND = (signal.SIGINT, signal.SIGQUIT)
"""What a person's keys send to all that runs on the terminal: meant for the program alone."""
ENDED_BY_HAND = (-signal.SIGINT, 128 + signal.SIGINT)


class Outside:
    """Gives the terminal to a program; whoever asks for that holds `Fleet.screen`."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app

    async def run(self, words: Sequence[str], *, pauses: bool = True) -> int:
        """Run it, and yield its exit code (negative for a signal).

        Where it fails, what it printed stays until Enter, if `pauses`.

        Raises Unsupported where the screen cannot be left, and OSError where it cannot be run.
        """
        try:
            # What jobs and facts would paint meanwhile must not reach the program's screen.
            with self._app.batch_update(), self._app.suspend(), _deaf():
                return await _run(words, pauses=pauses)
        except SuspendNotSupported:
            raise Unsupported("The screen cannot be left here") from None


async def _run(words: Sequence[str], *, pauses: bool) -> int:
    if pauses:
        _say(f"$ {clean(shlex.join(words), 4000)}\n")
    process = await asyncio.create_subprocess_exec(*words)
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        raise
    if pauses and code and code not in ENDED_BY_HAND:
        _say(f"\n{clean(words[0], 200)} ended with exit code {code}. Enter goes back to vmtui. ")
        await _enter()
    return code


def _say(words: str) -> None:
    if sys.__stderr__ is not None:
        sys.__stderr__.write(words)
        sys.__stderr__.flush()


async def _enter() -> None:
    """Wait for a line from the terminal, without holding the loop."""
    if sys.__stdin__ is None:
        return
    loop, file = asyncio.get_running_loop(), sys.__stdin__.fileno()
    ready = asyncio.Event()
    loop.add_reader(file, ready.set)
    try:
        await ready.wait()
        os.read(file, 4096)
    finally:
        loop.remove_reader(file)


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Leave the keys that end programs to the program; a handler is not inherited, as needed."""
    before = [signal.signal(number, lambda *_: None) for number in BY_HAND]
    try:
        yield
    finally:
        for number, handler in zip(BY_HAND, before, strict=True):
            signal.signal(number, handler)
