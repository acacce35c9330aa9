"""A recording played in a terminal, as if its guest printed it now: paused, sought, sped up."""

from __future__ import annotations

import asyncio
import codecs
import math
import os
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from pathlib import Path

from vmtui.engine.consolebase import ConsoleBase, ConsoleId, ConsoleState
from vmtui.terminal.asciicast import (
    CastError,
    CastEvent,
    CastHeader,
    is_cast,
    read_events,
    read_header,
)  # fmt: skip
from vmtui.terminal.session import TerminalSession

BAUD_BYTES = 11520
"""Bytes a second at which raw bytes, which have no times, are played: a serial line's."""
RAW_PIECE = 576
BATCH = 256
"""Events that are read at once."""
LONGEST_PAUSE = 2.0
"""Seconds; nobody waits through a night in which nothing was printed."""
STEP, LEAP = 5.0, 60.0
SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
AFRESH = b"\x1bc\x1b[3J"
_END = 65536


def look_at(path: Path) -> tuple[CastHeader, bool]:
    """The size for a file to be played, and whether it is a recording rather than raw bytes.

    Raises:
        CastError: it is a damaged recording.
        OSError: it cannot be read.
    """
    if not path.is_file():
        raise CastError(f"{path} is no file")
    if is_cast(path):
        return read_header(path), True
    return CastHeader(80, 24), False


class Replay(ConsoleBase):
    """Space pauses, arrows seek, Home begins anew, End shows the last screen, + and - the speed."""

    typable = False

    def __init__(
        self,
        id_: ConsoleId,
        path: Path,
        terminal: TerminalSession,
        header: CastHeader,
        *,
        cast: bool,
    ) -> None:
        super().__init__(id_, path.name, terminal)
        self.path = path
        self.paused = False
        self.position = 0.0
        """Seconds since the start."""
        self.ended = False
        self.speed = 1.0
        self._header = header
        self._is_cast = cast
        self._length: float | None = None
        self._skip_to = 0.0
        self._rewind = False
        self._turned = asyncio.Event()
        self._shown_second = -1
        self.state = ConsoleState.LIVE
        self._task = asyncio.create_task(self._play())

    @property
    def progress(self) -> str:
        """Where it is, and how fast it goes."""
        glyph = "■" if self.ended else "‖" if self.paused else "▶"
        length = f"/{_clock(self._length)}" if self._length is not None else ""
        speed = f" ×{self.speed:g}" if self.speed != 1.0 else ""
        return f"{glyph} {_clock(self.position)}{length}{speed}"

    def resize(self, columns: int, rows: int) -> None:
        """A recording keeps its own size."""

    def press(self, key: str, character: str | None) -> bool:
        """The keys of a player."""
        del character
        moves = {"left": -STEP, "right": STEP, "pageup": -LEAP, "pagedown": LEAP,
                 "down": -LEAP, "up": LEAP}  # fmt: skip
        if key in ("space", "p"):
            self.paused = not self.paused
        elif key in moves:
            self.seek(self.position + moves[key])
        elif key == "home":
            self.seek(0.0)
        elif key == "end":
            self.seek(math.inf)
        elif key in ("plus", "equals_sign", "minus"):
            here = SPEEDS.index(self.speed) + (-1 if key == "minus" else 1)
            self.speed = SPEEDS[min(max(here, 0), len(SPEEDS) - 1)]
        else:
            return False
        self._set(ConsoleState.WAITING if self.paused else ConsoleState.LIVE)
        self._turned.set()
        self._bell.pull()
        return True

    def send(self, data: bytes) -> None:
        """Nothing: there is nobody to read it."""

    def seek(self, seconds: float) -> None:
        """Go to that second of the recording; the screen is as it was then."""
        self._skip_to = max(seconds, 0.0)
        if self._skip_to < self.position:
            self._rewind = True
        elif math.isfinite(self._skip_to) and not self.ended:
            self.position = self._skip_to
        self._turned.set()

    async def close(self) -> None:
        """Stop playing."""
        self.on_frame = self.on_change = None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    # -- playing -------------------------------------------------------------------------------

    async def _play(self) -> None:
        try:
            self._length = await asyncio.to_thread(self._measure)
            while True:
                await self._play_once()
        except (OSError, CastError) as error:
            self._set(ConsoleState.FAILED, f"it cannot be played on: {error}")

    async def _play_once(self) -> None:
        """From the first event to the last, then wait until somebody goes back."""
        self._rewind = self.ended = False
        self.position = 0.0
        self.terminal.resize(self._header.columns, self._header.rows)
        self.terminal.feed(AFRESH)
        last = 0.0
        async for event in self._events():
            if not await self._due(event.time):
                return
            last = event.time
            self.position = max(last, self.position if self._skip_to >= self.position else 0.0)
            if event.kind == "o":
                self.terminal.feed(event.data.encode(errors="replace"))
                if not self.watched and not self.unread:
                    self.unread = True
                    self._bell.pull()
                await self.terminal.ready()
            elif event.size is not None:
                self.terminal.resize(*event.size)
            if int(self.position) != self._shown_second:
                self._shown_second = int(self.position)
                self._bell.pull()
        self.ended, self.position, self._skip_to = True, last, last
        self._bell.pull()
        while not self._rewind:
            await self._turn(None)

    async def _due(self, at: float) -> bool:
        """Wait until the time has come; False where the playing is to begin anew."""
        while not self._rewind:
            if at <= self._skip_to:
                return True
            if self.paused:
                await self._turn(None)
                continue
            wait = min(at - self.position, LONGEST_PAUSE) / self.speed
            if wait <= 0.001 or not await self._turn(wait):
                return not self._rewind
        return False

    async def _turn(self, seconds: float | None) -> bool:
        """Wait for a key, at most so long; False where none came."""
        self._turned.clear()
        try:
            await asyncio.wait_for(self._turned.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _events(self) -> AsyncIterator[CastEvent]:
        source = read_events(self.path) if self._is_cast else _raw(self.path)
        while batch := await asyncio.to_thread(lambda: list(islice(source, BATCH))):
            for event in batch:
                yield event

    def _measure(self) -> float | None:
        """The length in seconds, from the file's end; None where it does not tell."""
        size = self.path.stat().st_size
        if not self._is_cast:
            return size / BAUD_BYTES
        with self.path.open("rb") as file:
            file.seek(max(size - _END, 0))
            lines = file.read().splitlines()
        for line in reversed(lines[1:] if size > _END else lines):
            head = line.lstrip(b"[ ").split(b",", 1)[0]
            try:
                return max(float(head), 0.0)
            except ValueError:
                continue
        return None


def _raw(path: Path) -> Iterator[CastEvent]:
    """Raw bytes as events, at the pace of a serial line. Characters are never torn."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    with path.open("rb") as file:
        for number, data in enumerate(iter(lambda: file.read(RAW_PIECE), b"")):
            yield CastEvent(number * RAW_PIECE / BAUD_BYTES, "o", decoder.decode(data))


def name_of(path: Path) -> str:
    """By which a player is known; two of the same file are one."""
    return os.path.realpath(path)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
