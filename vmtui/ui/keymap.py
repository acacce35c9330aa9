"""Keys: the registry's own, changed by the settings, checked, and in words for the screen.

A key is Textual's name of it; a chord is several, one after the other, with spaces between: `g h`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vmtui.ui.actions import Action

Keymap = Mapping[str, tuple[str, ...]]
"""Action id to keys and chords."""

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

RESERVED = frozenset({"up", "down", "j", "k", "G", "home", "end", "pageup", "pagedown",
                      "enter", "tab", "shift+tab"})  # fmt: skip
"""Keys with which one moves about; no action takes them, and no chord begins with one."""
LEAVING = "escape"
"""Leaves a chord that was begun."""


def word(key: str) -> str:
    """A key as a person knows it: `/`, `Esc`, `^R`, `F2`; a chord as `g h`."""
    if " " in key:
        return " ".join(map(word, key.split()))
    if key in _WORDS:
        return _WORDS[key]
    if key.startswith("ctrl+"):
        return "^" + key[5:].upper()
    if key.startswith("f") and key[1:].isdecimal():
        return key.upper()
    return key


def words(keys: Iterable[str]) -> str:
    """Several keys and chords side by side."""
    every = tuple(keys)
    return ("  " if any(" " in key for key in every) else " ").join(map(word, every))


def name(written: str) -> str:
    """Textual's name of a key as a person writes it: `/` is `slash`, `^r` is `ctrl+r`."""
    key = written.strip()
    if len(key.split()) > 1:
        return " ".join(map(name, key.split()))
    if len(key) == 2 and key.startswith("^"):
        return "ctrl+" + key[1].lower()
    if key in _NAMES:
        return _NAMES[key]
    if len(key) == 1:
        return key
    lower = key.lower()
    return _NAMES.get(lower, lower)


def build(
    actions: Sequence[Action], changed: Mapping[str, str], lines: Mapping[str, int] | None = None
) -> tuple[Keymap, list[str]]:
    """The keys of these actions with a person's changes, and what is wrong with the changes.

    A change that clashes or names no action is left out, so every action keeps a key. `lines`
    tells where in the settings each change stands.
    """
    keymap = {action.id: action.keys for action in actions}
    problems: list[str] = []
    for action_id, written in changed.items():
        line = (lines or {}).get(action_id)
        at = f"line {line}: [keys]" if line else "[keys]"
        if action_id not in keymap:
            near = difflib.get_close_matches(action_id, keymap, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            problems.append(f"{at} {action_id} is no action{hint}")
            continue
        keys = tuple(name(part) for part in split(written))
        taken = {key: other for other, theirs in keymap.items() if other != action_id
                 for key in theirs if other not in changed}  # fmt: skip
        taken |= {name(part): other for other, text in changed.items() if other != action_id
                  for part in split(text)}  # fmt: skip
        problem = next((said for key in keys if (said := clash(key, taken))), None)
        if problem is not None:
            problems.append(f"{at} {action_id}: {problem}")
            continue
        keymap[action_id] = keys
    return keymap, problems


def clash(key: str, taken: Mapping[str, str]) -> str | None:
    """Why a key or chord cannot be had, where these are taken by actions; or None."""
    first, *rest = key.split() or [key]
    if first in RESERVED:
        return f"{word(first)} is taken by moving about"
    if LEAVING in rest:
        return f"{word(key)}: {word(LEAVING)} leaves a chord"
    if key in taken:
        return f"{word(key)} is taken by {taken[key]}"
    for other, by in taken.items():
        if f"{other} ".startswith(f"{key} "):
            return f"{word(key)} begins {word(other)}, which is taken by {by}"
        if f"{key} ".startswith(f"{other} "):
            return f"{word(key)} begins with {word(other)}, which is taken by {by}"
    return None


def split(written: str) -> list[str]:
    """The keys that are written one behind the other, with commas between them."""
    return [part for part in written.split(",") if part.strip()] or [","]


# -- chords --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Next:
    """What a key does after those that were pressed: an action, or it goes on with several."""

    key: str
    action: str = ""
    more: int = 0


class Chords:
    """The chords of a keymap."""

    def __init__(self, keymap: Keymap) -> None:
        self._actions = {
            tuple(key.split()): action
            for action, keys in keymap.items()
            for key in keys
            if " " in key
        }

    @property
    def beginnings(self) -> list[str]:
        """The keys that begin a chord."""
        return list(dict.fromkeys(keys[0] for keys in self._actions))

    def after(self, pressed: Sequence[str]) -> list[Next]:
        """What may follow."""
        begun = tuple(pressed)
        made: dict[str, list[tuple[str, ...]]] = {}
        for keys in self._actions:
            if keys[: len(begun)] == begun and len(keys) > len(begun):
                made.setdefault(keys[len(begun)], []).append(keys)
        return [
            Next(key, self._actions.get((*begun, key), ""), len(found))
            for key, found in made.items()
        ]

    def action(self, pressed: Sequence[str]) -> str | None:
        """The action of a whole chord; None where it is none, or not whole yet."""
        return self._actions.get(tuple(pressed))
