"""The memory is looked through in quiet moments, and in the end also without one."""

from __future__ import annotations

import gc
import weakref

from vmtui.ui.tidying import BETWEEN, LONGEST, THRESHOLDS, Tidying


class Knot:
    """Holds itself: only a look through everything finds it."""

    def __init__(self) -> None:
        self.self = self


def test_what_nobody_holds_goes_in_a_quiet_moment_only() -> None:
    at, keys = 0.0, 0
    tidying = Tidying(lambda: keys, lambda: at)
    gone = weakref.ref(Knot())
    assert not tidying.look(), "it was done a moment ago"
    at, keys = BETWEEN, 1
    assert not tidying.look(), "a key was pressed"
    assert tidying.look()
    assert gone() is None
    assert not tidying.look()
    while at < LONGEST + BETWEEN - 10:
        at, keys = at + 5, keys + 1
        assert not tidying.look(), "keys are pressed all the time"
    at, keys = at + 10, keys + 1
    assert tidying.look()


def test_from_the_beginning_nothing_else_looks_through_everything() -> None:
    before = gc.get_threshold()
    try:
        Tidying(lambda: 0).begin()
        assert gc.get_threshold() == THRESHOLDS
    finally:
        gc.set_threshold(*before)
