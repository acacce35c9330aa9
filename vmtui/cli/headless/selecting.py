"""From words to guests: names, patterns, UUIDs, HOST/NAME, and the filter of the table. Pure.

A word that fits several guests by their very name is never guessed: it is refused with the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from uuid import UUID

from vmtui.cli.exits import Unfound
from vmtui.errors import Invalid
from vmtui.model.guest import Guest, GuestKey
from vmtui.model.inventory import Inventory
from vmtui.model.query.filter import Filter
from vmtui.ui.columns import Row, natural

PATTERN = frozenset("*?[")
TOLD = 8
"""Guests that are named where a word fits several."""


NO_FILTER = Filter()


@dataclass(frozen=True, slots=True)
class Wish:
    """Which guests are meant."""

    words: tuple[str, ...] = ()
    filter: Filter = NO_FILTER
    all: bool = False

    @property
    def narrow(self) -> bool:
        """Whether it means some guests only."""
        return bool(self.words or self.filter.tests)

    @property
    def measured(self) -> bool:
        """Whether its filter may ask what guests use, which takes two readings."""
        return any(sign in self.filter.text for sign in "<>=@")


@dataclass(frozen=True, slots=True)
class Selection:
    """The guests, and which of them were named one by one."""

    guests: tuple[Guest, ...]
    named: frozenset[GuestKey] = frozenset()


def select(inventory: Inventory, wish: Wish, *, needed: bool = True) -> Selection:
    """The guests that are meant, by host and name.

    Without a word all are meant where none is `needed`; a filter always leaves only those that
    match.

    Raises Unfound where a word fits no guest, or several by one name; Invalid where nothing was
    said at all.
    """
    everyone = sorted(inventory.guests(), key=lambda g: (natural(g.key.host), natural(g.name)))
    chosen: dict[GuestKey, Guest] = {}
    named: set[GuestKey] = set()
    for word in wish.words:
        found = _meant(everyone, inventory, word)
        chosen.update((guest.key, guest) for guest in found)
        if not _is_pattern(word) or len(found) == 1:
            named.update(guest.key for guest in found)
    if wish.words and wish.all:
        raise Invalid("Guests were named, and --all was given", "Either will do.")
    if not wish.words:
        if needed and not wish.all and not wish.filter.tests:
            raise Invalid("No guest was named", hint="Name one, or use --filter or --all.")
        chosen = {guest.key: guest for guest in everyone}
    kept = [guest for guest in chosen.values() if _passes(inventory, guest, wish.filter)]
    if needed and wish.filter.tests and not kept:
        raise Unfound(f"No guest matches {wish.filter.text}")
    return Selection(tuple(kept), frozenset(named))


def _meant(everyone: Sequence[Guest], inventory: Inventory, word: str) -> list[Guest]:
    host, slash, name = word.partition("/")
    if slash and host in inventory.hosts:
        guests = [guest for guest in everyone if guest.key.host == host]
        return _by_name(guests, name, word)
    if slash and not _is_pattern(word):
        known = ", ".join(inventory.hosts)
        raise Unfound(f"There is no host {host}", f"There are {known}.")
    return _by_name(everyone, word, word)


def _by_name(guests: Sequence[Guest], name: str, word: str) -> list[Guest]:
    exact = [guest for guest in guests if guest.name == name or guest.key.uuid == _uuid(name)]
    if len(exact) > 1:
        raise _several(word, exact)
    if exact:
        return exact
    if _is_pattern(name):
        fitting = [guest for guest in guests if fnmatchcase(guest.name, name)]
        if fitting:
            return fitting
        raise Unfound(f"No guest has a name like {word}")
    raise Unfound(f"There is no guest {word}")


def _several(word: str, guests: Sequence[Guest]) -> Unfound:
    told = [f"{guest.key.host}/{guest.name} ({guest.key.uuid})" for guest in guests[:TOLD]]
    more = f" and {len(guests) - TOLD} more" if len(guests) > TOLD else ""
    return Unfound(
        f"{word} is more than one guest", ", ".join(told) + more,
        "Say HOST/NAME, or the UUID where one host has both.",
    )  # fmt: skip


def _passes(inventory: Inventory, guest: Guest, wanted: Filter) -> bool:
    if not wanted.tests:
        return True
    view = inventory.hosts[guest.key.host]
    return wanted.matches(Row(guest, view.guest_figures.get(guest.key.uuid), view.stale))


def _is_pattern(word: str) -> bool:
    return any(character in PATTERN for character in word)


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None
