"""One console's terminal as the rest of the program sees it: bytes in, frames out.

What happens to the engine underneath shows only as a notice.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from typing import TypeVar

from vmtui.errors import TimedOut
from vmtui.terminal.cells import BLANK, Frame, Match, Row, join_rows
from vmtui.terminal.engine import Engine, EngineRestarted
from vmtui.terminal.journal import BLOCK, Size
from vmtui.terminal.nursery import Nursery
from vmtui.terminal.pacing import Pacing
from vmtui.terminal.screen import MAX_ROWS, clamp
from vmtui.terminal.wire import SPAN, Decoder, Do, parse_found, search_query

_CONGESTED, _FLOWING = 8 * BLOCK, 4 * BLOCK
_SHED = 128 * BLOCK
"""Waiting bytes beyond which a caller that ignores `congested` loses the oldest."""
_REPLY_RATE = 4096
"""Bytes a second that a guest may have answered."""
_PROMPT = 0.15
"""Seconds after a key during which frames do not wait: an answer comes in several pieces."""
_LINES = 500
"""Rows of one request for scrollback."""
_ALL = 1 << 30
_Told = TypeVar("_Told")


class TerminalSession:
    """A terminal that outlives its engine. Made by `EngineHost.open`.

    Callbacks run on the event loop; each may be replaced at any time:
        on_frame: the screen has changed. `screen` is already up to date.
        on_replies: bytes that the terminal answers to the guest, at most 4 KiB a second.
        on_notice: something happened to the engine, in words for a person.
    """

    def __init__(
        self, nursery: Nursery, size: Size, scrollback_bytes: int, history_bytes: int
    ) -> None:
        self.on_frame: Callable[[Frame], None] = lambda _frame: None
        self.on_replies: Callable[[bytes], None] = lambda _data: None
        self.on_notice: Callable[[str], None] = lambda _text: None
        self.frame: Frame = Frame(size.columns, size.rows, {})
        """The latest; its `changed` holds only what that frame brought."""
        self.screen: list[Row] = [BLANK] * size.rows
        """All rows as of the latest frame."""
        self.manual_acknowledge = False
        """No further frame comes before `acknowledge` is called, as when it has been painted."""
        self.engine = Engine(nursery, size, scrollback_bytes, history_bytes)
        self.engine.on_frame = self._take_frame
        self.engine.on_replies = self._take_replies
        self.engine.on_notice = self._notify
        self.engine.on_progress = self._note_progress
        self.engine.on_renewed = self._note_renewal
        self._loop = asyncio.get_running_loop()
        self._decoder = Decoder()
        self._closed = False
        self._watching = True
        self._pacing = Pacing()
        self._prompt_until = 0.0
        self._due: asyncio.TimerHandle | None = None
        self._bells_before = 0
        self._allowance, self._allowed_at = float(_REPLY_RATE), self._loop.time()
        self._fresh = False
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._settled = asyncio.Event()
        self._settled.set()

    # What the console's pump uses

    def feed(self, data: bytes) -> None:
        """Take what the guest printed, at once and whole.

        Whoever feeds should stop reading from the guest while `congested`; a caller that does not
        loses the oldest of what waits beyond 8 MiB.
        """
        if self._closed or not data:
            return
        journal = self.engine.journal
        journal.add_bytes(data)
        self._fresh = False
        self._pacing.came(len(data))
        self._settled.clear()
        self.engine.pump()
        if journal.pending_bytes > _CONGESTED:
            self._flowing.clear()
            if journal.pending_bytes > _SHED:
                lost = journal.shed(_CONGESTED)
                self._notify(f"{lost} bytes of output were skipped: they came too fast")

    @property
    def fresh(self) -> bool:
        """Whether `screen` shows all that was fed; not so while output runs, or nobody watches."""
        return self._fresh

    @property
    def congested(self) -> bool:
        """Too much waits for the engine: the guest should not be read from."""
        return not self._flowing.is_set()

    async def ready(self) -> None:
        """Wait until the session is not congested."""
        await self._flowing.wait()

    async def settled(self) -> None:
        """Wait until the engine has dealt with all that was fed; a later frame shows all of it."""
        await self._settled.wait()

    def resize(self, columns: int, rows: int) -> None:
        """Take another size, clamped to what the engine is allowed."""
        size = Size(*clamp(columns, rows))
        if not self._closed and size != self.size:
            self.engine.journal.add_size(size)
            self._settled.clear()
            self.engine.pump()

    def renew_margins(self) -> None:
        """Let the whole screen scroll again, whatever region the guest had set (DECSTBM).

        A program that drew for another size leaves its region behind, and one that is told the
        size otherwise than by bytes does not know of it. A change of size resets the region in
        the engine as in a hardware terminal, and moves nothing, where the bytes of a reset would
        move the cursor as well: so a row more, then as before.
        """
        if not self._closed:
            columns, rows = self.size
            journal = self.engine.journal
            journal.add_size(Size(columns, rows + 1 if rows < MAX_ROWS else rows - 1))
            journal.add_size(Size(columns, rows), anew=True)
            self._settled.clear()
            self.engine.pump()

    @property
    def size(self) -> Size:
        """The size asked for last; a frame of that size follows."""
        return self.engine.journal.size

    # What the pane uses

    @property
    def frame_interval(self) -> float:
        """Least seconds between two frames."""
        return self._pacing.interval

    @frame_interval.setter
    def frame_interval(self, seconds: float) -> None:
        self._pacing.interval = seconds

    @property
    def watching(self) -> bool:
        """Whether frames are wanted. A hidden pane sets it to False and goes on receiving."""
        return self._watching

    @watching.setter
    def watching(self, wanted: bool) -> None:
        self._watching = wanted
        self._give_credit()

    def acknowledge(self) -> None:
        """The latest frame has been dealt with: the next may come (see `manual_acknowledge`)."""
        now = self._loop.time()
        wait = self._pacing.wait(now, idle=not self.engine.journal.pending)
        if wait > 0 and (self._pacing.flooded or now >= self._prompt_until):
            if self._due is not None:
                self._due.cancel()
            self._due = self._loop.call_later(wait, self.acknowledge)
        else:
            self._give_credit()

    def hasten(self) -> None:
        """Somebody typed: the frame with the answer need not wait for its time."""
        self._prompt_until = self._loop.time() + _PROMPT
        if self._due is not None:
            self._give_credit()

    def refresh(self) -> None:
        """Ask for a frame even if nothing has changed and nobody watches."""
        self.engine.credit(even_unchanged=True)

    async def scrollback(self, start: int, count: int) -> tuple[int, list[Row]]:
        """Rows of scrollback and screen by line number (see `Frame`).

        Returns:
            The number of the first row, which is later than `start` where that is not kept any
            more, and `count` rows from there, fewer where they end.

        Raises:
            TimedOut: the engine keeps failing.
        """
        first, rows = await self._lines(start, min(count, _LINES))
        while rows and len(rows) < count:
            _, more = await self._lines(first + len(rows), min(count - len(rows), _LINES))
            if not more:
                break
            rows += more
        return first, rows

    async def search(
        self, pattern: str, start: tuple[int, int] | None = None, *, backwards: bool = True
    ) -> Match | None:
        """The next find of a regular expression beyond (line, column) `start`; rows apart.

        Args:
            pattern: in Python's syntax.
            start: None searches all: from the last line backwards, or from the first.
            backwards: towards older lines.

        Raises:
            re.error: it is not a regular expression.
            TimedOut: it took the engine too long.
        """
        re.compile(pattern)
        payload = search_query(pattern, start, backwards=backwards)
        try:
            return parse_found(await self.engine.ask(Do.SEARCH, payload))
        except EngineRestarted as error:
            raise TimedOut("The search took too long", f"The pattern was {pattern!r}.") from error

    async def text(self) -> str:
        """All lines kept, wrapped ones joined, without blank lines at the end."""
        _, rows = await self.scrollback(0, _ALL)
        return join_rows(rows)

    def close(self) -> None:
        """End the engine. Nothing is called back any more."""
        self._closed = True
        self.engine.close()
        self._flowing.set()
        self._settled.set()

    # What the engine says

    def _take_frame(self, payload: bytes) -> None:
        frame = self._decoder.frame(payload)
        self._pacing.framed(frame, self._loop.time())
        if self._bells_before:
            frame = frame._replace(bells=frame.bells + self._bells_before)
        if (frame.columns, frame.rows) != (self.frame.columns, len(self.screen)):
            self.screen = [BLANK] * frame.rows
        for y, row in frame.changed.items():
            self.screen[y] = row
        self.frame = frame
        self._fresh = not self.engine.journal.pending
        self.engine.modes = frame.modes
        self._call(self.on_frame, frame)
        if not self.manual_acknowledge:
            self.acknowledge()

    def _take_replies(self, data: bytes) -> None:
        now = self._loop.time()
        gained = (now - self._allowed_at) * _REPLY_RATE
        self._allowance = min(self._allowance + gained, float(_REPLY_RATE))
        self._allowed_at = now
        if len(data) <= self._allowance:
            self._allowance -= len(data)
            self._call(self.on_replies, data)

    def _notify(self, text: str) -> None:
        self._call(self.on_notice, text)

    def _call(self, callback: Callable[[_Told], None], news: _Told) -> None:
        try:
            callback(news)
        except Exception as error:  # noqa: BLE001 - a caller's fault must not look like the engine's
            self._loop.call_exception_handler(
                {"message": "a callback of a terminal failed", "exception": error}
            )

    def _note_progress(self) -> None:
        if self.engine.journal.pending_bytes < _FLOWING:
            self._flowing.set()
        if not self.engine.journal.pending:
            self._settled.set()

    def _note_renewal(self) -> None:
        self._bells_before = self.frame.bells

    def _give_credit(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._watching and not self._closed:
            self.engine.credit()

    async def _lines(self, start: int, count: int) -> tuple[int, list[Row]]:
        for _ in range(3):
            with contextlib.suppress(EngineRestarted):
                payload = await self.engine.ask(Do.LINES, SPAN.pack(start, max(count, 0)))
                return self._decoder.lines(payload)
        raise TimedOut("The scrollback cannot be read", "The terminal engine keeps failing.")
