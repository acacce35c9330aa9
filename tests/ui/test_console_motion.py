"""Where the cursor goes while one looks back, what is marked, and which keys do it: no screen."""

from __future__ import annotations

import pytest

from vmtui.terminal.cells import Row, Run, Style, cell_offsets, cut, glyph_at, whole_glyphs
from vmtui.ui import consolemotion
from vmtui.ui.consolekeys import Chords
from vmtui.ui.consolemotion import Place, Stretch, last_column, nearest
from vmtui.ui.consoleselection import Marked, Selection, Shape
from vmtui.ui.hostlines import key_at
from vmtui.ui.lines import Line, width_of
from vmtui.ui.lookingkeys import HELP, Look, bottom_line, clicked, look_of

PLAIN, RED = Style(), Style(fg=1)


def row(text: str, *, wrapped: bool = False) -> Row:
    """A row of a text, in which 漢 and 字 are two cells wide and é is one with an accent."""
    runs = []
    for character in text:
        wide = character in "漢字"
        runs.append(Run("e\u0301" if character == "é" else character, PLAIN, 2 if wide else 1))
    return Row(tuple(runs), wrapped)


def stretch(*rows: Row, first: int = 10, top: bool = True, bottom: bool = True) -> Stretch:
    return Stretch(first, rows, top, bottom)


TEXT = stretch(
    row("ls -l /etc"), row(""), row("漢字 é x", wrapped=True), row("yz  ", wrapped=False)
)


def walk(motion: consolemotion.Motion, place: Place, text: Stretch = TEXT) -> list[Place | None]:
    """Where a motion leads, until it stands still or wants to see more."""
    made: list[Place | None] = []
    while (found := motion(text, place)) is not None and found != place:
        made.append(found)
        place = found
    return made if found is not None else [*made, None]


# -- motions ---------------------------------------------------------------------------------------


def test_every_character_is_passed_once_in_both_directions() -> None:
    """A wide one in one step, a cluster too; blanks at the end of a line are not gone over."""
    forward = walk(consolemotion.right, (10, 9))
    assert forward == [(11, 0), (12, 0), (12, 2), (12, 4), (12, 5), (12, 6), (12, 7),
                       (13, 0), (13, 1)]  # fmt: skip
    assert walk(consolemotion.left, (13, 1)) == [*reversed(forward[:-1]), *(
        (10, column) for column in range(9, -1, -1)
    )]  # fmt: skip


def test_words_are_letters_or_signs_and_a_wrapped_line_is_one() -> None:
    assert walk(consolemotion.next_word, (10, 0)) == [
        (10, 3), (10, 4), (10, 6), (10, 7), (12, 0), (12, 5), (12, 7),
    ]  # fmt: skip
    assert walk(consolemotion.word_start, (13, 1)) == [
        (12, 7), (12, 5), (12, 0), (10, 7), (10, 6), (10, 4), (10, 3), (10, 0),
    ]  # fmt: skip
    assert walk(consolemotion.word_end, (10, 0)) == [
        (10, 1), (10, 3), (10, 4), (10, 6), (10, 9), (12, 2), (12, 5), (13, 1),
    ]  # fmt: skip


def test_long_words_stand_between_blanks() -> None:
    assert walk(consolemotion.next_long_word, (10, 0))[:3] == [(10, 3), (10, 6), (12, 0)]
    assert walk(consolemotion.long_word_end, (10, 0))[:3] == [(10, 1), (10, 4), (10, 9)]
    assert walk(consolemotion.long_word_start, (12, 0)) == [(10, 6), (10, 3), (10, 0)]


def test_a_line_is_the_guests_in_however_many_rows() -> None:
    assert consolemotion.line_start(TEXT, (13, 1)) == (12, 0)
    assert consolemotion.line_end(TEXT, (12, 2)) == (13, 1)
    assert consolemotion.line_start(TEXT, (10, 4)) == (10, 0)
    assert consolemotion.line_end(TEXT, (11, 0)) == (11, 0)


@pytest.mark.parametrize("motion", ["left", "line_start", "word_start", "long_word_start"])
def test_a_motion_that_has_not_seen_enough_above_says_so(motion: str) -> None:
    part = stretch(row("ab", wrapped=True), row("cd"), top=False)
    found = getattr(consolemotion, motion)(part, (10, 0))
    assert found is None
    assert getattr(consolemotion, motion)(part._replace(top=True), (10, 0)) == (10, 0)


@pytest.mark.parametrize("motion", ["right", "line_end", "next_word", "word_end", "long_word_end"])
def test_a_motion_that_has_not_seen_enough_below_says_so(motion: str) -> None:
    part = stretch(row("ab", wrapped=True), bottom=False)
    assert getattr(consolemotion, motion)(part, (10, 1)) is None
    assert getattr(consolemotion, motion)(part._replace(bottom=True), (10, 1)) == (10, 1)


def test_motions_are_read_in_their_direction() -> None:
    """More rows help only where the motion goes."""
    for name in ("left", "line_start", "word_start", "long_word_start"):
        assert getattr(consolemotion, name) not in consolemotion.FORWARD
    for name in ("right", "line_end", "next_word", "next_long_word", "word_end", "long_word_end"):
        assert getattr(consolemotion, name) in consolemotion.FORWARD


def test_a_column_is_that_of_a_character() -> None:
    assert [nearest(TEXT.row(12), column) for column in (-1, 0, 1, 2, 3, 4, 99)] == [
        0, 0, 0, 2, 2, 4, 7,
    ]  # fmt: skip
    assert last_column(row("x  ")) == 0
    assert last_column(row("x  ", wrapped=True)) == 2
    assert last_column(row("x漢")) == 1
    assert last_column(row("")) == 0


# -- what is marked --------------------------------------------------------------------------------

ROWS = [row("one 漢字"), row("ab漢cd", wrapped=True), row("next"), row("last  ")]


def test_a_part_of_a_row_keeps_its_styles_and_splits_no_character() -> None:
    styled = Row((Run("ab", RED, 2), Run("漢字", PLAIN, 4), Run("e\u0301", RED, 1)), wrapped=True)
    assert cut(styled, 1, 3) == Row((Run("b", RED, 1), Run("漢", PLAIN, 2)), wrapped=True)
    assert cut(styled, 3, 5).runs == (Run("漢字", PLAIN, 4),)
    assert cut(styled, 6, 9).runs == (Run("e\u0301", RED, 1),)
    assert cut(styled, 9, 12).runs == ()
    assert whole_glyphs(styled, 3, 5) == (2, 6)
    assert whole_glyphs(styled, 7, 9) == (7, 9)


@pytest.mark.parametrize("start", range(8))
@pytest.mark.parametrize("end", range(1, 9))
def test_what_is_painted_as_marked_is_what_is_copied(start: int, end: int) -> None:
    if start >= end:
        return
    for one in ROWS:
        low, high = whole_glyphs(one, start, end)
        offsets = cell_offsets(one)
        text = "".join(run.text for run in one.runs)
        shown = "".join(c for c, at in zip(text, offsets, strict=False) if low <= at < high)
        assert "".join(run.text for run in cut(one, start, end).runs) == shown
        assert glyph_at(one, low)[0] == low


def test_whole_lines_have_no_newline_at_their_end() -> None:
    """Pasted into a shell it would run."""
    lines = Selection((2, 0), (1, 0), Shape.LINES)
    assert lines.text(0, ROWS, 8) == "ab漢cdnext"
    assert Selection((0, 3), (3, 0), Shape.LINES).text(0, ROWS, 8) == "one 漢字\nab漢cdnext\nlast"


def test_a_box_has_the_same_columns_of_each_row_and_joins_none() -> None:
    """A wide character of which one half is in it is there as a whole."""
    box = Selection((0, 5), (3, 1), Shape.BOX)
    assert box.text(0, ROWS, 8) == "ne 漢\nb漢cd\next\nast"
    assert box.span(1, 8) == (1, 6)
    assert Selection((1, 3), (2, 3), Shape.BOX).text(0, ROWS, 8) == "漢\nt"


def test_what_was_seen_is_copied_though_the_guest_drew_over_it() -> None:
    mark = Marked(Selection((0, 0), (1, 1)), {1: row("seen")})
    assert mark.text(0, ROWS[:2], 8) == "one 漢字\nse"
    assert [part.text for part in mark.rows(0, ROWS[:2], 8)] == ["one 漢字", "se"]


# -- keys ------------------------------------------------------------------------------------------


def test_every_look_has_a_key_and_keys_are_known_by_character_or_name() -> None:
    keys = [*"hjklwWbBeE0$gGvVoysnNq/", "pageup", "pagedown", "shift+pagedown", "ctrl+u", "ctrl+d",
            "ctrl+v", "enter", "escape"]  # fmt: skip
    names = {look_of(key, None) for key in keys}
    assert names == set(Look)
    assert look_of("slash", "/") is look_of("slash", None) is Look.SEARCH
    assert look_of("dollar_sign", "$") is Look.LINE_END
    assert look_of("space", " ") is Look.MARK
    assert look_of("z", "z") is None


def test_the_help_names_only_keys_that_there_are() -> None:
    for words, meaning in HELP:
        assert meaning
        assert len(words) < 16, "the help has a column of that width"
        for name in words.split():
            key = {"PgUp": "pageup", "PgDn": "pagedown", "←": "left", "→": "right", "↑": "up",
                   "↓": "down", "Space": "space", "Home": "home", "End": "end",
                   }.get(name) or clicked(name)  # fmt: skip
            assert look_of(key, None) is not None, name


SELECTIONS = [
    None,
    Selection((1, 0), (1, 4)),
    Selection((1, 0), (123456, 4)),
    Selection((1, 0), (99, 4), Shape.BOX),
]


def words_of(line: Line) -> str:
    return "".join(cell.text for cell in line)


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("name", ["web1", "a-name-that-is-rather-long", "漢" * 30])
def test_the_bottom_line_fits_a_narrow_terminal(selection: Selection | None, name: str) -> None:
    """What leads out and what copies are on it in any case."""
    line = bottom_line(name, selection, Chords(), 80)
    assert width_of(line) <= 80
    wanted = ["Esc to", "v mark", "V lines", "y copy", "/ search"]
    if selection is not None:
        wanted = ["marked", "Esc unmark", "y copy", "Enter copy, return", "s to file"]
    assert [word for word in wanted if word not in words_of(line)] == []


@pytest.mark.parametrize("selection", SELECTIONS)
def test_a_key_on_the_bottom_line_can_be_clicked(selection: Selection | None) -> None:
    line = bottom_line("web1", selection, Chords(), 200)
    words = {key_at(line, x) for x in range(width_of(line))} - {"", "←↓↑→", "^\\", "^]"}
    assert words > {"Esc", "y"}
    assert all(look_of(clicked(word), None) for word in words)
