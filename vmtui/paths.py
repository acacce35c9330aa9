"""Where vmtui keeps its files: the person's settings, its own state, its log.

Follows the XDG base directory specification (through platformdirs).
"""

from __future__ import annotations

from pathlib import Path

import platformdirs

APP = "vmtui"


def config_file() -> Path:
    """The settings that a person writes: `~/.config/vmtui/config.toml`."""
    return Path(platformdirs.user_config_dir(APP)) / "config.toml"


def state_dir() -> Path:
    """What vmtui remembers between starts: `~/.local/state/vmtui`."""
    return Path(platformdirs.user_state_dir(APP))


def journal_dir() -> Path:
    """Plans that were begun and not yet ended, one JSON file each."""
    return state_dir() / "journal"


def log_file() -> Path:
    """The program's log, rotated."""
    return state_dir() / "vmtui.log"


def theme_dirs() -> list[Path]:
    """Folders of theme files: the shipped ones first, the person's own last (they win)."""
    package = Path(__file__).resolve().parent
    # In the wheel the themes are beside the modules; in a checkout, beside the package.
    shipped = [p for p in (package / "themes", package.parent / "themes") if p.is_dir()][:1]
    return [*shipped, config_file().parent / "themes"]
