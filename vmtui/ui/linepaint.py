"""A Line with its colours: what a widget draws."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from vmtui.ui.lines import ELLIPSIS, Line
from vmtui.ui.theme import Palette


def paint(
    line: Line,
    width: int,
    palette: Palette,
    over: Style | None = None,
    base: Style | None = None,
) -> Strip:
    """The line as a strip of exactly `width` cells; `over` is laid on top (a cursor, a bar)."""
    base = palette.base if base is None else base
    segments: list[Segment] = []
    for cell in line:
        style = base + palette.roles[cell.role]
        segments.append(Segment(cell.text, style + over if over else style))
    fill = base + over if over else base
    strip = Strip(segments)
    if strip.cell_length > width > 1:
        # What is cut says so.
        cut = strip.crop(0, width - 1)
        strip = Strip([*cut, Segment(ELLIPSIS, segments[-1].style)])
    return strip.adjust_cell_length(width, fill)
