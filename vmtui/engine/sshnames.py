"""The names of hosts in a person's ssh configuration, to be offered as addresses."""

from __future__ import annotations

import shlex
from pathlib import Path

from vmtui import paths

MOST_BYTES, MOST_NAMES, FILES_MOST, DEEPEST = 1 << 20, 500, 100, 4


def ssh_names(path: Path) -> list[str]:
    """The names after `Host`, in their order, without patterns; with those of included files.

    Never raises: a file that cannot be read has none.
    """
    found: dict[str, None] = {}
    _collect(path, path.parent, found, DEEPEST)
    return list(found)[:MOST_NAMES]


def _collect(path: Path, folder: Path, found: dict[str, None], depth: int) -> None:
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return
    for line in text.splitlines():
        words = _words(line)
        if not words:
            continue
        if words[0].lower() == "host":
            found.update(dict.fromkeys(word for word in words[1:] if _plain(word)))
        elif words[0].lower() == "include" and depth:
            for pattern in words[1:]:
                place = folder / paths.expanded(pattern)
                for name in sorted(place.parent.glob(place.name))[:FILES_MOST]:
                    _collect(name, folder, found, depth - 1)


def _words(line: str) -> list[str]:
    """`Host a b`, `Host=a`; nothing for comments and what cannot be read."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return []
    if words and "=" in words[0]:
        key, _, value = words[0].partition("=")
        words = [key, *([value] if value else []), *words[1:]]
    return [word for word in words if word != "="]


def _plain(name: str) -> bool:
    return name.isprintable() and not any(character in "*?!%/@: " for character in name)
