"""Settings that are changed on the screen: written to the person's file, and in force at once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from vmtui import config, settingsfile
from vmtui.errors import VmtuiError
from vmtui.settingsfile import Value
from vmtui.ui.cells import Role
from vmtui.ui.front import Front


class Keeper(Front, Protocol):
    """The screen on which a setting is changed."""

    def run_worker(self, work: Coroutine[Any, Any, None]) -> object:
        """Do that beside the screen (Textual's own)."""


def keep(page: Keeper, section: str, key: str, value: Value | None, words: str) -> None:
    """Set a setting, say `words`, or what is wrong; the file is written off the UI's loop."""
    path = page.cockpit.settings_file
    if path is None:
        page.say(f"{words}; not kept: there is no settings file", Role.WARN)
        return
    page.run_worker(_keep(page, lambda: settingsfile.put(path, section, key, value), words))


def keep_row(page: Keeper, table: str, name: str, values: Mapping[str, Value], words: str) -> None:
    """Have a `[[table]]` of that name, as `keep` sets a setting."""
    path = page.cockpit.settings_file
    if path is None:
        page.say(f"{words}; not kept: there is no settings file", Role.WARN)
        return
    page.run_worker(_keep(page, lambda: settingsfile.put_row(path, table, name, values), words))


def drop_row(page: Keeper, table: str, name: str, words: str) -> None:
    """Take the `[[table]]` of that name out, as `keep` sets a setting."""
    path = page.cockpit.settings_file
    if path is None:
        page.say(f"{words}; not kept: there is no settings file", Role.WARN)
        return
    page.run_worker(_keep(page, lambda: settingsfile.drop_row(path, table, name), words))


async def _keep(page: Keeper, change: Callable[[], config.Settings], words: str) -> None:
    import asyncio

    try:
        settings = await asyncio.to_thread(change)
    except VmtuiError as error:
        page.fail(error)
        return
    page.cockpit.settings = page.cockpit.overrides(settings)
    page.say(words, Role.GOOD)
