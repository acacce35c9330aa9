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
