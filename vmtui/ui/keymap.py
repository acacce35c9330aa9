"""Keys: the registry's own, changed by the settings, checked, and in words for the screen."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from vmtui.ui.actions import Action

Keymap = Mapping[str, tuple[str, ...]]
"""Action id to Textual's key names."""

_WORDS = {
    "slash": "/", "question_mark": "?", "asterisk": "*", "full_stop": ".", "comma": ",",
    "less_than_sign": "<", "greater_than_sign": ">", "escape": "Esc", "delete": "Del",
    "space": "Space", "enter": "Enter", "colon": ":", "semicolon": ";", "minus": "-", "plus": "+",
    "left_square_bracket": "[", "right_square_bracket": "]", "exclamation_mark": "!",
    "number_sign": "#", "dollar_sign": "$", "percent_sign": "%", "ampersand": "&",
    "apostrophe": "'", "quotation_mark": '"', "equals_sign": "=", "at": "@", "underscore": "_",
    "tilde": "~", "grave_accent": "`", "vertical_line": "|", "backslash": "\\",
}  # fmt: skip
_NAMES = {word: name for name, word in _WORDS.items()} | {"esc": "escape", "del": "delete"}

RESERVED = frozenset({"up", "down", "j", "k", "g", "G", "home", "end", "pageup", "pagedown",
                      "enter", "tab", "shift+tab"})  # fmt: skip
"""Keys with which one moves about; no action takes them."""


def word(key: str) -> str:
    """A key as a person knows it: `/`, `Esc`, `^R`, `F2`."""
    if key in _WORDS:
        return _WORDS[key]
    if key.startswith("ctrl+"):
        return "^" + key[5:].upper()
    if key.startswith("f") and key[1:].isdecimal():
        return key.upper()
    return key


def name(written: str) -> str:
    """Textual's name of a key as a person writes it: `/` is `slash`, `^r` is `ctrl+r`."""
    key = written.strip()
    if len(key) == 2 and key.startswith("^"):
        return "ctrl+" + key[1].lower()
    if key in _NAMES:
        return _NAMES[key]
    if len(key) == 1:
        return key
    lower = key.lower()
    return _NAMES.get(lower, lower)


def build(actions: Sequence[Action], changed: Mapping[str, str]) -> tuple[Keymap, list[str]]:
    """The keys of these actions with a person's changes, and what is wrong with the changes.

    A change that clashes or names no action is left out, so every action keeps a key.
    """
    keymap = {action.id: action.keys for action in actions}
    problems: list[str] = []
    for action_id, written in changed.items():
        if action_id not in keymap:
            near = difflib.get_close_matches(action_id, keymap, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            problems.append(f"[keys] {action_id} is no action{hint}")
            continue
        keys = tuple(name(part) for part in _split(written))
        taken = {key: other for other, theirs in keymap.items() if other != action_id
                 for key in theirs if other not in changed}  # fmt: skip
        taken |= {name(part): other for other, text in changed.items() if other != action_id
                  for part in _split(text)}  # fmt: skip
        clash = next((key for key in keys if key in RESERVED or key in taken), None)
        if clash is not None:
            by = taken.get(clash, "moving about")
            problems.append(f"[keys] {action_id}: {word(clash)} is taken by {by}")
            continue
        keymap[action_id] = keys
    return keymap, problems


def _split(written: str) -> list[str]:
    return [part for part in written.split(",") if part.strip()] or [","]
