"""The screen beyond what the conformance suite compares: frames, scrollback, modes, replies."""

from __future__ import annotations

import random
import re

import pytest

from tests.terminal.conftest import MakeScreen
from vmtui.terminal.cells import RGB, CursorShape, MouseEncoding, MouseMode, Row, Underline
from vmtui.terminal.effects import REPLY_BYTES
from vmtui.terminal.screen import Screen
from vmtui.terminal.searching import search


def numbered(start: int, stop: int) -> bytes:
    """Lines of text that name their number."""
    return b"".join(b"line %d\r\n" % n for n in range(start, stop))


def test_the_first_frame_has_every_row(make_screen: MakeScreen) -> None:
    """Later ones only what has changed."""
    screen = make_screen(20, 6, b"hello")
    assert sorted(screen.frame().changed) == [0, 1, 2, 3, 4, 5]
    assert screen.frame().changed == {}
    screen.feed(b"\x1b[4;1Hx")
    assert list(screen.frame().changed) == [3]


def test_a_row_that_is_written_the_same_is_not_sent(make_screen: MakeScreen) -> None:
    """As when a program redraws everything."""
    screen = make_screen(20, 6, b"hello")
    screen.frame()
    screen.feed(b"\rhello")
    assert screen.frame().changed == {}


def test_style_of_a_run(make_screen: MakeScreen) -> None:
    """Each attribute arrives."""
    screen = make_screen(20, 6, b"\x1b[1;2;3;4:3;5;7;8;9;53;58;2;1;2;3;38;5;200;48;2;4;5;6mx")
    (run,) = screen.frame().changed[0].runs
    style = run.style
    assert (style.fg, style.bg) == (200, RGB | 0x040506)
    assert (style.underline, style.underline_colour) == (Underline.CURLY, RGB | 0x010203)
    assert all((style.bold, style.dim, style.italic, style.blink, style.reverse))
    assert all((style.invisible, style.strike, style.overline))


def test_a_link_is_marked_and_not_followed(make_screen: MakeScreen) -> None:
    """Its address goes nowhere."""
    screen = make_screen(20, 6, b"\x1b]8;;http://evil\x07L\x1b]8;;\x07x")
    first, second = screen.frame().changed[0].runs
    assert (first.text, first.style.link) == ("L", True)
    assert not second.style.link


def test_a_redefined_palette_colour_becomes_a_true_one(make_screen: MakeScreen) -> None:
    """And goes back when the guest resets it."""
    screen = make_screen(20, 6, b"\x1b[31mx")
    assert screen.frame().changed[0].runs[0].style.fg == 1
    screen.feed(b"\x1b]4;1;#102030\x07")
    assert screen.frame().changed[0].runs[0].style.fg == RGB | 0x102030
    screen.feed(b"\x1b]104;1\x07")
    assert screen.frame().changed[0].runs[0].style.fg == 1


def test_controls_never_reach_a_cell(make_screen: MakeScreen) -> None:
    """C1 as UTF-8, bidi overrides, zero-width characters."""
    screen = make_screen(20, 6, "a\u009bb\u202ec\u200bd\ufeffe\u2066f\x7fg".encode())
    text = screen.frame().changed[0].text
    assert re.sub("\ufffd", "", text) == "abcdefg"


def test_a_pile_of_combining_characters_is_cut(make_screen: MakeScreen) -> None:
    """No cell becomes a megabyte."""
    screen = make_screen(20, 6, b"e" + "\u0301".encode() * 10_000)
    assert len(screen.frame().changed[0].text) <= 16


def test_cursor(make_screen: MakeScreen) -> None:
    """Place, shape, visibility."""
    screen = make_screen(20, 6, b"\x1b[3;5H\x1b[5 q")
    assert screen.frame().cursor == (4, 2, True, CursorShape.BAR, True)
    screen.feed(b"\x1b[?25l")
    assert not screen.frame().cursor.visible


def test_modes(make_screen: MakeScreen) -> None:
    """What keys, mouse and paste depend on."""
    screen = make_screen(20, 6)
    assert not screen.frame().modes.application_cursor
    screen.feed(
        b"\x1b[?1h\x1b=\x1b[?2004h\x1b[?1004h\x1b[20h\x1b[?67h\x1b[?1002h\x1b[?1006h\x1b[?1049h"
    )
    modes = screen.frame().modes
    assert modes.application_cursor
    assert modes.application_keypad
    assert modes.bracketed_paste
    assert modes.focus_reports
    assert modes.newline
    assert modes.backarrow
    assert modes.alternate_screen
    assert (modes.mouse, modes.mouse_encoding) == (MouseMode.BUTTON, MouseEncoding.SGR)


def test_title_is_text(make_screen: MakeScreen) -> None:
    """Short, and free of controls."""
    screen = make_screen(20, 6, b"\x1b]2;a\xc2\x9bb\xe2\x80\xaec\x07")
    assert "\x9b" not in screen.frame().title
    assert "\u202e" not in screen.frame().title
    screen.feed(b"\x1b]2;" + b"x" * 5000 + b"\x07")
    assert len(screen.frame().title) <= 256


def test_bells_are_counted(make_screen: MakeScreen) -> None:
    """Not rung."""
    assert make_screen(20, 6, b"\a\a").frame().bells == 2


def test_replies(make_screen: MakeScreen) -> None:
    """The usual queries are answered, once."""
    screen = make_screen(20, 6, b"\x1b[2;3H\x1b[6n\x1b[5n\x1b[18t")
    assert screen.take_replies() == b"\x1b[2;3R\x1b[0n\x1b[8;6;20t"
    assert screen.take_replies() == b""


@pytest.mark.parametrize(
    "query",
    [
        b"\x1b]52;c;?\x07", b"\x1b]10;?\x07", b"\x1b]4;1;?\x07", b"\x1b[21t", b"\x1b[?u",
        b"\x1b]5522;type=read\x07", b"\x1bP+q544e\x1b\\",
        b"\x1b_Gi=1,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\",
    ],
)  # fmt: skip
def test_what_is_not_answered(make_screen: MakeScreen, query: bytes) -> None:
    """Clipboard, colours, title, and protocols that do not work here."""
    assert make_screen(20, 6, query).take_replies() == b""


def test_replies_are_bounded(make_screen: MakeScreen) -> None:
    """However often the guest asks."""
    assert len(make_screen(20, 6, b"\x1b[c" * 100_000).take_replies()) <= REPLY_BYTES


def test_sizes_are_clamped(make_screen: MakeScreen) -> None:
    """At the start and later."""
    screen = make_screen(1, 0)
    assert (screen.columns, screen.rows) == (2, 1)
    screen.resize(10_000, 10_000)
    frame = screen.frame()
    assert (frame.columns, frame.rows) == (500, 300)


def test_the_guest_does_not_decide_on_the_size(make_screen: MakeScreen) -> None:
    """DECCOLM clears the screen and no more."""
    screen = make_screen(20, 6, b"x\x1b[?40h\x1b[?3h\x1b[2J" + b"y" * 130)
    frame = screen.frame()
    assert frame.columns == 20
    assert all(row.width <= 20 for row in frame.changed.values())


def test_resize_reflows(make_screen: MakeScreen) -> None:
    """A long line is wrapped and comes back."""
    screen = make_screen(20, 6, b"abcdefghijklmnop")
    screen.resize(8, 6)
    changed = screen.frame().changed
    assert [changed[0].text, changed[1].text] == ["abcdefgh", "ijklmnop"]
    assert changed[0].wrapped
    screen.resize(20, 6)
    assert screen.frame().changed[0].text == "abcdefghijklmnop"


def test_scrollback_holds_ten_thousand_lines(make_screen: MakeScreen) -> None:
    """Of 80 columns."""
    screen = make_screen(80, 24, numbered(0, 30_000))
    assert screen.frame().scrollback >= 10_000


def test_lines_keep_their_numbers(make_screen: MakeScreen) -> None:
    """Also when older ones are dropped."""
    screen = make_screen(80, 24)
    for start in range(0, 30_000, 1000):
        screen.feed(numbered(start, start + 1000))
        screen.frame()
    frame = screen.frame()
    assert frame.first_line > 0
    first, rows = screen.lines(29_000, 3)
    assert first == 29_000
    assert [row.text for row in rows] == ["line 29000", "line 29001", "line 29002"]
    first, rows = screen.lines(0, 2)
    assert first == frame.first_line
    assert rows[0].text == f"line {first}"


def test_lines_reach_into_the_screen_and_end_there(make_screen: MakeScreen) -> None:
    """The last lines are the screen's."""
    screen = make_screen(20, 6, numbered(0, 100) + b"end")
    first, rows = screen.lines(98, 50)
    assert (first, [row.text for row in rows]) == (98, ["line 98", "line 99", "end"])
    assert screen.lines(1000, 5)[1] == []


def test_reading_lines_does_not_move_the_screen(make_screen: MakeScreen) -> None:
    """The next frame is of the end, and complete."""
    screen = make_screen(20, 6, numbered(0, 100))
    screen.frame()
    screen.lines(0, 50)
    screen.feed(b"x")
    assert screen.frame().changed[5].text == "x"


@pytest.mark.parametrize("past", [0, 40])
def test_reading_lines_hides_nothing_from_the_next_frame(
    make_screen: MakeScreen, past: int
) -> None:
    screen = make_screen(20, 4)
    screen.feed(numbered(0, past))
    shown = dict(screen.frame().changed)
    screen.feed(b"\x1b[H\x1b[Jlogin: ")
    screen.lines(0, 50)
    screen.feed(b"me\r\nPassword: ")
    screen.lines(0, 50)
    shown |= screen.frame().changed
    assert [shown[y].text.rstrip() for y in range(4)] == ["login: me", "Password:", "", ""]


PIECES = (
    b"\r\n", b"abc", b"x" * 30, b"\xe6\xbc\xa2", b"\r\n" * 25, b"\x1b[H", b"\x1b[3;2H", b"\x1b[J",
    b"\x1b[2J", b"\x1b[3J", b"\x1b[2;3r", b"\x1bM", b"\x1b[L", b"\x1b[M", b"\x1b[S", b"\x1b[T",
    b"\x1b[31m", b"\x1b[?6h", b"\x1b[?1049h", b"\x1b[?1049l", b"\x1bc",
)  # fmt: skip


def test_frames_add_up_to_the_screen_whatever_is_read_between(make_screen: MakeScreen) -> None:
    for seed in range(400):
        dice = random.Random(seed)
        screen = make_screen(dice.randint(5, 30), dice.randint(3, 8))
        shown: dict[int, Row] = {}
        for _ in range(dice.randint(3, 40)):
            deed = dice.random()
            if deed < 0.5:
                screen.feed(b"".join(dice.choices(PIECES, k=4)))
            elif deed < 0.75:
                screen.lines(dice.randint(0, 60), 80)
            elif deed < 0.8:
                screen.resize(dice.randint(5, 30), dice.randint(3, 8))
            else:
                shown |= screen.frame().changed
        last = screen.frame()
        shown |= last.changed
        _, there = screen.lines(last.first_line + last.scrollback, last.rows)
        assert [shown[y] for y in range(last.rows)] == there, f"seed {seed}"


def test_search(make_screen: MakeScreen) -> None:
    """Onwards, backwards, from a place, and in vain."""
    screen = make_screen(20, 6, numbered(0, 2000))
    seventh = re.compile(r"line \d*77\b")
    assert search(screen, seventh, None, backwards=True) == (1977, 0, 9)
    assert search(screen, seventh, (1977, 0), backwards=True) == (1877, 0, 9)
    assert search(screen, seventh, None, backwards=False) == (77, 0, 7)
    assert search(screen, seventh, (77, 0), backwards=False) == (177, 0, 8)
    assert search(screen, re.compile("e"), (5, 0), backwards=False) == (5, 3, 4)
    assert search(screen, re.compile("nowhere"), None, backwards=True) is None
    assert search(screen, seventh, (77, 0), backwards=True) is None


def test_the_alternate_screen_has_no_scrollback(make_screen: MakeScreen) -> None:
    """And leaves that of the primary screen alone."""
    screen = make_screen(20, 6, numbered(0, 100))
    before = screen.frame()
    screen.feed(b"\x1b[?1049h" + numbered(0, 100))
    assert screen.frame().scrollback == 0
    screen.feed(b"\x1b[?1049l")
    after = screen.frame()
    assert (after.first_line, after.scrollback) == (before.first_line, before.scrollback)


def test_a_hold_is_told(make_screen: MakeScreen) -> None:
    """Synchronized output."""
    screen: Screen = make_screen(20, 6, b"\x1b[?2026h")
    assert screen.held
    screen.feed(b"\x1b[?2026l")
    assert not screen.held
