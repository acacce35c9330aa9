"""The host's screen: what one host is and uses; the arrow keys change hosts and scroll."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from vmtui.model.inventory import Inventory
from vmtui.ui import actions as registry
from vmtui.ui import hostpage
from vmtui.ui.actions import Action
from vmtui.ui.cells import Role
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.lines import EMPTY, Line, text
from vmtui.ui.screens.page import Page
from vmtui.ui.widgets.painted import LinesView

SHOWN = ("view-guests", "view-jobs", "view-events", "retry", "back")


def elsewhere(*wanted: str) -> list[Action]:
    """These actions from the registry, for a bottom line."""
    return [registry.BY_ID[action_id] for action_id in wanted]


class HostScreen(Page):
    """One host in full."""

    DEFAULT_CSS = """
    #page { height: 1fr; padding: 0 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "turn(-1)", "Host before", show=False),
        Binding("right,l,tab", "turn(1)", "Next host", show=False),
    ]

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self._number = 0
        self._page = LinesView(id="page")
        self._page.can_focus = True

    def body(self) -> Iterable[Widget]:
        """The page."""
        yield self._page

    def on_mount(self) -> None:
        """The arrow keys scroll."""
        self._page.focus()

    def show(self, inventory: Inventory) -> None:
        """The host's lines."""
        views = list(inventory.hosts.values())
        if not views:
            self._page.show_lines([text("no host", Role.MUTED)])
            return
        view = views[self._number % len(views)]
        width = max(self.size.width - 3, 20)

        self._page.show_lines(
            hostpage.page(
                view,
                lambda metric: self.cockpit.history.series(view.id, metric),
                width,
                time.time(),
            )
        )

    def actions(self) -> Sequence[Action]:
        """Where to go from here."""
        return elsewhere(*SHOWN)

    def status(self) -> Line:
        """Which of several hosts this is."""
        total = len(self.cockpit.store.inventory.hosts)
        if total < 2:
            return EMPTY
        return text(f" host {self._number % total + 1} of {total}: ← → change", Role.MUTED)

    def action_turn(self, by: int) -> None:
        """To another host."""
        self._number += by
        self.redraw()
