"""Rows are kept in order change by change: the same order as sorting all, for little work."""

from __future__ import annotations

import gc
import random
import sys
import weakref
from collections.abc import Iterator
from dataclasses import replace
from types import FrameType, MappingProxyType

import pytest

from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import Guest, GuestKey, GuestState, HostId
from vmtui.model.host import Link, LinkState
from vmtui.model.inventory import HostView, Inventory, tally
from vmtui.model.query.filter import parse
from vmtui.model.stats import GuestFigures, MemorySample
from vmtui.ui.cells import Role
from vmtui.ui.columns import BY_ID, COLUMNS, Column, Row, sorted_rows
from vmtui.ui.guestlist import GuestList
from vmtui.ui.ordering import Ordering

UP, LOST = Link(LinkState.UP, 0.0), Link(LinkState.LOST, 0.0)


class World:
    """Hosts of which some guests change: what the store would tell of them."""

    def __init__(self, seed: int, hosts: int, guests: int) -> None:
        self.rng = random.Random(seed)
        self.inventory = Inventory()
        for number in range(hosts):
            demo = DemoHost(HostId(f"h{number}"), guests, seed)
            facts = {uuid: one.facts for uuid, one in demo.guests.items()}
            self.put(HostView(demo.id, demo.uri, UP, guests=MappingProxyType(facts)))

    def put(self, view: HostView) -> None:
        hosts = {**self.inventory.hosts, view.id: view}
        self.inventory = Inventory(MappingProxyType(hosts))

    def figures(self) -> GuestFigures:
        dice = self.rng.random
        cpu = None if dice() < 0.2 else round(dice(), 1)
        memory = MemorySample(1 << 30, 1 << 30, int(dice() * (1 << 30)))
        return GuestFigures(cpu, None, memory, dice(), dice(), dice(), dice())

    def tick(self, view: HostView, few: int) -> None:
        """Some of the active guests use something else."""
        active = [uuid for uuid, guest in view.guests.items() if guest.state.active]
        figures = dict(view.guest_figures)
        for uuid in self.rng.sample(active, min(few, len(active))):
            figures[uuid] = self.figures()
        if figures and self.rng.random() < 0.3:
            figures.pop(self.rng.choice(list(figures)))
        self.put(replace(view, guest_figures=MappingProxyType(figures)))

    def befall(self, view: HostView) -> None:
        """A guest goes, comes, is renamed or changes its state; or the host is lost or back."""
        guests = dict(view.guests)
        uuid = self.rng.choice(list(guests))
        guest = guests[uuid]
        match self.rng.randrange(5):
            case 0:
                del guests[uuid]
                figures = {one: told for one, told in view.guest_figures.items() if one != uuid}
                view = replace(view, guest_figures=MappingProxyType(figures))
            case 1:
                other = GuestKey(view.id, f"new-{self.rng.random()}")
                guests[other.uuid] = replace(guest, key=other)
            case 2:
                guests[uuid] = replace(guest, name=f"n{self.rng.randrange(30)}")
            case 3:
                state = self.rng.choice(list(GuestState))
                guests[uuid] = replace(guest, state=state, started_at=self.rng.random() * 1e9)
            case _:
                link = LOST if view.link is UP else UP
                self.put(replace(view, link=link))
                return
        self.put(replace(view, guests=MappingProxyType(guests)))

    def rows(self) -> list[Row]:
        return [
            Row(guest, view.guest_figures.get(uuid), view.stale)
            for view in self.inventory.hosts.values()
            for uuid, guest in view.guests.items()
        ]


def none(_key: GuestKey) -> None:
    return None


@pytest.mark.parametrize("falling", [False, True])
@pytest.mark.parametrize("column", [column.id for column in COLUMNS])
@pytest.mark.parametrize("few", [2, 30])
def test_as_if_all_were_sorted_anew(column: str, falling: bool, few: int) -> None:
    world = World(few, 3, 20)
    shown = GuestList(none)
    shown.column, shown.falling = BY_ID[column], falling
    shown.arrange()
    for step in range(30):
        view = world.rng.choice(list(world.inventory.hosts.values()))
        if step % 3:
            world.tick(view, few)
        else:
            world.befall(view)
        shown.update(world.inventory)
        wanted = [row.guest.key for row in sorted_rows(world.rows(), BY_ID[column], falling)]
        assert shown.order == wanted


@pytest.mark.parametrize(
    "words", ["state:running cpu>50", "rx>0", "web", "!state:lost", "name:n1 host:h1", "mem<50%"]
)
@pytest.mark.parametrize("grouped", ["", "host", "state"])
def test_as_if_all_were_filtered_anew(words: str, grouped: str) -> None:
    world = World(7, 3, 20)
    shown = GuestList(none, "cpu", grouped)
    shown.filter = parse(words)
    shown.arrange()
    for step in range(30):
        view = world.rng.choice(list(world.inventory.hosts.values()))
        if step % 2:
            world.tick(view, 8)
        else:
            world.befall(view)
        shown.update(world.inventory)
        rows = [row for row in world.rows() if shown.filter.matches(row)]
        wanted = sorted_rows(rows, shown.column, shown.falling)
        assert set(shown.order) == {row.guest.key for row in wanted}
        assert (shown.order, list(shown.shown)) == tuple(map(list, shown.groups.arrange(wanted)))


def test_a_host_that_is_taken_away_takes_its_guests_along() -> None:
    world = World(3, 3, 10)
    shown = GuestList(none)
    shown.update(world.inventory)
    left = {host: view for host, view in world.inventory.hosts.items() if host != "h1"}
    shown.update(Inventory(MappingProxyType(left)))
    assert {key.host for key in shown.order} == {"h0", "h2"}
    assert shown.total == len(shown.order) == 20


def test_the_widest_name_is_known_as_guests_are_renamed() -> None:
    world, shown = World(1, 1, 3), GuestList(none)
    shown.update(world.inventory)
    (view,) = world.inventory.hosts.values()
    uuid, guest = next(iter(view.guests.items()))
    renamed = {**view.guests, uuid: replace(guest, name="n" * 40)}
    world.put(replace(view, guests=MappingProxyType(renamed)))
    shown.update(world.inventory)
    shown.lay_out(300)
    assert {column.id: room for column, room in shown.layout}["name"] == 40


def test_a_line_of_a_host_that_is_lost_is_grey() -> None:
    world, shown = World(1, 1, 3), GuestList(none)
    shown.update(world.inventory)
    shown.lay_out(100)
    key = shown.order[0]
    bright = shown.line(key, 0.0)
    (view,) = world.inventory.hosts.values()
    for link, grey in ((LOST, True), (UP, False)):
        world.put(replace(view, link=link))
        shown.update(world.inventory)
        line = shown.line(key, 0.0)
        assert all(cell.role is Role.MUTED for cell in line[1:]) is grey
    assert line == bright


# -- what it costs -------------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Guest]]:
    """The guests of which the order was asked, by a column that counts."""
    found: list[Guest] = []

    def order(row: Row) -> float | None:
        found.append(row.guest)
        return row.figures.cpu if row.figures else None

    counting = replace(BY_ID["cpu"], order=order)
    monkeypatch.setitem(BY_ID, "cpu", counting)
    yield found


def test_a_tick_costs_what_changed_and_not_what_there_is(asked: list[Guest]) -> None:
    costs = []
    for guests in (100, 2_000):
        world = World(1, 1, guests)
        shown = GuestList(none, "cpu")
        shown.update(world.inventory)
        (view,) = world.inventory.hosts.values()
        world.tick(view, guests)
        shown.update(world.inventory)
        asked.clear()
        (view,) = world.inventory.hosts.values()
        world.tick(view, 5)
        shown.update(world.inventory)
        costs.append(len(asked))
        assert set(shown.order) == {row.guest.key for row in world.rows()}
    assert max(costs) <= 2 * 6


def test_what_did_not_change_is_not_looked_at_one_by_one() -> None:
    """Neither for its row nor to count it: one change takes as many calls among many."""
    counts = []
    for guests in (100, 2_000):
        world = World(1, 1, guests)
        shown = GuestList(none)
        shown.update(world.inventory)
        (view,) = world.inventory.hosts.values()
        tally(view)
        uuid = next(iter(view.guests))
        changed = view.guests | {uuid: replace(view.guests[uuid], autostart=True)}  # type: ignore[operator]
        world.put(replace(view, guests=MappingProxyType(changed)))
        calls = 0

        def count(_frame: FrameType, _event: str, _of: object) -> None:
            nonlocal calls
            calls += 1

        sys.setprofile(count)
        try:
            shown.update(world.inventory)
            tally(*world.inventory.hosts.values())
        finally:
            sys.setprofile(None)
        counts.append(calls)
    assert counts[1] <= counts[0] + 10


def test_rows_do_not_hold_the_facts_of_old() -> None:
    """With a copy of ten thousand facts for each change, memory would grow and grow."""

    class Facts(dict[str, Guest]):
        """A dict to which a weak reference can be had."""

    world, shown = World(1, 1, 3), GuestList(none)
    (view,) = world.inventory.hosts.values()
    held = []
    for uuid in view.guests:
        facts = Facts(view.guests)
        facts[uuid] = replace(facts[uuid], autostart=not facts[uuid].autostart)
        held.append(weakref.ref(facts))
        view = replace(view, guests=facts)
        world.put(view)
        shown.update(world.inventory)
        del facts
    gc.collect()
    assert [one() is not None for one in held] == [False, False, True]


def test_a_change_is_put_where_it_belongs_by_few_comparisons() -> None:
    compared = 0

    class Value(float):
        def __gt__(self, other: object) -> bool:
            nonlocal compared
            compared += 1
            return float.__gt__(self, other)  # type: ignore[operator]

        def __lt__(self, other: object) -> bool:
            nonlocal compared
            compared += 1
            return float.__lt__(self, other)  # type: ignore[operator]

    values = {row.guest.key: Value(row.guest.name.__hash__()) for row in World(1, 1, 1_000).rows()}
    column = Column("x", "X", "", 5, 1, BY_ID["cpu"].cell, lambda row: values[row.guest.key])
    rows = World(1, 1, 1_000).rows()
    ordering = Ordering(column, falling=False)
    ordering.apply(rows, ())
    compared = 0
    values[rows[500].guest.key] = Value(0.5)
    assert ordering.apply(rows[500:501], ())
    assert 0 < compared <= 2 * 11
    assert ordering.keys == [row.guest.key for row in sorted_rows(rows, column, falling=False)]
