"""Where a cursor goes in what a guest printed: by character, by word, along a line. Pure.

A place is a line by its number (see `Frame`) and a column, at which a character begins. A motion
looks at the rows that it is given and answers None where it would have to see more of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum, auto
from functools import partial
from typing import NamedTuple, TypeAlias

from vmtui.terminal.cells import Row, cell_offsets, glyph_at

Place: TypeAlias = tuple[int, int]


class Stretch(NamedTuple):
    """Some rows in their order, and whether others are kept around them."""

    first: int
    """The number of the first row."""
    rows: Sequence[Row]
    top: bool
    """No older row is kept."""
    bottom: bool
    """No newer row is kept."""

    def row(self, line: int) -> Row:
        """The row of that line, which must be one of them."""
        return self.rows[line - self.first]

    @property
    def stop(self) -> int:
        """The number after the last row's."""
        return self.first + len(self.rows)


Motion: TypeAlias = Callable[[Stretch, Place], Place | None]


class _Kind(Enum):
    BLANK = auto()
    WORD = auto()
    SIGN = auto()


def last_column(row: Row) -> int:
    """Where the last character begins; blanks at the end count only where the line goes on."""
    width = row.width if row.wrapped else cell_offsets(row)[len(row.text)]
    return glyph_at(row, width - 1)[0] if width else 0


def nearest(row: Row, column: int) -> int:
    """The beginning of the character that is nearest to a column."""
    return glyph_at(row, min(max(column, 0), last_column(row)))[0]


def left(stretch: Stretch, place: Place) -> Place | None:
    """The character before, in the row above where there is none."""
    line, column = place
    if column > 0:
        return line, nearest(stretch.row(line), column - 1)
    if line > stretch.first:
        return line - 1, last_column(stretch.row(line - 1))
    return place if stretch.top else None


def right(stretch: Stretch, place: Place) -> Place | None:
    """The character after, in the row below where there is none."""
    line, column = place
    row = stretch.row(line)
    if column < last_column(row):
        return line, glyph_at(row, column)[1]
    if line + 1 < stretch.stop:
        return line + 1, 0
    return place if stretch.bottom else None


def line_start(stretch: Stretch, place: Place) -> Place | None:
    """Where the guest's line begins, in however many rows it lies."""
    line = place[0]
    while line > stretch.first and stretch.row(line - 1).wrapped:
        line -= 1
    return (line, 0) if line > stretch.first or stretch.top else None


def line_end(stretch: Stretch, place: Place) -> Place | None:
    """The last character of the guest's line."""
    line = place[0]
    while stretch.row(line).wrapped and line + 1 < stretch.stop:
        line += 1
    row = stretch.row(line)
    return None if row.wrapped and not stretch.bottom else (line, last_column(row))


def next_word(stretch: Stretch, place: Place, *, blanks: bool = False) -> Place | None:
    """Where the next word begins; with `blanks` words are all that stands between blanks.

    Where no other follows, it is the place itself.
    """
    before: _Kind | None = None
    for there, kind in _onward(stretch, place, blanks):
        if before is not None and kind is not _Kind.BLANK and kind is not before:
            return there
        before = kind
    return place if stretch.bottom else None


def word_end(stretch: Stretch, place: Place, *, blanks: bool = False) -> Place | None:
    """The last character of the word, or of the next one where it is there already."""
    return _far_side(_onward(stretch, place, blanks), place, stretch.bottom)


def word_start(stretch: Stretch, place: Place, *, blanks: bool = False) -> Place | None:
    """Where the word begins, or the one before where it is there already."""
    return _far_side(_back(stretch, place, blanks), place, stretch.top)


next_long_word: Motion = partial(next_word, blanks=True)
long_word_end: Motion = partial(word_end, blanks=True)
long_word_start: Motion = partial(word_start, blanks=True)
FORWARD: frozenset[Motion] = frozenset({
    right, line_end, next_word, word_end, next_long_word, long_word_end,
})  # fmt: skip
"""The motions that may want newer rows; the others may want older ones."""


def _far_side(steps: Iterator[tuple[Place, _Kind]], place: Place, is_all: bool) -> Place | None:
    """The last of the characters of a word, the one at the place itself left out of account."""
    found, word = place, _Kind.BLANK
    for there, kind in steps:
        if there == place:
            continue
        if word is not _Kind.BLANK and kind is not word:
            return found
        if kind is not _Kind.BLANK:
            found, word = there, kind
    return found if is_all else None


def _onward(stretch: Stretch, place: Place, blanks: bool) -> Iterator[tuple[Place, _Kind]]:
    """Each character from the place on; the end of a line is a blank."""
    for line in range(place[0], stretch.stop):
        row = stretch.row(line)
        for column, kind in _kinds(row, blanks):
            if line > place[0] or column >= place[1]:
                yield (line, column), kind
        if not row.wrapped:
            yield (line, row.width), _Kind.BLANK


def _back(stretch: Stretch, place: Place, blanks: bool) -> Iterator[tuple[Place, _Kind]]:
    """Each character before the place, the nearest first."""
    for line in range(place[0], stretch.first - 1, -1):
        row = stretch.row(line)
        if line < place[0] and not row.wrapped:
            yield (line, row.width), _Kind.BLANK
        for column, kind in reversed(_kinds(row, blanks)):
            if line < place[0] or column < place[1]:
                yield (line, column), kind


def _kinds(row: Row, blanks: bool) -> list[tuple[int, _Kind]]:
    """The columns at which the row's characters begin, and what each is."""
    made: list[tuple[int, _Kind]] = []
    for character, column in zip(
        "".join(run.text for run in row.runs), cell_offsets(row), strict=False
    ):
        # What combines with a character has its column.
        if not made or made[-1][0] != column:
            made.append((column, _kind(character, blanks)))
    return made


def _kind(character: str, blanks: bool) -> _Kind:
    if character.isspace():
        return _Kind.BLANK
    return _Kind.WORD if blanks or character.isalnum() or character == "_" else _Kind.SIGN
