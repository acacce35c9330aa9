"""The table of guests, driven by keys on the demo fleet."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.config import Settings
from vmtui.errors import Busy, ConnectionFailed
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import GuestState, HostId
from vmtui.model.steps import Start, Suspend
from vmtui.ui.statusline import state_counts


@pytest.fixture
def host() -> DemoHost:
    return DemoHost(HostId("lab"), guests=12, speed=0)


@pytest.fixture
async def seat(host: DemoHost, tmp_path: Path) -> AsyncIterator[Seat]:
    async with sit_down(cockpit_for(demo_hosts(host), tmp_path), (100, 30)) as seat:
        await seat.until_shown("12 guests")
        await seat.until_shown("UPTIME")
        yield seat


def state_of(seat: Seat, name: str) -> GuestState:
    guests = seat.app.cockpit.store.inventory.guests()
    return next(guest.state for guest in guests if guest.name == name)


async def test_names_that_look_like_markup_are_shown_as_they_are(seat: Seat) -> None:
    await seat.until_shown("web[prod]")


async def test_a_guest_is_started_and_stopped_from_the_keyboard(seat: Seat) -> None:
    await seat.go_to("vpn1")
    assert state_of(seat, "vpn1") is GuestState.OFF
    await seat.press("s")
    await seat.until(lambda: state_of(seat, "vpn1") is GuestState.RUNNING)
    await seat.press("D")
    await seat.until_shown("what is not yet written to disk is lost")
    assert state_of(seat, "vpn1") is GuestState.RUNNING
    await seat.press("y")
    await seat.until(lambda: state_of(seat, "vpn1") is GuestState.OFF)


async def test_saying_no_does_nothing(seat: Seat, host: DemoHost) -> None:
    await seat.go_to("web1")
    await seat.press("D")
    await seat.until_shown("do it")
    await seat.press("n")
    await seat.until_gone("do it")
    assert state_of(seat, "web1") is GuestState.RUNNING
    assert not seat.app.cockpit.jobs.past


async def test_a_verb_that_cannot_work_says_why(seat: Seat) -> None:
    await seat.go_to("web1")
    await seat.press("s")
    await seat.until_shown("Start web1: it is running")
    assert "s Start" not in seat.text().splitlines()[-1]


@pytest.mark.slow
async def test_the_menu_lists_every_verb_with_the_reason_where_it_cannot_work(seat: Seat) -> None:
    await seat.go_to("vpn1")
    await seat.press("x")
    await seat.until_shown("✗ it is off")
    seen = seat.text()
    for _ in range(80):
        await seat.press("down")
        seen += seat.text()
    assert re.search("Discard state +✗ it has no saved state", seen)
    await seat.press("s")
    await seat.until(lambda: state_of(seat, "vpn1") is GuestState.RUNNING)


async def test_the_filter_narrows_as_one_types_and_escape_clears_it(seat: Seat) -> None:
    await seat.press("slash", "w", "e", "b")
    await seat.until_shown("2 of 12 guests")
    await seat.press("enter", "escape")
    await seat.until_shown("12 guests")
    await seat.until_gone("of 12 guests")


async def test_a_filter_that_matches_nothing_says_so(seat: Seat) -> None:
    await seat.press("slash", "z", "z", "z")
    await seat.until_shown("no guest matches “zzz”")


@pytest.mark.slow
async def test_the_cursor_stays_on_its_guest_through_sort_and_filter(seat: Seat) -> None:
    await seat.go_to("web1")
    await seat.press("greater_than_sign", "greater_than_sign")
    assert seat.name_at_cursor() == "web1"
    await seat.press("slash", "w", "e", "b", "enter")
    await seat.until_shown(" of 12 guests")
    assert seat.name_at_cursor() == "web1"


@pytest.mark.slow
async def test_marks_survive_filter_and_one_question_serves_them_all(seat: Seat) -> None:
    for name in ("web1", "web[prod]", "ci1"):
        await seat.go_to(name)
        await seat.press("space")
    await seat.until_shown("3 marked")
    await seat.press("slash", "w", "e", "b", "enter")
    await seat.until_shown("1 of them hidden")
    await seat.press("p")
    await seat.until_shown("Suspend 3 guests")
    await seat.press("y")
    marked = ("web1", "web[prod]", "ci1")
    await seat.until(lambda: {state_of(seat, name) for name in marked} == {GuestState.PAUSED})
    assert len(seat.app.cockpit.jobs.past) == 1


@pytest.mark.slow
async def test_a_bulk_action_tells_each_guests_result(seat: Seat, host: DemoHost) -> None:
    host.fail[Suspend] = Busy("cannot acquire state change lock", "held by another job")
    await seat.press("asterisk", "p")
    await seat.until_shown("left alone")
    await seat.press("y")
    await seat.until_shown("3 shows why")
    await seat.press("3")
    await seat.until_shown("cannot acquire state change lock")


@pytest.mark.slow
async def test_deleting_asks_for_the_name_and_takes_no_other(seat: Seat) -> None:
    await seat.go_to("vpn1")
    await seat.press("X")
    await seat.until_shown("type vpn1 to do it")
    await seat.press("v", "p", "n", "enter")
    await seat.until_shown("that is not it")
    await seat.press("1", "enter")
    await seat.until_shown("11 guests")


@pytest.mark.slow
async def test_renaming_tells_what_is_wrong_while_it_is_typed(seat: Seat) -> None:
    await seat.go_to("vpn1")
    await seat.press("f2")
    await seat.until_shown("its new name")
    await seat.press("slash")
    await seat.until_shown("a name has no /")
    await seat.press("backspace", "0", "enter")
    await seat.until_shown("vpn10")


async def test_a_start_that_fails_is_told_with_reason_and_remedy(
    seat: Seat, host: DemoHost
) -> None:
    host.fail[Start] = Busy("storage is busy", "another process has the write lock", "stop it")
    await seat.go_to("vpn1")
    await seat.press("s")
    await seat.until_shown("storage is busy · another process has the write lock · stop it")


async def test_guests_that_come_and_go_leave_the_cursor_where_it_is(
    seat: Seat, host: DemoHost
) -> None:
    await seat.go_to("mail1")
    place = (
        seat.text()
        .splitlines()
        .index(next(line for line in seat.text().splitlines() if "mail1" in line))
    )
    await seat.go_to("vpn1")
    await seat.go_to("mail1")
    await seat.press("t")
    await seat.until_shown("Toggle autostart of mail1: done")
    lines = seat.text().splitlines()
    assert "mail1" in lines[place]
    assert seat.name_at_cursor() == "mail1"


async def test_details_fill_the_screen_and_go_back(seat: Seat) -> None:
    await seat.go_to("web1")
    await seat.press("enter")

    await seat.until_shown("last 5m 0s")
    await seat.press("escape")
    await seat.until_shown("NAME")


@pytest.mark.slow
async def test_quitting_with_a_running_job_asks(tmp_path: Path) -> None:
    slow = DemoHost(HostId("lab"), guests=12, speed=1)
    async with sit_down(cockpit_for(demo_hosts(slow), tmp_path)) as seat:
        await seat.until_shown("12 guests")
        await seat.go_to("web1")
        await seat.press("d")
        await seat.until_shown("do it")
        await seat.press("y")
        await seat.until(lambda: bool(seat.app.cockpit.jobs.running))
        await seat.press("q")
        await seat.until_shown("1 job still running")
        await seat.press("escape")
        await seat.until_gone("still running")
        assert seat.app.is_running


@pytest.mark.slow
async def test_read_only_offers_and_binds_no_verb(host: DemoHost, tmp_path: Path) -> None:
    cockpit = cockpit_for(demo_hosts(host), tmp_path, read_only=True)
    async with sit_down(cockpit) as seat:
        await seat.until_shown("12 guests")
        await seat.go_to("vpn1")
        await seat.press("s", "D", "X", "f2")
        await seat.press("x")
        await seat.until_shown("nothing here changes anything")
        assert state_of(seat, "vpn1") is GuestState.OFF
        await seat.press("question_mark")
        await seat.until_shown("The table")
        assert "Force off" not in seat.text()


async def test_no_guests_at_all_is_said(tmp_path: Path) -> None:
    empty = DemoHost(HostId("lab"), guests=0, speed=0)
    async with sit_down(cockpit_for(demo_hosts(empty), tmp_path)) as seat:
        await seat.until_shown("no guests on this host yet")
        await seat.press("s", "space", "x", "enter", "down", "X")
        await seat.until_shown("no guest is selected")


async def test_a_refused_host_says_why_and_what_mends_it(tmp_path: Path) -> None:
    closed = DemoHost(HostId("lab"), guests=3, speed=0)
    closed.refuse = ConnectionFailed(
        "the socket's permissions keep you out", "Permission denied", "sudo usermod -aG libvirt you"
    )
    async with sit_down(cockpit_for(demo_hosts(closed), tmp_path)) as seat:
        await seat.until_shown("refused")
        await seat.until_shown("sudo usermod -aG libvirt you")


@pytest.mark.slow
async def test_a_host_that_hangs_delays_neither_the_other_nor_the_end(tmp_path: Path) -> None:
    dead = DemoHost(HostId("dead"), guests=3, speed=0)
    dead.hang_open = dead.hang_close = True
    well = DemoHost(HostId("well"), guests=5, speed=0)
    async with sit_down(cockpit_for(demo_hosts(dead, well), tmp_path)) as seat:
        await seat.until_shown("5 guests", limit=3)
        await seat.until_shown("connecting")


async def test_a_lost_hosts_guests_stay_with_their_age(tmp_path: Path) -> None:
    host = DemoHost(HostId("lab"), guests=4, speed=0)
    async with sit_down(cockpit_for(demo_hosts(host), tmp_path)) as seat:
        await seat.until_shown("4 guests")
        host.refuse = ConnectionFailed("no route to host")
        host.drop()
        await seat.until_shown("shown as of")
        assert "4 guests" in seat.text()
        await seat.press("s")
        host.refuse = None
        await seat.press("ctrl+r")
        await seat.until_shown("● up")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(40, 12), (20, 6), (80, 24), (200, 50), (300, 100)])
async def test_every_size_of_terminal_is_drawn(
    host: DemoHost, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with sit_down(cockpit_for(demo_hosts(host), tmp_path), size) as seat:
        await seat.until_shown("NAME")
        for key in ("2", "3", "4", "question_mark", "1", "x", "escape", "o", "escape", "i", "i"):
            await seat.press(key)
        assert seat.app.is_running


async def test_settings_decide_the_sort(host: DemoHost, tmp_path: Path) -> None:
    settings = replace(Settings(tick=0.5), sort="-name")
    async with sit_down(cockpit_for(demo_hosts(host), tmp_path, settings=settings)) as seat:
        await seat.until_shown("NAME▼")
        await seat.until(lambda: seat.name_at_cursor() != "")
        assert seat.text().splitlines()[3].startswith(" web")


@pytest.mark.slow
async def test_a_mistake_in_the_filter_is_told_and_the_rest_holds(seat: Seat) -> None:
    await seat.press("slash", *"web")
    await seat.until_shown("2 of 12 guests")
    await seat.press("space", *"stat:x")
    await seat.until_shown("there is no field stat; did you mean state?")
    await seat.until_shown("2 of 12 guests")
    await seat.press("enter")
    assert seat.guests.filter_line.has_keys
    await seat.press(*["backspace"] * 6, *"/prod/", "enter")
    await seat.until_shown("1 of 12 guests")
    await seat.until_gone("no field")
    assert not seat.guests.filter_line.has_keys


@pytest.mark.slow
async def test_one_key_goes_through_the_states_and_a_chip_is_clicked(seat: Seat) -> None:
    total = {state: n for state, n in state_counts(seat.guests.list.inventory).items() if n}
    assert len(total) > 1
    await seat.press("f")
    first = next(iter(total))
    await seat.until_shown(f"filter: state:{first.value}")
    assert len(seat.guests.list.order) == total[first]
    for _ in range(len(total)):
        await seat.press("f")
    await seat.until(lambda: len(seat.guests.list.order) == 12)
    await seat.until_gone("guests shown")
    line = seat.text().splitlines()[-2]
    await seat.pilot.click("#message", offset=(line.index(f"○ {total[GuestState.OFF]}"), 0))
    await seat.until(lambda: len(seat.guests.list.order) == total[GuestState.OFF])


@pytest.mark.slow
async def test_filters_have_names_and_one_to_start_with(host: DemoHost, tmp_path: Path) -> None:
    settings = replace(Settings(tick=0.5), filter="@front", filters={"front": "web", "off": "off"})
    async with sit_down(cockpit_for(demo_hosts(host), tmp_path, settings=settings)) as seat:
        await seat.until_shown("2 of 12 guests")
        await seat.press("F")
        await seat.until_shown("Filter by")
        await seat.press("down", "enter")
        await seat.until_shown("filter: @off")
