"""What vmtui remembers by itself between two starts: commands, the sort, the view.

A file of its own: the settings are the person's. One that is damaged or cannot be written costs
the memory, never the program.
"""

from __future__ import annotations

import contextlib
import json
import logging
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

COMMANDS_MOST = 200
SIZE_MOST = 1 << 20


class Remembered:
    """Values by name, read once and written at each change; `path` None keeps them in memory."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._values: dict[str, Any] = {}
        if path is not None:
            with contextlib.suppress(OSError, ValueError):
                if path.stat().st_size <= SIZE_MOST:
                    found = json.loads(path.read_text(encoding="utf-8"))
                    self._values = found if isinstance(found, dict) else {}

    def text(self, name: str) -> str:
        """A text that was kept, or ""."""
        value = self._values.get(name)
        return value if isinstance(value, str) else ""

    def keep(self, name: str, value: str) -> None:
        """Keep a text."""
        if self.text(name) != value:
            self._values[name] = value
            self._save()

    @property
    def commands(self) -> list[str]:
        """Commands that were entered, the newest last."""
        found = self._values.get("commands")
        return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []

    def add_command(self, line: str) -> None:
        """Keep a command; the same one earlier is forgotten."""
        kept = [one for one in self.commands if one != line]
        self._values["commands"] = [*kept, line][-COMMANDS_MOST:]
        self._save()

    def _save(self) -> None:
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(self._values, indent=1), encoding="utf-8")
            fresh.replace(self._path)
        except OSError as error:
            logger.warning("%s cannot be written: %s", self._path, error)
