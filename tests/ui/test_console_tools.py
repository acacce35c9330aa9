"""What one does at a console besides typing: record, replay, write, mark, choose a port, paste."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual import events

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.config import ConsoleSettings, Settings
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.device import ConsolePort
from vmtui.model.guest import HostId
from vmtui.terminal.asciicast import read_events

pytestmark = pytest.mark.slow

LEAVE, PREFIX = "ctrl+right_square_bracket", "ctrl+backslash"


def lab() -> DemoHost:
    return DemoHost(HostId("lab"), guests=12, speed=0)


def give_ports(host: DemoHost, *ports: ConsolePort) -> None:
    guest = host.named("web1")
    guest.facts = replace(guest.facts, definition=replace(guest.definition, consoles=ports))


@asynccontextmanager
async def at_table(
    folder: Path, host: DemoHost | None = None, console: ConsoleSettings | None = None
) -> AsyncIterator[Seat]:
    settings = Settings(tick=0.5, console=console or ConsoleSettings())
    hosts = demo_hosts(host or lab())
    async with sit_down(cockpit_for(hosts, folder, settings=settings), (100, 30)) as seat:
        await seat.until_shown("12 guests")
        await seat.go_to("web1")
        yield seat


@asynccontextmanager
async def at_console(
    folder: Path, host: DemoHost | None = None, console: ConsoleSettings | None = None
) -> AsyncIterator[Seat]:
    async with at_table(folder, host, console) as seat:
        await seat.press("c")
        await seat.until_shown("web1:~#")
        yield seat


@pytest.fixture
async def seat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Seat]:
    monkeypatch.setenv("HOME", str(tmp_path))
    async with at_console(tmp_path) as seat:
        yield seat


async def fill_in(seat: Seat, text: str) -> None:
    seat.app.screen.query_one("#field").value = text  # type: ignore[attr-defined]
    await seat.press("enter")


def feed(seat: Seat, data: bytes) -> None:
    console = seat.guests.consoles.current
    assert console is not None
    console.terminal.feed(data)


def recordings(folder: Path) -> list[Path]:
    return list(folder.glob("web1-*.cast"))


# -- recording and replay --------------------------------------------------------------------------


async def test_a_recording_is_marked_ended_and_played(seat: Seat, tmp_path: Path) -> None:
    await seat.press(PREFIX, "r")
    await seat.until_shown("● REC")
    await seat.press(*"uname", "enter")
    await seat.until_shown("Demo 1.0 x86_64")
    await seat.press(PREFIX, "r")
    await seat.until_shown("recorded to")
    await seat.until_gone("● REC")
    (path,) = recordings(tmp_path)
    assert "Demo 1.0" in "".join(event.data for event in read_events(path))
    await seat.press(PREFIX, "y")
    await seat.until_shown("path of a recording")
    assert seat.app.screen.query_one("#field").value == str(path)  # type: ignore[attr-defined]
    await seat.press("enter")
    await seat.until_shown("Space pauses")
    await seat.until(lambda: seat.text().count("Demo 1.0 x86_64") == 1)
    await seat.press("end")
    await seat.until_shown("■ 0:0")
    await seat.press("q", "D", "x")
    await seat.press(PREFIX, "x")
    await seat.until_gone("Space pauses")
    await seat.until_shown("keys go to web1")


async def test_recordings_do_not_overwrite_each_other(seat: Seat, tmp_path: Path) -> None:
    for count in (1, 2):
        await seat.press(PREFIX, "r")
        await seat.until_shown("● REC")
        await seat.press(PREFIX, "r")
        await seat.until_gone("● REC")
        assert len(recordings(tmp_path)) == count


async def test_what_is_not_there_cannot_be_played(seat: Seat, tmp_path: Path) -> None:
    await seat.press(PREFIX, "y")
    await seat.until_shown("path of a recording")
    await fill_in(seat, str(tmp_path / "none.cast"))
    await seat.until_shown("there is no such file")


async def test_a_replay_is_not_typed_into(seat: Seat, tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"from a file\r\n")
    await seat.press(PREFIX, "y")
    await seat.until_shown("path of a recording")
    await fill_in(seat, str(tmp_path / "raw"))
    await seat.until_shown("from a file")
    await seat.press(PREFIX, "v", PREFIX, "b")
    await seat.until_shown("only one console is shown")
    await seat.press(PREFIX, "r")
    await seat.until_shown("a replay is not recorded")
    await seat.press(LEAVE)
    await seat.until_shown("? Help")


async def test_the_past_of_a_replay_is_searched_and_copied(seat: Seat, tmp_path: Path) -> None:
    lines = "".join(f"row {number};\r\n" for number in range(300))
    (tmp_path / "raw").write_bytes(lines.encode())
    await seat.press(PREFIX, "y")
    await seat.until_shown("path of a recording")
    await fill_in(seat, str(tmp_path / "raw"))
    await seat.until_shown("row 299;")
    await seat.press(PREFIX, "s")
    await seat.until_shown("a regular expression")
    await fill_in(seat, "row 42;")
    await seat.until_shown("row 42;")
    await seat.until_shown("looking back")
    await seat.press("V", "j", "y")
    await seat.until(lambda: seat.app.clipboard == "row 42;\nrow 43;")
    await seat.press("escape")
    await seat.until_shown("row 299;")
    await seat.until_shown("Space pauses")


# -- files and the clipboard -----------------------------------------------------------------------


async def test_colours_are_written_where_the_file_ends_in_ans(seat: Seat, tmp_path: Path) -> None:
    feed(seat, b"\r\n\x1b[1;31mred\x1b[0m \x1b[38;2;1;2;3mtrue\x1b[0m\r\n")
    await seat.until_shown("red true")
    for ending in (".ans", ".txt"):
        await seat.press(PREFIX, "w")
        await seat.until_shown(".ans keeps the colours")
        await fill_in(seat, str(tmp_path / f"out{ending}"))
        await seat.until_shown(f"out{ending}")
        await seat.until(lambda ending=ending: (tmp_path / f"out{ending}").exists())  # type: ignore[misc]
        await seat.until_gone(".ans keeps the colours")
    await seat.until(lambda: (tmp_path / "out.txt").read_text().endswith("red true\n"))
    coloured = (tmp_path / "out.ans").read_text()
    assert "\x1b[0;1;31mred\x1b[0m \x1b[0;38;2;1;2;3mtrue\x1b[0m\n" in coloured
    assert "\x1b" not in (tmp_path / "out.txt").read_text()


def rows_with(seat: Seat, words: str) -> int:
    """The row of the view in which these words stand."""
    view = seat.guests.consoles.view
    lines = seat.text().splitlines()[view.region.y :]
    return next(n for n, line in enumerate(lines) if words in line)


async def drag(seat: Seat, start: tuple[int, int], end: tuple[int, int], *, shift: bool) -> None:
    view = seat.guests.consoles.view
    await seat.pilot.mouse_down(view, offset=start, shift=shift)
    await seat.pilot.hover(view, offset=end)
    await seat.pilot.mouse_up(view, offset=end, shift=shift)


async def test_what_is_dragged_over_is_copied(seat: Seat) -> None:
    feed(seat, "\r\nfirst line\r\nwide 漢字 line\r\n".encode())
    await seat.until_shown("漢字")
    y = rows_with(seat, "first line")
    await drag(seat, (6, y), (7, y + 1), shift=False)
    await seat.until(lambda: seat.app.clipboard == "line\nwide 漢字")
    await seat.until_shown("copied 12 characters")


async def test_a_click_copies_nothing(seat: Seat) -> None:
    await seat.pilot.click(seat.guests.consoles.view, offset=(3, 3))
    await seat.pilot.pause(0.05)
    assert seat.app.clipboard == ""


async def test_a_guest_that_asks_for_the_mouse_gets_it_but_with_shift(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = seat.guests.consoles.current
    assert console is not None
    sent: list[bytes] = []
    monkeypatch.setattr(console, "send", sent.append)
    feed(seat, b"\x1b[?1002h\x1b[?1006h\r\nmouse here")
    await seat.until_shown("mouse here")
    y = rows_with(seat, "mouse here")
    await drag(seat, (0, y), (4, y), shift=False)
    await seat.until(lambda: len(sent) >= 2)
    assert any(data.startswith(b"\x1b[<0;1;") for data in sent)
    assert sent[-1].endswith(b"m")
    assert seat.app.clipboard == ""
    sent.clear()
    await drag(seat, (0, y), (4, y), shift=True)
    await seat.until(lambda: seat.app.clipboard == "mouse")
    assert not sent


# -- ports -----------------------------------------------------------------------------------------


async def test_a_guest_with_several_ports_offers_them(tmp_path: Path) -> None:
    host = lab()
    give_ports(host, ConsolePort("serial", 0, "serial0"), ConsolePort("virtio", 1, "console1"))
    async with at_table(tmp_path, host) as seat:
        await seat.press("c")
        await seat.until_shown("Which console of web1?")
        await seat.until_shown("device serial0, the first")
        await seat.press("down", "enter")
        await seat.until_shown("web1:virtio1")
        await seat.press(LEAVE, "c")
        await seat.until_shown("device console1, open here")
        await seat.press("escape")
        await seat.until_gone("Which console")
        assert len(seat.app.cockpit.consoles) == 1


async def test_a_guest_without_ports_says_what_to_do(tmp_path: Path) -> None:
    host = lab()
    give_ports(host)
    async with at_table(tmp_path, host) as seat:
        await seat.press("c")
        await seat.until_shown("it has no serial or virtio console")
        await seat.until_shown("console=ttyS0")


async def test_the_hosts_record_is_mentioned(tmp_path: Path) -> None:
    host = lab()
    give_ports(host, ConsolePort("serial", 0, "serial0", log="/var/log/libvirt/web1.log"))
    async with at_console(tmp_path, host) as seat:
        await seat.press(PREFIX, "f")
        console = seat.guests.consoles.current
        assert console is not None
        assert console.note == "logged to /var/log/libvirt/web1.log on the host"


# -- settings --------------------------------------------------------------------------------------


async def test_other_chords_leave_and_begin_commands(tmp_path: Path) -> None:
    wanted = ConsoleSettings(leave="ctrl+o", prefix="f12")
    async with at_console(tmp_path, console=wanted) as seat:
        bottom = seat.text().splitlines()[-1]
        assert "^O leave" in bottom
        assert "F12 commands" in bottom
        await seat.press("f12", "f")
        await seat.until_gone("NAME")
        await seat.press(LEAVE, PREFIX)
        assert seat.guests.consoles.has_keys
        await seat.press("ctrl+o")
        await seat.until_shown("? Help")
        await seat.press("question_mark", "end", "pageup")
        await seat.until_shown("F12 F12")


async def test_a_slow_paste_shows_how_far_it_is_and_escape_stops_it(tmp_path: Path) -> None:
    slow = ConsoleSettings(paste_pace=50, paste_lines_ask=0)
    async with at_console(tmp_path, console=slow) as seat:
        seat.guests.consoles.view.post_message(events.Paste("one\n" + "x" * 500))
        await seat.until_shown("Esc stops")
        await seat.until_shown("one: not found")
        await seat.press("escape")
        await seat.until_gone("Esc stops")
        assert seat.text().count("x") < 400


async def test_a_snippet_is_typed(tmp_path: Path) -> None:
    some = ConsoleSettings(snippets={"who am I": "uname\n", "colours": "colours\n"})
    async with at_console(tmp_path, console=some) as seat:
        await seat.press(PREFIX, "i")
        await seat.until_shown("who am I")
        await seat.press("enter")
        await seat.until_shown("Demo 1.0 x86_64")


async def test_without_snippets_it_says_where_they_are_written(seat: Seat) -> None:
    await seat.press(PREFIX, "i")
    await seat.until_shown("[console.snippets]")


# -- leaving ---------------------------------------------------------------------------------------


async def test_the_leave_chord_works_in_every_state(seat: Seat) -> None:
    async def back_again(words: str = "keys go to web1") -> None:
        await seat.until_shown("? Help")
        assert seat.guests._table.has_focus
        await seat.press("c")
        await seat.until_shown(words)

    await seat.press(LEAVE)
    await back_again()
    await seat.press(PREFIX, LEAVE)
    await back_again()
    await seat.press(*"flood", "enter")
    await seat.press("shift+pageup")
    await seat.press(LEAVE)
    await back_again("looking back")
    await seat.press("escape")
    await seat.until_shown("keys go to web1")
    await seat.press(PREFIX, "f")
    await seat.until_gone("NAME")
    await seat.press(LEAVE)
    await back_again()
    feed(seat, b"\x1b[?1049h\x1b[?1003h\x1b[?1006h")
    await seat.press(LEAVE)
    await back_again()
    await seat.press(LEAVE, "D", "y")
    await seat.until_shown("web1 is off")
    await seat.until_shown("? Help")
    await seat.press("c")
    await seat.until_shown("keys go to web1")
    await seat.press(LEAVE)
    await seat.until_shown("? Help")


async def test_a_guest_that_is_deleted_leaves_its_console(seat: Seat) -> None:
    store = seat.app.cockpit.store
    guest = next(g for g in store.inventory.guests() if g.name == "web1")
    store.apply_guests(guest.key.host, [], [guest.key.uuid])
    await seat.press(*"x")
    assert "web1:~#" in seat.text()
    await seat.press(PREFIX, "x")
    await seat.until_shown("? Help")


async def test_a_title_of_control_characters_is_harmless(seat: Seat) -> None:
    feed(seat, "\x1b]2;a\x01[red]b\u202e\x9bc\x07".encode())
    await seat.until_shown("[red]b")
    assert all(character.isprintable() or character == "\n" for character in seat.text())


async def test_a_player_keeps_its_keys_while_typing_goes_to_many(
    seat: Seat, tmp_path: Path
) -> None:
    await seat.press(LEAVE)
    await seat.go_to("ci1")
    await seat.press("c")
    await seat.until_shown("ci1:~#")
    (tmp_path / "raw").write_bytes(b"from a file\r\n" * 5000)
    await seat.guests.consoles.replay(tmp_path / "raw")
    await seat.press(PREFIX, "v", PREFIX, "v")
    await seat.until(lambda: len(seat.guests.consoles.shown) == 3)
    await seat.press(PREFIX, "b")
    await seat.until_shown("TYPING INTO 2")
    await seat.press("space")
    await seat.until_shown("‖ 0:")
    await seat.press(PREFIX, "1", "x")
    await seat.until(lambda: seat.text().count(":~# x") == 2)
