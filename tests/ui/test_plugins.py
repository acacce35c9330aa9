"""Plugins on the screen: in help, palette, menu, footer and command line, and what they ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.cockpits import cockpit_for, demo_hosts, lines_of, sit_down
from vmtui.config import parse
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.commands import known, table
from vmtui.ui.dialogs.confirm import Confirm
from vmtui.ui.form.inputs import Inputs
from vmtui.ui.plugins import OWN_COMMANDS, actions_of
from vmtui.ui.widgets.painted import LinesView

SETTINGS = """
[ui]
tick = 0.5
[[plugin]]
name = "greet"
label = "Greet"
help = "say hello to it"
key = "f5"
command = ["printf", "hello %s, %s\\\\n", "{name}", "{how}"]
inputs = [{ name = "how", label = "How", help = "in which words" }]
[[plugin]]
name = "wipe"
label = "Wipe"
key = "f6"
dangerous = true
command = ["true", "{name}"]
[[plugin]]
name = "look"
label = "Look at host"
key = "f7"
scope = "host"
command = ["printf", "%s\\\\nand more\\\\n", "{uri}"]
[[plugin]]
name = "wide"
scope = "all"
command = ["echo", "{names}"]
"""


def cockpit(tmp_path: Path, *, read_only: bool = False, text: str = SETTINGS) -> Cockpit:
    settings, problems = parse(text)
    assert problems == []
    hosts = demo_hosts(DemoHost(HostId("lab"), guests=12))
    return cockpit_for(hosts, tmp_path, settings=settings, read_only=read_only)


@pytest.mark.slow
async def test_a_plugin_asks_runs_and_tells(tmp_path: Path) -> None:
    async with sit_down(cockpit(tmp_path), (120, 36)) as seat:
        await seat.until_shown("web1")
        await seat.go_to("web1")
        await seat.until_shown("F5 Greet")
        await seat.press("f5")
        await seat.until(lambda: isinstance(seat.app.screen, Inputs))
        await seat.until_shown("in which words")
        await seat.press("enter")
        await seat.until_shown("something is needed here")
        await seat.press(*"friend", "enter")
        await seat.until_shown("hello web1, friend")
        await seat.press("3")
        await seat.until_shown("Greet: web1")
        await seat.press("enter")
        await seat.until_shown("exit code 0")
        assert "hello web1, friend" in seat.text()


@pytest.mark.slow
async def test_it_is_wherever_a_verb_is(tmp_path: Path) -> None:
    async with sit_down(cockpit(tmp_path), (120, 60)) as seat:
        await seat.until_shown("web1")
        await seat.go_to("web1")
        await seat.press("x", "end")
        await seat.until_shown("say hello to it")
        await seat.press("escape", "ctrl+p", *"greet")
        await seat.until_shown("say hello to it")
        await seat.press("escape", "question_mark")
        await seat.until_shown("Help")
        await seat.until(lambda: seat.app.page.place == "help")
        shown = lines_of(seat.app.page.query_one("#help", LinesView))
        assert any("Greet: say hello to it" in line for line in shown)
        await seat.press("escape", "colon", *"wide", "space", *"web1", "space", *"db1")
        await seat.press("enter")
        await seat.until_shown("takes nothing after it")
        await seat.press("escape", "colon", *"greet", "space", *"db1", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, Inputs))
        await seat.press(*"x", "enter")
        await seat.until_shown("hello db1, x")


@pytest.mark.slow
async def test_of_several_guests_it_asks_first(tmp_path: Path) -> None:
    text = '[[plugin]]\nname = "hail"\nlabel = "Hail"\nkey = "f5"\ncommand = ["true", "{name}"]\n'
    async with sit_down(cockpit(tmp_path, text=text), (120, 36)) as seat:
        await seat.until_shown("web1")
        await seat.go_to("web1")
        await seat.press("space", "space", "f5")
        await seat.until(lambda: isinstance(seat.app.screen, Confirm))
        await seat.until_shown("Hail: 2 guests")
        assert not seat.app.cockpit.jobs.running
        await seat.press("escape", "escape")
        await seat.until(lambda: not seat.guests.list.marked)
        assert not seat.app.cockpit.jobs.past
        await seat.press("f5")
        await seat.until(lambda: len(seat.app.cockpit.jobs.past) == 1)


@pytest.mark.slow
async def test_a_host_has_its_own(tmp_path: Path) -> None:
    async with sit_down(cockpit(tmp_path), (120, 36)) as seat:
        await seat.until_shown("web1")
        await seat.press("2")
        await seat.until_shown("F7 Look at host")
        await seat.press("f7", "3")
        await seat.until_shown("Look at host: lab")
        await seat.press("enter")
        await seat.until_shown("demo://lab")


@pytest.mark.slow
async def test_what_is_dangerous_asks_and_is_gone_in_read_only_mode(tmp_path: Path) -> None:
    async with sit_down(cockpit(tmp_path), (120, 36)) as seat:
        await seat.until_shown("web1")
        await seat.go_to("web1")
        await seat.press("f6")
        await seat.until(lambda: isinstance(seat.app.screen, Confirm))
        await seat.until_shown("runs here: true web1")
    reading = cockpit(tmp_path, read_only=True)
    assert "wipe" not in {action.id for action in reading.possible()}
    assert "greet" in {action.id for action in reading.possible()}
    async with sit_down(reading, (120, 36)) as seat:
        await seat.until_shown("web1")
        assert "F6 Wipe" not in seat.text()
        await seat.press("f6", "colon", *"wipe", "enter")
        await seat.until_shown("there is no command wipe")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('name = "start"', "line 1: start is an action of vmtui already"),
        ('name = "host"', "line 1: host is an action of vmtui already"),
        ('name = "save-view"', "line 1: save-view is an action of vmtui already"),
        ('name = "mine"\nkey = "s"', "line 1: mine: the key s is taken by start"),
        ('name = "mine"\nkey = "^r"', "line 1: mine: the key ^R is taken by retry"),
        ('name = "mine"\nkey = "j"', "line 1: mine: the key j is taken by moving about"),
    ],
)
def test_a_name_or_key_that_is_taken_is_told(row: str, words: str) -> None:
    settings, problems = parse(f'[[plugin]]\n{row}\ncommand = ["true"]\n')
    assert problems == []
    made, told = actions_of(settings.plugins)
    assert told == [words]
    assert [action.keys for action in made] == ([()] if "mine" in row else [])


def test_no_plugin_takes_the_name_of_a_command() -> None:
    assert sorted(OWN_COMMANDS) == sorted(command.id for command in table.COMMANDS)
    rows = "".join(f'[[plugin]]\nname = "{name}"\ncommand = ["true"]\n' for name in known(False))
    settings, problems = parse(rows)
    assert problems == []
    assert actions_of(settings.plugins)[0] == ()
