"""The same bytes into tmux and into the engine leave the same cells; exceptions have reasons."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rig.needs import program_or_left_out
from tests.terminal.conformance_cases import CASES, COLUMNS, DEVIATIONS, ROWS
from tests.terminal.conftest import MakeScreen
from tests.terminal.tmux import Tmux, cells_of, normal


@pytest.fixture(scope="module")
def tmux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tmux]:
    """A private tmux."""
    program_or_left_out("tmux")
    server = Tmux(tmp_path_factory.mktemp("tmux"), COLUMNS, ROWS)
    yield server
    server.close()


@pytest.mark.parametrize("name", CASES)
def test_cells_are_those_of_tmux(name: str, tmux: Tmux, make_screen: MakeScreen) -> None:
    """Cells, their looks, and the cursor."""
    screen = make_screen(COLUMNS, ROWS, CASES[name])
    frame = screen.frame()
    ours = [normal(cells_of(frame.changed[y])) for y in range(ROWS)]
    rows, cursor = tmux.screen(CASES[name])
    theirs = [normal(row) for row in rows]
    theirs += [[] for _ in range(ROWS - len(theirs))]
    # tmux counts a pending wrap as a column of its own.
    place = (min(cursor.x, COLUMNS - 1), cursor.y)
    same = ours == theirs and place == (frame.cursor.x, frame.cursor.y)
    if name in DEVIATIONS:
        assert not same, f"no deviation any more: {DEVIATIONS[name]}"
    else:
        assert ours == theirs
        assert place == (frame.cursor.x, frame.cursor.y)


def test_every_deviation_names_a_case() -> None:
    """The table of deviations speaks of cases that exist."""
    assert set(DEVIATIONS) <= set(CASES)
