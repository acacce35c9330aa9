"""What the guests' table shows: which rows, in which order, with which marks. No widgets here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from vmtui.model.guest import Guest, GuestKey
from vmtui.model.inventory import HostView, Inventory, differences
from vmtui.model.query.filter import Filter
from vmtui.ui import lines
from vmtui.ui.cells import Cell, Role
from vmtui.ui.columns import BY_ID, Column, Row, fit
from vmtui.ui.grouping import Groups, Heading, RowKey, guest_of
from vmtui.ui.groupsums import Sums, heading
from vmtui.ui.lines import Line
from vmtui.ui.ordering import Ordering

OverlayOf = Callable[[GuestKey], tuple[Cell, str] | None]
MARK = "▌"
INDENT = "  "
"""Before the names of guests that stand under a group."""
LINES_KEPT = 500
NAME_MOST = 48
"""Cells that the widest name gets at most."""


class GuestList:
    """Rows of the guests that pass the filter, sorted, and maybe in groups.

    Marks stay on guests, whatever is shown.
    """

    def __init__(self, overlay_of: OverlayOf, sort: str = "", group_by: str = "") -> None:
        self.inventory = Inventory()
        self.marked: set[GuestKey] = set()
        self.filter = Filter()
        self.column = BY_ID.get(sort.removeprefix("-"), BY_ID["name"])
        self.falling = self.column.falling != sort.startswith("-")
        self.columns: tuple[str, ...] = ()
        """The columns to show, in order, maybe with a width; empty for as many as fit."""
        self.groups = Groups(group_by)
        self.order: list[GuestKey] = []
        """The guests that pass the filter, each once, in order; also those in folded groups."""
        self.shown: Sequence[RowKey] = self.order
        """The table's rows: guests, and the groups that they are in."""
        self.total = 0
        """Guests there are, shown or not."""
        self._overlay_of = overlay_of
        self._rows: dict[GuestKey, Row] = {}
        self._ordering = Ordering(self.column, self.falling)
        self._passing: set[GuestKey] = set()
        """Those that pass the filter, while there is one."""
        self._layout: list[tuple[Column, int]] = []
        self._lines: dict[RowKey, tuple[Row, int, object, bool, Line]] = {}
        """Lines of guests, with what they were made of."""
        self._name_width = 0

    # -- what is shown -------------------------------------------------------------------------

    def update(self, inventory: Inventory) -> None:
        """Take the newest facts; rows of which nothing changed stay the same objects."""
        old, self.inventory = self.inventory, inventory
        gone: list[GuestKey] = []
        changed: list[Row] = []
        for host in old.hosts.keys() - inventory.hosts.keys():
            gone += [guest.key for guest in old.hosts[host].guests.values()]
        others = bool(gone)
        for host, view in inventory.hosts.items():
            before = old.hosts.get(host)
            if before is view:
                continue
            if before is None or before.guests is not view.guests or before.stale != view.stale:
                others = True
            other, missing = _differences(view, before)
            for uuid in other:
                changed.append(Row(view.guests[uuid], view.guest_figures.get(uuid), view.stale))
            if before is not None:
                gone += [before.guests[uuid].key for uuid in missing]
        for key in gone:
            self._rows.pop(key, None)
        for row in changed:
            self._rows[row.guest.key] = row
            if len(row.guest.name) > self._name_width:
                self._name_width = min(len(row.guest.name), NAME_MOST)
        if others:
            self.total = len(self._rows)
            self.marked &= self._rows.keys()
        self._rearrange(changed, gone, others)

    def _rearrange(self, changed: Sequence[Row], gone: Sequence[GuestKey], others: bool) -> None:
        """Put what changed where it belongs; work is done for the changed rows only."""
        moved = self._ordering.apply(changed, gone)
        if self.filter.tests:
            let = {row.guest.key for row in changed if self.filter.matches(row)}
            dropped = {row.guest.key for row in changed} - let
            dropped.update(gone)
            moved = moved or not let <= self._passing or not self._passing.isdisjoint(dropped)
            self._passing = (self._passing - dropped) | let
        # What a guest is grouped by is never a figure.
        if moved or (others and self.groups.moved(changed)):
            self._lay()

    def arrange(self) -> None:
        """Filter again, and sort where that is by another column now."""
        self._ordering.sort_by(self.column, self.falling, self._rows.values())
        if self.filter.tests:
            rows = self._rows.items()
            self._passing = {key for key, row in rows if self.filter.matches(row)}
        self.groups.reckon_anew()
        self._lay()

    def _lay(self) -> None:
        keys = self._ordering.keys
        if self.filter.tests:
            keys = [key for key in keys if key in self._passing]
        if self.groups.by is None:
            # A list of its own: the ordering goes on changing the one that it has.
            self.shown = self.order = keys[:]
        else:
            self.order, self.shown = self.groups.arrange([self._rows[key] for key in keys])

    def row(self, key: GuestKey) -> Row | None:
        """The row of that guest with what a job says of it now, or None where it is gone."""
        row = self._rows.get(key)
        overlay = self._overlay_of(key) if row else None
        return replace(row, overlay=overlay[0], verb=overlay[1]) if row and overlay else row

    @property
    def hidden_marks(self) -> int:
        """Marked guests that the filter hides."""
        return len(self.marked) - len(self.marked.intersection(self.order)) if self.marked else 0

    # -- acting on it --------------------------------------------------------------------------

    def sort_by(self, column: Column) -> None:
        """Sort by that column; by the one that is used already: the other way round."""
        self.falling = not self.falling if column is self.column else column.falling
        self.column = column
        self.arrange()

    def selection(self, cursor: RowKey | None, most: int | None = None) -> list[Guest]:
        """The marked guests in the order shown (hidden ones last), else those at the cursor.

        At most so many of them: the rest is not even looked for.
        """
        keys = self._marked_in_order() if self.marked else iter(self.under(cursor))
        rows = (self._rows.get(key) for key in islice(keys, most))
        return [row.guest for row in rows if row is not None]

    def _marked_in_order(self) -> Iterator[GuestKey]:
        yield from (key for key in self.order if key in self.marked)
        yield from sorted(self.marked.difference(self.order))

    def under(self, cursor: RowKey | None) -> Sequence[GuestKey]:
        """The guest of that row, or all of the group whose row it is."""
        if isinstance(cursor, Heading):
            return self.groups.members.get(cursor.group, ())
        key = guest_of(cursor)
        return () if key is None else (key,)

    def toggle_mark(self, row: RowKey) -> None:
        """Mark it, or no longer; a group as a whole."""
        keys = self.under(row)
        if self.marked.issuperset(keys):
            self.marked.difference_update(keys)
        else:
            self.marked.update(keys)

    def toggle_all(self) -> None:
        """Mark all that are shown; where they all are already, none."""
        if self.marked.issuperset(self.order):
            self.marked.difference_update(self.order)
        else:
            self.marked.update(self.order)

    # -- groups --------------------------------------------------------------------------------

    def group_by(self, by: str) -> None:
        """Put the guests into groups, by nothing for ""."""
        self.groups.group_by(by)
        self._lines.clear()
        self.arrange()

    def toggle_fold(self, group: str | None = None) -> None:
        """Fold a group or unfold it; None is all of them."""
        if group is None:
            self.groups.toggle_all()
        else:
            self.groups.toggle(group)
        self.order, self.shown = self.groups.lay_out()

    def sums(self, group: str, now: float) -> Sums:
        """What the guests of a group are and use together."""
        return self.groups.sums(group, self._rows, now)

    def marks_in(self, group: str) -> int:
        """How many of a group's guests are marked."""
        members = self.groups.members.get(group, ())
        return len(self.marked.intersection(members)) if self.marked else 0

    # -- its lines -----------------------------------------------------------------------------

    def lay_out(self, width: int) -> Line:
        """Fit the columns into `width` cells; the header's line."""
        hosts = self.inventory.hosts
        host_width = max(map(len, hosts)) if len(hosts) > 1 else 0
        name_width = self._name_width + (len(INDENT) if self.groups.by else 0)
        layout = fit(width - 1, name_width, host_width, self.columns)
        if layout != self._layout:
            self._layout = layout
        cells = [Cell(" ")]
        for column, room in self._layout:
            label = column.label
            if column.id == self.column.id:
                label = f"{label.strip()}{'▼' if self.falling else '▲'}"
            text = lines.fit(label, room, right=column.right)
            cells.append(Cell(f"{text} ", Role.KEY if column.id == self.column.id else Role.TEXT))
        return tuple(cells)

    @property
    def layout(self) -> list[tuple[Column, int]]:
        """The columns that are shown, with their widths."""
        return self._layout

    def line(self, key: RowKey, now: float) -> Line:
        """A guest's line in the table, or a group's."""
        if isinstance(key, Heading):
            return self._heading(key.group, now)
        guest = guest_of(key)
        row = self.row(guest) if guest is not None else None
        if row is None:
            return lines.EMPTY
        marked, second = guest in self.marked, int(now)
        # Most rows are as they were at the last drawing, and ages are told by the second.
        if (known := self._lines.get(key)) is not None:
            was, at, layout, mark, line = known
            if was is row and at == second and layout is self._layout and mark == marked:
                return line
        if len(self._lines) > LINES_KEPT:
            self._lines.clear()
        line = self._line(row, now, marked=marked)
        self._lines[key] = row, second, self._layout, marked, line
        return line

    def _line(self, row: Row, now: float, *, marked: bool) -> Line:
        mark = Cell(MARK, Role.KEY) if marked else Cell(" ")
        indent = INDENT if self.groups.by else ""
        made = [mark]
        for column, room in self._layout:
            cell = column.cell(row, now)
            role = Role.MUTED if row.stale else cell.role
            text = indent + cell.text if indent and column.id == "name" else cell.text
            made.append(Cell(lines.fit(text, room, right=column.right) + " ", role))
        return tuple(made)

    def _heading(self, group: str, now: float) -> Line:
        groups = self.groups
        folded = group in groups.folded
        sums = self.sums(group, now)
        return heading(groups.title(group), sums, self.marks_in(group), folded, self._layout)


def _differences(view: HostView, before: HostView | None) -> tuple[Iterable[str], Iterable[str]]:
    """The host's guests (UUID) whose rows are others than before, and those that are gone."""
    if before is None:
        return view.guests, ()
    others, gone = differences(view.guests, before.guests)
    if before.stale != view.stale:
        return view.guests, gone
    used, unknown = differences(view.guest_figures, before.guest_figures)
    told = dict.fromkeys((*others, *used, *unknown))
    return (uuid for uuid in told if uuid in view.guests), gone
