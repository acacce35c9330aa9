"""Commands from the registry: every action by its id, verbs with the guests that they act on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from vmtui.errors import Invalid
from vmtui.model.query.fields import FIELDS
from vmtui.model.query.naming import named
from vmtui.ui import actions as registry
from vmtui.ui import flow
from vmtui.ui.actions import Action
from vmtui.ui.commands.command import Command, Deck, rows
from vmtui.ui.commands.line import quoted, words

NAMES_MOST = 300
"""Guests that are looked at for a completion."""


def of(action: Action) -> Command:
    """The command of an action."""
    name = action.id.removeprefix("view-")
    if action.on_guests:
        usage = "[NAME|web*|field:value ...]"
        return Command(name, usage, action.help, _act(action), _able(action))
    return Command(name, "", action.help, _perform(action))


def _act(action: Action) -> Callable[[Deck, str], None]:
    def run(deck: Deck, rest: str) -> None:
        if not rest:
            deck.perform(action)
            return
        found = named(rows(deck), words(rest), deck.cockpit.settings.filters)
        deck.act(action, [row.guest for row in found])

    return run


def _perform(action: Action) -> Callable[[Deck, str], None]:
    def run(deck: Deck, rest: str) -> None:
        if rest:
            raise Invalid(f"{action.id} takes nothing after it", rest)
        deck.perform(action)

    return run


def _able(action: Action) -> Callable[[Deck, Sequence[str]], Iterable[str]]:
    def complete(deck: Deck, _before: Sequence[str]) -> Iterable[str]:
        capabilities = flow.capabilities_of(deck.cockpit)
        # Those on the screen first: they are meant more often.
        for row in rows(deck)[:NAMES_MOST]:
            guest = row.guest
            if registry.why_not(action, guest, capabilities[guest.key.host]) is None:
                yield quoted(guest.name)
        yield from (f"{field.id}:" for field in FIELDS)

    return complete


def _order(deck: Deck, rest: str) -> None:
    said: list[str] = []
    named_words: list[str] = []
    for word in words(rest):
        (said if is_order(word) else named_words).append(word)
    action = registry.BY_ID["order"]
    if named_words:
        found = named(rows(deck), named_words, deck.cockpit.settings.filters)
        guests = [row.guest for row in found]
    else:
        guests = deck.guests.selected()
    deck.act(action, guests, " ".join(said))


def is_order(word: str) -> bool:
    """Whether a word says an order, rather than a guest's name."""
    return word == "none" or word.isdecimal() or word.startswith("delay=")


def _order_words(deck: Deck, before: Sequence[str]) -> Iterable[str]:
    if len(before) < 2:
        yield from ("10", "20", "none")
    yield "delay=30s"
    yield from _able(registry.BY_ID["order"])(deck, before)


ORDER = Command("order", "[N|none] [delay=TIME] [NAME|web*|field:value ...]",
                registry.BY_ID["order"].help, _order, _order_words)  # fmt: skip
