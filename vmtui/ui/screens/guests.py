"""The first screen: every guest, live, with the selected one's details beside or below."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from textual import on, work
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Input

from vmtui.engine.job import TrackState
from vmtui.model.guest import Guest, GuestKey
from vmtui.model.inventory import Inventory
from vmtui.ui import actions as registry
from vmtui.ui import cells, flow, panes, statusline
from vmtui.ui.actions import Action, Scope
from vmtui.ui.cells import Cell, Role
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.columns import BY_ID as COLUMN
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.guestlist import GuestList
from vmtui.ui.lines import EMPTY, Line, text, wrap
from vmtui.ui.panes import ConsoleRoom, Details
from vmtui.ui.screens.consoledesk import ConsoleDesk
from vmtui.ui.widgets.detailpane import DetailPane
from vmtui.ui.widgets.table import Table, column_at

DETAIL_LAG = 0.06
"""Seconds the cursor must rest before the details follow, so that a held key stays quick."""


class GuestsScreen(ConsoleDesk):
    """The table of guests."""

    DEFAULT_CSS = """
    #desk { layout: vertical; height: 1fr; }
    #split { layout: vertical; height: 1fr; }
    #guests { width: 1fr; height: 1fr; }
    #detail { display: none; padding: 0 1; background: $surface; }
    #desk.beside #split { layout: horizontal; }
    #desk.beside #detail { display: block; width: 44; height: 100%; }
    #desk.below #detail { display: block; width: 100%; height: 13; }
    #desk.full #guests { display: none; }
    #desk.full #detail { display: block; width: 100%; height: 100%; }
    #filter { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    #filter.open { display: block; }
    """

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self.list = GuestList(self._overlay, cockpit.settings.sort)
        self._details = Details.AUTO
        self._table: Table[GuestKey] = Table(self._line, id="guests")
        self._detail = DetailPane(cockpit.history, id="detail")
        self._desk = Container(id="desk")
        self._filter = Input(id="filter", placeholder="type to filter; !word leaves out")

    # -- what is shown -------------------------------------------------------------------------

    def body(self) -> Iterable[Widget]:
        """Table and details, and the filter's line."""
        with self._desk:
            with Container(id="split"):
                yield self._table
                yield self._detail
            yield self.consoles
        yield self._filter

    def on_mount(self) -> None:
        """The keys go to the table."""
        self._table.focus()

    def show(self, inventory: Inventory) -> None:
        """Rows, details, status."""
        self.list.update(inventory)
        self._show_rows()

    def second(self) -> None:
        """Ages and what jobs say."""
        self.show_console_figures(self.list)
        self._table.refresh_rows()
        self._show_detail()
        self.show_footer()

    def _show_rows(self) -> None:
        self._arrange_panes()
        self._table.set_header(self.list.lay_out(self._table_width()))
        self._table.show_instead(self._why_empty())
        self._table.set_keys(self.list.order)
        self._show_detail()
        self.show_footer()
        focus = list(self._table.visible_keys())
        if self._table.cursor is not None:
            focus.append(self._table.cursor)
        self.cockpit.fleet.focus(focus)

    def _arrange_panes(self) -> None:
        wanted = panes.classes(*self.size, self._details, self.room)
        for name in panes.ALL:
            self._desk.set_class(name in wanted, name)

    def _table_width(self) -> int:
        beside = self._desk.has_class("beside")
        scrollbar = 1 if len(self.list.order) + 1 > self._table.size.height > 0 else 0
        return self.size.width - (panes.DETAIL_WIDTH if beside else 0) - scrollbar

    def _line(self, key: GuestKey) -> Line:
        return self.list.line(key, time.time())

    def _overlay(self, key: GuestKey) -> Cell | None:
        running = self.cockpit.jobs.overlay(key)
        return cells.overlay(running, time.time()) if running else None

    def _why_empty(self) -> list[Line]:
        if self.list.order:
            return []
        words = statusline.why_empty(self.list.inventory, self.list.filter)
        width = max(self._table_width() - 6, 20)
        parts = [text(f"   {part}", Role.WARN) for part in wrap(words, width)]
        return [EMPTY, *parts]

    def _show_detail(self) -> None:
        key = self._table.cursor
        self._detail.show_guest(self.list.row(key) if key else None)

    def status(self) -> Line:
        """How many guests are shown, how they are filtered, which are marked or stuck."""
        stuck = next(
            (run.key for job in self.cockpit.jobs.running for run in job.tracks
             if run.state is TrackState.STALLED),
            None,
        )  # fmt: skip
        return statusline.status(
            self.list,
            self.cockpit.store.inventory.guest(stuck) if stuck else None,
            self.key_word("shutdown-agent"),
            self.key_word("destroy"),
        )

    def actions(self) -> Sequence[Action]:
        """What can be done with the selection, then what is always there."""
        selected = self.selected()
        capabilities = flow.capabilities_of(self.cockpit)
        offered = []
        for action in registry.possible(self.cockpit.read_only):
            if not action.footer:
                continue
            if action.scope is Scope.GUESTS and not any(
                registry.why_not(action, guest, capabilities[guest.key.host]) is None
                for guest in selected[:50]
            ):
                continue
            offered.append(action)
        return sorted(offered, key=lambda action: action.footer)

    def selected(self) -> list[Guest]:
        """The marked guests, else the one under the cursor, as they are now.

        What is drawn may be some milliseconds older: no plan is made of that.
        """
        inventory = self.cockpit.store.inventory
        drawn = self.list.selection(self._table.cursor)
        return [now for guest in drawn if (now := inventory.guest(guest.key)) is not None]

    def rearrange(self) -> None:
        """Put every pane in its place."""
        self._show_rows()

    def to_table(self) -> None:
        """The keys go to the table."""
        self._table.focus()

    # -- actions -------------------------------------------------------------------------------

    def do(self, action: Action) -> bool:
        """The table's own actions, and the verbs on its selection."""
        if action.scope is Scope.GUESTS:
            self._act(action)
            return True
        name = f"_do_{action.id.replace('-', '_')}"
        method = getattr(self, name, None)
        if method is None:
            return False
        method()
        return True

    @work(exclusive=False, exit_on_error=True)
    async def _act(self, action: Action) -> None:
        await flow.run(self, action, self.selected())

    @work(exclusive=True, group="menu")
    async def _do_menu(self) -> None:
        guests = self.selected()
        if not guests:
            self.say("no guest is selected", Role.WARN)
            return
        verbs = [a for a in registry.possible(self.cockpit.read_only) if a.scope is Scope.GUESTS]
        if not verbs:
            self.say("read-only: nothing here changes anything", Role.WARN)
            return
        chosen = await flow.menu(self, verbs, guests)
        if chosen is not None:
            await flow.run(self, chosen, self._still_there(guests))

    def _still_there(self, guests: Sequence[Guest]) -> list[Guest]:
        """These guests as they are now: they may have changed while the menu was open."""
        inventory = self.cockpit.store.inventory
        return [now for guest in guests if (now := inventory.guest(guest.key)) is not None]

    def _do_mark(self) -> None:
        if (key := self._table.cursor) is not None:
            self.list.toggle_mark(key)
            self._table.action_move(1)
            self._marks_changed()

    def _do_mark_all(self) -> None:
        self.list.toggle_all()
        self._marks_changed()

    def _marks_changed(self) -> None:
        self._table.refresh_rows()
        self.show_footer()

    def _do_filter(self) -> None:
        self._filter.add_class("open")
        self._filter.focus()

    def _do_back(self) -> None:
        if self._filter.has_focus or self._filter.value:
            self._filter.value = ""
            self._filter.remove_class("open")
            self._table.focus()
        elif self._details is Details.FULL:
            self._details = Details.AUTO
            self._show_rows()
            self._table.focus()
        elif self.room is not ConsoleRoom.NONE:
            self.give_room(ConsoleRoom.NONE)
        elif self.list.marked:
            self.list.marked.clear()
            self._marks_changed()
        else:
            self.say("")

    @work(exclusive=True, group="menu")
    async def _do_sort(self) -> None:
        options = [
            Option(column.id, column.label.strip(), column.help)
            for column in COLUMN.values()
        ]  # fmt: skip
        chosen = await self.ask(Choose("Sort by", options))
        if chosen is not None:
            self._sort(chosen)

    def _do_sort_left(self) -> None:
        self._sort_beside(-1)

    def _do_sort_right(self) -> None:
        self._sort_beside(1)

    def _sort_beside(self, by: int) -> None:
        shown = [column.id for column, _ in self.list.layout]
        here = shown.index(self.list.column.id) if self.list.column.id in shown else 0
        self._sort(shown[(here + by) % len(shown)])

    def _sort(self, column_id: str) -> None:
        self.list.sort_by(COLUMN[column_id])
        self._show_rows()

    def _do_details(self) -> None:
        visible = self._detail.display
        if self._details is Details.FULL:
            self._details = Details.HIDDEN if self.size.width >= panes.BESIDE_FROM else Details.AUTO
        elif visible or self._details is Details.AUTO:
            self._details = Details.FULL
        else:
            self._details = Details.AUTO
        self._show_rows()
        (self._detail if self._details is Details.FULL else self._table).focus()
        self.call_after_refresh(self._show_detail)

    def _do_span(self) -> None:
        self._detail.toggle_span()
        self.say(f"history: the last {self._detail.span.value}", Role.MUTED)
        self._show_detail()

    # -- messages ------------------------------------------------------------------------------

    @on(Table.CursorMoved)
    def _cursor_moved(self, event: Table.CursorMoved) -> None:
        self.set_timer(DETAIL_LAG, lambda: self._rested_on(event.key))

    def _rested_on(self, key: object) -> None:
        if key == self._table.cursor:
            self._show_detail()
            self.show_footer()

    @on(Table.Chosen)
    def _chosen(self, _event: Table.Chosen) -> None:
        self._details = Details.FULL
        self._show_rows()
        self._detail.focus()
        self.call_after_refresh(self._show_detail)

    @on(Table.HeaderClicked)
    def _header_clicked(self, event: Table.HeaderClicked) -> None:
        number = column_at(self.list.lay_out(self._table_width()), event.x)
        if number:
            self._sort(self.list.layout[number - 1][0].id)

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self.list.filter = event.value.strip()
        self.list.arrange()
        self._show_rows()

    @on(Input.Submitted, "#filter")
    def _filter_entered(self, _event: Input.Submitted) -> None:
        if not self._filter.value:
            self._filter.remove_class("open")
        self._table.focus()

    def key_down(self) -> None:
        """From the filter's line into the table."""
        if self._filter.has_focus:
            self._table.focus()
