"""The guests' table in groups: what they are grouped by, and which groups are folded."""

from __future__ import annotations

import time

from textual import on, work

from vmtui.model.guest import GuestKey
from vmtui.ui import preferences
from vmtui.ui.cells import Role
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.grouping import GROUPINGS, Heading
from vmtui.ui.groupsums import group_detail
from vmtui.ui.lines import Line
from vmtui.ui.screens.tabledesk import TableDesk
from vmtui.ui.widgets.table import Table

ARROW = 3
"""Cells at a group's left end in which a click folds it."""
NOTHING = "none"


class GroupDesk(TableDesk):
    """A page with the table of guests, in groups or not."""

    # -- what they are grouped by --------------------------------------------------------------

    @work(exclusive=True, group="menu")
    async def _do_group_by(self) -> None:
        options = [Option(one.id, one.id, one.help) for one in GROUPINGS.values()]
        options.append(Option(NOTHING, NOTHING, "one table, without groups", "z", "z"))
        chosen = await self.ask(Choose("Group by", options))
        if chosen is not None:
            self.group_by("" if chosen == NOTHING else chosen)

    def group_by(self, by: str) -> None:
        """Put the guests into groups, by nothing for "", and keep that in the settings."""
        self.show_groups(by)
        words = f"grouped by {by}" if by else "not grouped"
        preferences.keep(self, "ui", "group_by", by or None, words)

    def show_groups(self, by: str) -> None:
        """Put the guests into groups; the cursor stays on its guest."""
        self.list.group_by(by)
        self._show_rows()

    # -- folding -------------------------------------------------------------------------------

    def _do_fold(self) -> None:
        group = self._group_here()
        if group is None:
            return
        if isinstance(self._table.cursor, Heading):
            if group not in self.list.groups.folded:
                self.fold(group)
        else:
            self._table.move_to(Heading(group))

    def _do_unfold(self) -> None:
        group = self._group_here()
        if group is not None and group in self.list.groups.folded:
            self.fold(group)

    def _do_fold_all(self) -> None:
        group = self._group_here()
        if group is None:
            return
        self.list.toggle_fold()
        if group in self.list.groups.folded:
            # The guest under the cursor is gone from sight: its group is what is left of it.
            self._table.move_to(Heading(group))
        self._show_rows()

    def fold(self, group: str) -> None:
        """Fold a group, or unfold it."""
        self.list.toggle_fold(group)
        self._show_rows()

    def unfold_around(self, key: GuestKey) -> None:
        """Unfold the group of a guest, that it be seen."""
        group = self.list.groups.group_of(key)
        if group is not None and group in self.list.groups.folded:
            self.list.toggle_fold(group)

    def _group_here(self) -> str | None:
        """The group that the cursor is in; says where there are none."""
        row = self._table.cursor
        group = self.list.groups.group_of(row) if row is not None else None
        if group is None and self.list.groups.by is None:
            self.say(f"nothing is grouped: {self.key_word('group-by')} groups", Role.MUTED)
        return group

    @on(Table.Clicked)
    def _row_clicked(self, event: Table.Clicked) -> None:
        if isinstance(event.key, Heading) and event.x < ARROW:
            self.fold(event.key.group)

    # -- a group's details ---------------------------------------------------------------------

    def group_lines(self, row: Heading, width: int) -> list[Line]:
        """What the details say of a group."""
        groups = self.list.groups
        by = groups.by.id if groups.by else ""
        sums = self.list.sums(row.group, time.time())
        marked = self.list.marks_in(row.group)
        return group_detail(groups.title(row.group), by, sums, marked, width)
