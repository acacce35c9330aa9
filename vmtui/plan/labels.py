"""Plans that write on guests: tags, a group, a note, their place in an order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from vmtui.errors import Invalid
from vmtui.model.capabilities import Capabilities, Feature
from vmtui.model.guest import Guest, Labels
from vmtui.model.labels import ORDER_WORDS, group_problem, note_problem, reordered, retagged
from vmtui.model.steps import SetLabels
from vmtui.plan.build import CapabilitiesOf, one_track_each, sort_out
from vmtui.plan.plan import Plan, Refusal

LABEL_VERBS = ("tag", "group", "note", "order")


def why_not_label(guest: Guest, capabilities: Capabilities) -> str | None:
    """None where something can be written on it: what is there must be known, for it is kept."""
    if capabilities.read_only:
        return "this host is open read-only"
    if reason := capabilities.why_not(Feature.LABELS):
        return reason
    return None if guest.definition else "its definition is not read yet"


def tag(guests: Sequence[Guest], changes: Sequence[str], capabilities: CapabilitiesOf) -> Plan:
    """Change their tags: `web` or `+web` adds one, `-web` takes it away.

    Raises Invalid where a tag cannot be one, or none is said.
    """
    if not changes:
        raise Invalid("Which tag?", hint="web or +web adds one, -web takes it away")
    words = f"Tag {' '.join(changes)}:"
    return _labelled("tag", words, guests, capabilities, lambda now: retagged(now, changes))


def group(guests: Sequence[Guest], name: str, capabilities: CapabilitiesOf) -> Plan:
    """Put them into a group, with "" into none. Raises Invalid where it cannot be called so."""
    if problem := group_problem(name):
        raise Invalid("The group cannot be called so", problem)
    words = f"Put into the group {name}:" if name else "Take out of its group:"
    return _labelled("group", words, guests, capabilities, lambda now: replace(now, group=name))


def note(guests: Sequence[Guest], text: str, capabilities: CapabilitiesOf) -> Plan:
    """Write a note on them, with "" none. Raises Invalid where it cannot be written."""
    if problem := note_problem(text):
        raise Invalid("The note cannot be written", problem)
    words = "Write a note on" if text else "Take the note off"
    return _labelled("note", words, guests, capabilities, lambda now: replace(now, note=text))


def order(guests: Sequence[Guest], words: Sequence[str], capabilities: CapabilitiesOf) -> Plan:
    """Give them a place in the order of starting: `10`, `delay=30s`, `none`.

    Raises Invalid where that is no order, or nothing is said.
    """
    if not words:
        raise Invalid("Which order?", hint=ORDER_WORDS)
    taken_out = list(words) == ["none"]
    title = "Take out of the order:" if taken_out else f"Order {' '.join(words)}:"
    return _labelled("order", title, guests, capabilities, lambda now: reordered(now, words))


def labels_of(guest: Guest) -> Labels:
    """What is written on it."""
    return guest.definition.labels if guest.definition else Labels()


def _labelled(
    verb: str,
    words: str,
    guests: Sequence[Guest],
    capabilities: CapabilitiesOf,
    change: Callable[[Labels], Labels],
) -> Plan:
    able, refused = sort_out(guests, capabilities, why_not_label)
    wanted = {one.key: change(labels_of(one)) for one in able}
    same = [one for one in able if wanted[one.key] == labels_of(one)]
    refused += tuple(Refusal(one.key, one.name, "it is so already") for one in same)
    return one_track_each(
        verb,
        words,
        [one for one in able if one not in same],
        refused,
        lambda one: (SetLabels.of(one.key.uuid, wanted[one.key]),),
    )
