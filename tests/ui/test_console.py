"""Sitting at a console, on the demo fleet: who gets which key, and what the pane does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import GuestState, HostId
from vmtui.ui.consolekeys import Chords, offers
from vmtui.ui.offers import arranged

pytestmark = pytest.mark.slow


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    host = DemoHost(HostId("lab"), guests=12, speed=0)
    async with sit_down(cockpit_for(demo_hosts(host), tmp_path), (100, 30)) as seat:
        await seat.until_shown("12 guests")
        await seat.go_to("web1")
        await seat.press("c")
        await seat.until_shown("web1:~#")
        yield seat


async def typed(seat: Seat, text: str) -> None:
    names = {" ": "space", "[": "left_square_bracket", "/": "slash", "]": "right_square_bracket"}
    await seat.press(*(names.get(character, character) for character in text))


async def test_the_console_stands_beside_the_table_with_the_guests_figures(seat: Seat) -> None:
    assert "NAME" in seat.text()
    await seat.until_shown("● 1 web1   CPU")


async def test_all_keys_go_to_the_guest(seat: Seat) -> None:
    await typed(seat, "sdDxq")
    await seat.press("enter")
    await seat.until_shown("sdDxq: not found")
    assert not seat.app.cockpit.jobs.past
    await seat.press("ctrl+q", "ctrl+c", "tab", "escape")
    assert seat.app.is_running


async def test_one_chord_leaves_and_the_console_stays(seat: Seat) -> None:
    await seat.press("ctrl+right_square_bracket", "down")
    await seat.until_shown("? Help")
    assert "web1:~#" in seat.text()


async def test_the_bottom_line_says_which_keys_go_where(seat: Seat) -> None:
    assert seat.text().splitlines()[-1].startswith(" keys go to web1")
    await seat.press("ctrl+backslash")
    await seat.until_shown("f full")
    await seat.press("escape")
    await seat.until_gone("f full")


def test_no_command_is_torn_from_its_key_by_a_lines_end() -> None:
    offered = offers(Chords())
    keys = max(len(offer.word) for offer in offered)
    for width in range(40, 160):
        rows, wide = arranged(offered, width, 60)
        assert -(-len(offered) // rows) * wide <= width
        assert all(len(offer.label) <= wide - keys - 1 for offer in offered), width


async def test_it_fills_the_screen_and_goes_back(seat: Seat) -> None:
    await seat.press("ctrl+backslash", "f")
    await seat.until_gone("NAME")
    await seat.press("ctrl+backslash", "f")
    await seat.until_shown("NAME")


async def test_markup_and_escapes_of_the_guest_are_cells(seat: Seat) -> None:
    await typed(seat, "[red]x[/]")
    await seat.until_shown("[red]x[/]")


async def test_several_consoles_are_tabs_and_keep_what_they_show(seat: Seat) -> None:
    await typed(seat, "first")
    await seat.until_shown("~# first")
    await seat.press("ctrl+right_square_bracket")
    await seat.go_to("ci1")
    await seat.press("c")
    await seat.until_shown("ci1:~#")
    await seat.until_shown("2 ci1")
    await seat.press("ctrl+backslash", "1")
    await seat.until_shown("~# first")
    await seat.press("ctrl+backslash", "x")
    await seat.until_gone("web1:~#")
    await seat.press("ctrl+backslash", "x")
    await seat.until_shown("? Help")
    assert len(seat.app.cockpit.consoles) == 0


async def test_commands_and_tabs_are_clicked(seat: Seat) -> None:
    await seat.press("ctrl+right_square_bracket")
    await seat.go_to("ci1")
    await seat.press("c")
    await seat.until_shown("2 ci1")
    pane = seat.guests.consoles
    await seat.until(lambda: len(pane.consoles) == 2)
    second = pane.current
    lines = seat.text().split("\n")
    row = next(number for number, line in enumerate(lines) if "2 ci1" in line)
    await seat.pilot.click(offset=(lines[row].index("1 web1") + 2, row))
    await seat.until(lambda: pane.current is not None and pane.current is not second)
    await seat.press("ctrl+backslash")
    await seat.until_shown("n next")
    lines = seat.text().split("\n")
    row = next(number for number, line in enumerate(lines) if "n next" in line)
    await seat.pilot.click(offset=(lines[row].index("n next") + 2, row))
    await seat.until(lambda: pane.current is second)
    await seat.until_gone("n next")
    assert pane.has_keys


async def test_one_can_look_back_and_search(seat: Seat) -> None:
    await typed(seat, "flood")
    await seat.press("enter")
    await seat.until_shown("line 1999")
    await seat.press("shift+pageup")
    await seat.until_shown("lines back")
    await seat.press("ctrl+backslash", "s")
    await seat.until_shown("a regular expression")
    await typed(seat, "line 77")
    await seat.press("enter")
    await seat.until_shown("line 777")
    await seat.press("enter")
    await seat.until_gone("lines back")


async def test_a_pattern_that_is_none_is_told_under_its_field(seat: Seat) -> None:
    await seat.press("ctrl+backslash", "s", "left_parenthesis")
    await seat.until_shown("not a regular expression")


async def test_what_was_printed_is_written_to_a_new_file_only(seat: Seat, tmp_path: Path) -> None:
    await seat.press("ctrl+backslash", "w")
    await seat.until_shown("path of a new file")
    field = seat.app.screen.query_one("#field")
    target = tmp_path / "console.txt"
    field.value = str(target)  # type: ignore[attr-defined]
    await seat.press("enter")
    await seat.until_shown("written to")
    assert "web1 (demo) ttyS0" in target.read_text()
    await seat.press("ctrl+backslash", "w")
    await seat.until_shown("path of a new file")
    seat.app.screen.query_one("#field").value = str(target)  # type: ignore[attr-defined]
    await seat.until_shown("it is not overwritten")


async def test_a_paste_of_many_lines_asks_first(seat: Seat) -> None:
    from textual import events

    seat.guests.consoles.view.post_message(events.Paste("one\rtwo\nthree"))
    await seat.until_shown("Paste 3 lines into web1?")
    await seat.press("n")
    await seat.until_gone("Paste 3 lines")
    assert "one" not in seat.text().split("web1:~#")[1]


async def test_a_console_comes_back_with_its_guest(seat: Seat) -> None:
    await typed(seat, "kept")
    await seat.press("ctrl+right_square_bracket", "D", "y")
    await seat.until_shown("web1 is off")
    guests = seat.app.cockpit.store.inventory.guests()
    assert next(g for g in guests if g.name == "web1").state is GuestState.OFF
    await seat.until_shown("Force off web1: done")
    await seat.press("s")
    await seat.until(lambda: seat.text().count("web1 (demo) ttyS0") == 2)
    assert "kept" in seat.text()


async def test_a_guest_without_a_console_says_so(tmp_path: Path) -> None:
    host = DemoHost(HostId("lab"), guests=12, speed=0)
    async with sit_down(cockpit_for(demo_hosts(host), tmp_path)) as seat:
        await seat.until_shown("12 guests")
        await seat.go_to("vpn1")
        await seat.press("c")
        await seat.until_shown("vpn1 is off: waiting until it runs")
