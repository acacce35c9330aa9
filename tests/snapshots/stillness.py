"""Time that stands still, for pictures that are the same each time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from unittest import mock

from vmtui.engine import around
from vmtui.plan.surroundings import SshKey

NOON = 1_750_000_000.0
"""15 June 2025, 15:06:40 UTC."""
KEY = SshKey("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGqhuXUuFY7cDMPZDgfnQS0ZP4l0 me@desk", "~/.ssh")
SHORT = 0.5
"""Sleeps below this many seconds are slept: they only join what belongs together."""


class StillClock:
    """Moves when it is told to."""

    def __init__(self) -> None:
        self._time = NOON
        self._moved = asyncio.Event()

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._time

    def monotonic(self) -> float:
        """The same seconds."""
        return self._time

    async def sleep(self, seconds: float) -> None:
        """Until the clock was moved so far."""
        if seconds < SHORT:
            await asyncio.sleep(seconds)
            return
        end = self._time + seconds
        while self._time < end:
            await self._moved.wait()

    def move(self, seconds: float) -> None:
        """Let so many seconds have passed."""
        self._time += seconds
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


@contextlib.contextmanager
def foreseen() -> Iterator[None]:
    """What is made up comes out the same each time, and nothing is this machine's own."""

    async def keys() -> tuple[SshKey, ...]:
        return (KEY,)

    with (
        mock.patch.object(secrets, "token_hex", lambda size: "5e" * size),
        mock.patch.object(around, "ssh_keys", keys),
        mock.patch.object(around, "_user", lambda: "me"),
    ):
        yield


@contextlib.contextmanager
def in_utc(clock: StillClock) -> Iterator[None]:
    """What asks the machine for the time gets the clock's, in UTC."""
    with (
        mock.patch.dict(os.environ, {"TZ": "UTC"}),
        mock.patch.object(time, "time", clock.now),
    ):
        time.tzset()
        try:
            yield
        finally:
            pass
    time.tzset()
