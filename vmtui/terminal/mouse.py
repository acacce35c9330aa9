"""Mouse events become the bytes that xterm would send, in the encoding that the guest asked for."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from vmtui.terminal.cells import Modes, MouseEncoding, MouseMode
from vmtui.terminal.keys import encode_key


class Button(IntEnum):
    """Buttons by xterm's numbers; wheels are buttons that are only pressed."""

    LEFT = 0
    MIDDLE = 1
    RIGHT = 2
    NONE = 3
    WHEEL_UP = 64
    WHEEL_DOWN = 65
    WHEEL_LEFT = 66
    WHEEL_RIGHT = 67
    BACK = 128
    FORWARD = 129


class Action(IntEnum):
    """What happened."""

    PRESS = 0
    RELEASE = 1
    MOVE = 2


class MouseEvent(NamedTuple):
    """One event at a cell of the screen, both from 0."""

    action: Action
    button: Button
    """The button concerned, or while moving the one that is down."""
    x: int
    y: int
    shift: bool = False
    alt: bool = False
    ctrl: bool = False


_MOTION, _SHIFT, _ALT, _CTRL = 32, 4, 8, 16
_WHEEL_LINES = 3
_X10_LIMIT, _UTF8_LIMIT = 223, 2015
_WHEEL_KEYS = {Button.WHEEL_UP: "up", Button.WHEEL_DOWN: "down"}


def encode_mouse(event: MouseEvent, modes: Modes) -> bytes:
    """The bytes of one event; empty where the guest did not ask for it or cannot be told."""
    if modes.mouse is MouseMode.NONE:
        key = _WHEEL_KEYS.get(event.button)
        if key and modes.alternate_screen and modes.alternate_scroll:
            return encode_key(key, modes=modes) * _WHEEL_LINES
        return b""
    if not _wanted(event, modes.mouse):
        return b""
    code = int(event.button)
    if modes.mouse is not MouseMode.X10:
        code |= _SHIFT * event.shift | _ALT * event.alt | _CTRL * event.ctrl
    if event.action is Action.MOVE:
        code |= _MOTION
    x, y = event.x + 1, event.y + 1
    if modes.mouse_encoding is MouseEncoding.SGR:
        final = b"m" if event.action is Action.RELEASE else b"M"
        return b"\x1b[<%d;%d;%d%s" % (code, x, y, final)
    if event.action is Action.RELEASE:
        # The older encodings do not say which button was released.
        code = code & ~0xC3 | Button.NONE
    if modes.mouse_encoding is MouseEncoding.URXVT:
        return b"\x1b[%d;%d;%dM" % (code + 32, x, y)
    if modes.mouse_encoding is MouseEncoding.UTF8:
        if max(x, y) > _UTF8_LIMIT:
            return b""
        return b"\x1b[M" + "".join(chr(n + 32) for n in (code, x, y)).encode()
    if max(x, y, code) > _X10_LIMIT:
        return b""
    return b"\x1b[M" + bytes((code + 32, x + 32, y + 32))


def _wanted(event: MouseEvent, mode: MouseMode) -> bool:
    wheel = Button.WHEEL_UP <= event.button <= Button.WHEEL_RIGHT
    if event.action is Action.PRESS:
        return mode is not MouseMode.X10 or event.button <= Button.RIGHT
    if event.action is Action.RELEASE:
        return mode >= MouseMode.NORMAL and not wheel
    if event.button is Button.NONE:
        return mode is MouseMode.ANY
    return mode >= MouseMode.BUTTON and not wheel
