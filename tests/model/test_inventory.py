"""Counting a host's guests."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from tests.plan.facts import HOST, guest
from vmtui.model.guest import Definition, Guest, GuestKey, GuestState, HostId
from vmtui.model.host import HostFacts, Link, LinkState
from vmtui.model.inventory import HostView, differences, tally

VIEW = HostView(HOST, "demo://lab", Link(LinkState.UP, 0.0), facts=HostFacts(cpus=2, memory=100))


def with_guests(*states: GuestState) -> HostView:
    made = {}
    for number, state in enumerate(states):
        one = replace(guest(f"g{number}", state), definition=Definition(vcpus=2, memory=60))
        made[one.key.uuid] = one
    return replace(VIEW, guests=made)


def test_only_active_guests_count_as_promises() -> None:
    view = with_guests(GuestState.RUNNING, GuestState.PAUSED, GuestState.OFF)
    promised = tally(view).commitment
    assert (promised.vcpus, promised.memory, promised.guests) == (4, 120, 2)
    assert (promised.cpus, promised.memory_total) == (2, 100)


def test_the_count_follows_the_guests() -> None:
    view = with_guests(GuestState.RUNNING, GuestState.OFF)
    assert tally(view).states[GuestState.OFF] == 1
    assert tally(replace(view, guests={})).states[GuestState.OFF] == 0
    assert tally(view).states[GuestState.RUNNING] == 1


def test_a_host_of_which_nothing_changed_is_not_counted_again() -> None:
    view = with_guests(GuestState.RUNNING)
    assert tally(replace(view, listed=True)) is tally(view)


def test_a_guest_whose_definition_is_not_read_yet_promises_nothing_so_far() -> None:
    unread = replace(guest(), definition=None)
    view = replace(VIEW, guests={unread.key.uuid: unread})
    assert tally(view).commitment.vcpus == 0


def test_counted_change_by_change_it_is_as_if_all_were_counted_anew() -> None:
    rng = random.Random(5)
    view = HostView(HostId("counted"), "demo://counted", Link(LinkState.UP, 0.0))
    states = list(GuestState)
    for _step in range(200):
        guests = dict(view.guests)
        for _ in range(rng.randrange(4)):
            uuid = str(rng.randrange(30))
            if rng.random() < 0.3:
                guests.pop(uuid, None)
            else:
                vcpus = rng.randrange(1, 9)
                definition = Definition(vcpus=vcpus, memory=vcpus << 30)
                guests[uuid] = Guest(
                    GuestKey(view.id, uuid), uuid, rng.choice(states),
                    definition=rng.choice((definition, None)),
                )  # fmt: skip
        view = replace(view, guests=MappingProxyType(guests))
        active = [guest for guest in guests.values() if guest.state.active]
        defined = [guest.definition for guest in active if guest.definition]
        told = tally(view)
        assert dict(told.states) == {
            state: sum(guest.state is state for guest in guests.values()) for state in states
        }
        assert told.commitment.guests == len(active)
        assert told.commitment.vcpus == sum(one.vcpus for one in defined)
        assert told.commitment.memory == sum(one.memory for one in defined)


def test_differences_are_those_that_one_by_one_would_find() -> None:
    rng = random.Random(7)
    before: Mapping[str, object] = MappingProxyType({})
    for _step in range(200):
        now = dict(before)
        for _ in range(rng.randrange(4)):
            key = str(rng.randrange(20))
            if rng.random() < 0.4:
                now.pop(key, None)
            else:
                # An equal one counts, too: what is the same is the same object.
                now[key] = (rng.randrange(3),) * 2
        others, gone = differences(now, before)
        assert others == [key for key, value in now.items() if before.get(key) is not value]
        assert set(gone) == before.keys() - now.keys()
        before = MappingProxyType(now)
    assert differences(before, before) == ([], [])
