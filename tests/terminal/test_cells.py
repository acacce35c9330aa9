"""Cells: what is made safe, and columns of matches."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmtui.terminal.cells import (
    RGB,
    Row,
    Run,
    Style,
    cell_offsets,
    clean,
    combining,
    join_rows,
    rgb,
    row_matches,
)

PLAIN = Style()


def row(*runs: tuple[str, int], wrapped: bool = False) -> Row:
    """A row of plain runs, each a text and a width."""
    return Row(tuple(Run(text, PLAIN, width) for text, width in runs), wrapped)


@pytest.mark.parametrize(
    "character",
    ["\0", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066", "\u200f", "\ufeff", "\u2028", "\xad"],
)
def test_what_is_no_cell_is_replaced(character: str) -> None:
    """Controls of every kind, one for one."""
    assert clean(f"a{character}b") == "a\ufffdb"


@given(st.text())
def test_cleaned_text_has_no_controls(text: str) -> None:
    """Nothing below space, no C1, no bidi control; the length stays."""
    cleaned = clean(text)
    assert len(cleaned) == len(text)
    assert not re.search("[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", cleaned)


def test_letters_of_the_world_stay() -> None:
    """What is text is not touched."""
    text = "é中文😀 العربية │ \ue0b0"
    assert clean(text) == text


def test_a_joiner_at_the_end_goes() -> None:
    """It would join the next cell's character on the person's terminal."""
    assert combining("\u200d") == ""
    assert combining("\u0301\u202e") == "\u0301"


def test_columns_of_characters() -> None:
    """Narrow, wide and clustered runs."""
    assert cell_offsets(row(("ab", 2), ("中文", 4), ("e\u0301", 1), ("x", 1))) == [
        0, 1, 2, 4, 6, 6, 7, 8,
    ]  # fmt: skip


def test_matches_are_in_cells() -> None:
    """A find behind wide characters begins at its column; empty finds are none."""
    assert list(row_matches(row(("中文", 4), ("abc", 3)), re.compile("b"))) == [(5, 6)]
    assert list(row_matches(row(("abc", 3)), re.compile("x*"))) == []


def test_wrapped_rows_are_joined() -> None:
    """And blank rows at the end left out."""
    rows = [row(("abc ", 4), wrapped=True), row(("def  ", 5)), row(("x", 1)), row(), row()]
    assert join_rows(rows) == "abc def\nx\n"
    assert join_rows([row()]) == ""


def test_true_colours_are_apart_from_the_palette() -> None:
    """Index 5 and the colour 0x000005 differ."""
    assert Style(fg=5) != Style(fg=RGB | 5)
    assert rgb(RGB | 0x010203) == (1, 2, 3)
