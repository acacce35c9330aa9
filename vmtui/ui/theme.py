"""Themes: TOML files into a Textual theme and a Palette, the style of each role and row.

A theme that cannot be used is left out and reported; the built-in one is always there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.errors import StyleSyntaxError
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme

from vmtui.ui.abilities import NONE, SIXTEEN, TRUE
from vmtui.ui.cells import Role

COLORS = (
    "background", "surface", "panel", "foreground", "primary", "secondary", "accent", "success",
    "warning", "error",
)  # fmt: skip
ANSI_VARIABLES = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "border-blurred": "ansi_default",
    "input-cursor-foreground": "ansi_default",
    "input-cursor-background": "ansi_default",
    "input-cursor-text-style": "reverse",
    "input-selection-foreground": "ansi_default",
    "input-selection-background": "ansi_bright_black",
}
"""What Textual's own styles want to know where the terminal's colours are kept."""
ROWS = ("cursor", "cursor-blurred", "mark", "header", "bar")


@dataclass(frozen=True)
class Palette:
    """What a theme says of each role and row; roles have no background of their own."""

    theme: Theme
    roles: dict[Role, Style]
    rows: dict[str, Style]
    base: Style
    """The screen's foreground and background."""


def read(text: str) -> Palette:
    """The palette in a theme file's text.

    Raises ValueError, with the place, where it is not a theme.
    """
    data = tomllib.loads(text)
    name = data.get("name")
    if not isinstance(name, str) or not name:
        raise ValueError("a theme needs a name")
    colors = {key: _color(data, key) for key in COLORS}
    roles = {role: _style(data, "roles", role.name.lower()) for role in Role}
    rows = {row: _style(data, "rows", row) for row in ROWS}
    theme = Theme(
        name=name,
        dark=bool(data.get("dark", True)),
        background=colors["background"],
        surface=colors["surface"],
        panel=colors["panel"],
        foreground=colors["foreground"],
        primary=colors["primary"],
        secondary=colors["secondary"],
        accent=colors["accent"],
        success=colors["success"],
        warning=colors["warning"],
        error=colors["error"],
        # Else the terminal's own colours would be turned into fixed ones.
        ansi=_plain(colors),
        variables=dict(ANSI_VARIABLES) if _plain(colors) else {},
    )
    return Palette(theme, roles, rows, _base(colors))


def _base(colors: dict[str, str]) -> Style:
    if _plain(colors):
        return Style()
    return Style(color=colors["foreground"], bgcolor=colors["background"])


def _plain(colors: dict[str, str]) -> bool:
    """Whether it keeps to the terminal's own colours."""
    return colors["background"].startswith("ansi")


def _color(data: dict[str, Any], key: str) -> str:
    value = data.get("colors", {}).get(key)
    if not isinstance(value, str):
        raise ValueError(f"[colors] lacks {key}")
    try:
        Color.parse(value)
    except ColorParseError:
        raise ValueError(f"[colors] {key}: {value!r} is no colour") from None
    return value


def _style(data: dict[str, Any], section: str, key: str) -> Style:
    value = data.get(section, {}).get(key)
    if not isinstance(value, str):
        raise ValueError(f"[{section}] lacks {key}")
    try:
        return Style.parse(value)
    except StyleSyntaxError:
        raise ValueError(f"[{section}] {key}: {value!r} is no style") from None


def find(folders: Sequence[Path]) -> tuple[dict[str, Palette], list[str]]:
    """Every theme in these folders by name (later ones win), and what is wrong with the others."""
    found: dict[str, Palette] = {}
    problems: list[str] = []
    for folder in folders:
        if not folder.is_dir():
            continue
        for path in sorted(folder.glob("*.toml")):
            try:
                palette = read(path.read_text(encoding="utf-8"))
            except (ValueError, OSError) as error:
                problems.append(f"theme {path.name}: {error}")
                continue
            found[palette.theme.name] = palette
    return found, problems


def choose(
    found: dict[str, Palette], wanted: str, *, colours: int = TRUE
) -> tuple[Palette, str | None]:
    """The wanted theme; `mono` or `sixteen` where the terminal has no more colours.

    And a problem where the wanted one is not there.
    """
    if colours == NONE and "mono" in found:
        return found["mono"], None
    if colours <= SIXTEEN and "sixteen" in found and wanted in found:
        # One that keeps to the terminal's own colours is as good there.
        return found[wanted] if found[wanted].theme.ansi else found["sixteen"], None
    if wanted in found:
        return found[wanted], None
    known = ", ".join(sorted(found))
    fallback = found.get("midnight") or next(iter(found.values()), None)
    if fallback is None:
        raise FileNotFoundError("no theme is installed: the package is incomplete")
    return fallback, f"theme {wanted} is not known; known are {known}"
