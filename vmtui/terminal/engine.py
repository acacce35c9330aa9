"""One engine process as a thing that lasts: when it dies it is replaced and rebuilt.

The journal keeps the bytes, the nursery makes the processes, the recovery decides; this carries
messages between them. What a screen looks like is no concern of this file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from vmtui.terminal.binding import EngineMissing
from vmtui.terminal.cells import Modes
from vmtui.terminal.journal import BLOCK, Journal, Size
from vmtui.terminal.link import Link
from vmtui.terminal.nursery import Nursery
from vmtui.terminal.recovery import Death, Recovery, describe
from vmtui.terminal.wire import OPEN, SIZE, Do, Said, WireError

_WINDOW_BYTES = 4 * BLOCK
_WINDOW_ENTRIES = 64


class EngineRestarted(Exception):
    """The engine died over a query; asking again may help."""


class Engine:
    """The engine of one console.

    Callbacks:
        on_frame: the payload of a frame; it may raise WireError.
        on_replies: bytes for the guest.
        on_notice: words for a person.
        on_progress: something has been dealt with.
        on_renewed: a new engine is about to take the place of the one that died.
    """

    def __init__(
        self, nursery: Nursery, size: Size, scrollback_bytes: int, history_bytes: int
    ) -> None:
        self.on_frame: Callable[[bytes], None] = lambda _payload: None
        self.on_replies: Callable[[bytes], None] = lambda _data: None
        self.on_notice: Callable[[str], None] = lambda _text: None
        self.on_progress: Callable[[], None] = lambda: None
        self.on_renewed: Callable[[], None] = lambda: None
        self.modes = Modes()
        """As of the latest frame; kept with the bytes."""
        self.journal = Journal(size, history_bytes)
        self.restarts = 0
        self._nursery = nursery
        self._scrollback_bytes = scrollback_bytes
        self._recovery = Recovery()
        self._loop = asyncio.get_running_loop()
        self._link: Link | None = None
        self._number = 0
        self._live = False
        self._restoring = True
        self._restored_by = 0
        self._sent = self._done = self._stalled = 0
        self._hung = self._closed = False
        self._credited = False
        self._queries: dict[int, asyncio.Future[bytes]] = {}
        self._alive = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start the first process; errors as `Nursery.spawn`."""
        await self._launch(self.journal.size, [])

    def close(self) -> None:
        """End the process; nothing is called back any more."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        if self._link is not None:
            self._link.abort()
        self._fail_queries()
        self._alive.set()

    def pump(self) -> None:
        """Send what waits in the journal, as far as the window is open."""
        if not self._live or self._link is None:
            return
        flying = 0
        for count, entry in enumerate(self.journal.pending):
            if flying >= _WINDOW_BYTES or count >= _WINDOW_ENTRIES:
                break
            if not entry.sequence:
                if isinstance(entry.content, Size):
                    sequence = self._link.send(Do.RESIZE, SIZE.pack(*entry.content))
                else:
                    sequence = self._link.send(Do.FEED, bytes(entry.content))
                entry.sequence = self._sent = sequence
            flying += len(entry.content)

    def credit(self, *, even_unchanged: bool = False) -> None:
        """Allow one more frame; `even_unchanged` asks for it also where nothing has changed."""
        if self._live and self._link is not None and (even_unchanged or not self._credited):
            self._credited = True
            self._link.send(Do.CREDIT, b"!" if even_unchanged else b"")

    async def ask(self, kind: Do, payload: bytes) -> bytes:
        """Send a query and wait for the answer's payload.

        Raises:
            EngineRestarted: the engine died over it, or was closed.
        """
        await self._alive.wait()
        if self._closed or self._link is None:
            raise EngineRestarted
        future: asyncio.Future[bytes] = self._loop.create_future()
        self._sent = self._link.send(kind, payload)
        self._queries[self._sent] = future
        return await future

    def tick(self, patience: int) -> None:
        """Look after a hung process: called at even times; `patience` calls without progress."""
        # Calls are counted instead of seconds: after this process itself was stopped for a while
        # the engine deserves its time.
        self._stalled = self._stalled + 1 if self._done < self._sent else 0
        if self._stalled >= patience and not self._hung:
            self._hung = True
            self._nursery.kill(self._number)

    async def _launch(self, size: Size, replay: list[bytes | Size]) -> None:
        number, sock = await self._nursery.spawn()
        link = Link(self._hear, self._lose)
        self._number, self._link = number, link
        self._done = self._stalled = 0
        self._hung = self._live = self._credited = False
        self._restoring = True
        await self._loop.create_connection(lambda: link, sock=sock)
        if self._closed:
            link.abort()
            return
        link.send(Do.OPEN, OPEN.pack(*size, self._scrollback_bytes))
        for block in replay:
            if isinstance(block, Size):
                link.send(Do.RESIZE, SIZE.pack(*block))
            else:
                link.send(Do.REPLAY, block)
        self._sent = self._restored_by = link.send(Do.FORGET)

    def _lose(self) -> None:
        self._link = None
        if not self._closed:
            task = self._loop.create_task(self._recover())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _recover(self) -> None:
        """Replace the process that has just died."""
        self.restarts += 1
        self._alive.clear()
        pending = self.journal.pending
        first = pending[0] if pending and self._live and pending[0].sequence else None
        query_at = min(self._queries, default=0)
        suspect, tries = "", 0
        if query_at and (first is None or query_at < first.sequence):
            suspect, first = "query", None
        elif first is not None:
            suspect = "size" if isinstance(first.content, Size) else "bytes"
            tries, first.tries = first.tries, first.tries + 1
        self._live = False
        status = await self._nursery.exit_status(self._number)
        death = Death(status, self._hung, self._restoring, suspect, tries)
        verdict = self._recovery.judge(death, self._loop.time())
        dropped = 0
        if verdict.drop_suspect and first is not None:
            dropped = len(first.content) if isinstance(first.content, bytearray) else 0
            self.journal.drop_first()
        self.journal.unsend()
        self._fail_queries()
        self.on_renewed()
        self.on_notice(describe(death, verdict, dropped))
        await asyncio.sleep(verdict.delay)
        try:
            await self._launch(*self.journal.rebuild(verdict.fidelity))
        except EngineMissing as error:
            self.on_notice(f"the terminal engine cannot be started: {error}")
        except (ConnectionError, OSError):
            self._restoring = True
            self._lose()

    def _hear(self, kind: int, sequence: int, payload: bytes) -> None:
        if kind == Said.DONE:
            self._take_done(sequence)
        elif kind == Said.BUSY:
            self._stalled = 0
        elif kind == Said.FRAME:
            self._credited = False
            self.on_frame(payload)
            if self._restoring:
                self._restoring = False
                self._recovery.recovered()
        elif kind == Said.REPLIES:
            self.on_replies(payload)
        elif kind in (Said.LINES, Said.FOUND):
            future = self._queries.pop(sequence, None)
            if future is not None and not future.done():
                future.set_result(payload)
        else:
            raise WireError(f"a message of kind {kind}")

    def _take_done(self, sequence: int) -> None:
        self._done = max(self._done, sequence)
        self._stalled = 0
        if self._live:
            self.journal.settle(sequence, self.modes)
        elif sequence == self._restored_by:
            self._live = True
            self._alive.set()
            # Also where nobody watches: the first frame proves that the rebuild has worked.
            self.credit()
        self.pump()
        self.on_progress()

    def _fail_queries(self) -> None:
        for future in self._queries.values():
            if not future.done():
                future.set_exception(EngineRestarted())
        self._queries.clear()
