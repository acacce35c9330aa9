"""Keys and pasted text become the bytes that xterm would send.

A key is named as toolkits for terminals name it: `a`, `enter`, `ctrl+c`, `alt+x`, `shift+tab`,
`ctrl+shift+left`, `f5`, `ctrl+right_square_bracket`.
"""

from __future__ import annotations

import re
import string
import unicodedata

from vmtui.terminal.cells import Modes

ESC = b"\x1b"
INTERRUPT = b"\x03"
"""Ctrl-C: a program ends, a shell forgets the line that was begun."""
PASTE_START, PASTE_END = b"\x1b[200~", b"\x1b[201~"

_CURSOR = {"up": b"A", "down": b"B", "right": b"C", "left": b"D", "home": b"H", "end": b"F"}
_EDITING = {"insert": 2, "delete": 3, "pageup": 5, "pagedown": 6}
_PF = {"f1": b"P", "f2": b"Q", "f3": b"R", "f4": b"S"}
_FUNCTION = {
    "f5": 15, "f6": 17, "f7": 18, "f8": 19, "f9": 20, "f10": 21, "f11": 23, "f12": 24,
}  # fmt: skip
# A keypad key: what it sends as a character, and the final byte it sends in application mode.
_KEYPAD = {
    **{f"keypad_{digit}": (b"%d" % digit, b"%c" % (0x70 + digit)) for digit in range(10)},
    "keypad_enter": (b"\r", b"M"),
    "keypad_plus": (b"+", b"k"),
    "keypad_minus": (b"-", b"m"),
    "keypad_multiply": (b"*", b"j"),
    "keypad_divide": (b"/", b"o"),
    "keypad_period": (b".", b"n"),
    "keypad_comma": (b",", b"l"),
    "keypad_equal": (b"=", b"X"),
}
_SIMPLE = {
    "tab": b"\t",
    "escape": ESC,
    "space": b" ",
    "return": b"\r",
    "newline": b"\n",
}
# What Ctrl makes of a character; letters follow the rule of ASCII.
_CONTROL = {
    **{letter: ord(letter) & 0x1F for letter in string.ascii_lowercase},
    **dict(zip("@[\\]^_", (0, 27, 28, 29, 30, 31), strict=True)),
    **dict(zip(" 2345678/?", (0, 0, 27, 28, 29, 30, 31, 127, 31, 127), strict=True)),
}
_RENAMED = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}


def _name(character: str) -> str:
    name = unicodedata.name(character).lower().replace("-", "_").replace(" ", "_")
    return _RENAMED.get(name, name)


_PUNCTUATION = {_name(character): character for character in string.punctuation}
_SHIFT, _ALT, _CTRL = 1, 2, 4
_MODIFIERS = {"shift": _SHIFT, "alt": _ALT, "meta": _ALT, "ctrl": _CTRL}

# In pasted text only these controls are text.
_NOT_PASTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def encode_key(key: str, character: str | None = None, modes: Modes | None = None) -> bytes:
    """The bytes of one key press; empty for a key that a terminal does not send.

    Args:
        key: its name, modifiers first.
        character: what the key types, where the toolkit knows it.
        modes: what the guest has switched on.
    """
    modes = modes or Modes()
    base, mods = _split(key)
    if base is None:
        return b""
    special = _encode_special(base, mods, modes)
    if special is not None:
        return special
    base = _PUNCTUATION.get(base, base)
    prefix = ESC if mods & _ALT else b""
    if mods & _CTRL:
        code = _CONTROL.get(base.lower())
        if code is not None:
            return prefix + bytes((code,))
    if len(base) == 1:
        # The name says which key was pressed, the character what it types.
        typed = character if character and len(character) == 1 and character >= " " else base
        return prefix + (base if mods & _CTRL else typed).encode(errors="ignore")
    if character and not mods & _CTRL and character.isprintable():
        return prefix + character.encode(errors="ignore")
    return b""


def _split(key: str) -> tuple[str | None, int]:
    """The key without its modifiers, and these as xterm's bits; None for unknown modifiers."""
    mods = 0
    while "+" in key[1:] and len(key) > 1:
        modifier, _, rest = key.partition("+")
        if not modifier or not rest:
            break
        if modifier not in _MODIFIERS:
            return None, 0
        mods |= _MODIFIERS[modifier]
        key = rest
    return key, mods


def _encode_special(key: str, mods: int, modes: Modes) -> bytes | None:
    """The bytes of a key that types no character, or None if it is none."""
    if key.startswith("f") and key[1:].isdigit() and 13 <= int(key[1:]) <= 24:
        # Keyboards without them send F1 to F12 with Shift, and so does terminfo.
        key, mods = f"f{int(key[1:]) - 12}", mods | _SHIFT
    modified = b"%d" % (mods + 1)
    if key in _CURSOR:
        if mods:
            return b"\x1b[1;" + modified + _CURSOR[key]
        return (b"\x1bO" if modes.application_cursor else b"\x1b[") + _CURSOR[key]
    if key in _PF:
        return b"\x1b[1;" + modified + _PF[key] if mods else b"\x1bO" + _PF[key]
    number = _EDITING.get(key) or _FUNCTION.get(key)
    if number:
        return b"\x1b[%d%s~" % (number, b";" + modified if mods else b"")
    if key in _KEYPAD:
        character, final = _KEYPAD[key]
        return b"\x1bO" + final if modes.application_keypad else character
    prefix = ESC if mods & _ALT else b""
    if key == "tab" and mods & _SHIFT:
        return prefix + b"\x1b[Z"
    if key == "enter":
        return prefix + (b"\r\n" if modes.newline else b"\r")
    if key == "backspace":
        # Ctrl sends what the plain key does not.
        return prefix + (b"\x08" if modes.backarrow != bool(mods & _CTRL) else b"\x7f")
    if key in _SIMPLE and not (key == "space" and mods & _CTRL):
        return prefix + _SIMPLE[key]
    if key == "space":
        return prefix + b"\0"
    return None


def encode_paste(text: str, modes: Modes | None = None) -> bytes:
    """The bytes of pasted text: line ends as Enter, no control characters.

    Without the escape character the text cannot hold the end marker of a bracketed paste.
    """
    modes = modes or Modes()
    text = _NOT_PASTED.sub("", text).replace("\r\n", "\r").replace("\n", "\r")
    data = text.encode(errors="ignore")
    return PASTE_START + data + PASTE_END if modes.bracketed_paste else data


def encode_focus(focused: bool, modes: Modes) -> bytes:
    """The bytes that tell the guest of focus won or lost, if it asked for them."""
    if not modes.focus_reports:
        return b""
    return b"\x1b[I" if focused else b"\x1b[O"
