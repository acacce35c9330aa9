"""The pulses: the health of all hosts on one screen; every row leads where it can be mended."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from vmtui.engine import pulse
from vmtui.engine.pulse import Pulse, Pulses
from vmtui.model.guest import HostId
from vmtui.model.inventory import Inventory
from vmtui.ui import panelayout, pulses
from vmtui.ui.actions import Action
from vmtui.ui.cells import Cell, Role
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.kept import Kept
from vmtui.ui.lines import Line, text
from vmtui.ui.panelayout import Place
from vmtui.ui.pulses import RANKINGS, Entry, Ranking
from vmtui.ui.screens.host import elsewhere
from vmtui.ui.screens.page import Page
from vmtui.ui.targets import Target, to_xray
from vmtui.ui.widgets.pane import Pane
from vmtui.ui.widgets.table import Table, column_at

RowKey = tuple[Target, int]
"""Where a row leads, and which of those that lead there it is."""

BESIDE_FROM = 110
"""Columns from which panes lie side by side."""
FOUR_FROM = 180
"""Columns from which the guests are ranked by everything at once."""
TOP = 12
"""Guests of a ranking at most: what comes after them hardly differs."""
STACKED_LINES = 12
"""Lines for which a column of panes takes one more ranking."""
APART = 0.5
"""Seconds between two reckonings, at least: facts may pour in."""
EMPTY_WORDS = {
    "failed": "nothing failed",
    "full": "nothing is nearly full",
    "hosts": "no host: add one",
    "changed": "nothing since vmtui started",
}
HEADS = {"failed": "FAILED", "full": "NEARLY FULL", "hosts": "HOSTS", "changed": "CHANGED"}


class PulsesScreen(Page):
    """Panes of what failed, what is nearly full, who is loaded and what changed."""

    DEFAULT_CSS = """
    #pulses { height: 1fr; }
    #pulses Pane { position: absolute; scrollbar-size-vertical: 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,right,l", "pane(1)", "Next pane", show=False),
        Binding("shift+tab,left", "pane(-1)", "Pane before", show=False),
    ]

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        names = ["failed", "full", "hosts", *(ranking.id for ranking in RANKINGS), "changed"]
        self._panes = {name: self._pane(name) for name in names}
        self._entries: dict[str, dict[RowKey, Entry]] = {name: {} for name in names}
        self._desk = Container(*self._panes.values(), id="pulses")
        self._places: dict[str, Place] = {}
        self._taker = Pulses()
        self._pulse = Pulse()
        self._taken_of = Inventory()
        self._taken_at = 0.0
        self._kept: defaultdict[str, Kept[list[Entry]]] = defaultdict(Kept)
        self._heaviest: defaultdict[str, Kept[list[pulse.Load]]] = defaultdict(Kept)
        wanted = cockpit.remembered.text("pulses")
        self._ranking = next((one for one in RANKINGS if one.id == wanted), RANKINGS[0])
        self._settled = False

    def _pane(self, name: str) -> Pane[RowKey]:
        return Pane(lambda key: self._line(name, key), id=f"pulse-{name}")

    def _line(self, name: str, key: RowKey) -> Line:
        entry = self._entries[name].get(key)
        return entry.line if entry is not None else ()

    def body(self) -> Iterable[Widget]:
        """The panes."""
        yield self._desk

    # -- what is shown -------------------------------------------------------------------------

    def hosts_shown(self) -> frozenset[HostId]:
        """Those that have a row in sight."""
        keys = self._panes["hosts"].visible_keys()
        return frozenset(key[0].host for key in keys)

    def head(self, inventory: Inventory) -> list[Line]:
        """The verdict stands where other pages have their hosts, which have a pane here."""
        return [pulses.verdict(self._pulse, inventory, self.size.width)]

    def host_at(self, y: int) -> HostId | None:
        """The verdict is of all hosts."""
        del y
        return None

    def show(self, inventory: Inventory) -> None:
        """Reckon anew, unless that was just done: the next second does it then."""
        if time.monotonic() - self._taken_at >= APART:
            self._take(inventory)
        self._fill()

    def second(self) -> None:
        """Ages and figures."""
        self.redraw()

    def _take(self, inventory: Inventory) -> None:
        cockpit = self.cockpit
        jobs = [*reversed(cockpit.jobs.running), *cockpit.jobs.past]
        self._pulse = self._taker.take(
            inventory, list(cockpit.events), jobs, cockpit.checkups.latest, time.time()
        )
        self._taken_of = inventory
        self._taken_at = time.monotonic()
        self.show_head(inventory)

    def _fill(self) -> None:
        for name, entries in self._rows().items():
            numbered = _numbered(entries)
            self._entries[name] = numbered
        self._lay_out()
        for name, pane in self._panes.items():
            pane.set_header(self._header(name))
            pane.set_keys(list(self._entries[name]))
        self._settle()
        shown = {
            key[0].guest
            for name in self._ranked()
            for key in self._entries[name]
            if key[0].place == "guests"
        }
        self.cockpit.fleet.focus(shown)

    def _rows(self) -> dict[str, list[Entry]]:
        """Every pane's rows, made anew only after a reckoning or where its width is another."""
        taken, inventory, now = self._pulse, self._taken_of, time.time()
        several = len(inventory.hosts) > 1
        series = self.cockpit.history.series
        makers: dict[str, Callable[[int], list[Entry]]] = {
            "failed": lambda _: pulses.faults(taken, now, several),
            "full": lambda width: pulses.fills(taken, width, several),
            "hosts": lambda width: pulses.hosts(taken, width, now, series),
            "changed": lambda width: pulses.changes(taken, inventory, width, now, several),
        }
        for ranking in RANKINGS:
            if ranking.id in self._ranked():
                makers[ranking.id] = lambda width, by=ranking: pulses.guests(  # type: ignore[misc]
                    self._loads(by), by, width, several, series
                )
        made = {name: list[Entry]() for name in self._panes}
        for name, maker in makers.items():
            width = self._width(name)
            made[name] = self._kept[name].of(
                taken, width, make=lambda maker=maker, width=width: maker(width)  # type: ignore[misc]
            )  # fmt: skip
        return made

    def _loads(self, ranking: Ranking) -> list[pulse.Load]:
        """The guests that use most of one thing."""
        return self._heaviest[ranking.id].of(
            self._taken_of, make=lambda: pulse.busiest(self._taken_of, ranking.measure, TOP)
        )

    def _header(self, name: str) -> Line:
        number = len(self._entries[name])
        if name in HEADS:
            if not number:
                role = Role.GOOD if name in ("failed", "full") else Role.MUTED
                return (Cell(f" {HEADS[name]}  "), Cell(EMPTY_WORDS[name], role))
            counted = "" if name == "changed" else f" {number}"
            return text(f" {HEADS[name]}{counted}")
        ranking = next(one for one in RANKINGS if one.id == name)
        several = len(self.cockpit.store.inventory.hosts) > 1
        head = pulses.guests_header(ranking, self._width(name), several)
        return head if number else (*head[:1], Cell("no figures yet", Role.MUTED))

    # -- where it lies -------------------------------------------------------------------------

    def _ranked(self) -> list[str]:
        """The rankings that are shown: the chosen one first, all where the screen is large."""
        width, height = self.size
        if width >= FOUR_FROM:
            return [ranking.id for ranking in RANKINGS]
        spare = height if width >= BESIDE_FROM else height - 2 * STACKED_LINES
        number = max(1, min(spare // STACKED_LINES, len(RANKINGS)))
        others = [ranking.id for ranking in RANKINGS if ranking is not self._ranking]
        return [self._ranking.id, *others[: number - 1]]

    def _width(self, name: str) -> int:
        """Cells that a pane's rows have."""
        place = self._places.get(name)
        return (place.width if place else self.size.width) - 1

    def _lay_out(self) -> None:
        """Put every pane in its place; one that has no room is not shown."""
        wants = {name: 1 + len(entries) for name, entries in self._entries.items()}
        self._places = arrangement(
            self._desk.size.width or self.size.width,
            self._desk.size.height or max(self.size.height - 3, 1),
            wants, self._ranked(),
        )  # fmt: skip
        for name, pane in self._panes.items():
            place = self._places.get(name)
            pane.display = place is not None and place.height > 0
            if place is not None and pane.display:
                pane.styles.offset = (place.x, place.y)
                pane.styles.width, pane.styles.height = place.width, place.height

    # -- the cursor ----------------------------------------------------------------------------

    def _order(self) -> list[Pane[RowKey]]:
        """The panes that the cursor can be in, column by column."""
        shown = sorted(
            (place.x, place.y, name)
            for name, place in self._places.items()
            if place.height > 1 and self._entries[name]
        )
        return [self._panes[name] for _, _, name in shown]

    def _settle(self) -> None:
        """The keys go to the first pane with rows, and on to another where theirs are gone.

        Where something fails while nothing was wrong, they go there only if nobody chose a pane.
        """
        order = self._order()
        held = self.focused
        if not order or (held in order and self._settled):
            return
        if held is not order[0]:
            order[0].focus()

    def action_pane(self, by: int) -> None:
        """To the next pane, or the one before."""
        self._settled = True
        order = self._order()
        here = next((n for n, pane in enumerate(order) if pane is self.focused), None)
        if order:
            order[0 if here is None else (here + by) % len(order)].focus()

    @on(Pane.Left)
    def _pane_left(self, event: Pane.Left) -> None:
        event.stop()
        self._settled = True
        order = self._order()
        here = next((n for n, pane in enumerate(order) if pane is event.pane), 0)
        if 0 <= here + event.by < len(order):
            pane = order[here + event.by]
            pane.focus()
            if event.by > 0:
                pane.action_first()
            else:
                pane.action_last()

    @on(Table.CursorMoved)
    def _cursor_moved(self) -> None:
        self.show_footer()

    @on(Table.Chosen)
    def _chosen(self, event: Table.Chosen) -> None:
        event.stop()
        target = event.key[0] if isinstance(event.key, tuple) else None
        if isinstance(target, Target):
            self.post_message(self.Led(target))

    @property
    def _here(self) -> RowKey | None:
        pane = self.focused
        return pane.cursor if isinstance(pane, Pane) else None

    # -- what can be done ----------------------------------------------------------------------

    def do(self, action: Action) -> bool:
        """What the guests are ranked by; X-ray of the guest under the cursor."""
        here = self._here
        if action.id == "xray" and here is not None and here[0].place == "guests":
            self.post_message(self.Led(to_xray(here[0].guest)))
            return True
        steps = {"sort": 1, "sort-right": 1, "sort-left": -1}
        if action.id not in steps:
            return False
        number = RANKINGS.index(self._ranking)
        self._rank(RANKINGS[(number + steps[action.id]) % len(RANKINGS)].id)
        return True

    def _rank(self, ranking: str) -> None:
        before = self._panes[self._ranking.id]
        self._ranking = next(one for one in RANKINGS if one.id == ranking)
        self.cockpit.remembered.keep("pulses", ranking)
        had = before is self.focused
        self.redraw()
        if had and self._panes[ranking].display:
            self._panes[ranking].focus()
        self.say(f"guests by {self._ranking.label}", Role.MUTED, 2.0)

    @on(Table.HeaderClicked)
    def _header_clicked(self, event: Table.HeaderClicked) -> None:
        name = next((n for n, pane in self._panes.items() if pane is event.table), "")
        if name in self._ranked():
            several = len(self.cockpit.store.inventory.hosts) > 1
            head = pulses.guests_header(self._ranking, self._width(name), several)
            column = column_at(head, event.x)
            if column and column <= len(RANKINGS):
                self._rank(RANKINGS[column - 1].id)

    def status(self) -> Line:
        """Where Enter leads."""
        here = self._here
        if here is None:
            return text(" nothing to go to", Role.MUTED)
        places = {"guests": "the guest", "host": "the host", "jobs": "the job",
                  "doctor": "the check of the host", "events": "the events",
                  "storage": "the pool"}  # fmt: skip
        words = f" Enter goes to {places.get(here[0].place, here[0].place)}"
        more = "" if len(self._ranked()) > 1 else "; < > ranks guests by something else"
        return text(f"{words}; Tab changes panes{more}", Role.MUTED)

    def actions(self) -> Sequence[Action]:
        """Where to go from here."""
        return elsewhere("view-guests", "view-host", "view-jobs", "view-events", "retry", "back")


def _numbered(entries: Sequence[Entry]) -> dict[RowKey, Entry]:
    """The rows by where they lead, numbered from the end, where the oldest ones stand."""
    seen: dict[Target, int] = {}
    keys: list[RowKey] = []
    for entry in reversed(entries):
        seen[entry.target] = seen.get(entry.target, -1) + 1
        keys.append((entry.target, seen[entry.target]))
    return dict(zip(reversed(keys), entries, strict=True))


def arrangement(
    width: int, height: int, wants: dict[str, int], ranked: Sequence[str]
) -> dict[str, Place]:
    """Where each pane lies, by what the screen has room for."""
    if width < BESIDE_FROM:
        names = ["failed", "full", "hosts", *ranked, "changed"]
        return panelayout.stack(names, wants, 0, 0, width, height)
    left = width * 2 // 5 if width >= FOUR_FROM else width // 2
    right = width - left
    made = panelayout.stack(["failed", "full", "changed"], wants, 0, 0, left, height)
    if width < FOUR_FROM:
        return made | panelayout.stack(["hosts", *ranked], wants, left, 0, right, height)
    top = min(wants["hosts"], max(height // 3, 2))
    made["hosts"] = Place(left, 0, right, top)
    half, upper = right // 2, (height - top) // 2
    for number, name in enumerate(ranked):
        row, column = divmod(number, 2)
        made[name] = Place(
            left + column * half, top + row * upper,
            right - half if column else half,
            height - top - upper if row else upper,
        )  # fmt: skip
    return made
