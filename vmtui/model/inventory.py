"""The Inventory: all that vmtui knows of every host at one moment, immutable.

A new Inventory shares all that did not change with the one before it, so "did this change?" is
`is`, whatever the size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import compress
from operator import is_not
from types import MappingProxyType
from typing import TypeVar

from vmtui.model.capabilities import Capabilities
from vmtui.model.guest import Guest, GuestKey, GuestState, HostId
from vmtui.model.host import Commitment, HostFacts, HostFigures, Link, LinkState
from vmtui.model.network import Network
from vmtui.model.stats import GuestFigures
from vmtui.model.storage import Pool

ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True, eq=False)
class HostView:
    """One host: its connection, its facts and figures, and its guests by UUID."""

    id: HostId
    uri: str
    link: Link
    capabilities: Capabilities = field(default_factory=Capabilities)
    facts: HostFacts = field(default_factory=HostFacts)
    figures: HostFigures | None = None
    guests: Mapping[str, Guest] = field(default_factory=lambda: MappingProxyType({}))
    guest_figures: Mapping[str, GuestFigures] = field(default_factory=lambda: MappingProxyType({}))
    pools: tuple[Pool, ...] | None = None
    """None while they were not read."""
    networks: tuple[Network, ...] | None = None
    listed: bool = False
    """Whether the guests were listed at least once: no guests, or not known yet?"""
    production: bool = False
    """Whether the person marked it so: risky plans there take a typed word."""
    read_at: float | None = None
    """Seconds since the epoch of the last answer: the age of what is shown once it is lost."""

    @property
    def stale(self) -> bool:
        """Whether what is shown is old, because the connection is not up."""
        return self.link.state is not LinkState.UP


@dataclass(frozen=True, slots=True, eq=False)
class Inventory:
    """Every host by its name, in the order in which they were given."""

    hosts: Mapping[HostId, HostView] = field(default_factory=lambda: MappingProxyType({}))

    def guest(self, key: GuestKey) -> Guest | None:
        """The guest of that identity, or None where it is gone."""
        view = self.hosts.get(key.host)
        return view.guests.get(key.uuid) if view else None

    def figures(self, key: GuestKey) -> GuestFigures | None:
        """What that guest uses now, or None while nothing is known."""
        view = self.hosts.get(key.host)
        return view.guest_figures.get(key.uuid) if view else None

    @property
    def production(self) -> frozenset[HostId]:
        """The hosts that are marked so."""
        return frozenset(view.id for view in self.hosts.values() if view.production)

    def guests(self) -> Iterator[Guest]:
        """Every guest of every host."""
        for view in self.hosts.values():
            yield from view.guests.values()


def copied(mapping: Mapping[str, ValueT]) -> dict[str, ValueT]:
    """A dict of its own. That of a proxy by `dict()` takes a hundred times as long."""
    return mapping.copy() if isinstance(mapping, MappingProxyType | dict) else dict(mapping)


def differences(
    now: Mapping[str, ValueT], before: Mapping[str, ValueT]
) -> tuple[list[str], list[str]]:
    """The keys whose values are others than before, or new; and those that are gone.

    The work for each of ten thousand is done by the interpreter itself, without a line of ours.
    """
    if now is before:
        return [], []
    are, were = copied(now), copied(before)
    others = list(compress(are, map(is_not, are.values(), map(were.get, are))))
    new = sum(key not in were for key in others)
    gone = list(were.keys() - are.keys()) if len(were) + new > len(are) else []
    return others, gone


@dataclass(frozen=True, slots=True)
class Tally:
    """What counting a host's guests yields."""

    states: Mapping[GuestState, int]
    commitment: Commitment


_tallies: dict[HostId, tuple[Mapping[str, Guest], HostFacts, Tally]] = {}
"""The last tally of each host, which holds while its guests are the same object."""


def tally(view: HostView) -> Tally:
    """The host's guests by state, and what the active ones were promised (vCPUs; bytes)."""
    known = _tallies.get(view.id)
    if known is not None and known[0] is view.guests and known[1] is view.facts:
        return known[2]
    were: Mapping[str, Guest] = known[0] if known is not None else {}
    states = dict(known[2].states) if known is not None else dict.fromkeys(GuestState, 0)
    vcpus, memory, active = _promised(known[2].commitment) if known is not None else (0, 0, 0)
    # Of ten thousand guests most are those of the last time: only the others are counted.
    guests = view.guests
    others, gone = differences(guests, were)
    new = [guests[uuid] for uuid in others]
    old = [guest for uuid in (*others, *gone) if (guest := were.get(uuid)) is not None]
    for sign, some in ((1, new), (-1, old)):
        for guest in some:
            states[guest.state] += sign
            if guest.state.active:
                active += sign
                if guest.definition is not None:
                    vcpus += sign * guest.definition.vcpus
                    memory += sign * guest.definition.memory
    promised = Commitment(vcpus, view.facts.cpus, memory, view.facts.memory, active)
    made = Tally(states, promised)
    _tallies[view.id] = (view.guests, view.facts, made)
    return made


def _promised(commitment: Commitment) -> tuple[int, int, int]:
    return commitment.vcpus, commitment.memory, commitment.guests
