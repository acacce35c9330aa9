"""Recordings of consoles as asciicast v2: a JSON header, then a JSON array a line."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from vmtui.terminal.screen import clamp

_LONGEST_LINE = 16 << 20
"""Characters; a longer line is no recording of ours."""
_NUMBERS = (int, float)


class CastError(ValueError):
    """The file is not a recording."""


class CastHeader(NamedTuple):
    """What a recording says about itself."""

    columns: int
    rows: int
    timestamp: int | None = None
    """Seconds since 1970 at its start."""
    title: str = ""


class CastEvent(NamedTuple):
    """One event: `o` is output, `r` a new size such as `80x24`, `i` input, `m` a marker."""

    time: float
    """Seconds since the start."""
    kind: str
    data: str

    @property
    def size(self) -> tuple[int, int] | None:
        """Columns and rows of an `r` event, or None."""
        columns, _, rows = self.data.partition("x")
        if self.kind != "r" or not (columns.isdecimal() and rows.isdecimal()):
            return None
        return clamp(int(columns), int(rows))


class CastWriter:
    """Writes a recording to an open text file, which it does not close.

    The format is text: bytes that are no UTF-8 are recorded as the replacement character.
    """

    def __init__(self, file: IO[str], header: CastHeader, *, started: float) -> None:
        """Write the header.

        Args:
            file: opened for text in UTF-8.
            header: what the recording says about itself.
            started: a clock's seconds; the times given to the other methods count from it.
        """
        self._file = file
        self._started = started
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        fields: dict[str, object] = {"version": 2, "width": header.columns, "height": header.rows}
        if header.timestamp is not None:
            fields["timestamp"] = header.timestamp
        if header.title:
            fields["title"] = header.title
        self._line(fields)

    def output(self, data: bytes, now: float) -> None:
        """Record what the guest printed."""
        text = self._decoder.decode(data)
        if text:
            self._event(now, "o", text)

    def resize(self, columns: int, rows: int, now: float) -> None:
        """Record a change of the screen's size."""
        self._event(now, "r", f"{columns}x{rows}")

    def finish(self, now: float) -> None:
        """Write what is left of a torn character."""
        text = self._decoder.decode(b"", final=True)
        if text:
            self._event(now, "o", text)

    def _event(self, now: float, kind: str, data: str) -> None:
        self._line([round(max(now - self._started, 0.0), 6), kind, data])

    def _line(self, content: object) -> None:
        self._file.write(json.dumps(content, ensure_ascii=False) + "\n")


def is_cast(path: Path) -> bool:
    """Whether the file looks like a recording rather than a guest's raw bytes."""
    with path.open("rb") as file:
        start = file.read(256)
    return start.lstrip().startswith(b"{") and b'"version"' in start


def read_header(path: Path) -> CastHeader:
    """What a recording says about itself.

    Raises:
        CastError: it is not a recording of version 2.
        OSError: it cannot be read.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        return _header(file.readline(_LONGEST_LINE))


def read_events(path: Path) -> Iterator[CastEvent]:
    """The events of a recording, in order. A line cut off at the end of the file ends it.

    Raises:
        CastError: it is not a recording of version 2.
        OSError: it cannot be read.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        _header(file.readline(_LONGEST_LINE))
        for line in iter(lambda: file.readline(_LONGEST_LINE), ""):
            if line.strip():
                try:
                    content = json.loads(line)
                except ValueError as error:
                    if not line.endswith("\n"):
                        return
                    raise CastError(f"a line is no JSON: {error}") from error
                yield _event(content)


def _header(line: str) -> CastHeader:
    try:
        content = json.loads(line)
    except ValueError as error:
        raise CastError(f"the header is no JSON: {error}") from error
    if not isinstance(content, dict) or content.get("version") != 2:
        raise CastError("this is not an asciicast of version 2")
    width, height = content.get("width"), content.get("height")
    if not (isinstance(width, int) and isinstance(height, int)):
        raise CastError("the header does not say the size of the screen")
    timestamp, title = content.get("timestamp"), content.get("title")
    return CastHeader(
        *clamp(width, height),
        int(timestamp) if isinstance(timestamp, _NUMBERS) else None,
        title if isinstance(title, str) else "",
    )


def _event(content: object) -> CastEvent:
    if isinstance(content, list) and len(content) == 3:
        time, kind, data = content
        if isinstance(time, _NUMBERS) and isinstance(kind, str) and isinstance(data, str):
            return CastEvent(float(time), kind, data)
    raise CastError("a line is not an event")
