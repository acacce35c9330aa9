"""Where the panes of the first screen stand, by size and by the person's choice. Pure."""

from __future__ import annotations

from enum import Enum

BESIDE_FROM = 116
"""Columns of the terminal from which the details stand beside the table."""
BELOW_FROM = 32
"""Lines of the terminal from which they stand below it."""
DETAIL_WIDTH = 44


class Details(Enum):
    """The person's choice for the details."""

    AUTO = "auto"
    HIDDEN = "hidden"
    FULL = "full"


class ConsoleRoom(Enum):
    """How much of the screen the consoles have."""

    NONE = "none"
    PANE = "pane"
    FULL = "full"


ALL = ("beside", "below", "full", "console-pane", "console-full")
"""Every class that `classes` can give."""


def classes(width: int, height: int, details: Details, consoles: ConsoleRoom) -> set[str]:
    """The classes of the screen's body that put each pane in its place."""
    made: set[str] = set()
    if details is Details.FULL and consoles is ConsoleRoom.NONE:
        made.add("full")
    elif details is not Details.HIDDEN:
        if width >= BESIDE_FROM:
            made.add("beside")
        elif height >= BELOW_FROM and consoles is ConsoleRoom.NONE:
            made.add("below")
    if consoles is not ConsoleRoom.NONE:
        made.add(f"console-{consoles.value}")
    return made
