"""Rows of a widget written to the person's terminal at once, past Textual's compositor.

The compositor takes a millisecond and a half to paint one row: it waits for its turn, and renders
all that lies below the widget. It keeps no picture of the screen, so whoever paints what the
compositor would paint has nothing to tell it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.filter import ANSIToTruecolor, DimFilter
from textual.geometry import Region
from textual.widget import Widget

_HARMLESS = (ANSIToTruecolor, DimFilter)
"""Filters that leave alone what has true colours and is not dim."""


def place(widget: Widget) -> Region | None:
    """Where on the terminal the widget is, if all of it is to be seen and nothing is due before."""
    app: Any = widget.app
    if app.is_headless or app.is_inline or app._batch_count or app._driver is None:
        return None
    screen: Any = widget.screen
    if app.screen is not screen or not app._running or app._closed:
        return None
    if screen._layout_required or screen._scroll_required or screen._recompose_required:
        return None
    if not all(isinstance(one, _HARMLESS) for one in widget.get_line_filters()):
        return None
    found: Region | None = None
    above: list[Region] = []
    for other, (region, clip) in screen._compositor.visible_widgets.items():
        if other is widget:
            found = region if clip.contains_region(region) else None
            break
        above.append(region.intersection(clip))
    if found is None or found.size != widget.size or any(map(found.overlaps, above)):
        return None
    return found


def write(widget: Widget, where: Region, rows: Mapping[int, str]) -> None:
    """Write rows (sequences by row of the widget), which fill its width, and reset the style."""
    app: Any = widget.app
    lines = [f"\x1b[{where.y + y + 1};{where.x + 1}H{text}" for y, text in rows.items()]
    x, y = app.screen.outer_size.clamp_offset(app.cursor_position)
    lines.append(f"\x1b[{y + 1};{x + 1}H")
    if app._sync_available:
        lines = [SYNC_START, *lines, SYNC_END]
    app._driver.write("".join(lines))
    app._driver.flush()
