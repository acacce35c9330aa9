"""The first screen: every guest, live, with the selected one's details beside or below."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from textual import on, work
from textual.containers import Container
from textual.widget import Widget

from vmtui.engine.job import TrackState
from vmtui.model.guest import Guest, GuestKey, HostId
from vmtui.model.inventory import Inventory
from vmtui.plan.inorder import IN_ORDER
from vmtui.ui import actions as registry
from vmtui.ui import cells, flow, panes, statusline
from vmtui.ui.actions import Action, Scope
from vmtui.ui.cells import Cell, Role
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.grouping import Heading, RowKey, guest_of
from vmtui.ui.guestlist import GuestList
from vmtui.ui.lines import EMPTY, Line, text, wrap
from vmtui.ui.panes import ConsoleRoom, Details
from vmtui.ui.screens.viewdesk import ViewDesk
from vmtui.ui.targets import Target
from vmtui.ui.widgets.detailpane import DetailPane
from vmtui.ui.widgets.table import Table

ASKED = 50
"""Guests of the selection that are asked which keys the bottom line offers."""
BIRTH = 4 * 3600.0
"""Seconds for which a new guest is waited for: its image may have far to come."""
DETAIL_LAG = 0.06
"""Seconds the cursor must rest before the details follow, so that a held key stays quick."""


class GuestsScreen(ViewDesk):
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
    """

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self.list = GuestList(
            self._overlay,
            cockpit.settings.sort or cockpit.remembered.text("sort"),
            cockpit.settings.group_by,
        )
        self.list.columns = tuple(cockpit.settings.columns.split())
        self._details = Details.AUTO
        self._table: Table[RowKey] = Table(self._line, id="guests")
        self._detail = DetailPane(cockpit.history, id="detail")
        self._desk = Container(id="desk")

    # -- what is shown -------------------------------------------------------------------------

    def body(self) -> Iterable[Widget]:
        """Table and details, and the filter's line."""
        with self._desk:
            with Container(id="split"):
                yield self._table
                yield self._detail
            yield self.consoles
        yield self.filter_line

    def on_mount(self) -> None:
        """The keys go to the table."""
        self._table.focus()

    def show(self, inventory: Inventory) -> None:
        """Rows, details, status."""
        self.list.update(inventory)
        self._draw_rows()

    def second(self) -> None:
        """Ages and what jobs say."""
        self.show_console_figures(self.list)
        self._table.refresh_rows()
        self._show_detail()
        self.show_footer()

    def _show_rows(self) -> None:
        self._draw_rows()
        self.show_footer()

    def _draw_rows(self) -> None:
        self._arrange_panes()
        self._table.set_header(self.list.lay_out(self._table_width()))
        self._table.show_instead(self._why_empty())
        self._table.set_keys(self.list.shown)
        self._show_detail()
        on_screen = (*self._table.visible_keys(), self._table.cursor)
        self.cockpit.fleet.focus([key for row in on_screen if (key := guest_of(row)) is not None])

    def _arrange_panes(self) -> None:
        wanted = panes.classes(*self.size, self._details, self.room)
        for name in panes.ALL:
            self._desk.set_class(name in wanted, name)

    def _table_width(self) -> int:
        beside = self._desk.has_class("beside")
        scrollbar = 1 if len(self.list.shown) + 1 > self._table.size.height > 0 else 0
        return self.size.width - (panes.DETAIL_WIDTH if beside else 0) - scrollbar

    def _line(self, key: RowKey) -> Line:
        return self.list.line(key, time.time())

    def _overlay(self, key: GuestKey) -> tuple[Cell, str] | None:
        running = self.cockpit.jobs.overlay(key)
        return (cells.overlay(running, time.time()), running.verb) if running else None

    def _why_empty(self) -> list[Line]:
        if self.list.order:
            return []
        words = statusline.why_empty(self.list.inventory, self.list.filter.text)
        width = max(self._table_width() - 6, 20)
        parts = [text(f"   {part}", Role.WARN) for part in wrap(words, width)]
        return [EMPTY, *parts]

    def _show_detail(self) -> None:
        row = self._table.cursor
        if isinstance(row, Heading):
            self._detail.show_instead(lambda width: self.group_lines(row, width))
        else:
            key = guest_of(row)
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
        selected = self.selected(ASKED)
        capabilities = flow.capabilities_of(self.cockpit)
        offered = []
        for action in self.cockpit.possible():
            if not action.footer or action.scope is Scope.CHECK:
                continue
            if action.on_guests and not any(
                registry.why_not(action, guest, capabilities[guest.key.host]) is None
                for guest in selected
            ):
                continue
            offered.append(action)
        return sorted(offered, key=lambda action: action.footer)

    def selected(self, most: int | None = None) -> list[Guest]:
        """The marked guests, else the one under the cursor, as they are now; at most so many.

        What is drawn may be some milliseconds older: no plan is made of that.
        """
        inventory = self.cockpit.store.inventory
        drawn = self.list.selection(self._table.cursor, most)
        return [now for guest in drawn if (now := inventory.guest(guest.key)) is not None]

    def guest_here(self) -> Guest | None:
        """The guest under the cursor, whatever is marked; None on a group's own row."""
        key = guest_of(self._table.cursor)
        return self.cockpit.store.inventory.guest(key) if key else None

    def host_here(self) -> HostId | None:
        """The host of the guest under the cursor."""
        key = guest_of(self._table.cursor)
        return key.host if key else None

    def arrive(self, target: Target) -> None:
        """Put the cursor on that guest; a filter that hides it goes."""
        self.list.update(self.cockpit.store.inventory)
        if target.guest not in self.list.order and self.list.inventory.guest(target.guest):
            self.filter_by("")
            self.list.filter = self.filter_line.filter
            self.list.arrange()
        self.unfold_around(target.guest)
        self._show_rows()
        self._table.move_to(target.guest)

    def expect(self, key: GuestKey, *, console: bool) -> None:
        """Go to a new guest as soon as it is defined, and sit down at its console."""
        if console:
            self.cockpit.consoles.expected.add(key)
        self._await_birth(key, console)

    @work(exclusive=True, group="birth")
    async def _await_birth(self, key: GuestKey, console: bool) -> None:
        there = await self.cockpit.store.wait(lambda inventory: bool(inventory.guest(key)), BIRTH)
        if not there or self.app.screen is not self:
            self.cockpit.consoles.expected.discard(key)
            return
        self.list.update(self.cockpit.store.inventory)
        self.unfold_around(key)
        self._show_rows()
        self._table.move_to(key)
        if console and self.room is ConsoleRoom.NONE:
            self._do_console()
        else:
            self.cockpit.consoles.expected.discard(key)

    def rearrange(self) -> None:
        """Put every pane in its place."""
        self._show_rows()

    def to_table(self) -> None:
        """The keys go to the table."""
        self._table.focus()

    # -- actions -------------------------------------------------------------------------------

    def do(self, action: Action) -> bool:
        """The table's own actions, and the verbs on its selection."""
        if action.on_guests:
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
        await flow.run(self, action, self.whom(action))

    def whom(self, action: Action) -> list[Guest]:
        """The guests that a verb's key means: one alone is never in order, so it means all."""
        grouped = isinstance(self._table.cursor, Heading)
        if action.id not in IN_ORDER or self.list.marked or grouped:
            return self.selected()
        inventory = self.cockpit.store.inventory
        return [now for key in self.list.order if (now := inventory.guest(key)) is not None]

    @work(exclusive=True, group="menu")
    async def _do_menu(self) -> None:
        await self._offer(Scope.GUESTS)

    @work(exclusive=True, group="menu")
    async def _do_tools(self) -> None:
        await self._offer(Scope.TOOLS)

    async def _offer(self, scope: Scope) -> None:
        """List the actions of a scope for the selection, and do the chosen one."""
        guests = self.selected()
        if not guests:
            self.say("no guest is selected", Role.WARN)
            return
        own = [a for a in self.cockpit.plugins if a.on_guests and scope is Scope.GUESTS]
        verbs = [a for a in self.cockpit.possible() if a.scope is scope or a in own]
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

    def _do_back(self) -> None:
        if self._end_filter():
            return
        if self._details is Details.FULL:
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
    def _chosen(self, event: Table.Chosen) -> None:
        if isinstance(event.key, Heading):
            self.fold(event.key.group)
            return
        self._details = Details.FULL
        self._show_rows()
        self._detail.focus()
        self.call_after_refresh(self._show_detail)
