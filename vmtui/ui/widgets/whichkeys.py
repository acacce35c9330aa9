"""Which keys may follow: a box over the lower edge of the screen; a click is as good as a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.timer import Timer

from vmtui.ui.cells import Cell, Role
from vmtui.ui.lines import EMPTY, Line, fit, text
from vmtui.ui.offers import GAP, Offer, arranged
from vmtui.ui.widgets.painted import LinesView

PAUSE = 0.4
"""Seconds after which it is shown: who knows what follows is faster."""


class WhichKeys(LinesView):
    """Offers in columns under a head."""

    DEFAULT_CSS = """
    WhichKeys { display: none; width: 100%; background: $panel; padding: 0 1; }
    """

    class Due(Message):
        """The pause is over: it is to be shown."""

    @dataclass
    class Picked(Message):
        """An offer was clicked."""

        key: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._offers: Sequence[Offer] = ()
        self._wide = 1
        self._timer: Timer | None = None
        self._rows = 1

    def offer(self, heading: str, offers: Sequence[Offer], width: int, room: int) -> int:
        """Show these; returns the lines that they take, at most `room` of them."""
        self._offers = offers
        self._rows, self._wide = arranged(offers, max(width - 2, 10), max(room - 1, 1))
        keys = max((len(offer.word) for offer in offers), default=1)
        lines: list[Line] = [text(heading, Role.TITLE)]
        for row in range(self._rows):
            cells: list[Cell] = []
            for offer in offers[row :: self._rows]:
                label = fit(offer.label, max(self._wide - keys - 1 - GAP, 1))
                cells += [Cell(f"{offer.word:>{keys}} ", Role.KEY), Cell(label + " " * GAP)]
            lines.append(tuple(cells) or EMPTY)
        self.show_lines(lines)
        self.display = True
        return len(lines)

    def expect(self, waiting: bool) -> None:
        """Something may follow: be shown after the pause; or no more: be gone."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PAUSE, self._due) if waiting else None
        self.display = False

    def _due(self) -> None:
        self.post_message(self.Due())

    def on_click(self, event: events.Click) -> None:
        """A click on an offer takes it."""
        event.stop()
        row, column = event.y - 1 + self.scroll_offset.y, max(event.x - 1, 0) // self._wide
        number = column * self._rows + row
        if 0 <= row < self._rows and number < len(self._offers):
            self.post_message(self.Picked(self._offers[number].key))
