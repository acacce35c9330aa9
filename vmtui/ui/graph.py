"""A history as a graph of cells: a few rows of eighth blocks, newest at the right. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vmtui.ui.cells import BLOCKS


def resample(values: Sequence[float], width: int) -> list[float]:
    """At most `width` values, each the greatest of those it stands for, so that no peak is lost.

    Fewer values than `width` are set to the right, with gaps (NaN) before them.
    """
    if width <= 0:
        return []
    if len(values) <= width:
        return [math.nan] * (width - len(values)) + list(values)
    made = []
    for index in range(width):
        start = index * len(values) // width
        part = values[start : max(start + 1, (index + 1) * len(values) // width)]
        known = [value for value in part if not math.isnan(value)]
        made.append(max(known) if known else math.nan)
    return made


def area(values: Sequence[float], width: int, height: int, top: float) -> list[str]:
    """`height` rows of `width` cells, from 0 at the bottom to `top`; gaps are blank."""
    columns = resample(values, width)
    rows: list[str] = []
    for row in range(height - 1, -1, -1):
        made = []
        for value in columns:
            if math.isnan(value):
                made.append(" ")
                continue
            eighths = math.ceil(max(0.0, min(1.0, value / top if top > 0 else 0.0)) * height * 8)
            if row == 0:
                eighths = max(eighths, 1)
            made.append(BLOCKS[max(0, min(8, eighths - row * 8))])
        rows.append("".join(made))
    return rows


def peak(values: Sequence[float], least: float) -> float:
    """A scale's top: the greatest value, but not under `least`, so that noise stays small."""
    known = [value for value in values if not math.isnan(value)]
    return max([*known, least])
