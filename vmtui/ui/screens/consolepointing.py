"""The pane of consoles under the mouse: its tabs, its views' heads, and the commands of its box."""

from __future__ import annotations

from textual import events, on
from textual.containers import Vertical

from vmtui.engine.consoles import Consoles
from vmtui.ui import consoleheader
from vmtui.ui.consolekeys import Chords, offers
from vmtui.ui.screens.consolegrid import ConsoleGrid
from vmtui.ui.widgets.painted import LinesView, where_in
from vmtui.ui.widgets.whichkeys import WhichKeys


class Pointed(Vertical):
    """A pane of consoles, as the mouse finds it."""

    consoles: Consoles
    keys: Chords
    grid: ConsoleGrid
    _tabs: LinesView
    _which: WhichKeys

    def turn_to(self, number: int) -> None:
        """Show the console of that number, from 0."""
        raise NotImplementedError

    def on_click(self, event: events.Click) -> None:
        """A click on a tab shows its console; one on another's head gives it the keys."""
        if (place := where_in(self._tabs, event)) is not None and self._tabs.lines:
            open_ = list(self.consoles)
            number = consoleheader.tab_at(self._tabs.lines[0], place[0], open_)
            if number is not None:
                self.turn_to(number)
            return
        for frame in self.grid.used:
            if where_in(frame.head, event) is not None:
                frame.view.focus()

    @on(WhichKeys.Due)
    def _which_due(self, event: WhichKeys.Due) -> None:
        """Who is slow is told what may follow, over the consoles: no guest is resized."""
        event.stop()
        heading = f"{self.keys.prefix_word} …   Esc leaves"
        width, height = self.size
        lines = self._which.offer(heading, offers(self.keys), width, height - 1)
        self._which.styles.height = lines

    @on(WhichKeys.Picked)
    def _picked(self, event: WhichKeys.Picked) -> None:
        event.stop()
        # The view that waits for a command has the keys still.
        self.app.simulate_key(event.key)
