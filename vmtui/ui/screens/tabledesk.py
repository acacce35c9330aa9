"""The guests' table on its page: how it is filtered and sorted, and its row of chips."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events, on, work

from vmtui.model.query.fields import STATES
from vmtui.model.query.terms import values_of, with_values
from vmtui.ui import statusline
from vmtui.ui.cells import Role
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.columns import BY_ID as COLUMN
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.grouping import RowKey
from vmtui.ui.guestlist import GuestList
from vmtui.ui.screens.consoledesk import ConsoleDesk
from vmtui.ui.widgets.filterline import FilterLine
from vmtui.ui.widgets.table import Table, column_at


class TableDesk(ConsoleDesk):
    """A page with the table of guests; what is done with the table itself is done here."""

    list: GuestList
    _table: Table[RowKey]

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self.filter_line = FilterLine(lambda: self.cockpit.settings.filters)

    # -- to be filled in -----------------------------------------------------------------------

    def _show_rows(self) -> None:
        raise NotImplementedError

    def _table_width(self) -> int:
        raise NotImplementedError

    # -- the filter ----------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Begin with the filter of the settings."""
        if wanted := self.cockpit.settings.filter:
            self.filter_line.put(wanted)

    def _do_filter(self) -> None:
        self.filter_line.open()

    def _end_filter(self) -> bool:
        """Clear the filter, if there is one."""
        if not (self.filter_line.has_keys or self.filter_line.typed):
            return False
        self.filter_line.put("")
        self._table.focus()
        return True

    def filter_by(self, words: str) -> None:
        """Show only guests that match."""
        self.filter_line.put(words)

    @on(FilterLine.Changed)
    def _filter_changed(self, event: FilterLine.Changed) -> None:
        self.list.filter = event.filter
        self.list.arrange()
        self._show_rows()

    @on(FilterLine.Left)
    def _filter_left(self, _event: FilterLine.Left) -> None:
        self._table.focus()

    def _do_states(self) -> None:
        """The next state that there is, after the last one all."""
        there = [STATES[state] for state in statusline.state_counts(self.list.inventory)]
        now = values_of(self.filter_line.typed, "state")
        place = there.index(now[0]) + 1 if now and now[0] in there else 0
        self._filter_by_states((there[place],) if place < len(there) else ())

    def _filter_by_states(self, states: tuple[str, ...]) -> None:
        self.filter_by(with_values(self.filter_line.typed, "state", states))
        shown = " and ".join(states) if states else "every state"
        self.say(f"guests shown: {shown}", Role.MUTED, 2.0)

    def on_click(self, event: events.Click) -> None:
        """A click on a state's chip shows those guests, too or no longer."""
        if event.widget is not self._message_view:
            return
        state = statusline.chip_at(self.list, self.status(), event.x)
        if state is not None:
            now = values_of(self.filter_line.typed, "state")
            word = STATES[state]
            kept = tuple(one for one in now if one != word)
            self._filter_by_states(kept if word in now else (*kept, word))

    @work(exclusive=True, group="menu")
    async def _do_filters(self) -> None:
        saved = self.cockpit.settings.filters
        if not saved:
            self.say("no filter is saved: name some under [filters] in the settings", Role.WARN)
            return
        options = [Option(name, name, words) for name, words in saved.items()]
        chosen = await self.ask(Choose("Filter by", options))
        if chosen is not None:
            self.filter_by(f"@{chosen}")

    # -- the order -----------------------------------------------------------------------------

    @work(exclusive=True, group="menu")
    async def _do_sort(self) -> None:
        options = [
            Option(column.id, column.label.strip(), column.help)
            for column in COLUMN.values()
        ]  # fmt: skip
        chosen = await self.ask(Choose("Sort by", options))
        if chosen is not None:
            self._sort(chosen)

    def sort(self, column_id: str, falling: bool | None = None) -> None:
        """Sort by that column; without a direction as is usual for it."""
        column = COLUMN[column_id]
        self.list.column = column
        self.list.falling = column.falling if falling is None else falling
        self.list.arrange()
        self._sorted()

    def show_columns(self, ids: Sequence[str]) -> None:
        """Show these columns, in this order; none for as many as fit."""
        self.list.columns = tuple(ids)
        self.rearrange()

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
        self._sorted()

    def _sorted(self) -> None:
        turned = self.list.falling != self.list.column.falling
        self.cockpit.remembered.keep("sort", f"{'-' if turned else ''}{self.list.column.id}")
        self._show_rows()

    @on(Table.HeaderClicked)
    def _header_clicked(self, event: Table.HeaderClicked) -> None:
        number = column_at(self.list.lay_out(self._table_width()), event.x)
        if number:
            self._sort(self.list.layout[number - 1][0].id)
