"""The settings and the themes, read again when their files change; what is wrong leaves the old.

A file is looked at by its stat alone, and read once it has been the same for two looks: an editor
may be in the middle of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Protocol

from vmtui import config
from vmtui.config import Settings
from vmtui.ui import taste
from vmtui.ui.cells import Role
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.screens.page import Page
from vmtui.ui.taste import Taste

SECONDS = 2.0
"""Between two looks."""
LATER = ("hosts", "images", "tick", "read_only", "log_level", "console", "sort", "group_by", "view",
         "filter")  # fmt: skip
"""Settings that count from the next start."""

Marks = Mapping[Path, tuple[int, int, int]]


class Desk(Protocol):
    """The program, as what is read again sees it."""

    cockpit: Cockpit

    @property
    def page(self) -> Page:
        """The full screen that is up."""

    def put_taste(self, looks: Taste, before: Settings) -> None:
        """Use these themes, keys and plugins from now on."""


class Reload:
    """Looks at the files now and then."""

    @property
    def knows(self) -> bool:
        """Whether the files were looked at."""
        return self._read is not None

    @property
    def at_rest(self) -> bool:
        """Whether what was seen last is what was read."""
        return self._read == self._seen

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._read: Marks | None = None
        """The files as they were when they were read last."""
        self._seen: Marks = {}
        self._looking = False

    async def look(self) -> None:
        """Look once; read what has changed and is at rest."""
        cockpit = self._desk.cockpit
        if cockpit.watched is None or self._looking:
            return
        self._looking = True
        try:
            await self._look(cockpit.watched, cockpit.theme_folders)
        finally:
            self._looking = False

    async def _look(self, file: Path, folders: Sequence[Path]) -> None:
        marks = await asyncio.to_thread(marks_of, file, folders)
        if self._read is None:
            self._read = self._seen = marks
        elif marks != self._seen:
            self._seen = marks
        elif marks != self._read:
            self._read = marks
            await self._take(file)

    async def _take(self, file: Path) -> None:
        cockpit = self._desk.cockpit
        before = cockpit.settings
        try:
            loaded, problems, looks = await asyncio.to_thread(_read, cockpit, file)
        except FileNotFoundError as error:
            self._refuse([str(error)])
            return
        every = [*map(str, problems), *looks.problems]
        if new := [one for one in every if _bare(one) not in set(map(_bare, cockpit.problems))]:
            self._refuse(new)
            return
        cockpit.problems = every
        cockpit.settings = loaded
        self._desk.put_taste(looks, before)
        changed = {item.name for item in fields(Settings)
                   if getattr(before, item.name) != getattr(loaded, item.name)}  # fmt: skip
        if cockpit.hosts is not None and cockpit.hosts.has(loaded.hosts):
            # They were changed on the screen, and are there already.
            changed -= {"hosts"}
        if changed:
            later = [name for name in LATER if name in changed]
            words = f"; {', '.join(later)} from the next start on" if later else ""
            self._desk.page.say(f"the settings were read again{words}", Role.GOOD)

    def _refuse(self, problems: Sequence[str]) -> None:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        words = f"settings: {problems[0]}{more}; the old ones stay"
        self._desk.page.say(words, Role.WARN, 20.0)


def _read(cockpit: Cockpit, file: Path) -> tuple[Settings, Sequence[config.Problem], Taste]:
    settings, problems = config.load(file)
    settings = cockpit.overrides(settings)
    looks = taste.read(settings, cockpit.theme_folders, colours=cockpit.abilities.colours)
    return settings, problems, looks


def _bare(problem: str) -> str:
    """Without its line, which moves when others come or go."""
    line, _, rest = problem.partition(": ")
    return rest if line.startswith("line ") else problem


def marks_of(file: Path, folders: Sequence[Path]) -> Marks:
    """Each file with what tells that it has changed; one that is not there is left out."""
    made: dict[Path, tuple[int, int, int]] = {}
    files: list[Any] = [file]
    for folder in folders:
        try:
            files += sorted(folder.glob("*.toml"))
        except OSError:
            continue
    for one in files:
        try:
            stat = one.stat()
        except OSError:
            continue
        made[one] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return made
