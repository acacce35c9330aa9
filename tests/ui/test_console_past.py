"""Looking back at a console, and finding: on the demo fleet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.ui.widgets.consoleview import ConsoleView
from vmtui.ui.widgets.painted import palette_of

pytestmark = pytest.mark.slow

PREFIX, OLDER, NEWER = "ctrl+backslash", "left_square_bracket", "right_square_bracket"


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    """At a console, in a pane."""
    host = DemoHost(HostId("lab"), guests=12, speed=0)
    async with sit_down(cockpit_for(demo_hosts(host), tmp_path), (100, 40)) as seat:
        await seat.until_shown("12 guests")
        await seat.go_to("web1")
        await seat.press("c")
        await seat.until_shown("web1:~#")
        yield seat


def view(seat: Seat) -> ConsoleView:
    return seat.guests.consoles.view


def feed(seat: Seat, text: str) -> None:
    console = view(seat).console
    assert console is not None
    console.terminal.feed(text.encode())


async def fill(seat: Seat, count: int = 500, word: str = "row") -> None:
    """Print numbered lines."""
    feed(seat, "".join(f"\r\n{word} {number};" for number in range(count)))
    await seat.until_shown(f"{word} {count - 1};")


def shown(seat: Seat) -> list[str]:
    """The view's lines."""
    lines = [view(seat).render_line(y).text for y in range(view(seat).size.height)]
    return [line.rstrip() for line in lines]


def highlighted(seat: Seat) -> str:
    """What of the view is marked as found."""
    mark = palette_of(view(seat)).rows["cursor"]
    strips = [view(seat).render_line(y) for y in range(view(seat).size.height)]
    return "".join(
        segment.text for strip in strips for segment in strip
        if segment.style and segment.style.bgcolor == mark.bgcolor
    )  # fmt: skip


async def search(seat: Seat, pattern: str) -> None:
    await seat.press(PREFIX, "s")
    await seat.until_shown("a regular expression")
    seat.app.screen.query_one("#field").value = pattern  # type: ignore[attr-defined]
    await seat.press("enter")
    await seat.until_gone("a regular expression")


async def test_what_is_looked_at_stays_while_the_guest_prints_on(seat: Seat) -> None:
    """And the next page back is the one before it, however much came meanwhile."""
    await fill(seat)
    await seat.press("shift+pageup")
    await seat.until_shown("lines back")
    before = shown(seat)
    back = view(seat).back
    await fill_unseen(seat)
    assert shown(seat) == before
    await seat.until(lambda: (view(seat).back or 0) > (back or 0) + 900)
    await seat.press("shift+pageup")
    await seat.until(lambda: shown(seat)[-1] == before[0])
    await seat.press("shift+pagedown")
    await seat.until(lambda: shown(seat) == before)
    await seat.press("escape")
    await seat.until_shown("later 999;")
    assert view(seat).back is None


async def fill_unseen(seat: Seat) -> None:
    """Print more, of which a view of the past shows nothing."""
    console = view(seat).console
    assert console is not None
    lines = console.terminal.frame.scrollback
    feed(seat, "".join(f"\r\nlater {number};" for number in range(1000)))
    await seat.until(lambda: console.terminal.frame.scrollback >= lines + 1000)


async def test_older_and_newer_places_are_gone_to_and_the_ends_are_told(seat: Seat) -> None:
    await fill(seat)
    await search(seat, "row [0-9]*50;")
    await seat.until(lambda: highlighted(seat) == "row 450;")
    await seat.press(PREFIX, OLDER)
    await seat.until(lambda: highlighted(seat) == "row 350;")
    await seat.press(PREFIX, NEWER)
    await seat.until(lambda: highlighted(seat) == "row 450;")
    await seat.press(PREFIX, NEWER)
    await seat.until_shown("nothing newer is found: row")
    assert highlighted(seat) == "row 450;"
    for number in ("350", "250", "150", "50"):
        await seat.press(PREFIX, OLDER)
        await seat.until(lambda number=number: highlighted(seat) == f"row {number};")  # type: ignore[misc]
    await seat.press(PREFIX, OLDER)
    await seat.until_shown("nothing older is found: row")


async def test_another_pattern_begins_with_the_newest(seat: Seat) -> None:
    await fill(seat)
    await search(seat, "row 7;")
    await seat.until(lambda: highlighted(seat) == "row 7;")
    await search(seat, "row 48.;")
    await seat.until(lambda: highlighted(seat) == "row 489;")


async def test_what_is_found_on_the_screen_itself_is_marked(seat: Seat) -> None:
    """Where nothing was ever scrolled away."""
    feed(seat, "\r\nneedle\r\n")
    await seat.until_shown("needle")
    await search(seat, "nee.le")
    await seat.until(lambda: highlighted(seat) == "needle")
    await seat.until_shown(" back ")
    await seat.press("escape")
    await seat.until(lambda: not highlighted(seat))


async def test_without_a_search_it_says_how_to_begin_one(seat: Seat) -> None:
    await seat.press(PREFIX, OLDER)
    await seat.until_shown("/ asks for what is to be found")


async def test_the_past_fills_a_view_that_grows(seat: Seat) -> None:
    """From the pane to the full screen and back."""
    await fill(seat)
    await seat.press("shift+pageup", "shift+pageup")
    await seat.until_shown("lines back")
    small, first = view(seat).size.height, shown(seat)[0]
    await seat.press(PREFIX, "f")
    await seat.until(lambda: view(seat).size.height > small)
    await seat.until(lambda: all(line.startswith("row") for line in shown(seat)))
    assert shown(seat)[0] == first
    await seat.press(PREFIX, "f")
    await seat.until(lambda: view(seat).size.height == small)
    await seat.until(lambda: len(view(seat).past.rows) == small)
    assert shown(seat)[0] == first
