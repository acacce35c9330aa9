"""Commands that go to a thing on its page: `:xray web1`, `:storage images`, `:console web1`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

from vmtui.errors import Invalid
from vmtui.model.guest import Guest, GuestKey, HostId
from vmtui.model.inventory import HostView
from vmtui.model.query.naming import named
from vmtui.plan.build import count
from vmtui.ui import actions as registry
from vmtui.ui.commands.command import Command, Deck, rows
from vmtui.ui.commands.line import quoted, words
from vmtui.ui.commands.table import nearest
from vmtui.ui.networktree import network_target
from vmtui.ui.storagetree import pool_target
from vmtui.ui.targets import Target, to_guest, to_xray

NAMES_MOST = 300
"""Names that are offered at once."""

# -- guests ------------------------------------------------------------------------------------


def _guests(deck: Deck, rest: str) -> list[Guest]:
    """Those that are named. Raises NotFound and Invalid as `named` does."""
    return [row.guest for row in named(rows(deck), words(rest), deck.cockpit.settings.filters)]


def _guest(deck: Deck, rest: str) -> Guest:
    """The only one that is named. Raises what `_guests` raises, and Invalid for several."""
    found = _guests(deck, rest)
    if len(found) > 1:
        hosts = dict.fromkeys(f"host:{guest.key.host}" for guest in found)
        hint = f"add {' or '.join(islice(hosts, 4))}" if len(hosts) > 1 else "name one of them"
        raise Invalid(f"{rest} means {count(len(found))}", hint)
    return found[0]


def _guest_names(deck: Deck, _before: Sequence[str]) -> Iterable[str]:
    hosts = deck.cockpit.store.inventory.hosts
    names = (guest.name for view in hosts.values() for guest in view.guests.values())
    yield from map(quoted, islice(names, NAMES_MOST))
    if len(hosts) > 1:
        yield from (quoted(f"host:{host}") for host in hosts)


def _to_guest(id_: str, target: Callable[[GuestKey], Target]) -> Command:
    action = registry.BY_ID[id_]

    def run(deck: Deck, rest: str) -> None:
        if rest:
            deck.lead_to(target(_guest(deck, rest).key))
        else:
            deck.perform(action)

    return Command(id_.removeprefix("view-"), "[NAME]", action.help, run, _guest_names)


def _console(deck: Deck, rest: str) -> None:
    if not rest:
        deck.perform(registry.BY_ID["console"])
        return
    found = _guests(deck, rest)
    deck.lead_to(to_guest(found[0].key))
    deck.guests.open_consoles(found)


# -- hosts, and what is on them ----------------------------------------------------------------


def _doctor(deck: Deck, rest: str) -> None:
    if rest:
        hosts = deck.cockpit.store.inventory.hosts
        deck.lead_to(Target("doctor", HostId(nearest(_word(rest), hosts, "host"))))
    else:
        deck.perform(registry.BY_ID["view-doctor"])


def _hosts(deck: Deck, _before: Sequence[str]) -> Iterable[str]:
    return [quoted(host) for host in deck.cockpit.store.inventory.hosts]


def _to_thing(
    id_: str,
    what: str,
    names: Callable[[HostView], Iterable[str]],
    target: Callable[[HostId, str], Target],
) -> Command:
    action = registry.BY_ID[id_]

    def run(deck: Deck, rest: str) -> None:
        if rest:
            deck.lead_to(target(*_thing(_word(rest), _things(deck, names), what)))
        else:
            deck.perform(action)

    def complete(deck: Deck, _before: Sequence[str]) -> Iterable[str]:
        return map(quoted, islice(_things(deck, names), NAMES_MOST))

    usage = f"[[HOST/]{what.upper()}]"
    return Command(id_.removeprefix("view-"), usage, action.help, run, complete)


def _things(
    deck: Deck, names: Callable[[HostView], Iterable[str]]
) -> dict[str, tuple[HostId, str]]:
    """Each by its name; of several hosts with the host's before it."""
    views = deck.cockpit.store.inventory.hosts.values()
    return {
        f"{view.id}/{name}" if len(views) > 1 else name: (view.id, name)
        for view in views
        for name in sorted(names(view))
    }


def _thing(word: str, things: Mapping[str, tuple[HostId, str]], what: str) -> tuple[HostId, str]:
    """The one that is meant; its bare name is enough where only one host has such."""
    found = [key for key, (_, name) in things.items() if name == word]
    if word not in things and len(found) > 1:
        raise Invalid(f"{word} may be {', '.join(found[:6])}")
    return things[found[0] if word not in things and found else nearest(word, things, what)]


def _word(rest: str) -> str:
    """What was typed, without the quotes in which it may stand."""
    return " ".join(words(rest))


COMMANDS: tuple[Command, ...] = (
    _to_guest("view-guests", to_guest),
    _to_guest("xray", to_xray),
    _to_guest("view-events", lambda key: Target("events", key.host, key.uuid)),
    Command("console", "[NAME|web*|field:value ...]", registry.BY_ID["console"].help, _console,
            _guest_names),
    Command("doctor", "[HOST]", registry.BY_ID["view-doctor"].help, _doctor, _hosts),
    _to_thing("view-storage", "pool", lambda view: [pool.name for pool in view.pools or ()],
              pool_target),
    _to_thing("view-networks", "network",
              lambda view: [network.name for network in view.networks or ()], network_target),
)  # fmt: skip
