"""Which parts of a row are painted again."""

from __future__ import annotations

from vmtui.ui.cells import Cell, Role
from vmtui.ui.widgets.table import differing

ROW = (Cell("web1  "), Cell("running "), Cell("  1.0% "))


def test_only_the_cells_that_differ_are_painted() -> None:
    assert differing(ROW, (ROW[0], ROW[1], Cell("  2.0% ")), 80) == [(14, 7)]
    assert differing(ROW, ROW, 80) == []


def test_another_role_is_a_difference() -> None:
    assert differing(ROW, (Cell("web1  ", Role.STRONG), *ROW[1:]), 80) == [(0, 6)]


def test_a_row_whose_cells_moved_is_painted_whole() -> None:
    assert differing(ROW, (Cell("web10  "), *ROW[1:]), 80) == [(0, 80)]
    assert differing(ROW, ROW[:2], 80) == [(0, 80)]


def test_nothing_is_painted_beyond_the_width() -> None:
    assert differing(ROW, (ROW[0], ROW[1], Cell("  2.0% ")), 16) == [(14, 2)]
