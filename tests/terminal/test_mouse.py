"""Mouse events in the encodings of xterm."""

from __future__ import annotations

import pytest

from vmtui.terminal.cells import Modes, MouseEncoding, MouseMode
from vmtui.terminal.mouse import Action, Button, MouseEvent, encode_mouse

LEFT = MouseEvent(Action.PRESS, Button.LEFT, 4, 2)
UP = LEFT._replace(action=Action.RELEASE)
DRAG = LEFT._replace(action=Action.MOVE)
HOVER = DRAG._replace(button=Button.NONE)
WHEEL = LEFT._replace(button=Button.WHEEL_UP)


def modes(mouse: MouseMode, encoding: MouseEncoding = MouseEncoding.X10) -> Modes:
    """A guest that asks for these events."""
    return Modes(mouse=mouse, mouse_encoding=encoding)


@pytest.mark.parametrize(
    ("event", "encoding", "sent"),
    [
        (LEFT, MouseEncoding.X10, b"\x1b[M %#"),
        (UP, MouseEncoding.X10, b"\x1b[M#%#"),
        (WHEEL, MouseEncoding.X10, b"\x1b[M`%#"),
        (DRAG, MouseEncoding.X10, b"\x1b[M@%#"),
        (LEFT, MouseEncoding.SGR, b"\x1b[<0;5;3M"),
        (UP, MouseEncoding.SGR, b"\x1b[<0;5;3m"),
        (DRAG, MouseEncoding.SGR, b"\x1b[<32;5;3M"),
        (HOVER, MouseEncoding.SGR, b"\x1b[<35;5;3M"),
        (WHEEL._replace(ctrl=True), MouseEncoding.SGR, b"\x1b[<80;5;3M"),
        (LEFT._replace(shift=True, alt=True), MouseEncoding.SGR, b"\x1b[<12;5;3M"),
        (LEFT._replace(x=300), MouseEncoding.X10, b""),
        (LEFT._replace(x=300), MouseEncoding.UTF8, b"\x1b[M " + chr(333).encode() + b"#"),
        (LEFT._replace(x=300), MouseEncoding.SGR, b"\x1b[<0;301;3M"),
        (LEFT._replace(x=300), MouseEncoding.URXVT, b"\x1b[32;301;3M"),
    ],
)
def test_encodings(event: MouseEvent, encoding: MouseEncoding, sent: bytes) -> None:
    """Where all events are asked for."""
    assert encode_mouse(event, modes(MouseMode.ANY, encoding)) == sent


@pytest.mark.parametrize(
    ("mouse", "told"),
    [
        (MouseMode.NONE, []),
        (MouseMode.X10, [LEFT]),
        (MouseMode.NORMAL, [LEFT, UP, WHEEL]),
        (MouseMode.BUTTON, [LEFT, UP, DRAG, WHEEL]),
        (MouseMode.ANY, [LEFT, UP, DRAG, HOVER, WHEEL]),
    ],
)
def test_only_what_was_asked_for(mouse: MouseMode, told: list[MouseEvent]) -> None:
    """By the mode."""
    asked = modes(mouse, MouseEncoding.SGR)
    assert [e for e in (LEFT, UP, DRAG, HOVER, WHEEL) if encode_mouse(e, asked)] == told


def test_the_wheel_moves_in_pagers() -> None:
    """On the alternate screen it becomes cursor keys, where no mouse is asked for."""
    pager = Modes(alternate_screen=True, alternate_scroll=True, application_cursor=True)
    assert encode_mouse(WHEEL, pager) == b"\x1bOA" * 3
    assert encode_mouse(WHEEL, Modes(alternate_scroll=True)) == b""
