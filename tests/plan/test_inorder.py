"""Many guests in order: which stages there are, and what each guest's part is made of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.plan.facts import HOST, guest
from vmtui.errors import Invalid
from vmtui.model.capabilities import Capabilities
from vmtui.model.guest import Agent, Definition, Guest, GuestState, Labels
from vmtui.model.labels import DELAY_MOST, ORDER_MOST, reordered
from vmtui.model.steps import SetLabels, Shutdown, Start, WaitFor, WaitTurn, WaitUp
from vmtui.plan import labels
from vmtui.plan.inorder import IN_ORDER, limited, stages
from vmtui.plan.plan import Plan, Risk

CAN = {HOST: Capabilities()}


def placed(
    name: str, order: int | None = None, delay: int = 0, state: GuestState = GuestState.OFF
) -> Guest:
    definition = Definition(labels=Labels(order=order, delay=delay), agent=Agent.DISCONNECTED)
    return replace(guest(name, state), definition=definition)


def kinds(plan: Plan) -> dict[str, list[type]]:
    return {track.name: [type(step) for step in track.steps] for track in plan.tracks}


@pytest.mark.parametrize(
    ("there", "words", "after"),
    [
        (Labels(), ["10"], (10, 0)),
        (Labels(), ["10", "delay=30s"], (10, 30)),
        (Labels(order=5, delay=9), ["7"], (7, 9)),
        (Labels(order=5), ["delay=2m"], (5, 120)),
        (Labels(order=5), ["delay=45"], (5, 45)),
        (Labels(order=5, delay=9), ["delay=0"], (5, 0)),
        (Labels(order=5, delay=9), ["none"], (None, 0)),
        (Labels(), ["0"], (0, 0)),
    ],
)
def test_an_order_is_read(there: Labels, words: list[str], after: tuple[int | None, int]) -> None:
    made = reordered(there, words)
    assert (made.order, made.delay) == after


@pytest.mark.parametrize(
    "word",
    ["-1", "x", "1.5", str(ORDER_MOST + 1), "9" * 40, "١", "delay=", "delay=x", "delay=-3",
     f"delay={DELAY_MOST + 1}", "delay=9d", "late=3"],
)  # fmt: skip
def test_what_is_no_order_is_refused(word: str) -> None:
    with pytest.raises(Invalid):
        reordered(Labels(order=1), [word])


def test_a_delay_without_an_order_is_refused() -> None:
    with pytest.raises(Invalid):
        reordered(Labels(), ["delay=3s"])
    with pytest.raises(Invalid):
        labels.order([placed("a")], [], CAN)


def test_an_order_keeps_what_else_is_written() -> None:
    web = replace(guest("a"), definition=Definition(labels=Labels(("x",), "g", "n")))
    step = labels.order([web], ["10", "delay=5s"], CAN).tracks[0].steps[0]
    assert step == SetLabels(web.key.uuid, ("x",), "g", "n", 10, 5)
    assert isinstance(step, SetLabels)
    assert step.labels == Labels(("x",), "g", "n", 10, 5)


def test_stages_go_by_order_and_those_without_are_last() -> None:
    found = stages([placed("c"), placed("b", 20), placed("a", 3), placed("d", 20)])
    assert [(one.order, [g.name for g in one.guests]) for one in found] == [
        (3, ["a"]), (20, ["b", "d"]), (None, ["c"]),
    ]  # fmt: skip


def test_a_start_waits_for_its_turn_and_until_others_may_go_on() -> None:
    guests = [placed("web", 20), placed("db", 10, 30), placed("rest")]
    plan = IN_ORDER["start-in-order"].plan(guests, CAN)
    assert [track.name for track in plan.tracks] == ["db", "web", "rest"]
    assert kinds(plan) == {
        "db": [Start, WaitUp],
        "web": [WaitTurn, Start, WaitUp],
        "rest": [WaitTurn, Start],
    }
    assert plan.tracks[0].steps[1] == WaitUp(guests[1].key.uuid, 30)
    assert plan.risk is Risk.ASK
    assert plan.title == "Start 3 guests in order"
    words = [effect.text for effect in plan.effects]
    assert "order 10: db (delay 30s)" in words
    assert "no order: rest" in words
    ups = [s for t in limited(plan, 7).tracks for s in t.steps if isinstance(s, WaitUp)]
    assert {up.limit for up in ups} == {7}


def test_a_shutdown_goes_the_other_way_round() -> None:
    on = GuestState.RUNNING
    guests = [placed("db", 10, state=on), placed("rest", state=on), placed("web", 20, state=on)]
    plan = IN_ORDER["shutdown-in-order"].plan(guests, CAN, regardless=True)
    assert kinds(plan) == {
        "rest": [Shutdown, WaitFor],
        "web": [WaitTurn, Shutdown, WaitFor],
        "db": [WaitTurn, Shutdown, WaitFor],
    }
    turns = [s for t in plan.tracks for s in t.steps if isinstance(s, WaitTurn)]
    assert [(turn.turn, turn.regardless) for turn in turns] == [(1, True), (2, True)]


def test_those_that_run_already_are_left_alone() -> None:
    plan = IN_ORDER["start-in-order"].plan([placed("a", 1, state=GuestState.RUNNING)], CAN)
    assert plan.empty
    assert plan.refused[0].reason == "it is running"
