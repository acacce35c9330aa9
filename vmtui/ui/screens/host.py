"""The host's screen: what one host is and uses; the arrow keys change hosts and scroll."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from vmtui.model.guest import HostId
from vmtui.model.inventory import HostView, Inventory
from vmtui.plugin import HOST
from vmtui.ui import actions as registry
from vmtui.ui import hostpage
from vmtui.ui.actions import Action
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.findings import summary
from vmtui.ui.lines import EMPTY, Line, text
from vmtui.ui.screens.page import Page
from vmtui.ui.targets import Target
from vmtui.ui.widgets.painted import LinesView

SHOWN = ("view-guests", "view-doctor", "view-jobs", "view-events", "retry", "back")


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
        hosts = [str(host) for host in cockpit.store.inventory.hosts]
        wanted = cockpit.remembered.text("host")
        self._number = hosts.index(wanted) if wanted in hosts else 0
        self._page = LinesView(id="page")
        self._page.can_focus = True

    def arrive(self, target: Target) -> None:
        """Show that host."""
        hosts = list(self.cockpit.store.inventory.hosts)
        if target.host in hosts:
            self._number = hosts.index(target.host)

    def whereabouts(self) -> Target | None:
        """The host that is shown."""
        hosts = list(self.cockpit.store.inventory.hosts)
        return Target("host", hosts[self._number % len(hosts)]) if hosts else None

    def body(self) -> Iterable[Widget]:
        """The page."""
        yield self._page

    def on_mount(self) -> None:
        """The arrow keys scroll."""
        self._page.focus()

    def hosts_shown(self) -> frozenset[HostId]:
        """The one that is shown."""
        hosts = list(self.cockpit.store.inventory.hosts)
        return frozenset({hosts[self._number % len(hosts)]} if hosts else ())

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
                self._check(view),
            )
        )

    def _check(self, view: HostView) -> Line:
        """What the check of the host found; it is done when the host is first looked at."""
        checkups, key = self.cockpit.checkups, self.key_word("view-doctor")
        latest = checkups.latest(view.id)
        if latest is None:
            if not view.stale:
                checkups.run(view.id)
            return text("checking…" if checkups.running(view.id) else "", Role.MUTED)
        if latest.error is not None:
            return text(clean(latest.error.title, 200), Role.BAD)
        return (*summary(latest.findings), Cell(f"  ({key}: all)", Role.MUTED))

    def actions(self) -> Sequence[Action]:
        """Where to go from here."""
        own = [a for a in self.cockpit.possible() if a.plugin and a.plugin.scope == HOST and a.keys]
        return [*elsewhere(*SHOWN), *own]

    def host_here(self) -> HostId | None:
        """The host that is shown."""
        hosts = list(self.cockpit.store.inventory.hosts)
        return hosts[self._number % len(hosts)] if hosts else None

    def status(self) -> Line:
        """Which of several hosts this is."""
        total = len(self.cockpit.store.inventory.hosts)
        if total < 2:
            return EMPTY
        return text(f" host {self._number % total + 1} of {total}: ← → change", Role.MUTED)

    def action_turn(self, by: int) -> None:
        """To another host."""
        self._number += by
        hosts = list(self.cockpit.store.inventory.hosts)
        if hosts:
            self.cockpit.remembered.keep("host", hosts[self._number % len(hosts)])
        self.redraw()
