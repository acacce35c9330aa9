"""Messages survive the way, and what is no message is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmtui.terminal.cells import (
    RGB,
    Cursor,
    CursorShape,
    Frame,
    Match,
    Modes,
    MouseEncoding,
    MouseMode,
    Row,
    Run,
    Style,
    Underline,
)
from vmtui.terminal.wire import (
    MAX_MESSAGE,
    Decoder,
    Encoder,
    Parser,
    Said,
    WireError,
    found,
    message,
    parse_found,
    parse_search,
    search_query,
)

colours = st.none() | st.integers(0, 255) | st.integers(RGB, RGB | 0xFFFFFF)
styles = st.builds(
    Style, colours, colours, colours, st.sampled_from(Underline), *[st.booleans()] * 9
)
texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=8)
rows = st.builds(
    Row,
    st.lists(st.builds(lambda t, s: Run(t, s, len(t)), texts, styles), max_size=4).map(tuple),
    st.booleans(),
)
frames = st.builds(
    Frame,
    columns=st.just(80),
    rows=st.just(24),
    changed=st.dictionaries(st.integers(0, 23), rows, max_size=5),
    cursor=st.builds(
        Cursor, st.integers(0, 79), st.integers(0, 23), st.booleans(),
        st.sampled_from(CursorShape), st.booleans(),
    ),
    modes=st.builds(
        Modes, *[st.booleans()] * 8, st.sampled_from(MouseMode), st.sampled_from(MouseEncoding)
    ),
    title=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    bells=st.integers(0, 2**32 - 1),
    first_line=st.integers(0, 2**63),
    scrollback=st.integers(0, 2**31),
)  # fmt: skip


@pytest.mark.slow
@given(frames)
def test_a_frame_survives(frame: Frame) -> None:
    """Every field."""
    assert Decoder().frame(Encoder().frame(frame)) == frame


@pytest.mark.slow
@given(st.lists(rows, max_size=6))
def test_lines_survive(lines: list[Row]) -> None:
    """And their number."""
    assert Decoder().lines(Encoder().lines(7, lines)) == (7, lines)


@given(st.binary(max_size=300))
def test_garbage_is_refused(payload: bytes) -> None:
    """With one kind of error."""
    for decode in (Decoder().frame, Decoder().lines):
        with pytest.raises(WireError):
            decode(payload)
            raise WireError


@pytest.mark.slow
@given(frames, st.data())
def test_a_damaged_frame_is_refused_or_harmless(frame: Frame, data: st.DataObject) -> None:
    """One changed byte raises WireError or leaves rows within the screen, without controls."""
    payload = bytearray(Encoder().frame(frame))
    payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    try:
        got = Decoder().frame(bytes(payload))
    except WireError:
        return
    assert all(y < got.rows for y in got.changed)
    assert all(row.width <= got.columns for row in got.changed.values())
    assert not any(c < " " or c == "\x7f" for row in got.changed.values() for c in row.text)


def test_text_is_cleaned_on_arrival() -> None:
    """Whatever the engine process says."""
    row = Row((Run("a\x1b[31m\u202e", Style(), 7),))
    frame = Frame(80, 24, {0: row}, title="\x1b]0;x")
    got = Decoder().frame(Encoder().frame(frame))
    assert "\x1b" not in got.changed[0].text + got.title
    assert "\u202e" not in got.changed[0].text


def test_a_row_outside_the_screen_is_refused() -> None:
    """Below it or wider than it."""
    with pytest.raises(WireError):
        Decoder().frame(Encoder().frame(Frame(80, 24, {24: Row()})))
    with pytest.raises(WireError):
        Decoder().frame(Encoder().frame(Frame(4, 24, {0: Row((Run("hello", Style(), 5),))})))


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 2**32 - 1), st.binary())), st.data())
def test_messages_are_found_again(
    messages: list[tuple[int, int, bytes]], data: st.DataObject
) -> None:
    """However the stream is cut."""
    stream = b"".join(message(*one) for one in messages)
    parser, got = Parser(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        parser.feed(stream[:cut])
        stream = stream[cut:]
        got += list(parser)
    assert got == messages


def test_a_message_beyond_measure_is_refused() -> None:
    """Before its bytes are waited for."""
    parser = Parser()
    parser.feed(bytes([Said.FRAME]) + bytes(4) + (MAX_MESSAGE + 1).to_bytes(4, "little"))
    with pytest.raises(WireError):
        list(parser)


def test_queries_survive() -> None:
    """Searches and their answers."""
    assert parse_search(search_query("ä.*", (5, 6), backwards=True)) == ("ä.*", (5, 6), True)
    assert parse_search(search_query("x", None, backwards=False)) == ("x", None, False)
    assert parse_found(found(Match(1 << 40, 2, 3))) == Match(1 << 40, 2, 3)
    assert parse_found(found(None)) is None
