"""Lines of cells: what every part of the screen is made of, before it has colours.

A Line is a tuple of Cells from left to right. Lines are values: equal lines look the same, so
that a widget repaints only those that differ. Commands without a screen use them as well, so that
nothing of Textual is imported here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size

from vmtui.ui.cells import Cell, Role

Line: TypeAlias = tuple[Cell, ...]

EMPTY: Line = ()
ELLIPSIS = "…"


def text(words: str, role: Role = Role.TEXT) -> Line:
    """A line of one cell."""
    return (Cell(words, role),)


def fit(words: str, width: int, *, right: bool = False) -> str:
    """`words` in exactly `width` cells: padded, or cut with an ellipsis; wide characters count."""
    if words.isascii():
        length = len(words)
        if length <= width:
            return words.rjust(width) if right else words.ljust(width)
        return words[: width - 1] + ELLIPSIS if width > 0 else ""
    length = cell_len(words)
    if length <= width:
        space = " " * (width - length)
        return space + words if right else words + space
    return set_cell_size(words, width - 1) + ELLIPSIS if width > 0 else ""


def width_of(line: Line) -> int:
    """Cells that the line takes."""
    return sum(cell_len(cell.text) for cell in line)


def columns(
    cells: Sequence[Cell], widths: Sequence[int], rights: Sequence[bool], gap: int = 1
) -> Line:
    """Cells set in columns of these widths, with `gap` spaces between them."""
    space = " " * gap
    return tuple(
        Cell(fit(cell.text, width, right=right) + space, cell.role)
        for cell, width, right in zip(cells, widths, rights, strict=True)
    )


def wrap(words: str, width: int) -> list[str]:
    """Text broken at spaces into lines of at most `width` cells; long words are cut."""
    made: list[str] = []
    for paragraph in words.split("\n"):
        current = ""
        for word in paragraph.split(" "):
            rest = word
            while cell_len(rest) > width:
                if current:
                    made.append(current)
                    current = ""
                piece = set_cell_size(rest, width).rstrip(" ") or rest[:1]
                made.append(piece)
                rest = rest[len(piece) :]
            joined = f"{current} {rest}" if current else rest
            if cell_len(joined) > width:
                made.append(current)
                current = rest
            else:
                current = joined
        made.append(current)
    return made
