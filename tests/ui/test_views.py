"""The table as one likes it: columns with widths, their dialog, and named views in the settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.config import Settings, parse
from vmtui.entries import ViewEntry
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.settingsfile import drop_row, put_row
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.columns import fit, wanted_columns

WORK = ViewEntry("work", "name:20 state cpu", "-cpu", "host", "state:running")


@pytest.fixture
def cockpit(tmp_path: Path) -> Cockpit:
    made = cockpit_for(demo_hosts(DemoHost(HostId("lab"), guests=12, speed=0)), tmp_path)
    made.settings_file = tmp_path / "config.toml"
    made.settings_file.write_text("# mine\n[ui]\ntick = 0.5\n", encoding="utf-8")
    return made


def kept(cockpit: Cockpit) -> str:
    assert cockpit.settings_file is not None
    return cockpit.settings_file.read_text(encoding="utf-8")


def keys(typed: str) -> list[str]:
    names = {" ": "space", "-": "minus", ":": "colon", "=": "equals_sign"}
    return [names.get(letter, letter) for letter in typed]


async def command(seat: Seat, line: str) -> None:
    """Do what a typed command does: tests of the command line type."""
    seat.app.run_command(line)
    await seat.pilot.pause()


async def typed(seat: Seat, line: str) -> None:
    await seat.press("colon", *keys(line), "enter")


def layout(seat: Seat) -> list[tuple[str, int]]:
    return [(column.id, room) for column, room in seat.guests.list.layout]


# -- widths ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "made"),
    [
        (["name", "tags:30"], {"name": 0, "tags": 30}),
        (["tags:30"], {"name": 0, "tags": 30}),
        (["name:2", "os:9999", "cpu:x", "ip:-4"], {"name": 0, "os": 0, "cpu": 0, "ip": 0}),
        (["colour", "colour:9"], {}),
        ([], {}),
    ],
)
def test_columns_are_read_with_their_widths(wanted: list[str], made: dict[str, int]) -> None:
    assert wanted_columns(wanted) == made


def test_a_column_is_as_wide_as_was_said() -> None:
    shown = {column.id: room for column, room in fit(100, 40, 0, ["name:15", "tags:30", "state"])}
    assert shown == {"name": 15, "tags": 30, "state": 11}


@pytest.mark.slow
async def test_widths_are_typed_kept_and_refused(cockpit: Cockpit) -> None:
    async with sit_down(cockpit, (120, 36)) as seat:
        await seat.until_shown("12 guests")
        await command(seat, "columns name:20 state tags:9")
        await seat.until(lambda: layout(seat) == [("name", 20), ("state", 11), ("tags", 9)])
        await seat.until(lambda: 'columns = "name:20 state tags:9"' in kept(cockpit))
        await typed(seat, "columns name:1")
        await seat.until_shown("a column has 3 to 200 cells")


# -- the dialog --------------------------------------------------------------------------------


@pytest.mark.slow
async def test_columns_are_chosen_moved_and_widened_in_the_dialog(cockpit: Cockpit) -> None:
    async with sit_down(cockpit, (80, 24)) as seat:
        await seat.until_shown("12 guests")
        await command(seat, "columns name state cpu")
        await seat.until(lambda: len(layout(seat)) == 3)
        await seat.press("vertical_line")
        await seat.until_shown("all that fit")
        await seat.press("down", "shift+down", "right", "right")
        await seat.until(lambda: layout(seat) == [("name", 12), ("cpu", 6), ("state", 13)])
        await seat.press("up", "space")
        await seat.until(lambda: [one for one, _ in layout(seat)] == ["name", "state"])
        await seat.press("up", "space", "enter")
        await seat.until(lambda: 'columns = "name state:13"' in kept(cockpit))
        assert "# mine" in kept(cockpit)


@pytest.mark.slow
async def test_leaving_the_dialog_leaves_the_columns_as_they_were(cockpit: Cockpit) -> None:
    async with sit_down(cockpit, (120, 36)) as seat:
        await seat.until_shown("12 guests")
        before = layout(seat)
        await seat.press("vertical_line")
        await seat.until_shown("as many as fit")
        await seat.press("down", "space")
        await seat.until(lambda: layout(seat) != before)
        await seat.press("escape")
        await seat.until(lambda: layout(seat) == before)
        assert "columns" not in kept(cockpit)


@pytest.mark.slow
async def test_as_many_as_fit_is_a_choice_too(cockpit: Cockpit) -> None:
    async with sit_down(cockpit, (120, 36)) as seat:
        await seat.until_shown("12 guests")
        await command(seat, "columns name")
        await seat.until(lambda: len(layout(seat)) == 1)
        await seat.press("vertical_line")
        await seat.until_shown("all that fit")
        await seat.press("a", "enter")
        await seat.until(lambda: len(layout(seat)) > 3)
        await seat.until(lambda: "columns =" not in kept(cockpit))


# -- named views -------------------------------------------------------------------------------


def test_views_are_read_from_the_settings() -> None:
    settings, problems = parse(
        '[[view]]\nname = "work"\ncolumns = "name:20 state cpu"\nsort = "-cpu"\n'
        'group_by = "host"\nfilter = "state:running"\n'
        '[[view]]\nname = "two words"\n[[view]]\nname = "work"\n[[view]]\nname = "x"\ncolor = "red"'
    )
    assert settings.views == (WORK, ViewEntry("x"))
    assert [(one.line, one.message.split(";")[0]) for one in problems] == [
        (7, "a view needs a name of one word"),
        (10, "two views are named work"),
        (13, "color is not known"),
    ]


def test_a_view_is_taken_out_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\n", encoding="utf-8")
    for name in ("a", "b"):
        put_row(path, "view", name, {"sort": "cpu"})
    assert [view.name for view in drop_row(path, "view", "a").views] == ["b"]
    assert drop_row(path, "view", "b").views == ()
    assert path.read_text(encoding="utf-8").strip() == "# mine"


@pytest.mark.slow
async def test_a_view_is_saved_called_and_forgotten(cockpit: Cockpit) -> None:
    async with sit_down(cockpit, (120, 36)) as seat:
        await seat.until_shown("12 guests")
        await seat.press("apostrophe")
        await seat.until_shown("no view is saved yet")
        for words in ("columns name state", "sort state desc", "group-by os", "filter web"):
            await command(seat, words)
        await seat.until_shown("2 of 12 guests")
        await command(seat, "save-view mine")
        await seat.until_shown("view mine is kept")
        for words in ("columns", "sort name", "group-by none", "filter"):
            await command(seat, words)
        await seat.until_gone("of 12 guests")
        await command(seat, "view mi")
        await seat.until_shown("2 of 12 guests")
        guests = seat.guests.list
        assert guests.columns == ("name", "state")
        assert (guests.column.id, guests.falling) == ("state", True)
        assert guests.groups.by is not None
        assert guests.groups.by.id == "os"
        settings, _ = parse(kept(cockpit))
        assert settings.views == (ViewEntry("mine", "name state", "-state", "os", "web"),)
        await command(seat, "filter")
        await seat.until_gone("of 12 guests")
        await seat.press("apostrophe")
        await seat.until_shown("Show the view")
        await seat.press("enter")
        await seat.until_shown("2 of 12 guests")
        await command(seat, "delete-view mine")
        await seat.until_shown("view mine is gone")
        assert "[[view]]" not in kept(cockpit)
        await typed(seat, "view mine")
        await seat.until_shown("there is no view mine")


@pytest.mark.parametrize(
    ("views", "told"),
    [
        ((WORK,), "by host"),
        ((), "there is no view work"),
        ((ViewEntry("work", "name colour", "cpu", "shape"),), "12 guests"),
    ],
)
async def test_one_begins_with_the_view_of_the_settings(
    tmp_path: Path, views: Sequence[ViewEntry], told: str
) -> None:
    settings = Settings(tick=0.5, views=tuple(views), view="work")
    host = DemoHost(HostId("lab"), guests=12, speed=0)
    cockpit = cockpit_for(demo_hosts(host), tmp_path, settings=settings)
    async with sit_down(cockpit, (120, 36)) as seat:
        await seat.until_shown(told)


async def test_what_a_view_names_and_is_not_there_is_told(tmp_path: Path) -> None:
    settings = Settings(tick=0.5, views=(ViewEntry("odd", "name colour", "cpu", "shape"),))
    host = DemoHost(HostId("lab"), guests=12, speed=0)
    cockpit = cockpit_for(demo_hosts(host), tmp_path, settings=settings)
    async with sit_down(cockpit, (120, 36)) as seat:
        await seat.until_shown("12 guests")
        await command(seat, "view odd")
        await seat.until_shown("view odd: there is no column colour")
        assert [one for one, _ in layout(seat)] == ["name"]
