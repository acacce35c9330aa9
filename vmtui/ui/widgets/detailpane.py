"""The pane with the selected guest's details."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from vmtui.engine.history import History, Metric, Series, Span
from vmtui.model.guest import GuestKey
from vmtui.ui.columns import Row
from vmtui.ui.detail import detail
from vmtui.ui.lines import Line
from vmtui.ui.widgets.painted import LinesView

PADDING = 2
NARROWEST = 20


class DetailPane(LinesView, can_focus=True):
    """Shows one guest; its graphs span five minutes or an hour."""

    def __init__(self, history: History, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._history = history
        self.span = Span.MINUTES

    def show_guest(self, row: Row | None) -> None:
        """The guest of that row; nothing where there is none."""
        if not self.display or not self.is_mounted:
            return
        if row is None:
            self.show_lines([])
            return
        width = max(self.size.width - PADDING, NARROWEST)
        self.show_lines(detail(row, self._series_of(row.guest.key), width, time.time()))

    def show_instead(self, lines_of: Callable[[int], Sequence[Line]]) -> None:
        """Something else than a guest: its lines in that many cells."""
        if self.display and self.is_mounted:
            self.show_lines(lines_of(max(self.size.width - PADDING, NARROWEST)))

    def toggle_span(self) -> None:
        """From five minutes to an hour, and back."""
        self.span = Span.HOUR if self.span is Span.MINUTES else Span.MINUTES

    def _series_of(self, key: GuestKey) -> Callable[[Metric], Series]:
        return lambda metric: self._history.series(key, metric, self.span)
