"""Several consoles at once: side by side, typed into together, twenty of them, and flooding."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.engine.consolebase import ConsoleBase
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import GuestKey, HostId
from vmtui.ui.widgets import outputqueue

pytestmark = pytest.mark.slow

LEAVE, PREFIX = "ctrl+right_square_bracket", "ctrl+backslash"


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    host = DemoHost(HostId("lab"), guests=40, speed=0)
    async with sit_down(cockpit_for(demo_hosts(host), tmp_path), (120, 40)) as seat:
        await seat.until_shown("40 guests")
        yield seat


def running(seat: Seat, count: int) -> list[str]:
    guests = seat.app.cockpit.store.inventory.guests()
    return [guest.name for guest in guests if guest.state.value == "running"][:count]


async def sit_at(seat: Seat, count: int) -> list[ConsoleBase]:
    """Open the consoles of so many running guests, and wait until each has its prompt."""
    names = running(seat, count)
    for name in names:
        if seat.guests.consoles.has_keys:
            await seat.press(LEAVE)
        await seat.go_to(name)
        await seat.press("c")
        await seat.until_shown(f"{name}:~#")
    return list(seat.app.cockpit.consoles)


async def text_of(console: ConsoleBase) -> str:
    return await console.terminal.text()


async def typed(seat: Seat, text: str) -> None:
    await seat.press(*text)


def views(seat: Seat) -> list[str]:
    """The names of the consoles that are shown, in their order."""
    return [console.name for console in seat.guests.consoles.shown]


async def test_one_two_and_four_stand_side_by_side(seat: Seat) -> None:
    consoles = await sit_at(seat, 4)
    assert len(views(seat)) == 1
    await seat.press(PREFIX, "v")
    await seat.until(lambda: len(views(seat)) == 2)
    await seat.press(PREFIX, "v")
    await seat.until(lambda: all(f"{c.name}:~#" in seat.text() for c in consoles))
    assert seat.text().count("CPU") >= 4
    await seat.press(PREFIX, "v")
    await seat.until(lambda: len(views(seat)) == 1)
    assert seat.guests.consoles.current is consoles[3]


async def test_the_keys_go_to_the_marked_view_and_move(seat: Seat) -> None:
    await sit_at(seat, 2)
    await seat.press(PREFIX, "f", PREFIX, "v")
    await seat.until(lambda: len(views(seat)) == 2)
    pane = seat.guests.consoles
    first = pane.current
    assert first is not None
    await seat.until_shown(f"▶● 2 {first.name}")
    await seat.press(PREFIX, "o")
    await seat.until(lambda: pane.current is not first)
    await seat.press(PREFIX, "tab")
    await seat.until(lambda: pane.current is first)
    other = next(frame for frame in pane.grid.used if frame.view.console is not first)
    await seat.pilot.click(other.view)
    await seat.until(lambda: pane.current is other.view.console)
    await typed(seat, "only")
    assert other.view.console is not None
    await seat.until_shown(f"{other.view.console.name}:~# only")
    assert "only" not in await text_of(first)


async def test_a_digit_goes_to_where_a_console_is_shown(seat: Seat) -> None:
    consoles = await sit_at(seat, 2)
    await seat.press(PREFIX, "v")
    await seat.until(lambda: len(views(seat)) == 2)
    order = views(seat)
    await seat.press(PREFIX, "1")
    await seat.until(lambda: seat.guests.consoles.current is consoles[0])
    assert views(seat) == order


async def test_each_view_looks_back_by_itself(seat: Seat) -> None:
    await sit_at(seat, 2)
    await seat.press(PREFIX, "f", PREFIX, "v")
    await typed(seat, "flood")
    await seat.press("enter")
    await seat.until_shown("line 1999")
    await seat.press("shift+pageup")
    await seat.until_shown("lines back")
    await seat.press(PREFIX, "o")
    backs = [frame.view.back for frame in seat.guests.consoles.grid.used]
    assert sorted(map(bool, backs)) == [False, True]
    await typed(seat, "x")
    assert [frame.view.back for frame in seat.guests.consoles.grid.used] == backs


async def test_typing_goes_to_all_that_are_shown_until_it_is_ended(seat: Seat) -> None:
    consoles = await sit_at(seat, 3)
    await seat.press(PREFIX, "v")
    await seat.until(lambda: len(views(seat)) == 2)
    await seat.press(PREFIX, "b")
    await seat.until_shown("TYPING INTO 2 CONSOLES AT ONCE")
    assert "keys go to 2 consoles" in seat.text().splitlines()[-1]
    await typed(seat, "both")
    shown = seat.guests.consoles.shown
    await seat.until(lambda: seat.text().count(":~# both") == 2)
    hidden = next(console for console in consoles if console not in shown)
    assert "both" not in await text_of(hidden)
    await seat.press(PREFIX, "b")
    await seat.until_gone("TYPING INTO")
    await typed(seat, "1")
    await seat.until(lambda: seat.text().count(":~# both1") == 1)


async def test_typing_into_many_ends_when_the_pane_is_left(seat: Seat) -> None:
    await sit_at(seat, 2)
    await seat.press(PREFIX, "v", PREFIX, "b")
    await seat.until_shown("TYPING INTO 2")
    await seat.press(LEAVE)
    await seat.until_gone("TYPING INTO")
    await seat.press("c")
    await seat.press(PREFIX, "b")
    await seat.until_shown("TYPING INTO 2")
    await seat.pilot.click(seat.guests._table, offset=(5, 2))
    await seat.until_gone("TYPING INTO")


async def test_the_consoles_of_marked_guests_are_typed_into(seat: Seat) -> None:
    await sit_at(seat, 2)
    await seat.press(PREFIX, "b")
    await seat.until_shown("only one console is shown or marked")
    await seat.press(LEAVE)
    for name in running(seat, 2):
        await seat.go_to(name)
        await seat.press("space")
    await seat.press("c", PREFIX, "b")
    await seat.until_shown("TYPING INTO 2 CONSOLES AT ONCE")
    await typed(seat, "all")
    for console in seat.app.cockpit.consoles:
        end = time.monotonic() + 60
        while "all" not in await text_of(console):
            assert time.monotonic() < end


async def test_twenty_consoles_are_open_and_the_one_in_use_is_in_sight(seat: Seat) -> None:
    await seat.press("asterisk")
    await seat.press("c")
    await seat.until(lambda: len(seat.app.cockpit.consoles) == 20)
    last = list(seat.app.cockpit.consoles)[-1]
    await seat.until_shown(f" 20 {last.name}")
    tabs = seat.text().splitlines()
    assert any("‹" in line and f" 20 {last.name}" in line for line in tabs)
    await seat.press(PREFIX, "1")
    await seat.until(lambda: any("›" in line for line in seat.text().splitlines()))
    for _ in range(3):
        await seat.press(PREFIX, "x")
    await seat.until(lambda: len(seat.app.cockpit.consoles) == 17)
    await seat.press(LEAVE)
    await seat.until_shown("? Help")


async def test_what_prints_unseen_gets_a_badge(seat: Seat) -> None:
    consoles = await sit_at(seat, 2)
    consoles[0].send(b"uname\r")
    await seat.until(lambda: consoles[0].unread)
    await seat.until_shown(f"1 {consoles[0].name}*")
    await seat.press(PREFIX, "1")
    await seat.until_gone(f"1 {consoles[0].name}*")


async def test_hidden_consoles_make_no_frames(seat: Seat) -> None:
    consoles = await sit_at(seat, 3)
    assert [console.watched for console in consoles] == [False, False, True]
    await seat.press(LEAVE, "escape")
    await seat.until(lambda: not any(console.watched for console in consoles))
    await seat.press("question_mark")
    await seat.until_shown("Guests: the marked ones")
    await seat.press("escape", "c")
    await seat.until(lambda: consoles[2].watched)
    await seat.press(LEAVE, "question_mark")
    await seat.until(lambda: not any(console.watched for console in consoles))
    await seat.press("escape")
    await seat.until(lambda: consoles[2].watched)


async def test_keys_answer_while_four_consoles_flood(seat: Seat) -> None:
    await sit_at(seat, 4)
    await seat.press(PREFIX, "v", PREFIX, "v", PREFIX, "b")
    await seat.until_shown("TYPING INTO 4")
    for _ in range(3):
        await typed(seat, "flood")
        await seat.press("enter")
    begun = time.monotonic()
    await seat.press(PREFIX, "b")
    await seat.until_gone("TYPING INTO")
    assert time.monotonic() - begun < 30
    await typed(seat, "still")
    await seat.until_shown(":~# still")


async def test_nothing_is_painted_while_a_slow_terminal_is_behind(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sit_at(seat, 1)
    behind = True
    monkeypatch.setattr(outputqueue, "is_behind", lambda _app: behind)
    painted = 0
    view = seat.guests.consoles.view
    refresh = view.refresh

    def count(*args: object, **kwargs: object) -> object:
        nonlocal painted
        painted += 1
        return refresh(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(view, "refresh", count)
    await typed(seat, "flood")
    await seat.press("enter")
    for _ in range(20):
        await seat.pilot.pause(0.02)
    assert painted == 0
    behind = False
    await seat.until_shown("line 1999")
    assert painted > 0


async def test_the_window_changes_its_size_under_open_consoles(seat: Seat) -> None:
    await sit_at(seat, 4)
    await seat.press(PREFIX, "v", PREFIX, "v", PREFIX, "f")
    for size in ((80, 24), (200, 60), (40, 12), (120, 40)):
        await seat.pilot.resize_terminal(*size)
        await seat.until(lambda size=size: seat.app.size == size)  # type: ignore[misc]
        await typed(seat, "z")
    await seat.until_shown(":~# zzzz")
    size = seat.guests.consoles.shown[0].terminal.size
    assert size[0] >= 80
    assert size[1] >= 24


async def test_the_list_of_commands_resizes_no_guest(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    consoles = await sit_at(seat, 1)
    await seat.press(PREFIX, "f")
    await seat.pilot.pause(0.1)
    before = consoles[0].terminal.size
    sizes: list[tuple[int, int]] = []
    resize = consoles[0].resize

    def note(columns: int, rows: int) -> None:
        sizes.append((columns, rows))
        resize(columns, rows)

    monkeypatch.setattr(consoles[0], "resize", note)
    await seat.press(PREFIX)
    await seat.until_shown("y replay")
    await seat.press("escape")
    await seat.until_gone("y replay")
    await seat.pilot.pause(0.1)
    assert set(sizes) <= {before}


async def test_guests_of_one_name_are_told_apart_by_their_hosts(tmp_path: Path) -> None:
    hosts = [DemoHost(HostId(name), guests=12, seed=1, speed=0) for name in ("east", "west")]
    async with sit_down(cockpit_for(demo_hosts(*hosts), tmp_path), (120, 40)) as seat:
        await seat.until_shown("24 guests")
        for key in [key for key in seat.guests._table.keys if key in twins(seat, "web1")]:
            seat.guests._table.move_to(key)
            await seat.press("c")
            await seat.until_shown("web1:~#")
            await seat.press(LEAVE)
        await seat.until_shown("web1@east")
        await seat.until_shown("web1@west")


def twins(seat: Seat, name: str) -> list[GuestKey]:
    guests = seat.app.cockpit.store.inventory.guests()
    return [guest.key for guest in guests if guest.name == name]
