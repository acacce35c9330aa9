"""What is risky takes a typed word on a host marked production, and nothing changes elsewhere."""

from __future__ import annotations

from tests.plan.facts import HOST, guest
from vmtui.model.capabilities import Capabilities
from vmtui.model.guest import GuestState, HostId
from vmtui.plan.deletion import delete
from vmtui.plan.guard import guarded
from vmtui.plan.lifecycle import VERBS
from vmtui.plan.plan import Risk

OTHER = HostId("other")
CAN = {HOST: Capabilities(), OTHER: Capabilities()}


def test_a_yes_becomes_the_name() -> None:
    plan = guarded(VERBS["reboot"].plan([guest()], CAN), {HOST})
    assert (plan.risk, plan.confirm_word) == (Risk.TYPE_NAME, "web1")
    assert plan.effects[0].text == "on production: lab"
    assert plan.effects[0].destructive


def test_of_many_the_number_is_typed() -> None:
    guests = [guest("a"), guest("b"), guest("c", host=OTHER)]
    plan = guarded(VERBS["shutdown"].plan(guests, CAN), {HOST})
    assert plan.confirm_word == "3"
    assert plan.effects[0].text == "on production: lab (2 of 3)"


def test_what_was_typed_anyway_keeps_its_word() -> None:
    plan = delete([guest()], [], CAN)
    assert guarded(plan, {HOST}).confirm_word == plan.confirm_word


def test_what_asks_nothing_and_other_hosts_are_left_as_they_are() -> None:
    start = VERBS["start"].plan([guest(state=GuestState.OFF)], CAN)
    assert guarded(start, {HOST}) is start
    reboot = VERBS["reboot"].plan([guest()], CAN)
    assert guarded(reboot, {OTHER}) is reboot
