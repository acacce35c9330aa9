"""Paths of this machine, completed as they are typed."""

from __future__ import annotations

import asyncio
import os

from textual.suggester import Suggester

from vmtui import paths


class PathSuggester(Suggester):
    """Completes a path of this machine; the right arrow takes what is offered."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The first entry that goes on with what was typed; folders end in a slash."""
        if not value.startswith(("/", "~", ".")):
            return None
        return await asyncio.to_thread(_complete, value)


def _complete(value: str) -> str | None:
    typed = paths.expanded(value)
    folder, stem = (typed, "") if value.endswith("/") else (typed.parent, typed.name)
    try:
        with os.scandir(folder) as entries:
            found = sorted(
                entry.name + ("/" if entry.is_dir() else "")
                for entry in entries
                if entry.name.startswith(stem) and (stem or not entry.name.startswith("."))
            )
    except OSError:
        return None
    return value + found[0][len(stem) :] if found else None
