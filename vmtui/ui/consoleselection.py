"""What is marked in a console, by mouse or by keys: cells by line number, and their text. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from vmtui.terminal.cells import Row, cut, join_rows


class Shape(Enum):
    """What lies between two corners."""

    TEXT = auto()
    """From cell to cell, as text runs."""
    LINES = auto()
    """Whole lines."""
    BOX = auto()
    """The same columns of each line."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Two corners (line, column) in the order in which they were touched."""

    anchor: tuple[int, int]
    head: tuple[int, int]
    shape: Shape = Shape.TEXT

    def to(self, line: int, column: int) -> Selection:
        """The same, drawn to another cell."""
        return replace(self, head=(line, column))

    @property
    def lines(self) -> range:
        """The lines that it touches."""
        first, last = sorted((self.anchor[0], self.head[0]))
        return range(first, last + 1)

    def span(self, line: int, width: int) -> tuple[int, int] | None:
        """The cells (start, end) of a line that it covers; None for none."""
        (first, start), (last, end) = sorted((self.anchor, self.head))
        if not first <= line <= last:
            return None
        if self.shape is Shape.LINES:
            return 0, width
        if self.shape is Shape.BOX:
            left, right = sorted((self.anchor[1], self.head[1]))
            return left, right + 1
        return (start if line == first else 0), (end + 1 if line == last else width)

    def rows(self, first: int, rows: Sequence[Row], width: int) -> list[Row]:
        """What it covers of these rows; `first` is the number of the first of them.

        A row goes on in the next one where the guest's line does, but not in a box.
        """
        made: list[Row] = []
        for number, row in enumerate(rows, first):
            span = self.span(number, max(width, row.width))
            if span is not None:
                on = row.wrapped and span[1] >= row.width and self.shape is not Shape.BOX
                made.append(cut(row, *span)._replace(wrapped=on))
        return made

    def text(self, first: int, rows: Sequence[Row], width: int) -> str:
        """The text that it covers, with no newline at its end: a shell would run it."""
        return join_rows(self.rows(first, rows, width)).rstrip("\n")


@dataclass(frozen=True, slots=True)
class Marked:
    """A selection, and the rows of it that a person saw, by line: the guest may change them."""

    selection: Selection
    seen: Mapping[int, Row] = field(default_factory=dict)

    def rows(self, first: int, rows: Sequence[Row], width: int) -> list[Row]:
        """As the selection's, with the rows as they were seen."""
        return self.selection.rows(first, self._seen(first, rows), width)

    def text(self, first: int, rows: Sequence[Row], width: int) -> str:
        """As the selection's, with the rows as they were seen."""
        return self.selection.text(first, self._seen(first, rows), width)

    def _seen(self, first: int, rows: Sequence[Row]) -> list[Row]:
        return [self.seen.get(number, row) for number, row in enumerate(rows, first)]
