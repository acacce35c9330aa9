"""The settings file: what is right is taken, what is wrong is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmtui.config import Settings, load, parse

GOOD = """\
[ui]
theme = "paper"
tick = 5

[[host]]
name = "lab"
uri = "qemu+ssh://root@lab/system"
read_only = true

[[host]]
uri = "qemu:///system"

[keys]
start = "ctrl+s"
"""


def test_a_good_file_is_taken_whole() -> None:
    settings, problems = parse(GOOD)
    assert problems == []
    assert settings.theme == "paper"
    assert settings.tick == 5.0
    assert [host.uri for host in settings.hosts] == ["qemu+ssh://root@lab/system", "qemu:///system"]
    assert settings.hosts[0].read_only
    assert settings.keys == {"start": "ctrl+s"}


def test_a_file_that_is_not_there_is_no_problem(tmp_path: Path) -> None:
    assert load(tmp_path / "none.toml") == (Settings(), [])


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    settings, problems = load(tmp_path)
    assert settings == Settings()
    assert "cannot be read" in str(problems[0])


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[ui]\ntheem = 'x'\n", 2, "did you mean theme"),
        ("\n\n[behavior]\n", 3, "did you mean behaviour"),
        ("[ui]\ntick = 'fast'\n", 2, "wants a number"),
        ("[ui]\ntick = 0.01\n", 2, "0.5 to 60"),
        ("[behaviour]\nread_only = 1\n", 2, "true or false"),
        ("[[host]]\nname = 'x'\n", 1, "needs a uri"),
        ("[[host]]\nuri='a'\nname='x'\n[[host]]\nuri='b'\nname='x'\n", 6, "two hosts"),
        ("[[host]]\nuri='a'\nport=3\n", 3, "not known"),
        ("[[image]]\nid='a'\n", 1, "needs an id and a url"),
        ("[[host]]\nuri='a'\n[[image]]\nid='a'\nurl='http://x'\nsize='b'\n", 6, "whole number"),
        ("[[image]]\nid='a'\nurl='http://x'\n[[image]]\nid='a'\nurl='http://y'\n", 5, "two images"),
        ("ui = 3\n", 1, "write [ui]"),
        ("[keys]\nstart = 3\n", 2, "wants a key"),
        ("[log]\nlevel = 'LOUD'\n", 2, "one of DEBUG"),
        ("[ui\n", 1, "not valid TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, words: str) -> None:
    _settings, problems = parse(text)
    assert len(problems) == 1
    assert words in problems[0].message
    assert problems[0].line == line


def test_a_problem_costs_only_its_own_setting() -> None:
    settings, problems = parse("[ui]\ntick = 'x'\ntheme = 'paper'\n")
    assert len(problems) == 1
    assert (settings.theme, settings.tick) == ("paper", 2.0)


def test_the_console_is_set_up() -> None:
    settings, problems = parse(
        '[console]\nleave = "^O"\nprefix = "F12"\nscrollback = 1048576\npaste_pace = 500\n'
        'paste_lines_ask = 0\n[console.snippets]\n"who is in" = "w\\n"\nbreak = "\\u0003"\n'
    )
    assert problems == []
    console = settings.console
    assert (console.leave, console.prefix) == ("ctrl+o", "f12")
    assert (console.scrollback, console.paste_pace, console.paste_lines_ask) == (1 << 20, 500, 0)
    assert console.snippets == {"who is in": "w\n", "break": "\x03"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[console]\nleave = "x"\n', 2, "leave is Ctrl with a letter"),
        ('[console]\nleave = "ctrl+m"\n', 2, "leave is Ctrl with a letter"),
        ('[console]\nprefix = "ctrl+]"\n', 2, "both ctrl+]"),
        ("[console]\nscrollback = 10\n", 2, "scrollback is"),
        ("[console]\npaste_pace = -1\n", 2, "paste_pace is 0"),
        ('[console]\npaste_pace = "fast"\n', 2, "wants a whole number"),
        ("[console]\npaste_pase = 3\n", 2, "did you mean paste_pace"),
        ("[console.snippets]\nempty = 3\n", 2, "wants the text to type"),
        ("[console]\nsnippets = 3\n", 2, "write [console.snippets]"),
        ("console = 3\n", 1, "write [console]"),
    ],
)
def test_what_is_wrong_with_the_console_is_told(text: str, line: int, words: str) -> None:
    settings, problems = parse(text)
    assert settings.console == Settings().console
    assert problems[0].line == line
    assert words in problems[0].message
