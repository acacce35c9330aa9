"""A typed command, taken apart: its name, its words, and the one that is being typed. Pure."""

from __future__ import annotations

import re

_WORD = re.compile(r'(?:"[^"]*"?|[^\s"])+')


def split(text: str) -> tuple[str, str]:
    """The command's name and all that follows it."""
    name, _, rest = text.strip().partition(" ")
    return name, rest.strip()


def words(text: str) -> list[str]:
    """The words in it; quotes join words, and stay where they are part of a term."""
    return [_unquoted(word) for word in _WORD.findall(text)]


def _unquoted(word: str) -> str:
    return word.strip('"') if word.startswith('"') else word


def typing(text: str) -> tuple[list[str], str]:
    """The words before the one that is being typed, and that one ("" after a space)."""
    found = _WORD.findall(text)
    if not found or text[-1:].isspace():
        return found, ""
    return found[:-1], found[-1]


def replaced(text: str, word: str) -> str:
    """The text with `word` in place of the one that is being typed."""
    _, last = typing(text)
    return text[: len(text) - len(last)] + word


def quoted(word: str) -> str:
    """The word as it is typed: in quotes where it has spaces."""
    return f'"{word}"' if " " in word else word
