"""The command line: every verb, view and setting by its name, with completion."""

from __future__ import annotations

from functools import lru_cache

from vmtui.ui import actions as registry
from vmtui.ui.actions import Action
from vmtui.ui.commands import places, table, verbs
from vmtui.ui.commands.command import Command


@lru_cache(maxsize=2)
def known(read_only: bool, plugins: tuple[Action, ...] = ()) -> dict[str, Command]:
    """Every command by its name; in read-only mode none that changes a host."""
    made = [verbs.of(action) for action in registry.possible(read_only, plugins)]
    if not read_only:
        made.append(verbs.ORDER)
    # Those with arguments of their own take the place of the plain ones.
    return {command.id: command for command in (*made, *places.COMMANDS, *table.COMMANDS)}
