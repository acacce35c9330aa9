"""Fetching one file: gone on with where it was cut off, checked, and there whole or not at all."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vmtui.engine.clock import Clock, SystemClock
from vmtui.engine.download import cached, web
from vmtui.engine.download.cached import Note
from vmtui.errors import (
    Busy,
    ConnectionFailed,
    ConnectionLost,
    Invalid,
    TimedOut,
)
from vmtui.hypervisor import Progress
from vmtui.model.steps import FetchFile
from vmtui.model.units import size
from vmtui.plan.images import file_name
from vmtui.plan.volumes import unpacked

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

TRIES = 4
"""Times in a row that a server may cut off without having sent anything new."""
PAUSE = 1.0
"""Seconds before the second try; each next one waits twice as long."""
_AGAIN = (ConnectionLost, TimedOut, Busy)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for whom; seconds."""

    stall: float = web.STALL
    pause: float = PAUSE
    tries: int = TRIES


async def fetch(
    step: FetchFile,
    progress: Progress,
    clock: Clock | None = None,
    patience: Patience = Patience(),
) -> None:
    """Have `step.file` be what is at `step.url`.

    Two who want the same file make one download. What was cut off stays for the next time.

    Raises Invalid where the content is not what its checksum says, and ConnectionFailed,
    ConnectionLost, TimedOut, Refused, NotFound, Busy or VmtuiError where it does not come.
    """
    target = Path(step.file)
    try:
        async with cached.locked(target, lambda: progress(None, "another download of it runs")):
            await _Fetching(step, target, progress, clock or SystemClock(), patience).go()
    except OSError as error:
        raise cached.from_disk(error, target) from None


class _Fetching:
    """One download while it runs."""

    def __init__(
        self, step: FetchFile, target: Path, progress: Progress, clock: Clock, patience: Patience
    ) -> None:
        self._step = step
        self._target = target
        self._part = cached.part_of(target)
        self._progress = progress
        self._clock = clock
        self._patience = patience
        self._rate: deque[tuple[float, int]] = deque()
        name = file_name(step.url)
        self._packed = name[len(unpacked(name)) :]
        """The ending of a file that is to be unpacked, or ""."""

    async def go(self) -> None:
        if await self._is_there():
            return
        resumed = self._part.exists()
        await self._bring()
        if self._step.checksum and not await self._is_genuine():
            if resumed:
                # What was there before may have been of another build: once more, from nothing.
                cached.remove(self._part)
                await self._bring()
                resumed = await self._is_genuine()
            if not resumed:
                cached.remove(self._part)
                raise Invalid(
                    "The download is not what its publisher says",
                    f"{self._step.url} has not the checksum {self._step.checksum}.",
                    "It was thrown away. Try again; a mirror may be in the middle of an update.",
                )
        await self._keep()

    async def _is_there(self) -> bool:
        """Whether the whole file is here already, and good."""
        if not self._target.exists():
            return False
        note, length = cached.read_note(self._target), self._target.stat().st_size
        wanted = self._step.checksum.lower()
        if wanted:
            if note.checksum == wanted and note.size == length:
                return True
            self._progress(None, "looking at what is there")
            if self._packed or not await cached.digest(self._target, wanted):
                return False
            cached.write_note(self._target, replace(note, checksum=wanted, size=length))
            return True
        if note.size != length or note.url != self._step.url:
            return False
        return await self._is_newest(note)

    async def _is_newest(self, note: Note) -> bool:
        if not note.mark:
            return False
        asked = {"if-none-match": note.etag} if note.etag else {"if-modified-since": note.modified}
        try:
            async with web.client(stall=self._patience.stall) as client:
                response = await client.head(self._step.url, headers=asked)
        except (ConnectionFailed, ConnectionLost, TimedOut) as error:
            log.info("The cached %s is taken: %s", self._target, error)
            self._progress(1.0, "the server cannot be reached: the copy from before is taken")
            return True
        return response.status_code == 304

    async def _bring(self) -> None:
        """Have all of it in the part; tries again as long as something comes."""
        vain = 0
        while True:
            before = self._length()
            try:
                await self._stream()
                return
            except _AGAIN as error:
                vain = 0 if self._length() > before else vain + 1
                if vain >= self._patience.tries:
                    kept = self._length()
                    hint = f"{size(kept)} are kept: the next try goes on there." if kept else ""
                    raise type(error)(error.title, error.detail, error.hint or hint) from None
                self._progress(None, f"{error.title}; trying again")
                await self._clock.sleep(self._patience.pause * 2**vain)

    async def _stream(self) -> None:
        note, start = cached.read_note(self._part), self._length()
        headers = {}
        if start and note.mark and note.url == self._step.url:
            headers = {"range": f"bytes={start}-", "if-range": note.mark}
        downgrade = bool(self._step.checksum)
        async with (
            web.client(stall=self._patience.stall, downgrade=downgrade) as client,
            client.stream("GET", self._step.url, headers=headers) as response,
        ):
            if response.status_code == 416 and start:
                if note.size == start:
                    return
                cached.remove(self._part)
                raise ConnectionLost("The server has another file now", "It is begun anew.")
            web.check_status(response)
            start = self._continues(response, start)
            await self._receive(response, start)

    def _continues(self, response: httpx.Response, start: int) -> int:
        """From where this answer goes on: `start`, or 0 where it is the whole."""
        if response.status_code != 206:
            return 0
        said = response.headers.get("content-range", "")
        if not said.startswith(f"bytes {start}-"):
            cached.remove(self._part)
            raise ConnectionLost("The server sends another part than was asked for", said[:80])
        return start

    async def _receive(self, response: httpx.Response, start: int) -> None:
        length = response.headers.get("content-length", "")
        total = start + int(length) if length.isdigit() else 0
        note = Note(
            self._step.url,
            response.headers.get("etag", ""),
            response.headers.get("last-modified", ""),
            size=total,
        )
        cached.write_note(self._part, note)
        if total:
            cached.check_room(self._part, total - start)
        with self._part.open("r+b" if start else "wb") as file:
            file.seek(start)
            got = start
            self._rate.clear()
            async for data in response.aiter_raw():
                await asyncio.to_thread(file.write, data)
                got += len(data)
                self._tell(got, total)
            await asyncio.to_thread(file.flush)
        if total and got != total:
            raise ConnectionLost("The download was cut off", f"{got} of {total} bytes came.", "")

    def _tell(self, got: int, total: int) -> None:
        now = self._clock.monotonic()
        self._rate.append((now, got))
        while len(self._rate) > 2 and now - self._rate[0][0] > 5.0:
            self._rate.popleft()
        since, before = self._rate[0]
        rate = f", {size((got - before) / (now - since))}/s" if now - since > 0.5 else ""
        whole = f" of {size(total)}" if total else ""
        self._progress(got / total if total else None, f"{size(got)}{whole}{rate}")

    async def _is_genuine(self) -> bool:
        self._progress(None, "checking it")
        return await cached.digest(self._part, self._step.checksum)

    async def _keep(self) -> None:
        """From the part to the file, all at once."""
        note, whole = cached.read_note(self._part), self._part
        if self._packed:
            self._progress(None, "unpacking it")
            whole = self._target.with_name(f"{self._target.name}.unpacked")
            await cached.unpack(self._part, self._packed, whole)
        length = whole.stat().st_size
        if not length:
            cached.remove(self._part)
            raise Invalid("The download is empty", self._step.url)
        note = replace(note, checksum=self._step.checksum.lower(), size=length)
        whole.replace(self._target)
        cached.write_note(self._target, note)
        cached.remove(self._part)
        self._progress(1.0, "")

    def _length(self) -> int:
        try:
            return self._part.stat().st_size
        except FileNotFoundError:
            return 0


async def read_text(url: str, most: int, patience: Patience = Patience()) -> str:
    """A small text from the web. Raises Invalid where it is longer than `most` bytes."""
    async with (
        web.client(stall=patience.stall) as client,
        client.stream("GET", url) as response,
    ):
        web.check_status(response)
        got = bytearray()
        async for data in response.aiter_bytes():
            got += data
            if len(got) > most:
                raise Invalid("This is no list of checksums", f"{url} is too long.")
    return got.decode("utf-8", "replace")


async def read_start(url: str, length: int, patience: Patience = Patience()) -> tuple[bytes, int]:
    """The first bytes of a file of the web, and the size of the whole; 0 where it is not told."""
    headers = {"range": f"bytes=0-{length - 1}"}
    async with (
        web.client(stall=patience.stall) as client,
        client.stream("GET", url, headers=headers) as response,
    ):
        web.check_status(response)
        said = response.headers.get("content-range", "").rpartition("/")[2]
        whole = said if response.status_code == 206 else response.headers.get("content-length", "")
        got = bytearray()
        async for data in response.aiter_bytes():
            got += data
            if len(got) >= length:
                break
    return bytes(got[:length]), int(whole) if whole.isdigit() else 0
