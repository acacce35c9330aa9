"""Themes: the shipped ones are whole, a broken one is told and left out."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from rich.color import Color

from tests.ui.colours import contrast, difference
from vmtui.paths import theme_dirs
from vmtui.ui import cells, theme
from vmtui.ui.cells import Role

SHIPPED = theme.find(theme_dirs())


def test_the_shipped_themes_are_all_usable() -> None:
    found, problems = SHIPPED
    assert problems == []
    assert {"midnight", "paper", "mono", "sixteen", "contrast", "contrast-light"} <= set(found)
    assert {"sea", "shore", "rose", "nordic", "gruvy", "draculine", "solar"} <= set(found)


def test_without_colour_there_is_none() -> None:
    palette, _ = theme.choose(SHIPPED[0], "midnight", colours=0)
    assert palette.theme.name == "mono"
    styles = [*palette.roles.values(), *palette.rows.values(), palette.base]
    assert all(style.color is None and style.bgcolor is None for style in styles)


def test_an_unknown_theme_falls_back_and_says_so() -> None:
    palette, problem = theme.choose(SHIPPED[0], "velvet")
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


# -- what eyes can tell apart ------------------------------------------------------------------

COLOURED = sorted(name for name, palette in SHIPPED[0].items() if palette.base.bgcolor is not None)
STATE_ROLES = (Role.RUNNING, Role.PAUSED, Role.OFF, Role.CRASHED)


def shade(color: Color | None) -> tuple[int, int, int]:
    assert color is not None
    red, green, blue = color.get_truecolor()
    return red, green, blue


@pytest.mark.parametrize("name", COLOURED)
def test_everything_can_be_read(name: str) -> None:
    palette = SHIPPED[0][name]
    ground = shade(palette.base.bgcolor)
    under_cursor = shade(palette.rows["cursor"].bgcolor)
    for role, style in palette.roles.items():
        faint = role in (Role.MUTED, Role.OFF)
        assert contrast(shade(style.color), ground) >= (3.5 if faint else 4.5), role
        assert contrast(shade(style.color), under_cursor) >= (2.3 if faint else 3.5), role


@pytest.mark.parametrize("name", ["contrast", "contrast-light"])
def test_high_contrast_is_high(name: str) -> None:
    palette = SHIPPED[0][name]
    ground = shade(palette.base.bgcolor)
    assert min(contrast(shade(style.color), ground) for style in palette.roles.values()) >= 7


@pytest.mark.parametrize(
    ("name", "missing"),
    [("sea", "red"), ("sea", "green"), ("shore", "red"), ("shore", "green"), ("rose", "blue")],
)
def test_the_colour_blind_tell_states_apart(name: str, missing: str) -> None:
    roles = SHIPPED[0][name].roles
    for one, other in itertools.combinations(STATE_ROLES, 2):
        apart = difference(shade(roles[one].color), shade(roles[other].color), missing)
        assert apart >= 15, (one, other)


def test_the_measure_sees_what_the_blind_do_not() -> None:
    red, green = (200, 80, 60), (120, 130, 50)
    assert difference(red, green) > 60
    assert difference(red, green, "green") < difference(red, green) / 2


def test_no_state_is_told_by_colour_alone() -> None:
    words = [(glyph, word) for glyph, word, _ in cells.STATES.values()]
    assert len({glyph for glyph, _ in words}) == len({word for _, word in words}) == len(words)
    assert len({word for word, _ in cells.POOLS.values()}) == len(cells.POOLS)
    assert len({word for _, word, _ in cells.LINKS.values()}) == len(cells.LINKS)
