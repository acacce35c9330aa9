"""Keys, pastes and focus as xterm sends them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmtui.terminal.cells import Modes
from vmtui.terminal.keys import PASTE_END, PASTE_START, encode_focus, encode_key, encode_paste

APPLICATION = Modes(application_cursor=True, application_keypad=True)


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("a", b"a"), ("A", b"A"), ("space", b" "), ("enter", b"\r"), ("tab", b"\t"),
        ("escape", b"\x1b"), ("backspace", b"\x7f"), ("shift+tab", b"\x1b[Z"),
        ("ctrl+a", b"\x01"), ("ctrl+c", b"\x03"), ("ctrl+z", b"\x1a"), ("ctrl+@", b"\0"),
        ("ctrl+space", b"\0"), ("ctrl+backslash", b"\x1c"), ("ctrl+j", b"\n"),
        ("ctrl+right_square_bracket", b"\x1d"), ("ctrl+circumflex_accent", b"\x1e"),
        ("ctrl+underscore", b"\x1f"), ("ctrl+left_square_bracket", b"\x1b"),
        ("ctrl+slash", b"\x1f"), ("ctrl+2", b"\0"), ("ctrl+8", b"\x7f"),
        ("ctrl+backspace", b"\x08"), ("alt+backspace", b"\x1b\x7f"), ("alt+enter", b"\x1b\r"),
        ("alt+x", b"\x1bx"), ("alt+ctrl+c", b"\x1b\x03"), ("meta+x", b"\x1bx"),
        ("up", b"\x1b[A"), ("down", b"\x1b[B"), ("right", b"\x1b[C"), ("left", b"\x1b[D"),
        ("home", b"\x1b[H"), ("end", b"\x1b[F"), ("ctrl+up", b"\x1b[1;5A"),
        ("shift+left", b"\x1b[1;2D"), ("alt+down", b"\x1b[1;3B"),
        ("ctrl+shift+right", b"\x1b[1;6C"), ("ctrl+alt+shift+end", b"\x1b[1;8F"),
        ("insert", b"\x1b[2~"), ("delete", b"\x1b[3~"), ("pageup", b"\x1b[5~"),
        ("pagedown", b"\x1b[6~"), ("ctrl+delete", b"\x1b[3;5~"), ("shift+pageup", b"\x1b[5;2~"),
        ("f1", b"\x1bOP"), ("f4", b"\x1bOS"), ("f5", b"\x1b[15~"), ("f12", b"\x1b[24~"),
        ("shift+f1", b"\x1b[1;2P"), ("ctrl+f5", b"\x1b[15;5~"), ("f13", b"\x1b[1;2P"),
        ("f17", b"\x1b[15;2~"), ("keypad_5", b"5"), ("exclamation_mark", b"!"),
        ("minus", b"-"), ("plus", b"+"), ("alt+plus", b"\x1b+"), ("+", b"+"),
        ("é", "é".encode()), ("super+x", b""), ("ignore", b""), ("ctrl+shift+c", b"\x03"),
    ],
)  # fmt: skip
def test_key(key: str, sent: bytes) -> None:
    """Without any mode."""
    assert encode_key(key) == sent


@pytest.mark.parametrize(
    ("key", "modes", "sent"),
    [
        ("up", APPLICATION, b"\x1bOA"),
        ("home", APPLICATION, b"\x1bOH"),
        ("ctrl+up", APPLICATION, b"\x1b[1;5A"),
        ("keypad_5", APPLICATION, b"\x1bOu"),
        ("keypad_enter", APPLICATION, b"\x1bOM"),
        ("enter", Modes(newline=True), b"\r\n"),
        ("backspace", Modes(backarrow=True), b"\x08"),
        ("ctrl+backspace", Modes(backarrow=True), b"\x7f"),
    ],
)
def test_key_in_a_mode(key: str, modes: Modes, sent: bytes) -> None:
    """What the guest has switched on counts."""
    assert encode_key(key, modes=modes) == sent


def test_the_character_wins_over_the_name() -> None:
    """A name may be of a key, the character is what it types."""
    assert encode_key("latin_small_letter_e_with_acute", "é") == "é".encode()
    assert encode_key("a", "A") == b"A"
    assert encode_key("ctrl+a", "\x01") == b"\x01"


def test_paste() -> None:
    """Line ends become Enter; brackets where asked for."""
    assert encode_paste("a\nb\r\nc\td") == b"a\rb\rc\td"
    assert encode_paste("x", Modes(bracketed_paste=True)) == PASTE_START + b"x" + PASTE_END


@given(st.text())
def test_a_paste_cannot_end_its_own_brackets(text: str) -> None:
    """Nor send any control but tab and Enter."""
    for tried in (text, text + "\x1b[201~rm", "\x1b[20\x1b[201~1~", "\x9b201~"):
        sent = encode_paste(tried, Modes(bracketed_paste=True))
        inner = sent[len(PASTE_START) : -len(PASTE_END)]
        assert PASTE_END not in inner
        assert not set(inner) & set(range(32)) - {9, 13}


def test_focus() -> None:
    """Only where asked for."""
    assert encode_focus(True, Modes()) == b""
    assert encode_focus(True, Modes(focus_reports=True)) == b"\x1b[I"
    assert encode_focus(False, Modes(focus_reports=True)) == b"\x1b[O"
