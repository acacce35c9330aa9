"""What a command is, and what it may act on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from vmtui.model.guest import Guest
from vmtui.ui.actions import Action
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.columns import Row
from vmtui.ui.screens.page import Page
from vmtui.ui.screens.viewdesk import ViewDesk
from vmtui.ui.targets import Target


class Deck(Protocol):
    """The program, as a command sees it."""

    cockpit: Cockpit

    @property
    def page(self) -> Page:
        """The full screen that is up."""

    @property
    def guests(self) -> ViewDesk:
        """The screen with the table of guests."""

    def perform(self, action: Action) -> None:
        """Do what its key would do."""

    def act(self, action: Action, guests: Sequence[Guest], given: str = "") -> None:
        """Do an action with these guests; `given` is what it would ask for."""

    def show_place(self, place: str) -> None:
        """Go to a view."""

    def lead_to(self, target: Target) -> None:
        """Go to a view, and there to a thing in it."""

    def put_theme(self, name: str) -> None:
        """Paint everything in that theme."""


def nothing(_deck: Deck, _words: Sequence[str]) -> Iterable[str]:
    """No word completes it."""
    return ()


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `run` gets what follows the name, and raises VmtuiError where that is wrong."""

    id: str
    usage: str
    """Its arguments: `COLUMN [asc|desc]`."""
    help: str
    run: Callable[[Deck, str], None]
    complete: Callable[[Deck, Sequence[str]], Iterable[str]] = nothing
    """From the words before the one that is typed to all that may stand there."""
    preview: Callable[[Deck, str], None] | None = None
    """Shows what it would do while it is typed."""
    alone: bool = True
    """Whether it can do without arguments."""


def rows(deck: Deck) -> list[Row]:
    """Every guest of every host, as filters see them."""
    return [
        Row(guest, view.guest_figures.get(uuid), view.stale)
        for view in deck.cockpit.store.inventory.hosts.values()
        for uuid, guest in view.guests.items()
    ]
