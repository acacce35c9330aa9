"""Themes: the shipped ones are whole, a broken one is told and left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmtui.paths import theme_dirs
from vmtui.ui import theme

SHIPPED = theme.find(theme_dirs())


def test_the_shipped_themes_are_all_usable() -> None:
    found, problems = SHIPPED
    assert problems == []
    assert {"midnight", "paper", "mono"} <= set(found)


def test_without_colour_there_is_none() -> None:
    palette, _ = theme.choose(SHIPPED[0], "midnight", no_color=True)
    assert palette.theme.name == "mono"
    styles = [*palette.roles.values(), *palette.rows.values(), palette.base]
    assert all(style.color is None and style.bgcolor is None for style in styles)


def test_an_unknown_theme_falls_back_and_says_so() -> None:
    palette, problem = theme.choose(SHIPPED[0], "nord")
    assert palette.theme.name == "midnight"
    assert problem and "known are" in problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = 3", "needs a name"),
        ('name = "x"', "lacks background"),
        ('name = "x"\n[colors]\nbackground = "bluish"', "is no colour"),
        ("name = ", "Invalid value"),
    ],
)
def test_a_broken_theme_is_told_with_its_file(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    found, problems = theme.find([*theme_dirs(), tmp_path])
    assert set(found) == set(SHIPPED[0])
    assert len(problems) == 1
    assert "mine.toml" in problems[0]
    assert words in problems[0]
