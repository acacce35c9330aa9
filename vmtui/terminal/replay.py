"""A file of console bytes, or a recording, run through the engine to its final screen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from vmtui.terminal.asciicast import is_cast, read_events, read_header
from vmtui.terminal.cells import Row
from vmtui.terminal.host import EngineHost
from vmtui.terminal.journal import BLOCK
from vmtui.terminal.session import TerminalSession


class Replayed(NamedTuple):
    """What a file has left on the screen."""

    screen: tuple[Row, ...]
    title: str
    notices: tuple[str, ...]
    """What happened to the engine on the way, as when the file crashes it."""


def final_text(path: Path, columns: int = 80, rows: int = 24) -> str:
    """The text of the final screen, one line a row, without blank rows at the end.

    Not to be called where an event loop runs; there, `replay` does it.

    Args:
        path: raw bytes as a console sent them, or an asciicast v2.
        columns: of the screen; a recording's own size goes before.
        rows: of the screen; likewise.

    Raises:
        OSError: the file cannot be read.
        CastError: the recording is damaged.
        EngineMissing: there is no engine for this machine.
    """
    screen = asyncio.run(_alone(path, columns, rows)).screen
    lines = [row.text for row in screen]
    while lines and not lines[-1]:
        lines.pop()
    return "".join(line + "\n" for line in lines)


async def replay(host: EngineHost, path: Path, columns: int = 80, rows: int = 24) -> Replayed:
    """Run the file through a terminal of that size; arguments and errors as in `final_text`."""
    size = (columns, rows)
    cast = await asyncio.to_thread(is_cast, path)
    if cast:
        header = await asyncio.to_thread(read_header, path)
        size = (header.columns, header.rows)
    session = await host.open(*size)
    notices: list[str] = []
    session.on_notice = notices.append
    session.watching = False
    try:
        for chunk in _cast(path) if cast else _raw(path):
            if isinstance(chunk, bytes):
                session.feed(chunk)
                await session.ready()
            else:
                session.resize(*chunk)
        await session.settled()
        rows_now = await _screen(session)
        return Replayed(tuple(rows_now), session.frame.title, tuple(notices))
    finally:
        host.release(session)


async def _alone(path: Path, columns: int, rows: int) -> Replayed:
    host = EngineHost()
    try:
        return await replay(host, path, columns, rows)
    finally:
        await host.close()


async def _screen(session: TerminalSession) -> list[Row]:
    """The rows of the screen after everything fed so far, and the frame that shows them."""
    shown = asyncio.Event()
    session.on_frame = lambda _frame: shown.set()
    session.refresh()
    await shown.wait()
    return session.screen


def _raw(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(BLOCK), b"")


def _cast(path: Path) -> Iterator[bytes | tuple[int, int]]:
    for event in read_events(path):
        if event.kind == "o":
            yield event.data.encode(errors="replace")
        elif event.size is not None:
            yield event.size
