"""Textual's strips, made to go as soon as nobody draws them.

A strip that `Strip.divide` need not cut is put by Textual into a cache of its own, and so holds
itself: only a look through everything frees it, which is put off while keys are pressed (see
`tidying`). A held key leaves a hundred of them behind each time, the scrollbar's cells above all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.strip import Strip

_divide = Strip.divide


def divide(strip: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    """What Textual's own yields."""
    within = [cut for cut in cuts if cut <= strip.cell_length]
    return [strip] if within == [strip.cell_length] else _divide(strip, within)


def let_go() -> None:
    """Have every strip of this process divided so."""
    Strip.divide = divide  # type: ignore[method-assign, assignment]
