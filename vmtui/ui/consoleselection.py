"""What the mouse has marked in a console: from one cell to another, by line number. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vmtui.terminal.cells import Row, cell_offsets


@dataclass(frozen=True, slots=True)
class Selection:
    """Two corners (line, column) in the order in which they were touched."""

    anchor: tuple[int, int]
    head: tuple[int, int]

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
        return (start if line == first else 0), (end + 1 if line == last else width)

    def text(self, first: int, rows: Sequence[Row], width: int) -> str:
        """The text that it covers; `first` is the number of the first of the rows."""
        made: list[str] = []
        for number, row in enumerate(rows, first):
            span = self.span(number, max(width, row.width))
            if span is None:
                continue
            part = cut(row, *span)
            whole = span[1] >= row.width
            made.append(part if row.wrapped and whole else part.rstrip(" ") + "\n")
        return "".join(made).rstrip("\n")


def cut(row: Row, start: int, end: int) -> str:
    """The characters of which a cell lies in `start` up to `end`."""
    text = "".join(run.text for run in row.runs)
    offsets = cell_offsets(row)
    made = []
    for position, character in enumerate(text):
        left = offsets[position]
        right = next((o for o in offsets[position + 1 : position + 32] if o > left), left + 1)
        if left < end and right > start:
            made.append(character)
    return "".join(made)
