"""The command line and the palette: everything by its name, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from textual.events import Key

from tests.plan.facts import guest
from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.errors import Invalid, NotFound
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import Guest, GuestState, HostId
from vmtui.model.host import Link, LinkState
from vmtui.model.query.naming import named
from vmtui.model.stats import GuestFigures
from vmtui.ui.commands import known
from vmtui.ui.commands.command import Deck, rows
from vmtui.ui.commands.completion import find
from vmtui.ui.commands.line import quoted, replaced, split, typing, words
from vmtui.ui.remembered import Remembered
from vmtui.ui.targets import Target
from vmtui.ui.visits import Visits


@dataclass(frozen=True)
class Subject:
    guest: Guest
    figures: GuestFigures | None = None
    stale: bool = False


FLEET = [
    Subject(guest("web1", GuestState.RUNNING)),
    Subject(guest("web2", GuestState.OFF)),
    Subject(guest("web[prod]", GuestState.RUNNING)),
    Subject(guest("my guest", GuestState.OFF)),
    Subject(guest("db1", GuestState.OFF)),
]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["web1"], ["web1"]),
        (["web*"], ["web1", "web2", "web[prod]"]),
        (["db1", "web1"], ["db1", "web1"]),
        (["web*", "state:running"], ["web1", "web[prod]"]),
        (["!/^web/"], ["my guest", "db1"]),
        (["my guest"], ["my guest"]),
        (["uuid-of-db1"], ["db1"]),
        (["host:lab", "state:off"], ["web2", "my guest", "db1"]),
    ],
)
def test_guests_are_named(words: list[str], names: list[str]) -> None:
    assert [one.guest.name for one in named(FLEET, words)] == names


@pytest.mark.parametrize("words", [["web"], ["lab"], ["running"], ["web1", "nobody"], ["zz*"]])
def test_a_part_of_a_name_names_nobody(words: list[str]) -> None:
    with pytest.raises(NotFound):
        named(FLEET, words)


def test_guests_of_a_host_that_is_lost_are_named_as_such(tmp_path: Path) -> None:
    cockpit = cockpit_for([], tmp_path)
    for host, state in (("lab", LinkState.UP), ("shop", LinkState.LOST)):
        key = HostId(host)
        cockpit.store.add_host(key, "demo://", Link(state, 0.0))
        cockpit.store.apply_guests(key, [guest(f"on-{host}", host=key)])
    found = named(rows(cast(Deck, SimpleNamespace(cockpit=cockpit))), ["state:lost"])
    assert [one.guest.name for one in found] == ["on-shop"]


def test_a_term_that_makes_no_sense_names_nobody() -> None:
    with pytest.raises(Invalid):
        named(FLEET, ["web*", "state:runing"])


def test_a_near_name_is_told() -> None:
    with pytest.raises(NotFound) as told:
        named(FLEET, ["wbe1"])
    assert "did you mean web1?" in told.value.detail


def test_a_line_is_taken_apart() -> None:
    assert split(" sort  cpu desc ") == ("sort", "cpu desc")
    assert words('"my guest" web1 note:"to do"') == ["my guest", "web1", 'note:"to do"']
    assert typing("start we") == (["start"], "we")
    assert typing("start ") == (["start"], "")
    assert replaced("start we", quoted("my guest")) == 'start "my guest"'


def test_the_beginning_of_a_command_is_enough() -> None:
    commands = known(read_only=False)
    assert find(commands, "sta").id == "start"
    assert find(commands, "q").id == "quit"
    assert find(commands, "sort").id == "sort"
    with pytest.raises(Invalid, match="no command sturt"):
        find(commands, "sturt")


def test_read_only_knows_no_verb() -> None:
    assert "destroy" not in known(read_only=True)
    assert "sort" in known(read_only=True)


def test_the_trail_goes_back_and_forward() -> None:
    guests, host, jobs, events = (Target(name) for name in ("guests", "host", "jobs", "events"))
    trail = Visits("guests")
    trail.visit(host)
    trail.visit(jobs)
    assert [trail.step(-1), trail.step(-1), trail.step(-1)] == [host, guests, guests]
    assert trail.step(1) == host
    trail.visit(events)
    assert trail.step(1) == events
    assert [trail.last(), trail.last()] == [host, events]


def test_the_trail_comes_back_to_what_a_view_showed() -> None:
    trail, lab = Visits("guests"), Target("host", HostId("lab"))
    trail.visit(Target("host"))
    trail.note(Target("jobs"))
    trail.note(lab)
    trail.visit(Target("host"))
    trail.visit(Target("jobs"))
    assert trail.step(-1) == lab
    assert trail.step(-1) == Target("guests")


def test_what_is_remembered_survives_and_damage_costs_only_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "state" / "screen.json"
    memory = Remembered(path)
    memory.keep("sort", "cpu")
    for line in ("start web1", "quit", "start web1"):
        memory.add_command(line)
    again = Remembered(path)
    assert (again.text("sort"), again.commands) == ("cpu", ["quit", "start web1"])
    path.write_text("[1")
    assert Remembered(path).commands == []
    path.write_text('{"commands": 3, "sort": []}')
    assert (Remembered(path).commands, Remembered(path).text("sort")) == ([], "")


# -- on the screen -----------------------------------------------------------------------------


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    cockpit = cockpit_for(demo_hosts(DemoHost(HostId("lab"), guests=12, speed=0)), tmp_path)
    cockpit.settings_file = tmp_path / "config.toml"
    async with sit_down(cockpit, (100, 30)) as seat:
        await seat.until_shown("12 guests")
        await seat.until_shown("UPTIME")
        yield seat


async def enter(seat: Seat, line: str) -> None:
    """Type a command and enter it."""
    await seat.press("colon")
    await seat.until_shown("Tab completes")
    await seat.press(*("space" if letter == " " else letter for letter in line), "enter")


@pytest.mark.slow
async def test_tab_completes_command_and_argument(seat: Seat) -> None:
    await seat.press("colon", *"sor", "tab")
    await seat.until_shown("▸ sort")
    await seat.press(*"mem", "tab", "space", *"as", "tab", "enter")
    await seat.until_shown("MEM▲")
    assert seat.app.cockpit.remembered.text("sort") == "-memory"


@pytest.mark.slow
async def test_a_verb_acts_on_those_that_are_named_and_asks(seat: Seat) -> None:
    await enter(seat, "suspend web*")
    await seat.until_shown("Suspend 2 guests")
    await seat.press("y")

    def paused() -> set[str]:
        guests = seat.app.cockpit.store.inventory.guests()
        return {one.name for one in guests if one.state is GuestState.PAUSED}

    await seat.until(lambda: {"web1", "web[prod]"} <= paused())


@pytest.mark.slow
async def test_a_mistake_is_told_and_the_line_stands_there_again(seat: Seat) -> None:
    await enter(seat, "start nobody")
    await seat.until_shown("no guest is named nobody")
    await seat.until_shown(" start nobody")
    await seat.press("escape")
    await seat.until_gone("nobody")
    await seat.press("colon", "up")
    await seat.until_shown(" start nobody")


@pytest.mark.slow
async def test_a_theme_is_seen_while_it_is_typed_and_kept_when_entered(seat: Seat) -> None:
    await seat.press("colon", *"theme", "space", *"paper")
    await seat.until(lambda: seat.app.theme == "paper")
    await seat.press("escape")
    await seat.until(lambda: seat.app.theme == "midnight")
    await enter(seat, "theme mono")
    await seat.until(lambda: seat.app.theme == "mono")
    await seat.until(lambda: seat.app.cockpit.settings.theme == "mono")
    path = seat.app.cockpit.settings_file
    assert path and 'theme = "mono"' in path.read_text()


@pytest.mark.slow
async def test_a_filter_is_saved_and_a_setting_is_checked(seat: Seat) -> None:
    await enter(seat, "filter web !prod")
    await seat.until_shown("1 of 12 guests")
    await enter(seat, "save-filter front")
    await seat.until_shown("@front is now this filter")
    await enter(seat, "filter @front")
    await seat.until_shown("filter: @front")
    await enter(seat, "set tick 0.001")
    await seat.until_shown("0.5 to 60")
    await enter(seat, "set tick fast")
    await seat.until_shown("tick wants a number")
    await seat.press("escape")
    await enter(seat, "set tick 3")
    await seat.until_shown("tick is 3 from the next start on")
    await enter(seat, "set scrollback 70000")
    await seat.until_shown("scrollback is 70000 from the next start on")
    await enter(seat, "set level DEBUG")
    await seat.until_shown("level is DEBUG from the next start on")
    await enter(seat, "set theme paper")
    await seat.until(lambda: seat.app.theme == "paper")


@pytest.mark.slow
async def test_views_by_name_and_back_and_forward(seat: Seat) -> None:
    await enter(seat, "jobs")
    await seat.until(lambda: seat.app.page.place == "jobs")
    await enter(seat, "host la")
    await seat.until(lambda: seat.app.page.place == "host")
    for key, place in (("[", "jobs"), ("[", "guests"), ("]", "jobs"), ("-", "guests")):
        names = {"[": "left_square_bracket", "]": "right_square_bracket", "-": "minus"}
        await seat.press(names[key])
        await seat.until(lambda place=place: seat.app.page.place == place)  # type: ignore[misc]


@pytest.mark.slow
async def test_the_palette_finds_by_letters_and_says_why_not(seat: Seat) -> None:
    await seat.go_to("vpn1")
    await seat.press("ctrl+p", *"frcoff")
    await seat.until_shown("✗ it is off")
    await seat.press("enter")
    await seat.until_shown("What to do")
    await seat.press(*["backspace"] * 6, "down", "up", *"jobs", "enter")
    await seat.until(lambda: seat.app.page.place == "jobs")


async def test_what_is_typed_in_one_burst_goes_into_the_line(seat: Seat) -> None:
    before = len(seat.app.cockpit.jobs.running)
    for key in ("colon", *"sort", "space", *"cpu", "enter"):
        seat.app.post_message(burst_key(key))
    await seat.until(lambda: seat.guests.list.column.id == "cpu")
    for key in ("slash", *"d1a"):
        seat.app.post_message(burst_key(key))
    await seat.until(lambda: seat.guests.filter_line.typed == "d1a")
    assert len(seat.app.cockpit.jobs.running) == before


def burst_key(key: str) -> Key:
    """A key as the terminal's reader sends it, with nobody waiting for what it does."""
    characters = {"colon": ":", "slash": "/", "space": " ", "enter": "\r"}
    return Key(key, characters.get(key, key))
