"""Counting a host's guests."""

from __future__ import annotations

from dataclasses import replace

from tests.plan.facts import HOST, guest
from vmtui.model.guest import Definition, GuestState
from vmtui.model.host import HostFacts, Link, LinkState
from vmtui.model.inventory import HostView, tally

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
