"""What the screens are given: the engine's rooms and the person's settings, put together once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from vmtui.config import Settings
from vmtui.engine.consoles import Consoles
from vmtui.engine.eventlog import EventLog
from vmtui.engine.fleet import Fleet
from vmtui.engine.history import History
from vmtui.engine.jobs import Jobs
from vmtui.engine.journal import Leftovers
from vmtui.engine.store import Store
from vmtui.ui.keymap import Keymap
from vmtui.ui.theme import Palette


async def nothing_to_close() -> None:
    """For a cockpit without hosts."""


@dataclass(slots=True)
class Cockpit:
    """Everything that a screen may use."""

    store: Store
    fleet: Fleet
    jobs: Jobs
    consoles: Consoles
    events: EventLog
    history: History
    settings: Settings
    palettes: Mapping[str, Palette]
    palette: Palette
    keymap: Keymap
    read_only: bool = False
    problems: Sequence[str] = ()
    """What is wrong with the settings; shown once, at the start."""
    connect: Callable[[], None] = lambda: None
    """Begins to open the hosts; called once, when the screen is up."""
    close: Callable[[], Awaitable[None]] = nothing_to_close
    """Lets go of jobs and hosts, within a second or so."""
    leftovers: Callable[[], Leftovers] = Leftovers
    """Plans that an earlier process left unfinished."""
