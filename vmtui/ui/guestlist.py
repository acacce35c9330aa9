"""What the guests' table shows: which rows, in which order, with which marks. No widgets here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vmtui.model.guest import Guest, GuestKey
from vmtui.model.inventory import HostView, Inventory
from vmtui.ui import lines
from vmtui.ui.cells import Cell, Role
from vmtui.ui.columns import BY_ID, Column, Row, fit, sorted_rows
from vmtui.ui.filtering import matches, words_of
from vmtui.ui.lines import Line

OverlayOf = Callable[[GuestKey], Cell | None]
MARK = "▌"
NAME_MOST = 48
"""Cells that the widest name gets at most."""


class GuestList:
    """Rows of the guests that pass the filter, sorted; marks stay on guests, whatever is shown."""

    def __init__(self, overlay_of: OverlayOf, sort: str = "name") -> None:
        self.inventory = Inventory()
        self.marked: set[GuestKey] = set()
        self.filter = ""
        self.column = BY_ID.get(sort.removeprefix("-"), BY_ID["name"])
        self.falling = self.column.falling != sort.startswith("-")
        self.order: list[GuestKey] = []
        """The rows that are shown."""
        self.total = 0
        """Guests there are, shown or not."""
        self._overlay_of = overlay_of
        self._rows: dict[GuestKey, Row] = {}
        self._layout: list[tuple[Column, int]] = []
        self._name_width = 0

    # -- what is shown -------------------------------------------------------------------------

    def update(self, inventory: Inventory) -> None:
        """Take the newest facts; rows of which nothing changed stay the same objects."""
        old, self.inventory = self.inventory, inventory
        gone = old.hosts.keys() - inventory.hosts.keys()
        for host in gone:
            self._drop(old.hosts[host])
        others = bool(gone)
        for host, view in inventory.hosts.items():
            before = old.hosts.get(host)
            if before is not view:
                self._take(view, before)
                others = others or before is None or before.guests is not view.guests
        if others:
            self.total = len(self._rows)
            self.marked &= self._rows.keys()
        # Where only figures changed, an order that does not look at them stays as it is.
        if others or self.column.live:
            self.arrange()

    def _take(self, view: HostView, before: HostView | None) -> None:
        """Rows of a host's guests; those that stay as they were are kept."""
        if before is not None and before.guests is not view.guests:
            for uuid in before.guests.keys() - view.guests.keys():
                self._rows.pop(before.guests[uuid].key, None)
        greyed = before is not None and before.stale != view.stale
        for uuid, guest in view.guests.items():
            figures = view.guest_figures.get(uuid)
            row = self._rows.get(guest.key)
            if row is None or greyed or row.guest is not guest or row.figures is not figures:
                self._rows[guest.key] = Row(guest, view, figures)
                if len(guest.name) > self._name_width:
                    self._name_width = min(len(guest.name), NAME_MOST)

    def _drop(self, view: HostView) -> None:
        for guest in view.guests.values():
            self._rows.pop(guest.key, None)

    def arrange(self) -> None:
        """Filter and sort again."""
        words = words_of(self.filter)
        rows = [row for row in self._rows.values() if not words or matches(row, words)]
        self.order = [row.guest.key for row in sorted_rows(rows, self.column, self.falling)]

    def row(self, key: GuestKey) -> Row | None:
        """The row of that guest with what a job says of it now, or None where it is gone."""
        row = self._rows.get(key)
        overlay = self._overlay_of(key) if row else None
        return replace(row, overlay=overlay) if row and overlay else row

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

    def selection(self, cursor: GuestKey | None) -> list[Guest]:
        """The marked guests in the order shown (hidden ones last), else the one at the cursor."""
        if self.marked:
            shown = [key for key in self.order if key in self.marked]
            hidden = sorted(self.marked.difference(shown))
            return [self._rows[key].guest for key in (*shown, *hidden)]
        row = self._rows.get(cursor) if cursor else None
        return [row.guest] if row else []

    def toggle_mark(self, key: GuestKey) -> None:
        """Mark it, or no longer."""
        self.marked ^= {key}

    def toggle_all(self) -> None:
        """Mark all that are shown; where they all are already, none."""
        if self.marked.issuperset(self.order):
            self.marked.difference_update(self.order)
        else:
            self.marked.update(self.order)

    # -- its lines -----------------------------------------------------------------------------

    def lay_out(self, width: int) -> Line:
        """Fit the columns into `width` cells; the header's line."""
        hosts = self.inventory.hosts
        host_width = max(map(len, hosts)) if len(hosts) > 1 else 0
        self._layout = fit(width - 1, self._name_width, host_width)
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

    def line(self, key: GuestKey, now: float) -> Line:
        """A guest's line in the table."""
        row = self.row(key)
        if row is None:
            return lines.EMPTY
        mark = Cell(MARK, Role.KEY) if key in self.marked else Cell(" ")
        made = [mark]
        for column, room in self._layout:
            cell = column.cell(row, now)
            role = Role.MUTED if row.view.stale else cell.role
            made.append(Cell(lines.fit(cell.text, room, right=column.right) + " ", role))
        return tuple(made)
