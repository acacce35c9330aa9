"""Copies one file between this machine and a guest, through the guest's agent.

It is written under a temporary name and renamed when it is whole and its checksum agrees; a copy
that was cut is taken up where it ended. What the guest says is never part of a path here.

The agent does one thing at a time, and is what takes long: so it always has its next question
before this machine's disk has done with the piece before, and never more than two pieces are in
memory. What is copied out is summed up inside the guest meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from vmtui.engine import guestfile
from vmtui.engine.bounded import abandon
from vmtui.engine.guestfile import GuestFile
from vmtui.engine.localfile import PartFile, SourceFile, source_of, target_of
from vmtui.errors import Conflict, Invalid, TimedOut, VmtuiError
from vmtui.hypervisor import GuestAgent, Progress
from vmtui.model.steps import CopyIn, CopyOut
from vmtui.model.units import short_size

Result = TypeVar("Result")

TRIES = 4
"""How often a piece is asked for again after the agent did not answer."""
PAUSE = 2.0
"""Seconds before the first of those; doubles."""
SHORTER = "The file became shorter while it was copied"
EACH = 0.1
"""Seconds between two words of progress."""


class Rate:
    """Tells of a copy: how much of how much, how fast, how long still."""

    def __init__(self, progress: Progress, total: int, begun_at: int = 0) -> None:
        self._progress = progress
        self._total = total
        self.begun_at = begun_at
        self._since = time.monotonic()
        self._told = 0.0

    def tell(self, done: int) -> None:
        """So many bytes are there; told now and then, and at the end."""
        now = time.monotonic()
        if now - self._told < EACH and done < self._total:
            return
        self._told = now
        seconds = max(now - self._since, 0.001)
        rate = (done - self.begun_at) / seconds
        words = f"{short_size(done)} of {short_size(self._total)}, {short_size(rate)}/s"
        self._progress(done / self._total if self._total else 1.0, words)


async def copy(agent: GuestAgent, step: CopyIn | CopyOut, progress: Progress) -> str:
    """Copy the file that the step names; returns where it is now.

    Raises:
        Taken: The target is there and `force` was not given.
        Conflict: The file changed meanwhile.
        NotFound: There is no such file.
        VmtuiError: As `GuestAgent` says; what was copied until then is kept for the next try.
    """
    if isinstance(step, CopyIn):
        return await copy_in(agent, step, progress)
    return str(await copy_out(agent, step, progress))


async def copy_out(agent: GuestAgent, step: CopyOut, progress: Progress) -> Path:
    """From the guest to this machine; returns where it is."""
    target = await asyncio.to_thread(
        target_of, step.target, lambda: guestfile.last_name(step.source)
    )
    part = PartFile(target, f"{step.uuid}\0{step.source}")
    await asyncio.to_thread(part.check_target, step.force)
    async with _opened(agent, step.source, "r") as file:
        size = await file.size()
        for again in (False, True):
            done = await asyncio.to_thread(part.open, size, again)
            with contextlib.closing(part):
                async with _beside(guestfile.told_digest(agent, step.source, size)) as summing:
                    await _fetch(file, part, size, done, progress)
                    progress(None, "comparing checksums")
                    theirs = await _told(summing)
                # Its agent may have been started again meanwhile, and have forgotten the command.
                theirs = theirs or await guestfile.digest(agent, step.source, file, size)
            if await asyncio.to_thread(part.digest) == theirs:
                break
            if again or not done:
                # What was taken up may stem from an older file: only then a second try helps.
                await asyncio.to_thread(part.drop)
                raise Conflict("The file changed while it was copied", step.source, "Try again.")
    await asyncio.to_thread(part.finish, step.force)
    return target


async def copy_in(agent: GuestAgent, step: CopyIn, progress: Progress) -> str:
    """From this machine into the guest; returns where it is."""
    source = await asyncio.to_thread(source_of, Path(step.source))
    if not step.target:
        raise Invalid("Where in the guest the file goes is not said", hint="NAME:/path/of/file")
    shelf = await guestfile.shelf(agent, step.target, source, force=step.force)
    ours = SourceFile(source)
    async with _opened(agent, shelf.part, shelf.mode) as file:
        done = await file.size() if shelf.resumes else 0
        if done > source.size:
            raise Conflict("The guest has something else there", shelf.part, "Remove it.")
        await asyncio.to_thread(ours.open, done)
        with contextlib.closing(ours):
            await file.seek(done)
            done = await _send(ours, file, agent.write_most, Rate(progress, source.size, done))
    progress(None, "comparing checksums")
    async with _opened(agent, shelf.part, "r") as file:
        theirs = await guestfile.digest(agent, shelf.part, file, source.size)
    if done != source.size or theirs != ours.digest():
        await shelf.drop(agent)
        raise Conflict("The file changed while it was copied", str(source.path), "Try again.")
    await shelf.finish(agent, force=step.force)
    return shelf.target


async def _send(source: SourceFile, file: GuestFile, most: int, rate: Rate) -> int:
    """Write what the source still has; returns how many bytes are there then.

    The next piece is read while one is written.
    """
    done = rate.begun_at
    upcoming = asyncio.create_task(asyncio.to_thread(source.read, most))
    try:
        while data := await upcoming:
            upcoming = asyncio.create_task(asyncio.to_thread(source.read, most))
            await _insist(lambda at=done, piece=data: file.write(at, piece))  # type: ignore[misc]
            done += len(data)
            rate.tell(done)
    finally:
        await asyncio.wait((upcoming,))
    return done


async def _fetch(file: GuestFile, part: PartFile, size: int, done: int, progress: Progress) -> None:
    """Read what is missing. A piece is written while the next one is read."""
    rate = Rate(progress, size, done)
    rate.tell(done)
    await file.seek(done)
    writing: asyncio.Task[None] | None = None
    try:
        while done < size:
            data = await _insist(lambda at=done: file.read(at))  # type: ignore[misc]
            if writing is not None:
                await writing
            if not data:
                raise Conflict(SHORTER, file.path, "Try again.")
            data = data[: size - done]
            writing = asyncio.create_task(asyncio.to_thread(part.write, data))
            done += len(data)
            rate.tell(done)
        if writing is not None:
            await writing
    finally:
        if writing is not None:
            await asyncio.wait((writing,))


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, Result]) -> AsyncIterator[asyncio.Task[Result]]:
    """Do it in a task meanwhile, which is ended with what it is beside."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        abandon(task)
        await asyncio.wait((task,))


async def _told(summing: asyncio.Task[str]) -> str:
    try:
        return await summing
    except VmtuiError:
        return ""


async def _insist(ask: Callable[[], Awaitable[Result]]) -> Result:
    """What `ask` answers; it is asked again where the agent did not answer in time."""
    pause = PAUSE
    for left in reversed(range(TRIES)):
        try:
            return await ask()
        except TimedOut:
            if not left:
                raise
        await asyncio.sleep(pause)
        pause *= 2
    raise AssertionError("unreachable")


@contextlib.asynccontextmanager
async def _opened(agent: GuestAgent, path: str, mode: str) -> AsyncIterator[GuestFile]:
    file = GuestFile(agent, path, mode)
    await file.open()
    try:
        yield file
    finally:
        await file.close()
