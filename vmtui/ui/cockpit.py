"""What the screens are given: the engine's rooms and the person's settings, put together once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vmtui.config import Settings
from vmtui.engine.checkup import Checkups
from vmtui.engine.consoles import Consoles
from vmtui.engine.eventlog import EventLog
from vmtui.engine.fleet import Fleet
from vmtui.engine.history import History
from vmtui.engine.hostbook import HostBook
from vmtui.engine.job import Job, JobState
from vmtui.engine.jobs import Jobs
from vmtui.engine.journal import Leftovers
from vmtui.engine.store import Store
from vmtui.engine.trail import Entry
from vmtui.model.image import CloudImage
from vmtui.model.inventory import Inventory
from vmtui.model.system import System
from vmtui.paths import cache_dir
from vmtui.plan.answers import Answers
from vmtui.plan.systems import shipped, shipped_images
from vmtui.ui import actions as registry
from vmtui.ui.abilities import Abilities
from vmtui.ui.actions import Action
from vmtui.ui.keymap import Keymap
from vmtui.ui.remembered import Remembered
from vmtui.ui.theme import Palette


def as_it_is(settings: Settings) -> Settings:
    """The settings as the file has them."""
    return settings


async def nothing_to_close() -> None:
    """For a cockpit without hosts."""


@dataclass(frozen=True, slots=True)
class Making:
    """What the wizard is given."""

    systems: Callable[[], Sequence[System]] = shipped
    """Every known system. May read files: not for the event loop."""
    images: Callable[[], Sequence[CloudImage]] = shipped_images
    cache: Path = field(default_factory=cache_dir)
    """Where downloads are kept."""
    draft: Path | None = None
    """Where a draft is kept from one start to the next; None keeps none."""
    profiles: Path | None = None
    """The folder of saved answers; None has none."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Answers whose job was begun."""

    job: Job
    answers: Answers = field(repr=False)
    host: str

    def in_vain(self, inventory: Inventory) -> bool:
        """Whether nothing came of it: it failed, or was cancelled, before there was a guest."""
        ended = self.job.state in (JobState.FAILED, JobState.CANCELLED)
        return ended and not any(inventory.guest(run.key) for run in self.job.tracks)


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
    plugins: tuple[Action, ...] = ()
    """Actions of the person's own, from the settings."""
    read_only: bool = False
    problems: Sequence[str] = ()
    """What is wrong with the settings; shown once, at the start."""
    abilities: Abilities = field(default_factory=Abilities)
    """What the terminal can show."""
    watched: Path | None = None
    """The settings file, read again when it changes; None is not watched."""
    theme_folders: Sequence[Path] = ()
    """Folders of theme files, watched too; later ones win."""
    settings_file: Path | None = None
    """Where changed settings are written; None keeps none."""
    overrides: Callable[[Settings], Settings] = as_it_is
    """What the command line makes of the settings in the file."""
    remembered: Remembered = field(default_factory=Remembered)
    connect: Callable[[], None] = lambda: None
    """Begins to open the hosts; called once, when the screen is up."""
    close: Callable[[], Awaitable[None]] = nothing_to_close
    """Lets go of jobs and hosts, within a second or so."""
    leftovers: Callable[[], Leftovers] = Leftovers
    """Plans that an earlier process left unfinished."""
    making: Making = field(default_factory=Making)
    begun: Begun | None = None
    """What the wizard had made last: its answers come back if that fails."""
    checkups: Checkups = field(init=False)
    """What the checks of the hosts found."""

    def __post_init__(self) -> None:
        self.checkups = Checkups(self.fleet)

    @property
    def ascii(self) -> bool:
        """Whether only ASCII is painted."""
        chosen = self.settings.ascii
        return self.abilities.ascii if chosen is None else chosen

    def possible(self) -> list[Action]:
        """The actions that exist here."""
        return registry.possible(self.read_only, self.plugins)

    def action(self, id_: str) -> Action:
        """The action of that id. Raises KeyError where there is none."""
        own = next((action for action in self.plugins if action.id == id_), None)
        return own or registry.BY_ID[id_]

    hosts: HostBook | None = None
    """Which hosts there are; None where they cannot be changed."""
    first_start: Callable[[], bool] = lambda: False
    """Whether this person has never been here; true only once."""
    trail: Callable[[], Sequence[Entry]] = tuple
    """What vmtui did, from its audit log, oldest first; blocks while it reads."""
