"""A pane: a table among others on its page; the arrow keys lead on into its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual.message import Message

from vmtui.ui.lines import Line
from vmtui.ui.widgets.table import Table

Key = TypeVar("Key", bound=Hashable)


class Pane(Table[Key], Generic[Key]):
    """A table that says where its rows end."""

    stays_lit = False
    """Among others, one cursor is enough."""

    @dataclass
    class Left(Message):
        """The cursor was to go past its last row (`by` 1) or its first (-1)."""

        pane: Pane  # type: ignore[type-arg]
        by: int

    def __init__(self, line_of: Callable[[Key], Line], *, id: str) -> None:  # noqa: A002
        super().__init__(line_of, id=id)

    def action_move(self, by: int) -> None:
        """One row up or down, or out of it."""
        rows = len(self.keys)
        row = self.keys.index(self.cursor) if self.cursor is not None else 0
        if 0 <= row + by < rows:
            super().action_move(by)
        else:
            self.post_message(self.Left(self, 1 if by > 0 else -1))
