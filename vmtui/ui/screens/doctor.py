"""The check of a host: whether it can run guests well, why not, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget

from vmtui.errors import VmtuiError
from vmtui.model.finding import Finding
from vmtui.model.guest import HostId
from vmtui.model.inventory import HostView, Inventory
from vmtui.plan.mend import mend, why_not_mend
from vmtui.ui import cells, findings, flow
from vmtui.ui.actions import Action
from vmtui.ui.cells import Cell, Role
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.lines import EMPTY, Line, text, wrap
from vmtui.ui.screens.host import elsewhere
from vmtui.ui.screens.page import Page
from vmtui.ui.targets import Target
from vmtui.ui.widgets.findingslist import FindingsList
from vmtui.ui.widgets.painted import LinesView
from vmtui.ui.widgets.table import Table


class DoctorScreen(Page):
    """One host's findings; the arrow keys change hosts."""

    DEFAULT_CSS = """
    #verdict { height: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "turn(-1)", "Host before", show=False),
        Binding("right,l,tab", "turn(1)", "Next host", show=False),
        Binding("r", "again", "Check again", show=False),
    ]

    def __init__(self, cockpit: Cockpit, over: HostId | None = None) -> None:
        """`over` is the host of the page that it lies over, to which Back leads."""
        super().__init__(cockpit)
        self._over = over
        hosts = list(cockpit.store.inventory.hosts)
        self._number = hosts.index(over) if over in hosts else 0
        self._verdict = LinesView(id="verdict")
        self._list = FindingsList()
        self._mending: HostId | None = None

    def arrive(self, target: Target) -> None:
        """Show that host's check."""
        hosts = list(self.cockpit.store.inventory.hosts)
        if target.host in hosts:
            self._number = hosts.index(target.host)

    def body(self) -> Iterable[Widget]:
        """The verdict, then list and finding."""
        yield self._verdict
        yield self._list

    def on_mount(self) -> None:
        """The keys go to the list, and the check begins."""
        self._list.focus_list()
        self._begin()

    @property
    def view(self) -> HostView | None:
        """The host that is shown."""
        views = list(self.cockpit.store.inventory.hosts.values())
        return views[self._number % len(views)] if views else None

    def _begin(self) -> None:
        """Check the host that is shown, unless that was done."""
        view = self.view
        if view is not None and self.cockpit.checkups.latest(view.id) is None:
            self.cockpit.checkups.run(view.id)

    def show(self, inventory: Inventory) -> None:
        """The latest check."""
        del inventory
        view = self.view
        if view is None:
            self._list.show_findings((), [text(" no host", Role.MUTED)])
            return
        self._check_mended(view.id)
        latest, running = (
            self.cockpit.checkups.latest(view.id),
            self.cockpit.checkups.running(view.id),
        )
        name = Cell(f" {cells.clean(view.id, 40)}  ", Role.TITLE)
        wait = Cell("  checking…" if running else "", Role.BUSY)
        if latest is None:
            self._verdict.show_lines([(name, wait)])
            self._list.show_findings((), [text(" this takes a few seconds", Role.MUTED)])
        elif latest.error is not None:
            self._verdict.show_lines([(name, Cell("it cannot be checked", Role.BAD), wait)])
            self._list.show_findings((), self._why(latest.error))
        else:
            self._verdict.show_lines([(name, *findings.verdict(latest.findings), wait)])
            self._list.show_findings(latest.findings)

    def _why(self, error: VmtuiError) -> list[Line]:
        words = "\n".join(part for part in (str(error), error.hint) if part)
        return [text(f" {part}", Role.BAD) for part in wrap(words, max(self.size.width - 4, 20))]

    def _check_mended(self, host: HostId) -> None:
        """Look again once the mend has ended."""
        if self._mending is None or any(
            track.key == (self._mending, "")
            for job in self.cockpit.jobs.running
            for track in job.tracks
        ):
            return
        mended, self._mending = self._mending, None
        if mended == host:
            self.cockpit.checkups.run(mended)

    def status(self) -> Line:
        """How many there are of each level, when they were found, and which host this is."""
        view = self.view
        latest = self.cockpit.checkups.latest(view.id) if view else None
        if latest is None:
            return EMPTY
        total = len(self.cockpit.store.inventory.hosts)
        place = f"  host {self._number % total + 1} of {total}: ← → change" if total > 1 else ""
        at = f"  as of {cells.moment(latest.at)}"
        return (Cell(" "), *findings.summary(latest.findings), Cell(at + place, Role.MUTED))

    def actions(self) -> Sequence[Action]:
        """Mend, copy, look again; then where to go from here."""
        return elsewhere(
            "mend", "copy-mend", "inspect", "view-guests", "view-host", "view-jobs", "back"
        )

    def do(self, action: Action) -> bool:
        """What is this screen's own."""
        if action.id == "mend":
            self._mend()
        elif action.id == "copy-mend":
            self._copy()
        elif action.id == "inspect":
            self.action_again()
        elif action.id == "back" and self._over is not None:
            self.app.pop_screen()
        else:
            return False
        return True

    @on(Table.CursorMoved)
    def _cursor_moved(self) -> None:
        self.show_footer()

    def action_turn(self, by: int) -> None:
        """To another host."""
        self._number += by
        self._begin()
        self.redraw()

    def action_again(self) -> None:
        """Check the host again."""
        if (view := self.view) is not None:
            self.cockpit.checkups.run(view.id)

    def _copy(self) -> None:
        finding = self._list.cursor
        if finding is None or not (words := "\n".join(finding.commands) or finding.mend):
            self.say("there is nothing to copy", Role.MUTED)
            return
        self.app.copy_to_clipboard(words)
        what = cells.clean(finding.title, 40)
        self.say(f"copied how to mend “{what}”: {cells.clean(words, 300)}", Role.GOOD)

    def _mend(self) -> None:
        view, finding = self.view, self._list.cursor
        if view is None or finding is None:
            return
        if reason := why_not_mend(finding, view.capabilities):
            key = self.key_word("copy-mend")
            hint = f" ({key})" if finding.commands and not finding.steps else ""
            self.say(f"{finding.title}: {reason}{hint}", Role.WARN)
        elif view.stale:
            self.say(f"{cells.clean(view.id, 40)} is not connected", Role.BAD)
        else:
            self._ask(view.id, finding)

    @work(exclusive=True, group="mend")
    async def _ask(self, host: HostId, finding: Finding) -> None:
        agreed = await flow.ask(self, mend(host, [finding]))
        if agreed is None:
            return
        try:
            flow.submit(self, agreed)
        except VmtuiError as error:
            self.fail(error)
        else:
            self._mending = host
