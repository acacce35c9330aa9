"""Writes the journal: what was begun, before it is begun.

A record is a file of JSON lines: first the plan and who runs it, then a line for each step that
was done, with what undoes it. The file appears whole before the first step and goes when the job
has ended cleanly, so that what is there was interrupted, or could not be undone. It is locked as
long as its writer lives.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import queue
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from vmtui.engine.identity import this_process
from vmtui.model.steps import Step, to_record
from vmtui.plan.plan import Plan

log = logging.getLogger(__name__)

VERSION = 1
SUFFIX = ".jsonl"
WHY_MOST = 1000
"""Characters that are kept of what went wrong."""
Line = dict[str, Any]
"""A line of a record, as JSON has it."""
_Work = tuple[Callable[[], None], "asyncio.AbstractEventLoop", "asyncio.Future[None]"]


class Recorder:
    """Writes records into `folder`, off the event loop; None writes nothing.

    A folder that cannot be written must not keep a person from forcing a guest off: the plan runs
    without a record then, and the log says so.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.written: set[int] = set()
        """Files that hold something which is not durable yet; for the thread only."""

    async def begin(self, plan: Plan, number: int, begun: float) -> Record:
        """Write a plan down before its first step; `begun` is seconds since the epoch."""
        if self._folder is None:
            return Record(self, None)
        path = self._folder / f"{int(begun * 1000)}-{os.getpid()}-{number}{SUFFIX}"
        record = Record(self, path)
        await self.write(lambda: record.create(_header(plan, begun)))
        return record

    async def write(self, work: Callable[[], None]) -> None:
        """Have the journal's thread do `work`, after all that was asked before."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="journal", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._queue.put((work, loop, done))
        await asyncio.shield(done)

    def close(self) -> None:
        """End the thread once it has written what was asked."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(timeout=1.0)
            self._thread = None

    def _serve(self) -> None:
        """Do what waits, make it durable together, and tell those who wait for it."""
        going_on = True
        while going_on:
            items = [self._queue.get()]
            while not self._queue.empty():
                items.append(self._queue.get())
            going_on = None not in items
            works = [item for item in items if item is not None]
            for work, _, _ in works:
                _try(work)
            for file in self.written:
                _try(lambda f=file: os.fsync(f))  # type: ignore[misc]
            self.written.clear()
            for _, loop, done in works:
                try:
                    loop.call_soon_threadsafe(_resolve, done)
                except RuntimeError:
                    log.debug("The event loop ended before its journal")


class Record:
    """One job's file. All but `note` and `end` runs on the journal's thread."""

    def __init__(self, recorder: Recorder, path: Path | None) -> None:
        self._recorder = recorder
        self._path = path
        self._file: int | None = None
        self._last: dict[int, Line] = {}

    @property
    def there(self) -> bool:
        """Whether it could be written at all."""
        return self._file is not None

    async def note(
        self,
        track: int,
        done: int,
        undo: Sequence[Step],
        begun: Step | None = None,
        standing: Sequence[Step] = (),
        *,
        undoing: bool = False,
        why: str = "",
    ) -> None:
        """Of this track so many steps are done, and these would undo them (oldest first).

        `begun` takes away what the next one may have made, wholly or half. `standing` takes away a
        guest that stands, which happens only where a person wants it. `undoing`: some of what was
        done is undone already, so there is no way but back. `why` is what went wrong.
        """
        line: Line = {"track": track, "done": done}
        line["undo"] = [to_record(step) for step in undo]
        if begun is not None:
            line["begun"] = to_record(begun)
        if standing:
            line["standing"] = [to_record(step) for step in standing]
        if undoing:
            line["undoing"] = True
        if why:
            line["why"] = why[:WHY_MOST]
        self._last[track] = line
        await self._append(line)

    def last(self, track: int) -> Line:
        """The last note of a track."""
        return self._last.get(track, {"track": track, "done": 0, "undo": []})

    async def went_wrong(self, line: Line, why: str) -> None:
        """The track of that note ends where it says; `why` is what went wrong, or ""."""
        await self._append({**line, "why": why[:WHY_MOST]} if why else line)

    async def end_track(self, track: int) -> None:
        """Nothing is left to finish or to undo in this track."""
        await self._append({"track": track, "ended": True})

    async def end(self, *, keep: bool) -> None:
        """The job has ended; `keep` where something of it could not be undone."""
        if keep:
            await self._append({"ended": True})
        if self._path is not None:
            await self._recorder.write(lambda: self._close(keep=keep))

    async def _append(self, line: Line) -> None:
        if self._path is not None:
            await self._recorder.write(lambda: self._put(_encode(line)))

    def create(self, header: dict[str, Any]) -> None:
        """Make the file appear, whole and locked."""
        assert self._path is not None  # noqa: S101 - `begin` calls this with a path only
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}.new")
        # Definitions can hold a display's password: they are for their owner only.
        self._file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._put(_encode(header))
        os.fsync(self._file)
        draft.rename(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _put(self, data: bytes) -> None:
        if self._file is None:
            return
        while data:
            data = data[os.write(self._file, data) :]
        self._recorder.written.add(self._file)

    def _close(self, *, keep: bool) -> None:
        if self._path is not None and not keep:
            self._path.unlink(missing_ok=True)
        if self._file is not None:
            self._recorder.written.discard(self._file)
            os.close(self._file)
            self._file = None


def _try(work: Callable[[], None]) -> None:
    try:
        work()
    except OSError as error:
        log.warning("The journal cannot be written: %s", error)


def _resolve(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)


def _encode(line: dict[str, Any]) -> bytes:
    return json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _header(plan: Plan, begun: float) -> dict[str, Any]:
    process = this_process()
    return {
        "version": VERSION,
        "pid": process.pid,
        "born": process.born,
        "world": process.world,
        "begun": begun,
        "verb": plan.verb,
        "title": plan.title,
        "tracks": [
            {
                "host": track.key.host,
                "uuid": track.key.uuid,
                "name": track.name,
                "steps": [to_record(step) for step in track.steps],
            }
            for track in plan.tracks
        ],
    }
