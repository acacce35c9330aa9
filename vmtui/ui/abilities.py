"""What the person's terminal can show, from the environment: which colours, which characters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TRUE, SIXTEEN, NONE = 1 << 24, 16, 0
NO_COLOURS = ("vt100", "vt102", "vt220", "vt320", "xterm-mono", "dumb")
ASCII_TERMS = ("linux", "ansi", "cons25", "pccon", *NO_COLOURS)
"""Their fonts have few of the signs that the screen uses, or none."""
MANY = ("256color", "direct", "truecolor", "kitty", "alacritty", "ghostty", "wezterm", "foot")


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the terminal can show."""

    colours: int = TRUE
    """At least so many; 0 where none is wanted."""
    ascii: bool = False
    """Whether only ASCII can be shown."""


def from_environment(environment: Mapping[str, str]) -> Abilities:
    """What TERM, COLORTERM, NO_COLOR and the locale say."""
    term = environment.get("TERM", "").lower()
    return Abilities(_colours(term, environment), _is_ascii(term, environment))


def _colours(term: str, environment: Mapping[str, str]) -> int:
    if environment.get("NO_COLOR") or term.partition("-")[0] in NO_COLOURS or term in NO_COLOURS:
        return NONE
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return TRUE
    return TRUE if not term or any(word in term for word in MANY) else SIXTEEN


def _is_ascii(term: str, environment: Mapping[str, str]) -> bool:
    if term in ASCII_TERMS or term.partition("-")[0] in ASCII_TERMS:
        return True
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        value = environment.get(name, "")
        if name == "LC_CTYPE" and value in ("C.UTF-8", "C.utf8", "UTF-8"):
            # Python sets it by itself where LANG is C, or where there is no locale at all.
            continue
        if value:
            return "utf8" not in value.lower().replace("-", "")
    return False
