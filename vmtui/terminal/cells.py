"""What a screen is made of: frozen, neutral data, free of the engine and of any toolkit.

A `Row` is a tuple of `Run`s from the left edge; cells right of the last run are blank in the
default style. Text in a run has passed `clean`: it holds no control character, no bidi override
and nothing else that could change the state of a person's terminal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

Colour = int | None
"""None is the default, 0 to 255 an index into the palette, `RGB | 0xRRGGBB` a true colour."""

RGB = 1 << 24
"""The bit that tells a true colour from an index into the palette."""

REPLACEMENT = "\ufffd"

_UNSAFE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"  # soft hyphen, bidi, separators
    "\ufeff\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e001f"
    "]"
)
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"


class Underline(IntEnum):
    """The kind of line under a character."""

    NONE = 0
    SINGLE = 1
    DOUBLE = 2
    CURLY = 3
    DOTTED = 4
    DASHED = 5


class Style(NamedTuple):
    """How a run of cells looks. `link` says that the guest marked it as a hyperlink."""

    fg: Colour = None
    bg: Colour = None
    underline_colour: Colour = None
    underline: Underline = Underline.NONE
    bold: bool = False
    dim: bool = False
    italic: bool = False
    blink: bool = False
    reverse: bool = False
    invisible: bool = False
    strike: bool = False
    overline: bool = False
    link: bool = False


PLAIN = Style()


class Run(NamedTuple):
    """Neighbouring cells of one style, whose characters are all one cell wide or all two.

    A cluster (a base with combining or joined characters) is a run of its own.
    """

    text: str
    style: Style
    width: int
    """In cells."""


class Row(NamedTuple):
    """One line of the screen or of the scrollback."""

    runs: tuple[Run, ...] = ()
    wrapped: bool = False
    """The text goes on in the next row: no newline belongs between them."""

    @property
    def text(self) -> str:
        """The characters, without blanks at the right end."""
        return "".join(run.text for run in self.runs).rstrip(" ")

    @property
    def width(self) -> int:
        """Cells up to the end of the last run."""
        return sum(run.width for run in self.runs)


BLANK = Row()


class CursorShape(IntEnum):
    """How the guest asks for the cursor to look."""

    BAR = 0
    BLOCK = 1
    UNDERLINE = 2
    HOLLOW = 3


class Cursor(NamedTuple):
    """Where the cursor is, from 0 at the top left cell of the screen."""

    x: int = 0
    y: int = 0
    visible: bool = True
    shape: CursorShape = CursorShape.BLOCK
    blinking: bool = False


class MouseMode(IntEnum):
    """Which mouse events the guest asks for."""

    NONE = 0
    X10 = 1
    """Presses only (mode 9)."""
    NORMAL = 2
    """Presses and releases (mode 1000)."""
    BUTTON = 3
    """And motion while a button is down (mode 1002)."""
    ANY = 4
    """And all motion (mode 1003)."""


class MouseEncoding(IntEnum):
    """How mouse events are written."""

    X10 = 0
    UTF8 = 1
    SGR = 2
    URXVT = 3


class Modes(NamedTuple):
    """What the guest has switched on that concerns keys, mouse and paste."""

    alternate_screen: bool = False
    application_cursor: bool = False
    application_keypad: bool = False
    bracketed_paste: bool = False
    focus_reports: bool = False
    newline: bool = False
    """Enter sends CR LF (mode 20)."""
    backarrow: bool = False
    """Backspace sends BS instead of DEL (mode 67)."""
    alternate_scroll: bool = False
    """The wheel sends cursor keys while the alternate screen is shown (mode 1007)."""
    mouse: MouseMode = MouseMode.NONE
    mouse_encoding: MouseEncoding = MouseEncoding.X10


class Frame(NamedTuple):
    """An update of the screen: the rows that changed, and all that is not rows.

    Lines are numbered from the first that the guest ever printed: `first_line` is the oldest that
    is still kept, and row `y` of the screen is line `first_line + scrollback + y`. The number of
    a kept line changes only when the columns do.
    """

    columns: int
    rows: int
    changed: dict[int, Row]
    """By row of the screen, from 0 at the top."""
    cursor: Cursor = Cursor()
    modes: Modes = Modes()
    title: str = ""
    bells: int = 0
    """How often the bell rang since the engine started."""
    first_line: int = 0
    scrollback: int = 0
    """Rows kept above the screen."""


class Match(NamedTuple):
    """A place found by a search: a line by number, and cells `start` up to `end` in it."""

    line: int
    start: int
    end: int


def clean(text: str) -> str:
    """The text with every character replaced that could do more than fill cells.

    The number of characters stays the same.
    """
    return _UNSAFE.sub(REPLACEMENT, text)


def clean_base(character: str) -> str:
    """A character that fills cells by itself, or the replacement for one that does not."""
    if _UNSAFE.match(character):
        return REPLACEMENT if character != "\xad" else "-"
    if unicodedata.combining(character) or character in _JOINERS:
        return REPLACEMENT
    return character


def combining(text: str) -> str:
    """What may follow the base of a cluster: unsafe characters are left out, for they fill no cell.

    A joiner at the end goes too: it would swallow the character in the next cell.
    """
    return _UNSAFE.sub("", text).rstrip("\u200d")


def is_cluster(text: str) -> bool:
    """Whether the text of a run is one base with what combines with it, rather than many cells."""
    return len(text) > 1 and (text[1] in _JOINERS or unicodedata.category(text[1])[0] == "M")


def rgb(colour: int) -> tuple[int, int, int]:
    """Red, green and blue, each 0 to 255, of a true colour."""
    return colour >> 16 & 0xFF, colour >> 8 & 0xFF, colour & 0xFF


def cell_offsets(row: Row) -> list[int]:
    """The column at which each character of the row's text begins, and at last the row's width."""
    offsets: list[int] = []
    column = 0
    for text, _style, width in row.runs:
        if is_cluster(text):
            # All its characters share its cells.
            offsets.extend([column] * len(text))
        elif width == len(text):
            offsets.extend(range(column, column + width))
        else:
            offsets.extend(range(column, column + width, 2))
        column += width
    offsets.append(column)
    return offsets


def glyph_at(row: Row, x: int) -> tuple[int, int]:
    """The cells (start, end) of the character that covers cell `x`."""
    column = 0
    for run in row.runs:
        if x < column + run.width:
            if is_cluster(run.text):
                return column, column + run.width
            size = 1 if run.width == len(run.text) else 2
            start = column + (x - column) // size * size
            return start, start + size
        column += run.width
    return x, x + 1


def whole_glyphs(row: Row, start: int, end: int) -> tuple[int, int]:
    """The cells (start, end) of the characters of which a cell lies in `start` up to `end`."""
    return glyph_at(row, start)[0], glyph_at(row, end - 1)[1]


def cut(row: Row, start: int, end: int) -> Row:
    """The characters of which a cell lies in `start` up to `end`, each whole, with their styles."""
    runs: list[Run] = []
    column = 0
    for run in row.runs:
        low, high = max(start - column, 0), min(end - column, run.width)
        column += run.width
        if low >= high:
            continue
        if is_cluster(run.text):
            runs.append(run)
        elif run.width == len(run.text):
            runs.append(Run(run.text[low:high], run.style, high - low))
        else:
            text = run.text[low // 2 : -(-high // 2)]
            runs.append(Run(text, run.style, 2 * len(text)))
    return Row(tuple(runs), row.wrapped)


def row_matches(row: Row, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Spans of cells (start, end) of what the pattern finds in the row, empty finds left out."""
    text = "".join(run.text for run in row.runs)
    found = [match.span() for match in pattern.finditer(text) if match.end() > match.start()]
    if found:
        offsets = cell_offsets(row)
        yield from ((offsets[start], offsets[end]) for start, end in found)


def join_rows(rows: list[Row]) -> str:
    """The text of rows, wrapped ones joined, without blank lines at the end."""
    parts: list[str] = []
    for row in rows:
        full = "".join(run.text for run in row.runs)
        parts.append(full if row.wrapped else full.rstrip(" ") + "\n")
    text = "".join(parts).rstrip("\n")
    return text + "\n" if text else ""
