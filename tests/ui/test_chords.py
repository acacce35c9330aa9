"""Chords on the screen: which keys may follow, quick and slow, by key and by mouse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.config import Settings
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.ui.dialogs.chord import Chord
from vmtui.ui.offers import Offer, arranged


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    settings = Settings(tick=0.5, keys={"start": "b s", "mark-all": "b c a"})
    cockpit = cockpit_for(demo_hosts(DemoHost(HostId("lab"), 12)), tmp_path, settings=settings)
    async with sit_down(cockpit) as seat:
        await seat.until_shown("12 guests")
        yield seat


@pytest.mark.slow
async def test_a_chord_at_once(seat: Seat) -> None:
    await seat.press("g", "j")
    await seat.until(lambda: seat.app.page.place == "jobs")
    await seat.press("g", "h")
    await seat.until(lambda: seat.app.page.place == "host")
    await seat.press("g", "v")
    await seat.until(lambda: seat.app.page is seat.guests)


@pytest.mark.slow
async def test_who_is_slow_is_told_what_may_follow(seat: Seat) -> None:
    await seat.press("g")
    await seat.until_shown("g …   Esc leaves")
    assert "h Host" in seat.text()
    assert "s Storage" in seat.text()
    await seat.press("escape")
    await seat.until_gone("Esc leaves")
    assert seat.app.page is seat.guests
    await seat.press("j")
    await seat.until(lambda: seat.guests._table._row == 1)


@pytest.mark.slow
async def test_top_and_bottom(seat: Seat) -> None:
    await seat.press("g", "b")
    await seat.until(lambda: seat.guests._table._row == 11)
    await seat.press("g", "g")
    await seat.until(lambda: seat.guests._table._row == 0)
    await seat.press("G")
    await seat.until(lambda: seat.guests._table._row == 11)
    await seat.press("question_mark")
    await seat.until(lambda: seat.app.page.place == "help")
    await seat.press("g", "b")
    await seat.until(lambda: seat.app.page.focused is not None)
    focused = seat.app.page.focused
    assert focused is not None
    await seat.until(lambda: focused.scroll_offset.y > 0)


async def test_what_is_no_chord_says_so_and_does_nothing_else(seat: Seat) -> None:
    await seat.press("g", "q")
    await seat.until_shown("g q is no chord")
    assert seat.app.is_running


@pytest.mark.slow
async def test_own_chords_of_any_length(seat: Seat) -> None:
    await seat.press("b")
    await seat.until_shown("b …")
    await seat.until_shown("c 1 more")
    await seat.press("c")
    await seat.until_shown("b c …")
    await seat.press("a")
    await seat.until(lambda: len(seat.guests.list.marked) == 12)


@pytest.mark.slow
async def test_a_click_is_as_good_as_a_key(seat: Seat) -> None:
    await seat.press("g")
    await seat.until_shown("j Jobs")
    lines = seat.text().split("\n")
    row = next(number for number, line in enumerate(lines) if "j Jobs" in line)
    await seat.pilot.click(offset=(lines[row].index("Jobs"), row))
    await seat.until(lambda: seat.app.page.place == "jobs")
    await seat.press("g")
    await seat.until_shown("j Jobs")
    await seat.pilot.click(offset=(3, 3))
    await seat.until(lambda: not isinstance(seat.app.screen, Chord))


async def test_in_a_field_letters_are_letters(seat: Seat) -> None:
    await seat.press("slash", *"gh")
    await seat.until(lambda: seat.guests.filter_line.typed == "gh")
    assert seat.app.page is seat.guests


# -- the mouse elsewhere -----------------------------------------------------------------------


async def click(seat: Seat, words: str) -> None:
    """Click on the first place where these words stand, from below."""
    lines = seat.text().split("\n")
    row = next(n for n in range(len(lines) - 1, -1, -1) if words in lines[n])
    await seat.pilot.click(offset=(lines[row].index(words) + 1, row))


@pytest.mark.slow
async def test_keys_of_the_bottom_line_are_clicked(seat: Seat) -> None:
    await click(seat, "x Actions")
    await seat.until_shown("Enter choose")
    await seat.press("escape")
    await seat.until_gone("Enter choose")
    await click(seat, "? Help")
    await seat.until(lambda: seat.app.page.place == "help")
    await click(seat, "Jobs")
    await seat.until(lambda: seat.app.page.place == "jobs")


async def test_a_host_of_the_strip_is_clicked(seat: Seat) -> None:
    await seat.pilot.click(offset=(3, 0))
    await seat.until(lambda: seat.app.page.place == "host")


async def test_the_keys_of_a_dialog_are_clicked(seat: Seat) -> None:
    await seat.press("x")
    await seat.until_shown("Enter choose")
    await click(seat, "Esc cancel")
    await seat.until_gone("Enter choose")


@pytest.mark.parametrize(
    ("count", "width", "room", "rows"),
    [(4, 80, 20, 1), (16, 80, 20, 4), (16, 20, 5, 4), (1, 9, 9, 1)],
)
def test_offers_stand_in_columns(count: int, width: int, room: int, rows: int) -> None:
    offers = [Offer(str(n), "x", "a label here") for n in range(count)]
    made, wide = arranged(offers, width, room)
    assert made == rows
    assert -(-count // made) * wide <= width
