"""Where panes lie on a screen: stacked where it is narrow, side by side where it is wide. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

LEAST = 2
"""Lines of a pane that has anything: its head and a row."""


class Place(NamedTuple):
    """A pane's left upper corner and its size, in cells."""

    x: int
    y: int
    width: int
    height: int


def allot(wants: Sequence[int], room: int) -> list[int]:
    """Lines for each of these panes, at most as many as it wants.

    All get the least first, the first ones before the others; then a line each in turn.
    """
    given: list[int] = []
    left = room
    for want in wants:
        least = min(want, LEAST)
        given.append(least if least <= left else 0)
        left -= given[-1]
    hungry = [place for place, want in enumerate(wants) if 0 < given[place] < want]
    while left and hungry:
        for place in hungry[:left]:
            given[place] += 1
            left -= 1
        hungry = [place for place in hungry if given[place] < wants[place]]
    return given


def stack(
    names: Sequence[str], wants: Mapping[str, int], x: int, y: int, width: int, height: int
) -> dict[str, Place]:
    """Panes one below the other; the last one has what is left."""
    given = allot([wants[name] for name in names], height)
    made: dict[str, Place] = {}
    for name, lines in zip(names, given, strict=True):
        made[name] = Place(x, y, width, lines)
        y += lines
    last = next((name for name in reversed(names) if made[name].height), None)
    if last is not None:
        place = made[last]
        rest = height - sum(given)
        made[last] = place._replace(height=place.height + rest)
    return made
