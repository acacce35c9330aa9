"""Settings and themes that change while the screen is up."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui import config
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.paths import theme_dirs
from vmtui.ui import reload
from vmtui.ui.cockpit import Cockpit

LIMIT = 60.0
FIRST = '[ui]\ntick = 0.5\ntheme = "midnight"\n'


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reload, "SECONDS", 0.05)


@pytest.fixture
def cockpit(tmp_path: Path) -> Cockpit:
    file = tmp_path / "config.toml"
    file.write_text(FIRST)
    settings, _ = config.load(file)
    hosts = demo_hosts(DemoHost(HostId("lab"), guests=12))
    made = cockpit_for(hosts, tmp_path / "journal", settings=settings)
    made.watched = made.settings_file = file
    (tmp_path / "themes").mkdir()
    made.theme_folders = [*theme_dirs(), tmp_path / "themes"]
    return made


async def ready(seat: Seat) -> None:
    await seat.until_shown("web1")
    await seat.until(lambda: seat.app.reload.knows, LIMIT)


@pytest.mark.slow
async def test_keys_plugins_and_theme_are_in_force_at_once(cockpit: Cockpit) -> None:
    async with sit_down(cockpit, (120, 36)) as seat:
        await ready(seat)
        await seat.go_to("web1")
        assert cockpit.watched is not None
        cockpit.watched.write_text(
            '[ui]\ntick = 0.5\ntheme = "paper"\n[keys]\nhelp = "f4"\n'
            '[[plugin]]\nname = "greet"\nlabel = "Greet"\nkey = "f5"\n'
            'command = ["printf", "hello %s", "{name}"]\n'
        )
        await seat.until_shown("the settings were read again", LIMIT)
        await seat.until_shown("F5 Greet")
        assert seat.app.palette.theme.name == "paper"
        assert seat.app.theme == "paper"
        await seat.press("f5")
        await seat.until_shown("hello web1", LIMIT)
        await seat.press("question_mark")
        await seat.press("f4")
        await seat.until(lambda: seat.app.page.place == "help")
        cockpit.watched.write_text(FIRST)
        await seat.until(lambda: not cockpit.plugins, LIMIT)
        await seat.press("escape", "question_mark")
        await seat.until(lambda: seat.app.page.place == "help")
        assert seat.app.theme == "midnight"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[keys]\nhelp = "s"\n', "[keys] help: s is taken by start; the old ones stay"),
        ("[ui\n", "the old ones stay"),
        ('[ui]\nthem = "paper"\n', "line 2: them is not known; did you mean theme?"),
        ('[ui]\ntheme = "nosuch"\n', "theme nosuch is not known"),
    ],
)
async def test_what_is_wrong_leaves_the_old(cockpit: Cockpit, text: str, words: str) -> None:
    async with sit_down(cockpit, (160, 36)) as seat:
        await ready(seat)
        before = (cockpit.settings, cockpit.keymap, seat.app.theme)
        assert cockpit.watched is not None
        cockpit.watched.write_text(text)
        await seat.until_shown(words, LIMIT)
        assert (cockpit.settings, cockpit.keymap, seat.app.theme) == before
        cockpit.watched.write_text(FIRST.replace("midnight", "paper"))
        await seat.until(lambda: seat.app.theme == "paper", LIMIT)


@pytest.mark.slow
async def test_the_theme_in_use_is_painted_anew(cockpit: Cockpit, tmp_path: Path) -> None:
    async with sit_down(cockpit, (120, 36)) as seat:
        await ready(seat)
        (shipped,) = (folder / "midnight.toml" for folder in theme_dirs()[:1])
        text = shipped.read_text()
        own = tmp_path / "themes" / "mine.toml"
        own.write_text(text.replace('name = "midnight"', 'name = "mine"'))
        await seat.until(lambda: "mine" in cockpit.palettes, LIMIT)
        own.write_text("name = 3\n")
        await seat.until_shown("theme mine.toml", LIMIT)
        assert "mine" in cockpit.palettes
        background = seat.app.palette.theme.background
        own.write_text(text.replace(str(background), "#102030"))
        await seat.until(lambda: seat.app.palette.theme.background == "#102030", LIMIT)
        assert seat.app.current_theme.background == "#102030"


@pytest.mark.slow
async def test_what_counts_from_the_next_start_says_so(cockpit: Cockpit) -> None:
    async with sit_down(cockpit, (120, 36)) as seat:
        await ready(seat)
        assert cockpit.watched is not None
        cockpit.watched.write_text(f'{FIRST}group_by = "state"\nview = "mine"\n')
        await seat.until_shown("read again; group_by, view from the next start on", LIMIT)
        assert seat.guests.list.groups.by is None


def test_every_setting_counts_at_once_or_later() -> None:
    at_once = {"plugins", "views", "theme", "columns", "ascii", "filters", "keys", "key_lines",
               "shutdown_patience"}  # fmt: skip
    assert not at_once & set(reload.LATER)
    assert at_once | set(reload.LATER) == {item.name for item in fields(config.Settings)}


@pytest.mark.slow
async def test_what_the_screen_writes_itself_is_no_news(cockpit: Cockpit) -> None:
    async with sit_down(cockpit, (120, 36)) as seat:
        await ready(seat)
        await seat.press("colon", *"theme", "space", *"paper", "enter")
        await seat.until(lambda: cockpit.settings.theme == "paper", LIMIT)
        await seat.until(lambda: seat.app.reload.at_rest, LIMIT)
        assert seat.app.theme == "paper"
        assert "read again" not in seat.text()
