"""What a person's settings and theme files make of the screen: themes, keys, plugins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vmtui.config import Settings
from vmtui.ui import keymap, plugins, theme
from vmtui.ui.abilities import TRUE
from vmtui.ui.actions import ACTIONS, Action
from vmtui.ui.keymap import Keymap
from vmtui.ui.theme import Palette


@dataclass(frozen=True, slots=True)
class Taste:
    """All of it, and what is wrong with it."""

    palettes: Mapping[str, Palette]
    palette: Palette
    keymap: Keymap
    plugins: tuple[Action, ...]
    problems: tuple[str, ...]


def read(settings: Settings, themes: Sequence[Path], *, colours: int = TRUE) -> Taste:
    """From the settings, and the theme files in these folders, which are read now.

    Raises FileNotFoundError where there is no theme at all.
    """
    palettes, problems = theme.find(themes)
    palette, wrong_theme = theme.choose(palettes, settings.theme, colours=colours)
    own, clashes = plugins.actions_of(settings.plugins)
    keys, key_problems = keymap.build((*ACTIONS, *own), settings.keys, settings.key_lines)
    every = (*problems, *clashes, *key_problems, *([wrong_theme] if wrong_theme else ()))
    return Taste(palettes, palette, keys, own, every)
