"""The event log: what happened to which guest and when, whoever did it; newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual import on
from textual.widget import Widget

from vmtui.model.change import Event, Happened
from vmtui.model.inventory import Inventory
from vmtui.ui import cells
from vmtui.ui.actions import Action
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.lines import Line, fit, text
from vmtui.ui.screens.host import elsewhere
from vmtui.ui.screens.page import Page
from vmtui.ui.targets import Target
from vmtui.ui.widgets.table import Table

BAD = frozenset({Happened.CRASHED, Happened.FAILED, Happened.IO_ERROR, Happened.WATCHDOG,
                 Happened.HOST_LOST, Happened.JOB_FAILED})  # fmt: skip
GOOD = frozenset({Happened.STARTED, Happened.RESUMED, Happened.RESTORED, Happened.HOST_UP,
                  Happened.JOB_DONE, Happened.AGENT_UP})  # fmt: skip


class EventsScreen(Page):
    """Every event that is kept."""

    DEFAULT_CSS = """
    #events { height: 1fr; }
    """

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self._table: Table[Event] = Table(self._line, id="events")
        self._several = False
        self._wanted: Target | None = None

    def arrive(self, target: Target) -> None:
        """Go to the newest event of that guest."""
        self._wanted = target

    def body(self) -> Iterable[Widget]:
        """The list."""
        yield self._table

    def on_mount(self) -> None:
        """The keys go to the list."""
        self._table.focus()

    def show(self, inventory: Inventory) -> None:
        """Newest first; the cursor stays on its event."""
        self._several = len(inventory.hosts) > 1
        host = f" {'HOST':<12}" if self._several else ""
        self._table.set_header(text(f" {'WHEN':<9}{host} {'GUEST':<24} WHAT"))
        events = list(self.cockpit.events)[::-1]
        self._table.set_keys(events)
        if (wanted := self._wanted) is not None:
            found = (one for one in events if (one.host, one.uuid) == wanted.guest)
            if (event := next(found, None)) is not None:
                self._table.move_to(event)
            self._wanted = None

    def _line(self, event: Event) -> Line:
        role = Role.BAD if event.what in BAD else Role.GOOD if event.what in GOOD else Role.TEXT
        made = [Cell(f" {cells.moment(event.at):<9}", Role.MUTED)]
        if self._several:
            made.append(Cell(f" {fit(clean(event.host, 40), 12)}", Role.MUTED))
        made += [
            Cell(f" {fit(clean(event.name, 200), 24)} ", Role.STRONG),
            Cell(event.what.value, role),
            Cell(f"  {clean(event.detail, 400)}", Role.MUTED),
        ]
        return tuple(made)

    def status(self) -> Line:
        """How many there are."""
        total = len(self.cockpit.events)
        return text(f" {total} events since vmtui started" if total else " nothing yet", Role.MUTED)

    def about(self) -> str:
        """The event under the cursor in full, where its row is cut."""
        event = self._table.cursor
        if event is None or sum(len(cell.text) for cell in self._line(event)) <= self.size.width:
            return ""
        return " ".join(part for part in (event.name, event.what.value, event.detail) if part)

    @on(Table.CursorMoved)
    def _cursor_moved(self) -> None:
        self.show_footer()

    def actions(self) -> Sequence[Action]:
        """Where to go from here."""
        return elsewhere("view-guests", "view-host", "view-jobs", "back")
