"""The messages between the main process and an engine process, in both directions.

A message is a header (kind, sequence number, length) and a payload. What comes from the engine
process is not trusted: native code in it has read a guest's bytes. So its messages are plain
structures, every length in them is checked, and their text is cleaned again on arrival.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum

from vmtui.terminal.cells import (
    PLAIN,
    Cursor,
    CursorShape,
    Frame,
    Match,
    Modes,
    MouseEncoding,
    MouseMode,
    Row,
    Run,
    Style,
    Underline,
    clean,
)

HEADER = struct.Struct("<BII")
MAX_MESSAGE = 32 << 20
"""Bytes of payload; a longer message ends the connection."""


class Do(IntEnum):
    """What the main process asks of an engine process."""

    OPEN = 1
    FEED = 2
    RESIZE = 3
    REPLAY = 4
    """Feed without replies and bells."""
    FORGET = 5
    """Drop what the replayed bytes asked for."""
    CREDIT = 6
    """One more frame may be sent."""
    LINES = 7
    SEARCH = 8


class Said(IntEnum):
    """What an engine process reports."""

    DONE = 1
    """The message of this sequence number has been dealt with."""
    FRAME = 2
    REPLIES = 3
    LINES = 4
    FOUND = 5
    BUSY = 6
    """The message of this sequence number takes long, and is being dealt with."""


class WireError(ValueError):
    """The other side sent something that is not a message."""


SIZE = struct.Struct("<HH")
OPEN = struct.Struct("<HHQ")
SPAN = struct.Struct("<qI")
_QUERY = struct.Struct("<B?qq")
_FOUND = struct.Struct("<?qII")
_HEAD = struct.Struct("<HHHH?B?HBBIQIH")
_COUNTS = struct.Struct("<IIII")
_STYLE = struct.Struct("<IIIBH")
_ROW = struct.Struct("<I?I")
_RUN = struct.Struct("<IHH")
_FIRST = struct.Struct("<Q")
_DEFAULT = 0xFFFFFFFF
_MODE_FLAGS = Modes._fields[:8]
_STYLE_FLAGS = Style._fields[4:]
_CACHED = 4096
_PLAIN_REST = PLAIN[1:]
_PLAIN_PACKED = _STYLE.pack(_DEFAULT, _DEFAULT, _DEFAULT, 0, 0)[4:]
"""How all but the foreground of a style is written where it is as usual."""


def message(kind: int, sequence: int, payload: bytes = b"") -> bytes:
    """One message as bytes."""
    return HEADER.pack(kind, sequence, len(payload)) + payload


class Parser:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what has arrived."""
        self._buffer += data

    def __iter__(self) -> Iterator[tuple[int, int, bytes]]:
        """Whole messages that have arrived: kind, sequence number, payload.

        Raises:
            WireError: a length is beyond all measure.
        """
        buffer = self._buffer
        while len(buffer) >= HEADER.size:
            kind, sequence, length = HEADER.unpack_from(buffer)
            if length > MAX_MESSAGE:
                raise WireError(f"a message of {length} bytes")
            end = HEADER.size + length
            if len(buffer) < end:
                return
            payload = bytes(memoryview(buffer)[HEADER.size : end])
            del buffer[:end]
            yield kind, sequence, payload

    @property
    def waiting(self) -> bool:
        """Whether a whole message is there."""
        if len(self._buffer) < HEADER.size:
            return False
        return len(self._buffer) >= HEADER.size + int(HEADER.unpack_from(self._buffer)[2])


class Encoder:
    """Makes payloads of frames and rows; remembers how styles are written."""

    def __init__(self) -> None:
        self._styles: dict[Style, bytes] = {}

    def frame(self, frame: Frame) -> bytes:
        """The payload of `Said.FRAME`."""
        cursor, modes = frame.cursor, frame.modes
        title = frame.title.encode(errors="replace")
        head = _HEAD.pack(
            frame.columns,
            frame.rows,
            cursor.x,
            cursor.y,
            cursor.visible,
            cursor.shape,
            cursor.blinking,
            sum(1 << i for i, name in enumerate(_MODE_FLAGS) if getattr(modes, name)),
            modes.mouse,
            modes.mouse_encoding,
            frame.bells & 0xFFFFFFFF,
            frame.first_line,
            frame.scrollback,
            len(title),
        )
        return head + title + self._rows(frame.changed)

    def lines(self, first: int, rows: list[Row]) -> bytes:
        """The payload of `Said.LINES`."""
        return _FIRST.pack(first) + self._rows(dict(enumerate(rows)))

    def _rows(self, rows: dict[int, Row]) -> bytes:
        numbers: dict[Style, int] = {}
        styles: list[bytes] = []
        heads: list[bytes] = []
        runs: list[bytes] = []
        texts: list[str] = []
        for y, row in rows.items():
            heads.append(_ROW.pack(y, row.wrapped, len(row.runs)))
            for text, style, width in row.runs:
                number = numbers.get(style)
                if number is None:
                    number = numbers[style] = len(styles)
                    styles.append(self._style(style))
                runs.append(_RUN.pack(number, width, len(text)))
                texts.append(text)
        blob = "".join(texts).encode(errors="replace")
        counts = _COUNTS.pack(len(styles), len(heads), len(runs), len(blob))
        return b"".join((counts, *styles, *heads, *runs, blob))

    def _style(self, style: Style) -> bytes:
        packed = self._styles.get(style)
        if packed is None:
            if len(self._styles) >= _CACHED:
                self._styles.clear()
            if style[1:] == _PLAIN_REST:
                fg = _DEFAULT if style.fg is None else style.fg
                packed = self._styles[style] = fg.to_bytes(4, "little") + _PLAIN_PACKED
                return packed
            colours = (_DEFAULT if colour is None else colour for colour in style[:3])
            flags = sum(1 << i for i, flag in enumerate(style[4:]) if flag)
            packed = self._styles[style] = _STYLE.pack(*colours, style.underline, flags)
        return packed


class Decoder:
    """Reads payloads of frames and rows; equal styles become one object.

    Its methods raise WireError where the payload does not hold together.
    """

    def __init__(self) -> None:
        self._styles: dict[bytes, Style] = {}

    def frame(self, payload: bytes) -> Frame:
        """The frame of a `Said.FRAME`."""
        try:
            (columns, rows, x, y, visible, shape, blinking, flags, mouse, encoding, bells,
             first, scrollback, length) = _HEAD.unpack_from(payload)  # fmt: skip
            end = _HEAD.size + length
            title = clean(payload[_HEAD.size : end].decode(errors="replace"))
            changed = self._rows(payload, end, columns)
            frame = Frame(
                columns,
                rows,
                changed,
                Cursor(min(x, columns), y, visible, CursorShape(shape), blinking),
                Modes._make(
                    (
                        *(bool(flags >> i & 1) for i in range(len(_MODE_FLAGS))),
                        MouseMode(mouse),
                        MouseEncoding(encoding),
                    )
                ),
                title,
                bells,
                first,
                scrollback,
            )
        except (struct.error, ValueError, IndexError, StopIteration) as error:
            raise WireError(str(error)) from error
        if any(y >= rows for y in changed):
            raise WireError("a row below the screen")
        return frame

    def lines(self, payload: bytes) -> tuple[int, list[Row]]:
        """The number of the first line and the rows of a `Said.LINES`."""
        try:
            (first,) = _FIRST.unpack_from(payload)
            return first, list(self._rows(payload, _FIRST.size, 0xFFFF).values())
        except (struct.error, ValueError, IndexError, StopIteration) as error:
            raise WireError(str(error)) from error

    def _rows(self, payload: bytes, at: int, columns: int) -> dict[int, Row]:
        style_count, row_count, run_count, text_length = _COUNTS.unpack_from(payload, at)
        at += _COUNTS.size
        sizes = (style_count * _STYLE.size, row_count * _ROW.size, run_count * _RUN.size)
        if at + sum(sizes) + text_length != len(payload):
            raise WireError("a payload of the wrong length")
        parts: list[bytes] = []
        for size in sizes:
            parts.append(payload[at : at + size])
            at += size
        text = clean(payload[at:].decode(errors="replace"))
        step = _STYLE.size
        styles = [self._style(parts[0][i : i + step]) for i in range(0, sizes[0], step)]
        runs = _RUN.iter_unpack(parts[2])
        rows: dict[int, Row] = {}
        begin = 0
        for y, wrapped, length in _ROW.iter_unpack(parts[1]):
            made: list[Run] = []
            total = 0
            for _ in range(length):
                number, width, characters = next(runs)
                end = begin + characters
                made.append(Run(text[begin:end], styles[number], width))
                begin = end
                total += width
            if total > columns:
                raise WireError("a row wider than the screen")
            rows[y] = Row(tuple(made), wrapped)
        return rows

    def _style(self, packed: bytes) -> Style:
        style = self._styles.get(packed)
        if style is None:
            if len(self._styles) >= _CACHED:
                self._styles.clear()
            fg, bg, under, line, flags = _STYLE.unpack(packed)
            if packed[4:] == _PLAIN_PACKED:
                # A colour for each character: there may be thousands of them in a frame.
                style = self._styles[packed] = Style(_colour(fg), *_PLAIN_REST)
                return style
            style = self._styles[packed] = Style(
                _colour(fg),
                _colour(bg),
                _colour(under),
                Underline(line),
                *(bool(flags >> i & 1) for i in range(len(_STYLE_FLAGS))),
            )
        return style


def _colour(number: int) -> int | None:
    return None if number == _DEFAULT else number & 0x1FFFFFF


def search_query(pattern: str, start: tuple[int, int] | None, *, backwards: bool) -> bytes:
    """The payload of `Do.SEARCH`."""
    line, column = start or (0, 0)
    return _QUERY.pack(start is not None, backwards, line, column) + pattern.encode()


def parse_search(payload: bytes) -> tuple[str, tuple[int, int] | None, bool]:
    """Pattern, start and direction of a `Do.SEARCH`."""
    has_start, backwards, line, column = _QUERY.unpack_from(payload)
    return payload[_QUERY.size :].decode(), (line, column) if has_start else None, backwards


def found(match: Match | None) -> bytes:
    """The payload of `Said.FOUND`."""
    return _FOUND.pack(match is not None, *(match or (0, 0, 0)))


def parse_found(payload: bytes) -> Match | None:
    """The match of a `Said.FOUND`."""
    try:
        there, *match = _FOUND.unpack(payload)
    except struct.error as error:
        raise WireError(str(error)) from error
    return Match(*match) if there else None
