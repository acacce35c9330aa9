"""Rows of a console as strips: cursors, marks, and colours as text. No screen needed."""

from __future__ import annotations

import pytest
from rich.style import Style as RichStyle

from vmtui.engine.consoletext import coloured, sgr, snapshot
from vmtui.terminal.cells import RGB, Cursor, Row, Run, Style, Underline, cut, glyph_at
from vmtui.ui.consoleselection import Selection
from vmtui.ui.terminalstyle import marked, strip_of, with_cursor

BASE = RichStyle(color="white", bgcolor="black")
PLAIN = Style()
WIDE = Row((Run("ab", PLAIN, 2), Run("漢字", PLAIN, 4), Run("e\u0301", PLAIN, 1)))


@pytest.mark.parametrize(
    ("x", "cells"),
    [(0, (0, 1)), (2, (2, 4)), (3, (2, 4)), (5, (4, 6)), (6, (6, 7)), (9, (9, 10))],
)
def test_the_cursor_is_as_wide_as_its_character(x: int, cells: tuple[int, int]) -> None:
    assert glyph_at(WIDE, x) == cells


@pytest.mark.parametrize("width", [3, 4, 5, 6, 7, 12])
@pytest.mark.parametrize("x", range(12))
def test_a_cursor_never_changes_the_width_or_the_text(width: int, x: int) -> None:
    strip = strip_of(WIDE, width, BASE)
    with_it = with_cursor(strip, WIDE, x, focused=True)
    assert with_it.cell_length == sum(len(s.text.encode()) and s.cell_length for s in with_it)
    assert with_it.cell_length == width
    assert with_it.text == strip.text or (x >= width - 1 and x >= 2)


def test_the_cursor_shows_on_a_wide_character_and_none_is_lost() -> None:
    strip = with_cursor(strip_of(WIDE, 10, BASE), WIDE, 3, focused=True)
    reversed_ = [s.text for s in strip if s.style is not None and s.style.reverse]
    assert reversed_ == ["漢"]
    assert strip.text.startswith("ab漢字")


def test_a_mark_beyond_the_edge_is_none() -> None:
    strip = strip_of(WIDE, 5, BASE)
    assert marked(strip, 5, 9) is strip
    assert marked(strip, 4, 9).cell_length == 5
    assert marked(strip, 0, 5).cell_length == 5


def test_a_selection_is_text_from_cell_to_cell() -> None:
    rows = [WIDE, Row((Run("second   ", PLAIN, 9),)), Row((Run("third", PLAIN, 5),))]
    assert Selection((10, 3), (12, 1)).text(10, rows, 20) == "漢字e\u0301\nsecond\nth"
    assert Selection((12, 1), (10, 3)).text(10, rows, 20) == "漢字e\u0301\nsecond\nth"
    assert Selection((11, 2), (11, 4)).text(11, rows[1:2], 20) == "con"
    assert cut(WIDE, 6, 7).text == "e\u0301"


def test_a_wrapped_line_is_selected_as_one() -> None:
    rows = [Row((Run("abcd", PLAIN, 4),), wrapped=True), Row((Run("ef", PLAIN, 2),))]
    assert Selection((0, 1), (1, 1)).text(0, rows, 4) == "bcdef"


def test_rows_are_written_with_their_colours() -> None:
    bold = Style(bold=True, fg=1, bg=12)
    rows = [
        Row((Run("a ", PLAIN, 2), Run("b", bold, 1), Run("   ", PLAIN, 3))),
        Row((Run("wrap", PLAIN, 4),), wrapped=True),
        Row((Run("ped ", PLAIN, 4),)),
        Row(),
    ]
    assert coloured(rows) == "a \x1b[0;1;31;104mb\x1b[0m\nwrapped\n"
    assert coloured([]) == ""


def test_styles_become_sequences() -> None:
    assert sgr(Style(fg=RGB | 0x010203, bg=200)) == "\x1b[0;38;2;1;2;3;48;5;200m"
    assert sgr(Style(underline=Underline.CURLY, strike=True)) == "\x1b[0;9;4:3m"


def test_a_snapshot_puts_each_row_in_its_place() -> None:
    rows = [Row(), Row((Run("x", PLAIN, 1),))]
    assert snapshot(rows, Cursor(1, 1)) == b"\x1b[H\x1b[2J\x1b[2;1Hx\x1b[2;2H"
