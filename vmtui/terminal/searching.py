"""Searching what a terminal keeps, row by row."""

from __future__ import annotations

import re

from vmtui.terminal.cells import Match, row_matches
from vmtui.terminal.screen import Screen

_BLOCK = 500
"""Rows read at once."""


def search(
    screen: Screen, pattern: re.Pattern[str], start: tuple[int, int] | None, *, backwards: bool
) -> Match | None:
    """The next find after (line, column) `start`, or the last before it; rows apart.

    Without `start`, from the first line, or backwards from the last.
    """
    kept = screen.kept
    lowest, highest = kept.start, kept.stop
    if start is None:
        start = (highest, 0) if backwards else (lowest, -1)
    line = min(max(start[0], lowest), highest)
    while lowest <= line < highest or (backwards and line == highest):
        low = max(line - _BLOCK + 1, lowest) if backwards else line
        first, rows = screen.lines(low, min(_BLOCK, highest - low))
        order = range(len(rows) - 1, -1, -1) if backwards else range(len(rows))
        for index in order:
            spans = [(first + index, *span) for span in row_matches(rows[index], pattern)]
            if backwards:
                spans = [span for span in reversed(spans) if span[:2] < start]
            else:
                spans = [span for span in spans if span[:2] > start]
            if spans:
                return Match(*spans[0])
        line = low - 1 if backwards else low + _BLOCK
    return None
