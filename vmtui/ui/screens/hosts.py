"""The hosts: added, tried, edited and removed; what is changed is kept in the settings."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget

from vmtui import paths
from vmtui.config import HostEntry
from vmtui.engine.hostbook import HostBook
from vmtui.engine.sshnames import ssh_names
from vmtui.errors import VmtuiError
from vmtui.model.address import TEMPLATES
from vmtui.model.guest import HostId
from vmtui.model.inventory import Inventory
from vmtui.ui import cells
from vmtui.ui.actions import Action
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.dialogs.hostform import HostForm
from vmtui.ui.hostlines import trouble
from vmtui.ui.lines import Line, fit, text
from vmtui.ui.screens.host import elsewhere
from vmtui.ui.screens.page import Page
from vmtui.ui.widgets.table import Table

SSH_CONFIG = Path("~/.ssh/config")
NAMES_OFFERED = 40
KEYS = "a adds, e edits, t tests, Del removes, ^R reconnects"


class HostsScreen(Page):
    """One line a host."""

    DEFAULT_CSS = """
    #book { height: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a,plus", "add", "Add", show=False),
        Binding("e", "edit", "Edit", show=False),
        Binding("t", "test", "Test", show=False),
        Binding("delete,X", "remove", "Remove", show=False),
    ]

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self._table: Table[HostId] = Table(self._line, id="book")

    @property
    def _book(self) -> HostBook | None:
        return self.cockpit.hosts

    def body(self) -> Iterable[Widget]:
        """The list."""
        yield self._table

    def on_mount(self) -> None:
        """The keys go to the list."""
        self._table.focus()

    def show(self, inventory: Inventory) -> None:
        """A line for each host, in their order."""
        head = f" {'HOST':<18} {'STATE':<15} {'MARKS':<21} {'GUESTS':>6}  ADDRESS"
        self._table.set_header(text(head))
        self._table.set_keys(list(inventory.hosts))

    def second(self) -> None:
        """How long they are lost."""
        self._table.refresh_rows()

    def _line(self, host: HostId) -> Line:
        view = self.cockpit.store.inventory.hosts.get(host)
        if view is None:
            return ()
        state = cells.link(view.link, time.time())
        marks = [("production", view.production), ("read-only", view.capabilities.read_only)]
        words = " ".join(word for word, on in marks if on)
        return (
            Cell(f" {fit(clean(host, 40), 18)} ", Role.STRONG),
            Cell(fit(state.text, 15) + " ", state.role),
            Cell(fit(words, 21) + " ", Role.BAD if view.production else Role.WARN),
            Cell(f"{len(view.guests) if view.listed else cells.UNKNOWN:>6}  ", Role.TEXT),
            Cell(clean(view.uri, 300), Role.MUTED),
        )

    def status(self) -> Line:
        """What can be done."""
        kept = "" if self._book and self._book.keeps else "; changes hold until you leave"
        return text(f" {KEYS}{kept}", Role.MUTED)

    def about(self) -> str:
        """Why the host under the cursor is not up."""
        host = self._table.cursor
        view = self.cockpit.store.inventory.hosts.get(host) if host is not None else None
        if view is None or view.link.error is None or not view.stale:
            return ""
        error = view.link.error
        line = trouble(view, time.time())
        parts = ("".join(cell.text for cell in line), error.detail, error.hint)
        return " · ".join(part for part in parts if part)

    @on(Table.CursorMoved)
    def _cursor_moved(self) -> None:
        self.show_footer()

    @on(Table.Chosen)
    def _chosen(self, event: Table.Chosen) -> None:
        event.stop()
        self.action_edit()

    def actions(self) -> Sequence[Action]:
        """Where to go from here."""
        return elsewhere("view-guests", "view-host", "retry", "back")

    # -- what can be done ----------------------------------------------------------------------

    @work(exclusive=True, group="book")
    async def action_add(self) -> None:
        """Choose what to begin with, fill in the form, and have it."""
        book = self._book
        if book is None:
            return
        uri = await self.ask(Choose("Add a host", beginnings()))
        if uri is None:
            return
        entry = await self.ask(
            HostForm("Add a host", HostEntry(uri.partition(" ")[2]), book.problem, book.test)
        )
        if entry is None:
            return
        try:
            self.say(f"{clean(book.add(entry), 40)} is added", Role.GOOD)
        except VmtuiError as error:
            self.fail(error)

    @work(exclusive=True, group="book")
    async def action_edit(self) -> None:
        """The form of the host under the cursor; its connection is made anew."""
        book, host = self._book, self._table.cursor
        if book is None or host is None or self._is_busy(host):
            return
        before = book.entries.get(host)
        if before is None:
            return
        entry = await self.ask(
            HostForm(f"Edit {clean(host, 40)}", before,
                     lambda typed: book.problem(typed, host), book.test)
        )  # fmt: skip
        if entry is None or entry == before:
            return
        try:
            name = await book.edit(host, entry)
            self.say(f"{clean(name, 40)} is changed", Role.GOOD)
        except VmtuiError as error:
            self.fail(error)

    @work(exclusive=True, group="book")
    async def action_test(self) -> None:
        """Try another connection to the host under the cursor."""
        book, host = self._book, self._table.cursor
        entry = book.entries.get(host) if book is not None and host is not None else None
        if book is None or host is None or entry is None:
            return
        self.say(f"connecting to {clean(host, 40)}…", Role.BUSY, seconds=60.0)
        tried = await book.test(entry)
        if tried.error is not None:
            self.fail(tried.error)
        else:
            self.say(f"{clean(host, 40)} answers: {tried.words}", Role.GOOD)

    @work(exclusive=True, group="book")
    async def action_remove(self) -> None:
        """Take the host under the cursor off, after a question; nothing happens to its guests."""
        book, host = self._book, self._table.cursor
        if book is None or host is None or self._is_busy(host):
            return
        kept = ", from the settings too" if book.is_kept(host) else ""
        options = [
            Option("keep", "Keep it", "", "k", "k"),
            Option("remove", "Remove it", f"its guests stay{kept}", "r", "r"),
        ]
        if await self.ask(Choose(f"Remove {clean(host, 40)}", options)) != "remove":
            return
        try:
            await book.remove(host)
            self.say(f"{clean(host, 40)} is removed", Role.GOOD)
        except VmtuiError as error:
            self.fail(error)

    def _is_busy(self, host: HostId) -> bool:
        """Whether a job runs there; then it says so."""
        for job in self.cockpit.jobs.running:
            if any(run.key.host == host for run in job.tracks):
                self.say(f"a job runs there: {job.plan.title}", Role.WARN)
                return True
        return False


def beginnings(ssh_config: Path = SSH_CONFIG) -> list[Option]:
    """Addresses to begin with: the templates, then the hosts of the person's ssh configuration."""
    made = [
        Option(f"{number} {one.uri}", one.label, f"{one.uri}  {one.about}")
        for number, one in enumerate(TEMPLATES)
    ]
    for name in ssh_names(paths.expanded(ssh_config))[:NAMES_OFFERED]:
        uri = f"qemu+ssh://{name}/system"
        about = f"{uri}  as your ssh configuration has it"
        made.append(Option(f"ssh {uri}", clean(name, 30), about))
    return [*made, Option("other ", "Another address", "any that libvirt knows")]
