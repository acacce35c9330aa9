"""Plugins in the registry: the settings' rows as actions, and what is wrong with their keys."""

from __future__ import annotations

from collections.abc import Sequence

from vmtui.plan.plugins import why_not
from vmtui.plugin import GUEST, PluginEntry
from vmtui.ui import keymap
from vmtui.ui.actions import ACTIONS, BY_ID, Action, Scope

FOOTER = 5
"""Their place in the bottom line: whoever gave one a key uses it often."""
OWN_COMMANDS = ("filter", "save-filter", "sort", "group-by", "columns", "view", "save-view",
                "delete-view", "export", "host", "theme", "set", "help")  # fmt: skip
"""What the command line has of its own: no plugin takes such a name."""


def actions_of(entries: Sequence[PluginEntry]) -> tuple[tuple[Action, ...], list[str]]:
    """The plugins as actions, and what is wrong.

    One with the name of another action is left out; one whose key is taken has none.
    """
    made: list[Action] = []
    problems: list[str] = []
    names = {*BY_ID, *(id_.removeprefix("view-") for id_ in BY_ID), *OWN_COMMANDS}
    taken = {key: action.id for action in ACTIONS for key in action.keys}
    for entry in entries:
        if entry.name in names:
            problems.append(f"line {entry.line}: {entry.name} is an action of vmtui already")
            continue
        keys = tuple(keymap.name(part) for part in keymap.split(entry.key)) if entry.key else ()
        clash = next((said for key in keys if (said := keymap.clash(key, taken))), None)
        if clash is not None:
            problems.append(f"line {entry.line}: {entry.name}: the key {clash}")
            keys = ()
        taken |= dict.fromkeys(keys, entry.name)
        made.append(_action(entry, keys))
    return tuple(made), problems


def _action(entry: PluginEntry, keys: tuple[str, ...]) -> Action:
    return Action(
        entry.name, entry.title, entry.help or "a command of your own", keys, Scope.PLUGINS,
        FOOTER if keys else 0, why_not(entry) if entry.scope == GUEST else None, entry,
    )  # fmt: skip
