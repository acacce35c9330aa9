"""The audit log: what vmtui did on real hosts, newest first, with a filter and the details."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence

from textual import on, work
from textual.widget import Widget

from vmtui.engine.trail import Entry, Touched, matches
from vmtui.model.inventory import Inventory
from vmtui.model.units import duration
from vmtui.ui.actions import Action
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.dialogs.prompt import Prompt
from vmtui.ui.dialogs.reading import Reading
from vmtui.ui.lines import EMPTY, Line, fit, text, wrap
from vmtui.ui.screens.host import elsewhere
from vmtui.ui.screens.page import Page
from vmtui.ui.widgets.table import Table

RESULTS: dict[str, Role] = {
    "done": Role.GOOD,
    "failed": Role.BAD,
    "cancelled": Role.MUTED,
}
NOT_ENDED = "not ended"


class AuditScreen(Page):
    """Every job that the log holds."""

    DEFAULT_CSS = """
    #audit { height: 1fr; }
    """

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self._table: Table[str] = Table(self._line, id="audit")
        self._entries: dict[str, Entry] = {}
        self._filter = ""
        self._read = False
        self._jobs_ended = -1

    def body(self) -> Iterable[Widget]:
        """The list."""
        yield self._table

    def on_mount(self) -> None:
        """The keys go to the list."""
        self._table.focus()

    def show(self, inventory: Inventory) -> None:
        """What is read; read again where a job has begun or ended since."""
        del inventory
        jobs = self.cockpit.jobs
        moved = len(jobs.past) * 2 + len(jobs.running)
        if moved != self._jobs_ended:
            self._jobs_ended = moved
            self._look()
        self._fill()

    @work(exclusive=True, group="audit")
    async def _look(self) -> None:
        entries = await asyncio.to_thread(self.cockpit.trail)
        self._entries = {entry.job: entry for entry in reversed(entries)}
        self._read = True
        self._fill()
        self.show_footer()

    def _fill(self) -> None:
        self._table.set_header(text(f" {'WHEN':<16} {'WHO':<14} {'RESULT':<10} WHAT"))
        found = [job for job, entry in self._entries.items() if matches(entry, self._filter)]
        self._table.set_keys(found)

    def _line(self, job: str) -> Line:
        entry = self._entries.get(job)
        if entry is None:
            return ()
        result = entry.result or NOT_ENDED
        hosts = ", ".join(dict.fromkeys(guest.host for guest in entry.guests))
        return (
            Cell(f" {day(entry.begun):<16} ", Role.MUTED),
            Cell(fit(clean(person(entry), 60), 14) + " ", Role.TEXT),
            Cell(f"{result:<10} ", RESULTS.get(result, Role.WARN)),
            Cell(clean(entry.title, 200), Role.STRONG),
            Cell(f"  on {clean(hosts, 100)}", Role.MUTED),
        )

    def status(self) -> Line:
        """How many there are, and which are shown."""
        if not self._entries:
            words = "nothing was done on a real host yet" if self._read else "reading…"
            return text(f" {words}", Role.MUTED)
        shown, total = len(self._table.keys), len(self._entries)
        rest = f"; / {clean(self._filter, 40)}" if self._filter else "; / filters, Enter tells all"
        return text(f" {shown} of {total}{rest}", Role.MUTED)

    @on(Table.CursorMoved)
    def _cursor_moved(self) -> None:
        self.show_footer()

    @on(Table.Chosen)
    def _chosen(self, event: Table.Chosen) -> None:
        event.stop()
        entry = self._entries.get(str(event.key))
        if entry is not None:
            width = min(int(self.size.width * 0.96) - 4, 70)
            self.app.push_screen(Reading(entry.title, details(entry, width)))

    def do(self, action: Action) -> bool:
        """Its own filter."""
        if action.id == "filter":
            self._ask_filter()
            return True
        if action.id == "back" and self._filter:
            self._filter = ""
            self.redraw()
            return True
        return False

    @work(exclusive=True, group="filter")
    async def _ask_filter(self) -> None:
        label = "words that an entry has: who, what, guest, host; !word for those without it"
        typed = await self.ask(Prompt("Filter", self._filter, lambda _typed: None, label))
        if typed is not None:
            self._filter = typed
            self.redraw()

    def actions(self) -> Sequence[Action]:
        """Where to go from here."""
        return elsewhere("filter", "view-guests", "view-jobs", "view-events", "back")


def day(at: float) -> str:
    """`2026-11-25 10:30`, in local time."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def person(entry: Entry) -> str:
    """Who wished it, before they became somebody else."""
    return entry.sudo_user or entry.user


def details(entry: Entry, width: int) -> list[Line]:
    """All that the log tells of a job."""
    behind = f" (was {entry.sudo_user} before sudo)" if entry.sudo_user else ""
    client = f" from {entry.ssh_client}" if entry.ssh_client else ""
    took = duration(entry.ended - entry.begun) if entry.ended is not None else ""
    facts = [
        ("when", f"{day(entry.begun)}{f', took {took}' if took else ''}"),
        ("who", f"{entry.user}{behind}{client}"),
        ("by", entry.by),
        ("result", entry.result or f"{NOT_ENDED}: it runs, or its vmtui was killed"),
    ]
    lines: list[Line] = []
    for label, words in facts:
        lines += _wrapped(label, words, width)
    for effect in entry.effects:
        lines += _wrapped("effect", effect, width)
    for guest in entry.guests:
        lines += [EMPTY, *_guest(guest, width)]
    return lines


def _guest(guest: Touched, width: int) -> list[Line]:
    lines = _wrapped("guest", f"{guest.name} on {guest.host}", width)
    lines += _wrapped("uuid", guest.uuid, width)
    lines += _wrapped("steps", ", ".join(guest.steps), width)
    for label, words, role in (
        ("ended", " ".join(part for part in (guest.state, guest.words) if part), Role.TEXT),
        ("error", guest.error, Role.BAD),
        *(("not undone", words, Role.BAD) for words in guest.not_undone),
    ):
        if words:
            lines += _wrapped(label, words, width, role)
    return lines


def _wrapped(label: str, words: str, width: int, role: Role = Role.TEXT) -> list[Line]:
    parts = wrap(clean(words, 2000), max(width - 12, 20))
    return [
        (Cell(f"{label if not number else '':<11}", Role.MUTED), Cell(part, role))
        for number, part in enumerate(parts)
    ]
