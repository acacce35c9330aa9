"""What may follow a key, and in how many columns that is shown. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

GAP = 2
"""Cells between two columns."""
LABEL_MOST = 22


@dataclass(frozen=True, slots=True)
class Offer:
    """A key, its word on the screen, and what it does."""

    key: str
    word: str
    label: str


def arranged(offers: Sequence[Offer], width: int, room: int) -> tuple[int, int]:
    """Rows and the width of a column, in as few rows as keep labels whole."""
    keys = max((len(offer.word) for offer in offers), default=1)
    labels = min(max((len(offer.label) for offer in offers), default=1), LABEL_MOST)
    wide = min(keys + 1 + labels + GAP, width)
    columns = max(width // wide, 1)
    rows = -(-len(offers) // columns) or 1
    while rows > room and columns < len(offers):
        columns += 1
        wide = max(width // columns, 1)
        rows = -(-len(offers) // columns)
    return rows, wide
