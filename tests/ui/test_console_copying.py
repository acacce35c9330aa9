"""Copying from a console by keys alone, on the demo fleet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual import events

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.ui.widgets.consoleview import ConsoleView

pytestmark = pytest.mark.slow

PREFIX, LEAVE = "ctrl+backslash", "ctrl+right_square_bracket"
LOOK = (PREFIX, "l")


@pytest.fixture
async def seat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Seat]:
    """At a console, in a pane that is lower than the guest's screen."""
    monkeypatch.setenv("HOME", str(tmp_path))
    host = DemoHost(HostId("lab"), guests=12, speed=0)
    async with sit_down(cockpit_for(demo_hosts(host), tmp_path), (80, 24)) as seat:
        await seat.until_shown("12 guests")
        await at_console(seat, "web1")
        yield seat


async def at_console(seat: Seat, name: str) -> None:
    await seat.go_to(name)
    await seat.press("c")
    await seat.until_shown(f"{name}:~#")


def view(seat: Seat) -> ConsoleView:
    return seat.guests.consoles.view


def bottom(seat: Seat) -> str:
    return seat.text().splitlines()[-1]


async def feed(seat: Seat, text: str) -> None:
    """Have the guest print something, and wait until its terminal shows it."""
    console = view(seat).console
    assert console is not None
    console.terminal.feed(text.encode())
    await console.terminal.settled()
    console.terminal.refresh()
    await seat.until(lambda: console.terminal.fresh)


async def clear(seat: Seat, text: str) -> None:
    """A screen with this text from its upper left corner on."""
    await feed(seat, "\x1b[H\x1b[2J" + text)


async def look(seat: Seat, *keys: str) -> None:
    """Begin to look back, at the upper left corner of the screen, and press keys."""
    await seat.press(*LOOK)
    await seat.until_shown("looking back")
    frame = view(seat).console.terminal.frame  # type: ignore[union-attr]
    top = frame.first_line + frame.scrollback
    await seat.press(*["k"] * (view(seat).caret[0] - top), "0", *keys)
    await seat.pilot.pause()


async def copied(seat: Seat, text: str) -> None:
    await seat.until(lambda: seat.app.clipboard == text)
    await seat.until_shown(f"copied {len(text)} characters")


def reversed_cells(seat: Seat) -> str:
    """What is painted as marked, the cursor with it."""
    strips = [view(seat).render_line(y) for y in range(view(seat).size.height)]
    parts = (
        "".join(
            one.text for one in strip if one.style and (one.style.reverse or one.style.underline)
        )
        for strip in strips
    )
    return "|".join(part.rstrip() for part in parts if part)


# -- moving and marking ----------------------------------------------------------------------------


async def test_a_part_of_a_line_is_copied_by_keys_and_no_key_reaches_the_guest(seat: Seat) -> None:
    await clear(seat, "alpha beta-one gamma\r\nsecond line\r\nweb1:~# ")
    await look(seat, "w", "v", "e", "e", "e")
    assert reversed_cells(seat) == "beta-one"
    await seat.press("y")
    await copied(seat, "beta-one")
    assert "looking back" in bottom(seat)
    await seat.press("escape")
    await seat.until_shown("keys go to web1")
    console = view(seat).console
    assert console is not None
    assert (await console.terminal.text()).splitlines()[-1] == "web1:~#"


async def test_arrows_home_end_and_space_do_it_too_and_enter_returns(seat: Seat) -> None:
    await clear(seat, "alpha beta\r\nsecond line\r\nthird")
    await look(seat, "right", "right", "space", "down", "end", "left")
    assert reversed_cells(seat).startswith("pha beta")
    await seat.press("enter")
    await copied(seat, "pha beta\nsecond lin")
    await seat.until_shown("keys go to web1")
    assert view(seat).selection is None


async def test_whole_lines_are_copied_with_all_their_rows(seat: Seat) -> None:
    long = "".join(f"{number:04}" for number in range(60))
    await clear(seat, f"before\r\n{long}\r\nafter\r\n")
    await look(seat, "j", "j", "V")
    assert "3 lines marked" in bottom(seat)
    await seat.press("y")
    await copied(seat, long)
    await seat.press("V", "k", "k", "enter")
    await copied(seat, f"before\n{long}")


async def test_a_box_is_copied_and_wide_characters_stay_whole(seat: Seat) -> None:
    await clear(seat, "ab漢字cd\r\n0123456789\r\nwx字yz\r\n")
    await look(seat, "l", "l", "ctrl+v", "j", "j")
    assert reversed_cells(seat) == "漢|23|字"
    await seat.press("y")
    await copied(seat, "漢\n23\n字")


async def test_both_ends_can_be_moved_and_escape_unmarks_before_it_returns(seat: Seat) -> None:
    await clear(seat, "one two three four\r\n")
    await look(seat, "w", "w", "v", "e", "o", "b")
    assert reversed_cells(seat) == "two three"
    await seat.press("escape")
    assert view(seat).selection is None
    assert "looking back" in bottom(seat)
    await seat.press("y")
    await seat.until_shown("nothing is marked: v begins")
    await seat.press("escape")
    await seat.until_shown("keys go to web1")
    assert seat.app.clipboard == ""


async def test_a_mark_reaches_over_pages_from_the_first_line_to_the_last(seat: Seat) -> None:
    """More than a view shows, and more than is read at once."""
    await clear(seat, "".join(f"row {number}\r\n" for number in range(1500)) + "end")
    await look(seat, "g", "v", "G")
    await seat.press("y")
    console = view(seat).console
    assert console is not None
    text = (await console.terminal.text()).rstrip("\n")
    await copied(seat, text)
    assert text.endswith("row 1499\nend")
    await seat.press("g", "pagedown", "pagedown", "ctrl+d", "ctrl+u", "pageup", "pageup")
    assert view(seat).caret[0] == console.terminal.frame.first_line


async def test_a_word_far_away_is_reached(seat: Seat) -> None:
    await clear(seat, "needle" + "\r\n" * 700 + "end")
    await look(seat, "b", "v", "e", "y")
    await copied(seat, "needle")
    await seat.press("w", "v", "e", "y")
    await copied(seat, "end")


async def test_unknown_keys_and_pastes_are_not_the_guests(seat: Seat) -> None:
    await look(seat, "z")
    await seat.until_shown("z does nothing while you look back")
    view(seat).post_message(events.Paste("rm -rf /"))
    await seat.until_shown("nothing is pasted while you look back")
    await seat.press("q")
    await seat.until_shown("keys go to web1")
    console = view(seat).console
    assert console is not None
    assert (await console.terminal.text()).endswith("web1:~#\n")


async def test_a_click_moves_the_cursor_and_keys_of_the_bottom_line_are_clicked(
    seat: Seat,
) -> None:
    await clear(seat, "alpha beta\r\ngamma\r\n")
    await look(seat)
    await seat.pilot.click(view(seat), offset=(6, 0))
    for word in ("v mark", "y copy"):
        await seat.until(lambda word=word: word in bottom(seat))  # type: ignore[misc]
        await seat.pilot.click(offset=(bottom(seat).index(word), 23))
        await seat.press("e")
    await copied(seat, "beta")
    await seat.pilot.click(offset=(bottom(seat).index("Esc"), 23))
    await seat.until_shown("keys go to web1")
    await seat.pilot.click(offset=(bottom(seat).index("Shift-PgUp"), 23))
    await seat.until_shown("looking back")


async def test_a_mouse_mark_is_dropped_by_a_motion_and_the_wheel_leaves_it(seat: Seat) -> None:
    await clear(seat, "".join(f"row {number}\r\n" for number in range(100)))
    await seat.press("shift+pageup")
    await seat.until_shown("looking back")
    await seat.pilot.mouse_down(view(seat), offset=(0, 2))
    await seat.pilot.hover(view(seat), offset=(2, 2))
    await seat.pilot.mouse_up(view(seat), offset=(2, 2))
    await copied(seat, "row")
    marked = view(seat).selection
    assert marked is not None
    await view(seat).scroll_back(3)
    assert view(seat).selection == marked
    await seat.press("j")
    assert view(seat).selection is None


# -- searching -------------------------------------------------------------------------------------


async def test_what_is_found_is_copied(seat: Seat) -> None:
    """At once with y, or from there to somewhere else; the keys behind n wait for it."""
    await clear(seat, "".join(f"id={number} name=n{number}\r\n" for number in range(300)))
    await seat.press(*LOOK, "slash")
    await seat.until_shown("a regular expression")
    seat.app.screen.query_one("#field").value = "name=n[0-9]*7$"  # type: ignore[attr-defined]
    await seat.press("enter")
    await seat.until_gone("a regular expression")
    await seat.until(lambda: view(seat).past.found is not None)
    await seat.press("y")
    await copied(seat, "name=n297")
    await seat.press("n", "0", "v", "e", "y")
    await copied(seat, "id")
    await seat.press("n", "n", "N", "v", "$", "y")
    await copied(seat, "name=n277")
    await seat.press("g", "n")
    await seat.until_shown("nothing older is found: name=n")


async def test_keys_that_come_all_at_once_are_not_the_guests(seat: Seat) -> None:
    """Neither those behind the command, nor those behind a search and its answer."""
    await clear(seat, "one query two\r\nweb1:~# ")
    for begin in ((PREFIX, "s"), (PREFIX, "l", "/")):
        keys = (*begin, *"query", "enter", "v", "e", "l", "h", "y", "q")
        for key in keys:
            seat.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await copied(seat, "query")
        await seat.until_shown("keys go to web1")
        seat.app.copy_to_clipboard("")
        # The question would have it as its answer already.
        view(seat).pattern = ""
    console = view(seat).console
    assert console is not None
    assert (await console.terminal.text()).endswith("web1:~#\n")


async def test_n_without_a_search_says_how_to_begin_one(seat: Seat) -> None:
    await look(seat, "n")
    await seat.until_shown("/ asks for what is to be found")
    await seat.press("escape", PREFIX, "left_square_bracket")
    await seat.until_shown("looking back")


async def test_a_search_that_is_cancelled_or_in_vain_leaves_one_where_one_was(seat: Seat) -> None:
    for before in ("keys go to web1", "looking back"):
        for pattern in ("", "nowhere"):
            await seat.press(PREFIX, "s")
            await seat.until_shown("a regular expression")
            seat.app.screen.query_one("#field").value = pattern  # type: ignore[attr-defined]
            await seat.press("enter" if pattern else "escape")
            await seat.until_gone("a regular expression")
            await seat.until_shown(before)
        await seat.until_shown("not found: nowhere")
        await seat.press(*LOOK)


# -- a guest that goes on --------------------------------------------------------------------------


async def test_the_mark_stays_on_its_lines_while_the_guest_prints(seat: Seat) -> None:
    """And what is copied is what was seen, also where the guest has drawn over it since."""
    await clear(seat, "first\r\nsecond\r\nthird\r\n")
    await look(seat, "j", "v", "j", "$")
    await feed(seat, "\x1b[H\x1b[2Jother\r\n" + "".join(f"row {n}\r\n" for n in range(200)))
    assert reversed_cells(seat) == "second|third"
    await seat.press("y")
    await copied(seat, "second\nthird")


async def test_a_mark_whose_lines_are_kept_no_more_is_dropped_and_told(seat: Seat) -> None:
    await clear(seat, "".join(f"row {number}\r\n" for number in range(100)))
    await look(seat, "k", "k", "v", "G")
    console = view(seat).console
    assert console is not None
    marked = view(seat).selection
    assert marked is not None
    while console.terminal.frame.first_line <= marked.lines.start:
        await feed(seat, "0123456789 and more of it\r\n" * 4000)
    await seat.until_shown("the first of the marked lines is kept no more: nothing is marked")
    assert view(seat).selection is None
    assert "looking back" in bottom(seat)
    await seat.press("y")
    await seat.until_shown("nothing is marked: v begins")
    await seat.press("g", "V", "y")
    await seat.until(lambda: seat.app.clipboard.startswith("0123456789 and"))


async def test_on_the_alternate_screen_what_it_shows_is_copied(seat: Seat) -> None:
    """Where there is nothing older; when it ends its lines are no more."""
    await feed(seat, "\x1b[?1049h\x1b[H\x1b[2JPID USER\r\n  1 root\r\n 42 ann\x1b[24;1Hstatus")
    await look(seat, "j", "w", "w", "v", "e")
    await feed(seat, "\x1b[HPID USER\x1b[2;1H  1 nobody")
    await seat.press("y")
    await copied(seat, "root")
    await seat.press("G", "V")
    assert reversed_cells(seat) == "status"
    await feed(seat, "\x1b[?1049l")
    await seat.until_shown("the guest shows another screen")
    assert view(seat).selection is None
    await seat.until(lambda: any("web1:~#" in row.text for row in view(seat).past.rows))
    await seat.press("escape")
    await seat.until_shown("keys go to web1")


# -- sizes and splits ------------------------------------------------------------------------------


async def test_another_height_keeps_the_mark_and_another_width_drops_it(seat: Seat) -> None:
    await clear(seat, "".join(f"row {number}\r\n" for number in range(100)) + "end")
    await look(seat, "pageup", "v", "j", "$")
    marked = view(seat).selection
    await seat.press(PREFIX, "f")
    await seat.until_gone("NAME")
    await seat.pilot.resize_terminal(80, 40)
    await seat.until(lambda: view(seat).size.height > 30)
    assert view(seat).selection == marked
    assert reversed_cells(seat).count("row") == 2
    await seat.press("k", "j")
    await seat.pilot.resize_terminal(120, 40)
    await seat.until_shown("lines are broken otherwise now: nothing is marked")
    await seat.press("g", "V", "y")
    await seat.until_shown("copied")
    assert "\n" not in seat.app.clipboard


async def test_each_pane_of_a_split_has_its_own_cursor(seat: Seat) -> None:
    """Also one that is narrower than the guest's lines: the cursor stays in sight."""
    await seat.press(LEAVE)
    await at_console(seat, "ci1")
    await seat.pilot.resize_terminal(162, 36)
    await seat.press(PREFIX, "f", PREFIX, "v", PREFIX, "v")
    await seat.until(lambda: len(seat.guests.consoles.shown) == 2)
    await seat.pilot.resize_terminal(100, 36)
    wide = "x" * 76 + "tail"
    await clear(seat, f"left\r\n{wide}\r\n")
    await look(seat, "j", "end", "v", "h", "h", "h")
    first = view(seat)
    assert reversed_cells(seat) == "tail"
    await seat.press(PREFIX, "o")
    await seat.until(lambda: view(seat) is not first)
    await seat.until_shown("keys go to")
    await clear(seat, "other text\r\n")
    await look(seat, "v", "e", "y")
    await copied(seat, "other")
    await seat.press(PREFIX, "o")
    await seat.until(lambda: view(seat) is first)
    await seat.until(lambda: "marked" in bottom(seat))
    await seat.press("y")
    await copied(seat, "tail")


async def test_what_was_read_for_one_console_is_not_shown_for_another(seat: Seat) -> None:
    """As when the pane turns to another one in the middle."""
    console = view(seat).console
    assert console is not None
    looking = asyncio.create_task(view(seat).past.look(console, 0, view(seat).size.height))
    await asyncio.sleep(0)
    view(seat).depart()
    assert not await looking
    assert not view(seat).past.on


async def test_a_view_that_grows_wider_than_the_lines_shows_them_from_their_start(
    seat: Seat,
) -> None:
    await seat.pilot.resize_terminal(50, 24)
    await clear(seat, "y" * 76 + "tail\r\n")
    await look(seat, "end")
    await seat.until(lambda: view(seat).render_line(0).text.rstrip().endswith("tail"))
    assert view(seat).shift > 0
    await seat.pilot.resize_terminal(80, 24)
    await seat.until(lambda: view(seat).render_line(0).text.rstrip() == "y" * 76 + "tail")


# -- files -----------------------------------------------------------------------------------------


async def test_what_is_marked_is_written_to_a_file_with_its_colours(
    seat: Seat, tmp_path: Path
) -> None:
    await clear(seat, "plain \x1b[31mred\x1b[0m more\r\nnext\r\n")
    await look(seat, "w", "v", "e")
    for ending, keys in ((".txt", ("s",)), (".ans", (PREFIX, "w"))):
        await seat.press(*keys)
        await seat.until_shown("Write what is marked to a file")
        field = seat.app.screen.query_one("#field")
        field.value = str(tmp_path / f"out{ending}")  # type: ignore[attr-defined]
        await seat.press("enter")
        await seat.until_gone("Write what is marked")
        path = tmp_path / f"out{ending}"
        await seat.until(lambda path=path: path.exists() and bool(path.read_text()))  # type: ignore[misc]
    assert (tmp_path / "out.txt").read_text() == "red\n"
    assert (tmp_path / "out.ans").read_text() == "\x1b[0;31mred\x1b[0m\n"
