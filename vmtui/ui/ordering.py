"""Rows in the order of a column, kept so change by change. No widgets here.

Ten thousand guests take tens of milliseconds to sort. Of those most stay where they are from one
drawing to the next, so what changed is taken out and put in again where it belongs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from vmtui.model.guest import GuestKey
from vmtui.ui.columns import Column, Row, natural

FEW = 16
"""Up to one row in so many is moved by itself; more are sorted together."""


class Ordering:
    """The keys of rows in order; unknown values last, equal ones by name: nothing jumps about."""

    def __init__(self, column: Column, falling: bool) -> None:
        self.keys: list[GuestKey] = []
        """All of them, in order."""
        self._column = column
        self._falling = falling
        self._by_name: list[GuestKey] = []
        self._names: dict[GuestKey, Any] = {}
        self._values: dict[GuestKey, Any] = {}

    def sort_by(self, column: Column, falling: bool, rows: Iterable[Row]) -> None:
        """Sort the same rows by that column, where they are not yet."""
        if column is not self._column:
            self._values = {row.guest.key: column.order(row) for row in rows}
        elif falling == self._falling:
            return
        self._column, self._falling = column, falling
        self._rank()

    def apply(self, changed: Sequence[Row], gone: Collection[GuestKey]) -> bool:
        """Take over rows that are new or other than before, and drop those that are gone.

        Returns whether anything may stand elsewhere.
        """
        moved = [row for row in changed if self._differs(row)]
        if not moved and not gone:
            return False
        if (len(moved) + len(gone)) * FEW > len(self.keys):
            self._take_many(moved, gone)
            return True
        for key in gone:
            if key in self._names:
                self._take_out(key)
        for row in moved:
            if row.guest.key in self._names:
                self._take_out(row.guest.key)
            self._put_in(row)
        return True

    def _differs(self, row: Row) -> bool:
        key = row.guest.key
        name = self._names.get(key)
        return (
            name is None
            or name[0] != natural(row.guest.name)
            or self._values[key] != self._column.order(row)
        )

    # -- many at once --------------------------------------------------------------------------

    def _take_many(self, moved: Sequence[Row], gone: Collection[GuestKey]) -> None:
        for key in gone:
            self._names.pop(key, None)
            self._values.pop(key, None)
        renamed = bool(gone)
        for row in moved:
            key, name = row.guest.key, (natural(row.guest.name), row.guest.key)
            renamed = renamed or self._names.get(key) != name
            self._names[key], self._values[key] = name, self._column.order(row)
        if renamed:
            self._by_name = sorted(self._names, key=self._names.__getitem__)
        self._rank()

    def _rank(self) -> None:
        """All in the order of their values; those with equal ones stay in that of their names."""
        value = self._values.__getitem__
        known = [key for key in self._by_name if value(key) is not None]
        unknown = [key for key in self._by_name if value(key) is None]
        known.sort(key=value, reverse=self._falling)
        self.keys = known + unknown

    # -- one by one ----------------------------------------------------------------------------

    def _take_out(self, key: GuestKey) -> None:
        del self.keys[self._place(key)]
        del self._by_name[bisect_left(self._by_name, self._names[key], key=self._names.get)]
        del self._names[key], self._values[key]

    def _put_in(self, row: Row) -> None:
        key = row.guest.key
        self._names[key] = natural(row.guest.name), key
        self._values[key] = self._column.order(row)
        self.keys.insert(self._place(key), key)
        place = bisect_left(self._by_name, self._names[key], key=self._names.get)
        self._by_name.insert(place, key)

    def _place(self, key: GuestKey) -> int:
        """Where it stands, or belongs."""
        low, high = 0, len(self.keys)
        while low < high:
            middle = (low + high) // 2
            if self._before(self.keys[middle], key):
                low = middle + 1
            else:
                high = middle
        return low

    def _before(self, one: GuestKey, other: GuestKey) -> bool:
        first, second = self._values[one], self._values[other]
        if first is None or second is None:
            if first is not None or second is not None:
                return second is None
        elif first != second:
            return bool(first > second if self._falling else first < second)
        return bool(self._names[one] < self._names[other])
