"""Which columns fit, and in which order rows stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.plan.facts import HOST, guest
from vmtui.model.guest import Guest, GuestKey, GuestState, HostId
from vmtui.model.host import Link, LinkState
from vmtui.model.inventory import HostView, Inventory
from vmtui.model.query.filter import parse
from vmtui.model.stats import GuestFigures
from vmtui.ui.columns import BY_ID, COLUMNS, GAP, Row, fit, sorted_rows
from vmtui.ui.guestlist import GuestList
from vmtui.ui.lines import fit as fit_text
from vmtui.ui.lines import width_of, wrap

VIEW = HostView(HOST, "demo://lab", Link(LinkState.UP, 0.0))


def row(name: str, cpu: float | None = None, state: GuestState = GuestState.RUNNING) -> Row:
    figures = GuestFigures(cpu=cpu) if cpu is not None else None
    return Row(guest(name, state), figures)


def names(rows: list[Row]) -> list[str]:
    return [one.guest.name for one in rows]


@pytest.mark.parametrize("width", range(20, 260, 7))
def test_the_columns_never_pass_the_width(width: int) -> None:
    for host_width in (0, 9):
        layout = fit(width, 30, host_width)
        assert sum(room + GAP for _, room in layout) <= max(width, 12 + 2 * GAP + 11 + 6)


def test_what_matters_most_stays_in_eighty_cells() -> None:
    shown = [column.id for column, _ in fit(79, 20, 0)]
    assert shown[:6] == ["name", "state", "cpu", "memory", "ip", "uptime"]


def test_everything_is_shown_where_there_is_room() -> None:
    assert len(fit(400, 20, 5)) == len(COLUMNS)


def test_the_name_takes_the_room_that_is_left() -> None:
    (column, room), *_ = fit(300, 40, 0)
    assert (column.id, room) == ("name", 40)


def test_the_host_stands_there_only_where_there_are_several() -> None:
    assert "host" not in [column.id for column, _ in fit(200, 10, 0)]
    assert "host" in [column.id for column, _ in fit(200, 10, 5)]


def test_names_sort_as_people_count() -> None:
    rows = [row(name) for name in ("web10", "web2", "Web1")]
    assert names(sorted_rows(rows, BY_ID["name"], falling=False)) == ["Web1", "web2", "web10"]


def test_unknown_figures_are_last_either_way_round() -> None:
    rows = [row("a"), row("b", 0.1), row("c", 0.9)]
    assert names(sorted_rows(rows, BY_ID["cpu"], falling=True)) == ["c", "b", "a"]
    assert names(sorted_rows(rows, BY_ID["cpu"], falling=False)) == ["b", "c", "a"]


def test_equal_rows_keep_their_order_by_name_either_way_round() -> None:
    rows = [row("b", 0.5), row("a", 0.5), row("c", 0.5)]
    for falling in (True, False):
        assert names(sorted_rows(rows, BY_ID["cpu"], falling)) == ["a", "b", "c"]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.id)
def test_every_column_orders_and_shows_guests_of_which_nothing_is_known(column: object) -> None:
    bare = Row(Guest(GuestKey(HOST, "u"), "x", GuestState.RUNNING))
    by = BY_ID[column.id]  # type: ignore[attr-defined]
    assert len(sorted_rows([bare, row("y", 0.2)], by, falling=True)) == 2
    assert by.cell(bare, 0.0).text is not None


@pytest.mark.parametrize(
    ("typed", "found"),
    [("web", True), ("WEB prod", True), ("!web", False), ("!", True), ("running", True),
     ("off", False), ("web !prod", False), ("", True)],
)  # fmt: skip
def test_filters(typed: str, found: bool) -> None:
    assert parse(typed).matches(row("web[prod]")) is found


def a_list(*guests: Guest) -> GuestList:
    made = GuestList(lambda _key: None)
    view = replace(VIEW, guests={one.key.uuid: one for one in guests}, listed=True)
    made.update(Inventory({HOST: view}))
    return made


def test_marks_of_guests_that_are_gone_go_too() -> None:
    shown = a_list(guest("a"), guest("b"))
    shown.toggle_all()
    shown.update(Inventory({HOST: replace(VIEW, guests={"uuid-of-a": guest("a")})}))
    assert [key.uuid for key in shown.marked] == ["uuid-of-a"]


def test_hidden_marks_are_still_selected() -> None:
    shown = a_list(guest("web"), guest("db"))
    shown.toggle_all()
    shown.filter = parse("web")
    shown.arrange()
    assert shown.hidden_marks == 1
    assert [one.name for one in shown.selection(None)] == ["web", "db"]
    assert [one.name for one in shown.selection(None, 1)] == ["web"]


def test_the_same_name_on_two_hosts_is_two_guests() -> None:
    other = HostId("other")
    views = {
        HOST: replace(VIEW, guests={"u": guest("db")}),
        other: replace(VIEW, id=other, guests={"u": replace(guest("db", host=other))}),
    }
    made = GuestList(lambda _key: None)
    made.update(Inventory(views))
    assert len(made.order) == 2
    made.toggle_mark(made.order[0])
    assert len(made.selection(made.order[1])) == 1


def test_rows_of_which_nothing_changed_stay_the_same_objects() -> None:
    one, two = guest("a"), guest("b")
    shown = a_list(one, two)
    before = shown.row(one.key)
    view = replace(VIEW, guests={one.key.uuid: one, two.key.uuid: replace(two, autostart=True)})
    shown.update(Inventory({HOST: view}))
    assert shown.row(one.key) is before


@pytest.mark.parametrize("words", ["plain", "名前名前名前名前", "a" * 50, "", "wide名"])
def test_text_is_fitted_to_exactly_its_cells(words: str) -> None:
    from rich.cells import cell_len

    for width in (1, 2, 5, 9, 60):
        assert cell_len(fit_text(words, width)) == width


def test_a_guests_line_is_as_wide_as_the_header() -> None:
    shown = a_list(guest("名前"), guest("x" * 250))
    for width in (40, 80, 120, 200):
        header = shown.lay_out(width)
        for key in shown.order:
            assert width_of(shown.line(key, 0.0)) == width_of(header)


def test_wrapping_never_passes_the_width_nor_loses_words() -> None:
    words = "qemu+unix:///session?socket=/a/very/long/path/indeed and then some more 名前"
    for width in (8, 20, 200):
        parts = wrap(words, width)
        assert all(len(part) <= width for part in parts)
        assert "".join(parts).replace(" ", "") == words.replace(" ", "")
