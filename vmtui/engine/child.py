"""A program of this machine in a session of its own, with what it prints in a pipe of ours."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence

CHUNK = 64 * 1024
TERM_PATIENCE = 2.0
"""Seconds between asking a program to end and killing it."""
KILL_PATIENCE = 5.0
"""Seconds after which one that was killed is left to the kernel: it hangs in there."""
DRAIN = 0.5
"""Seconds for output that is still under way: what it left running may hold the pipe."""


class Child:
    """Such a program; made by `begin`. All that it starts goes with it when it is stopped."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        pipe: asyncio.ReadTransport,
        reading: asyncio.Task[None],
        given: bytes | None,
    ) -> None:
        self._process = process
        self._pipe = pipe
        self._reading = reading
        self._feeding = None if given is None else asyncio.create_task(self._feed(given))

    @classmethod
    async def begin(
        cls,
        words: Sequence[str],
        heard: Callable[[bytes], None],
        *,
        given: bytes | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Child:
        """Start it. Raises OSError where it cannot be run.

        Args:
            words: The program and its arguments.
            heard: Told what it prints, errors and all.
            given: Its input; None for none at all.
            env: Its surroundings; None for ours.
        """
        # A pipe of our own: asyncio's ends only with the last process that holds it.
        end, other = os.pipe()
        reader = asyncio.StreamReader()
        try:
            pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(end, "rb", 0)
            )
            try:
                process = await asyncio.create_subprocess_exec(
                    *words,
                    stdin=asyncio.subprocess.DEVNULL if given is None else asyncio.subprocess.PIPE,
                    stdout=other, stderr=other, start_new_session=True, env=env,
                )  # fmt: skip
            except BaseException:
                pipe.close()
                raise
        finally:
            os.close(other)
        return cls(process, pipe, asyncio.create_task(_read(reader, heard)), given)

    @property
    def code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._process.returncode

    async def ended(self) -> int:
        """Wait for its end; its exit code. What it left running is left, too."""
        code = await self._process.wait()
        await asyncio.wait((self._reading,), timeout=DRAIN)
        self._let_go()
        return code

    async def stop(self) -> None:
        """End it and all that it started: asked, then killed, then left to its fate.

        It takes `TERM_PATIENCE` and `KILL_PATIENCE` at most.
        """
        try:
            self._signal(signal.SIGTERM)
            await self._gone(TERM_PATIENCE)
        finally:
            self._signal(signal.SIGKILL)
            self._let_go()
        await self._gone(KILL_PATIENCE)

    async def _gone(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _let_go(self) -> None:
        self._reading.cancel()
        self._pipe.close()
        if self._feeding is not None:
            self._feeding.cancel()

    async def _feed(self, given: bytes) -> None:
        pipe = self._process.stdin
        if pipe is None:
            return
        try:
            with contextlib.suppress(ConnectionError):
                pipe.write(given)
                await pipe.drain()
        finally:
            pipe.close()


async def _read(reader: asyncio.StreamReader, heard: Callable[[bytes], None]) -> None:
    while more := await reader.read(CHUNK):
        heard(more)
