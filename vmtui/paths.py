"""Where vmtui keeps its files: the person's settings, its own state, its log.

Follows the XDG base directory specification (through platformdirs).
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

APP = "vmtui"


def config_file() -> Path:
    """The settings that a person writes: `~/.config/vmtui/config.toml`."""
    return Path(platformdirs.user_config_dir(APP)) / "config.toml"


def state_dir() -> Path:
    """What vmtui remembers between starts: `~/.local/state/vmtui`."""
    return Path(platformdirs.user_state_dir(APP))


def memory_file() -> Path:
    """What the screen remembers by itself: commands, sort, view."""
    return state_dir() / "screen.json"


def journal_dir() -> Path:
    """Plans that were begun and not yet ended, one JSON file each."""
    return state_dir() / "journal"


def tour_mark() -> Path:
    """It is there once the tour was offered."""
    return state_dir() / "toured"


def guest_keys_file() -> Path:
    """The host keys of guests that were reached by ssh, each under its guest's UUID."""
    return state_dir() / "guest_keys"


def audit_file() -> Path:
    """What vmtui did, as JSON lines, rotated."""
    return state_dir() / "audit.jsonl"


def cache_dir() -> Path:
    """What can be had again: downloaded images in `~/.cache/vmtui`."""
    return Path(platformdirs.user_cache_dir(APP))


def profile_dir() -> Path:
    """Profiles of new guests, one TOML file each: `~/.config/vmtui/profiles`."""
    return config_file().parent / "profiles"


def log_file() -> Path:
    """The program's log, rotated."""
    return state_dir() / "vmtui.log"


def expanded(text: str | Path) -> Path:
    """A path as a person wrote it, with `~` filled in; that of nobody known stays as it is.

    `Path.expanduser` raises for it, and whoever types `~root` passes by `~r`.
    """
    return Path(os.path.expanduser(text))  # noqa: PTH111 - see above


def theme_dirs() -> list[Path]:
    """Folders of theme files: the shipped ones first, the person's own last (they win)."""
    package = Path(__file__).resolve().parent
    # In the wheel the themes are beside the modules; in a checkout, beside the package.
    shipped = [p for p in (package / "themes", package.parent / "themes") if p.is_dir()][:1]
    return [*shipped, config_file().parent / "themes"]
