"""When the memory is looked through for what nobody holds any more: while nobody presses a key.

Python does that by itself every now and then, and everything stops meanwhile: with ten thousand
guests for a quarter of a second. Facts are immutable and go as soon as they are replaced; what
only a look through everything finds is little, and can wait for a quiet moment.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

REST = 5.0
"""Seconds between two looks at whether a key was pressed."""
BETWEEN = 300.0
"""Seconds between two looks through everything, at least."""
LONGEST = 3600.0
"""Seconds after which it is time even while keys are pressed."""
THRESHOLDS = (2_000, 10, 1_000_000)
"""New objects until the youngest are looked through, and looks until the next older ones are: as
often as ever for what is young, all but never for everything."""


class Tidying:
    """`keys` tells how many keys were pressed so far."""

    def __init__(
        self, keys: Callable[[], int], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._keys = keys
        self._monotonic = monotonic
        self._seen = -1
        self._done_at = monotonic()

    def begin(self) -> None:
        """From now on only `look` looks through everything."""
        gc.set_threshold(*THRESHOLDS)

    def look(self) -> bool:
        """Tidy up where it is time and nobody would notice; returns whether that was done."""
        keys, waited = self._keys(), self._monotonic() - self._done_at
        quiet, self._seen = keys == self._seen, keys
        if waited < BETWEEN or not (quiet or waited >= LONGEST):
            return False
        gc.collect()
        self._done_at = self._monotonic()
        return True
