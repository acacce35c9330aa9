"""The table in groups: which rows there are, what a group's row says, and what one does with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.plan.facts import HOST, guest
from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down, words_of
from vmtui.config import Settings
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.device import Interface
from vmtui.model.guest import Definition, Guest, GuestState, HostId, Labels
from vmtui.model.host import Link, LinkState
from vmtui.model.inventory import HostView, Inventory
from vmtui.model.query.filter import parse
from vmtui.model.stats import GuestFigures, MemorySample
from vmtui.ui.columns import BY_ID, Row
from vmtui.ui.grouping import GROUPINGS, Again, Heading, RowKey
from vmtui.ui.groupsums import states, sums_of
from vmtui.ui.guestlist import GuestList
from vmtui.ui.lines import width_of

VIEW = HostView(HOST, "demo://lab", Link(LinkState.UP, 0.0), listed=True)


def tagged(name: str, *tags: str, state: GuestState = GuestState.RUNNING) -> Guest:
    return replace(guest(name, state), definition=Definition(labels=Labels(tags=tags)))


def a_list(*guests: Guest, by: str) -> GuestList:
    made = GuestList(lambda _key: None, group_by=by)
    made.update(Inventory({HOST: replace(VIEW, guests={one.key.uuid: one for one in guests})}))
    return made


def rows(shown: GuestList) -> list[str]:
    def word(key: RowKey) -> str:
        if isinstance(key, Heading):
            return f"[{shown.groups.title(key.group)}]"
        name = (key.guest if isinstance(key, Again) else key).uuid.removeprefix("uuid-of-")
        return f"{name}*" if isinstance(key, Again) else name

    return [word(key) for key in shown.shown]


def test_a_guest_with_two_tags_stands_under_both_and_counts_once() -> None:
    shown = a_list(tagged("a", "web", "db"), tagged("b", "web"), tagged("c"), by="tag")
    assert rows(shown) == ["[db]", "a", "[web]", "a*", "b", "[no tag]", "c"]
    assert [key.uuid for key in shown.order] == ["uuid-of-a", "uuid-of-b", "uuid-of-c"]
    assert len(set(shown.shown)) == len(shown.shown)


def test_a_folded_group_keeps_its_row_and_its_guests_count_as_shown() -> None:
    shown = a_list(tagged("a", "web"), tagged("b", "web"), tagged("c"), by="tag")
    shown.toggle_fold("web")
    assert rows(shown) == ["[web]", "[no tag]", "c"]
    shown.toggle_all()
    assert len(shown.marked) == 3
    assert shown.hidden_marks == 0
    shown.toggle_fold()
    assert rows(shown) == ["[web]", "[no tag]"]
    shown.toggle_fold()
    assert rows(shown) == ["[web]", "a", "b", "[no tag]", "c"]


def test_what_is_folded_stays_folded_when_facts_change() -> None:
    shown = a_list(tagged("a", "web"), tagged("b"), by="tag")
    shown.toggle_fold("web")
    view = replace(VIEW, guests={"uuid-of-a": tagged("a", "web"), "x": tagged("x", "web")})
    shown.update(Inventory({HOST: view}))
    assert rows(shown) == ["[web]"]


def test_a_guest_whose_tags_change_is_put_where_it_belongs() -> None:
    shown = a_list(tagged("a", "web"), tagged("b", "db"), by="tag")
    retagged = {"uuid-of-a": tagged("a", "db"), "uuid-of-b": tagged("b", "db")}
    shown.update(Inventory({HOST: replace(VIEW, guests=retagged)}))
    assert rows(shown) == ["[db]", "a", "b"]
    off = {**retagged, "uuid-of-a": tagged("a", "db", state=GuestState.OFF)}
    before = shown.shown
    shown.update(Inventory({HOST: replace(VIEW, guests=off)}))
    assert shown.shown is before
    shown.update(Inventory({HOST: replace(VIEW, guests={"uuid-of-a": off["uuid-of-a"]})}))
    assert rows(shown) == ["[db]", "a"]


def test_groups_hold_only_what_passes_the_filter_in_the_order_of_the_sort() -> None:
    shown = a_list(tagged("web1", "x"), tagged("web2", "x"), tagged("db", "x"), by="tag")
    shown.filter = parse("web")
    shown.sort_by(BY_ID["name"])
    assert rows(shown) == ["[x]", "web2", "web1"]


def test_a_group_is_marked_as_a_whole_and_acted_on_as_a_whole() -> None:
    shown = a_list(tagged("a", "web"), tagged("b", "web"), tagged("c"), by="tag")
    assert [one.name for one in shown.selection(Heading("web"))] == ["a", "b"]
    assert [one.name for one in shown.selection(Heading("web"), 1)] == ["a"]
    shown.toggle_mark(Heading("web"))
    assert len(shown.marked) == 2
    shown.toggle_mark(shown.order[0])
    assert shown.marks_in("web") == 1
    shown.toggle_mark(Heading("web"))
    assert shown.marks_in("web") == 2
    shown.toggle_mark(Heading("web"))
    assert not shown.marked


def test_a_selected_guest_of_two_groups_is_selected_once() -> None:
    shown = a_list(tagged("a", "web", "db"), by="tag")
    assert [one.name for one in shown.selection(Again(shown.order[0], "web"))] == ["a"]


@pytest.mark.parametrize("by", list(GROUPINGS))
def test_guests_of_which_nothing_is_known_are_grouped_too(by: str) -> None:
    bare = replace(guest("a", GuestState.UNKNOWN), definition=None)
    shown = a_list(bare, guest("b"), by=by)
    assert {key for key in shown.shown if not isinstance(key, Heading)} == {*shown.order}
    assert all(width_of(shown.line(key, 0.0)) >= 0 for key in shown.shown)


def test_states_stand_in_their_own_order_and_networks_by_name() -> None:
    off = replace(guest("c", GuestState.OFF), saved=True)
    shown = a_list(guest("a", GuestState.OFF), guest("b"), off, by="state")
    assert rows(shown) == ["[running]", "b", "[saved]", "c", "[off]", "a"]
    cards = (Interface("52:54:00:00:00:01", source="lan2"), Interface("x", "user"))
    wired = replace(guest("a"), definition=Definition(interfaces=cards))
    plain = replace(guest("b"), definition=Definition())
    assert rows(a_list(wired, plain, by="network")) == ["[lan2]", "a", "[user]", "a*",
                                                        "[no network]", "b"]  # fmt: skip


def test_sums_are_of_what_is_known() -> None:
    gib = 1 << 30
    told = GuestFigures(
        cpu=0.5, memory=MemorySample(4 * gib, 4 * gib, gib), received=10.0, sent=1.0
    )
    mute = GuestFigures(cpu=1.0, memory=MemorySample(2 * gib, 2 * gib))
    busy = replace(guest("a"), definition=Definition(vcpus=3))
    small = replace(guest("b"), definition=Definition(vcpus=1))
    off = replace(guest("c", GuestState.OFF), definition=Definition(vcpus=8))
    made = sums_of([Row(busy, told), Row(small, mute), Row(off, mute)])
    assert made.guests == 3
    assert made.states == {GuestState.RUNNING: 2, GuestState.OFF: 1}
    assert (made.cores, made.vcpus, made.vcpus_all) == (2.5, 4, 12)
    assert made.cpu == 0.625
    assert (made.memory, made.used, made.used_of) == (6 * gib, gib, 4 * gib)
    assert (made.received, made.sent, made.disk_read) == (10.0, 1.0, None)
    assert sums_of([Row(off)]).cpu is None


def test_sums_are_reckoned_again_only_where_a_row_is_another() -> None:
    one = tagged("a", "web")
    shown = a_list(one, tagged("b"), by="tag")
    before = shown.sums("web", 1.0)
    assert shown.sums("web", 1.0) is before
    view = replace(VIEW, guests={one.key.uuid: replace(one, state=GuestState.OFF)})
    shown.update(Inventory({HOST: view}))
    assert shown.sums("web", 1.0).states == {GuestState.OFF: 1}


def test_sums_of_many_guests_hold_for_a_while() -> None:
    many = [tagged(f"g{number}", "web") for number in range(1000)]
    shown = a_list(*many, by="tag")
    assert shown.sums("web", 10.0).states == {GuestState.RUNNING: 1000}
    fewer = {one.key.uuid: replace(one, state=GuestState.OFF) for one in many}
    shown.update(Inventory({HOST: replace(VIEW, guests=fewer)}))
    assert shown.sums("web", 10.01).states == {GuestState.RUNNING: 1000}
    assert shown.sums("web", 11.0).states == {GuestState.OFF: 1000}


def test_sums_follow_the_filter_at_once() -> None:
    off = [tagged(f"a{number}", "web", state=GuestState.OFF) for number in range(300)]
    on = [tagged(f"b{number}", "web") for number in range(300)]
    shown = a_list(*off, *on, by="tag")
    for letter, state in (("a", GuestState.OFF), ("b", GuestState.RUNNING)):
        shown.filter = parse(f"name:/^{letter}/")
        shown.arrange()
        assert shown.sums("web", 10.0).states == {state: 300}


@pytest.mark.parametrize("room", range(1, 30))
def test_counts_of_states_fill_exactly_their_room(room: int) -> None:
    counts = dict.fromkeys(GuestState, 1234)
    made = states(counts, room)
    assert width_of(tuple(made)) == room
    assert "+" in words_of(tuple(made))
    assert words_of(tuple(states({GuestState.OFF: 3}, 5))) == "○3   "


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_a_groups_row_is_as_wide_as_the_header(width: int) -> None:
    shown = a_list(tagged("名前", "日" * 30), tagged("b"), by="tag")
    header = shown.lay_out(width)
    for key in shown.shown:
        assert width_of(shown.line(key, 0.0)) == width_of(header)


def test_a_groups_name_has_the_empty_columns_beside_it() -> None:
    shown = a_list(tagged("a", "a-tag-of-many-letters"), by="tag")
    shown.columns = ("name:12", "ip", "os", "state")
    header = shown.lay_out(80)
    line = shown.line(Heading("a-tag-of-many-letters"), 0.0)
    assert "▾ a-tag-of-many-letters 1 " in words_of(line)
    assert width_of(line) == width_of(header)


# -- by hand -----------------------------------------------------------------------------------


def hosts() -> list[DemoHost]:
    return [DemoHost(HostId(name), guests=12, speed=0) for name in ("lab", "shop")]


def keys(typed: str) -> list[str]:
    return [{" ": "space", "-": "minus"}.get(letter, letter) for letter in typed]


async def grouped(seat: Seat) -> None:
    await seat.until_shown("24 guests")
    await seat.press("z")
    await seat.until_shown("Group by")
    await seat.press("enter")
    await seat.until_shown("▾ lab 12")


@pytest.mark.slow
async def test_groups_are_folded_by_keys(tmp_path: Path) -> None:
    async with sit_down(cockpit_for(demo_hosts(*hosts()), tmp_path), (120, 36)) as seat:
        await grouped(seat)
        await seat.until_shown("24 guests · by host")
        await seat.go_to("web1")
        await seat.press("left")
        assert seat.guests._table.cursor == Heading("lab")
        await seat.until_shown("12 guests, grouped by host")
        await seat.press("left")
        await seat.until_shown("▸ lab 12")
        await seat.press("right")
        await seat.until_shown("▾ lab 12")
        await seat.press("enter")
        await seat.until_shown("▸ lab 12")
        await seat.press("Z")
        await seat.until_shown("▸ shop 12")
        assert list(seat.guests._table.keys) == [Heading("lab"), Heading("shop")]
        await seat.press("Z")
        await seat.until_shown("▾ shop 12")


@pytest.mark.slow
async def test_groups_are_folded_by_the_mouse(tmp_path: Path) -> None:
    async with sit_down(cockpit_for(demo_hosts(*hosts()), tmp_path), (120, 36)) as seat:
        await grouped(seat)
        table = seat.guests._table
        await seat.pilot.click(table, offset=(1, 1))
        await seat.until_shown("▸ lab 12")
        await seat.pilot.click(table, offset=(8, 1))
        await seat.until(lambda: table.cursor == Heading("lab"))
        assert "▸ lab 12" in seat.text()
        await seat.pilot.click(table, offset=(8, 2), times=2)
        await seat.until_shown("▸ shop 12")


@pytest.mark.slow
async def test_a_verb_on_a_group_acts_on_its_guests(tmp_path: Path) -> None:
    lab, shop = hosts()
    async with sit_down(cockpit_for(demo_hosts(lab, shop), tmp_path), (120, 36)) as seat:
        await grouped(seat)
        await seat.go_to("web1")
        await seat.press("left", "D")
        await seat.until_shown("Force off")
        await seat.press("y")
        inventory = seat.app.cockpit.store

        def on(host: str) -> int:
            guests = inventory.inventory.hosts[HostId(host)].guests.values()
            return sum(one.state.active for one in guests)

        there = on("shop")
        await seat.until(lambda: on("lab") == 0)
        assert on("shop") == there > 0


@pytest.mark.slow
async def test_a_group_is_marked_from_its_row(tmp_path: Path) -> None:
    async with sit_down(cockpit_for(demo_hosts(*hosts()), tmp_path), (120, 36)) as seat:
        await grouped(seat)
        seat.guests._table.move_to(Heading("shop"))
        await seat.press("space")
        await seat.until_shown("12 marked")
        await seat.press("Z")
        await seat.until_shown("12 marked")
        assert "hidden" not in seat.text()


@pytest.mark.slow
async def test_what_one_groups_by_is_kept_in_the_settings(tmp_path: Path) -> None:
    cockpit = cockpit_for(demo_hosts(*hosts()), tmp_path)
    file = cockpit.settings_file = tmp_path / "config.toml"
    file.write_text("# mine\n[ui]\ntick = 0.5\n", encoding="utf-8")
    async with sit_down(cockpit, (120, 36)) as seat:
        await seat.until_shown("24 guests")
        await seat.press("colon", *keys("group-by st"), "enter")
        await seat.until_shown("grouped by state")
        await seat.until_shown("▾ running")
        await seat.until(lambda: 'group_by = "state"' in file.read_text(encoding="utf-8"))
        await seat.press("colon", *keys("group-by none"), "enter")
        await seat.until_shown("not grouped")
        assert "# mine" in file.read_text(encoding="utf-8")
        await seat.press("colon", *keys("group-by colour"), "enter")
        await seat.until_shown("there is no grouping colour")


async def test_one_begins_with_the_groups_of_the_settings(tmp_path: Path) -> None:
    settings = Settings(tick=0.5, group_by="host")
    cockpit = cockpit_for(demo_hosts(*hosts()), tmp_path, settings=settings)
    async with sit_down(cockpit, (80, 24)) as seat:
        await seat.until_shown("▾ shop 12")
