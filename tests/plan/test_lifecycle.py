"""Which verb works on which guest, and what its plan does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.plan.facts import HOST, guest
from vmtui.errors import Invalid
from vmtui.model.agentfacts import AgentFacts
from vmtui.model.capabilities import Capabilities, Feature
from vmtui.model.guest import Agent, GuestState, HostId
from vmtui.model.steps import Rename, SetAutostart, Shutdown, Start, Via, WaitFor
from vmtui.plan.lifecycle import VERBS, name_problem, rename, why_not_rename
from vmtui.plan.plan import Risk
from vmtui.plan.tools import TOOLS_VERBS, why_not_run

ALL = Capabilities(driver="QEMU")
POSSIBLE = {
    GuestState.RUNNING: {
        "shutdown", "shutdown-agent", "reboot", "destroy", "reset", "suspend", "save", "autostart",
        "reboot-agent",
    },
    GuestState.PAUSED: {"destroy", "reset", "resume", "save", "autostart"},
    GuestState.SHUTTING_DOWN: {"destroy", "autostart"},
    GuestState.OFF: {"start", "discard-saved", "autostart"},
    GuestState.CRASHED: {"start", "discard-saved", "autostart"},
    GuestState.SLEEPING: {"destroy", "resume", "autostart"},
    GuestState.UNKNOWN: {"autostart"},
}  # fmt: skip


@pytest.mark.parametrize("state", list(GuestState))
def test_each_state_allows_its_verbs_and_no_others(state: GuestState) -> None:
    subject = guest(state=state, agent=Agent.CONNECTED, saved=True)
    possible = {verb.id for verb in VERBS.values() if verb.why_not(subject, ALL) is None}
    assert possible == POSSIBLE[state]


@pytest.mark.parametrize("verb", list(VERBS.values()), ids=lambda verb: verb.id)
def test_nothing_is_offered_on_a_host_that_is_open_read_only(verb: object) -> None:
    for state in GuestState:
        subject = guest(state=state, agent=Agent.CONNECTED, saved=True)
        reason = VERBS[verb.id].why_not(subject, Capabilities(read_only=True))  # type: ignore[attr-defined]
        assert reason == "this host is open read-only"


@pytest.mark.parametrize("verb", ["shutdown", "shutdown-agent", "reboot", "reboot-agent"])
def test_a_frozen_guest_is_thawed_before_it_is_asked_to_end(verb: str) -> None:
    running = guest(agent=Agent.CONNECTED)
    frozen = replace(running, told=AgentFacts("7.2", frozen=True))
    reason = "its file systems are frozen: thaw them first"
    assert VERBS[verb].why_not(running, ALL) is None
    assert VERBS[verb].why_not(frozen, ALL) == reason
    assert VERBS["destroy"].why_not(frozen, ALL) is None


def test_a_frozen_guests_agent_only_thaws() -> None:
    commands = frozenset({"guest-fsfreeze-thaw", "guest-exec", "guest-exec-status"})
    told = AgentFacts("7.2", commands, frozen=True)
    frozen = replace(guest(agent=Agent.CONNECTED), told=told)
    assert TOOLS_VERBS["thaw"].why_not(frozen, ALL) is None
    assert why_not_run(frozen, ALL) == "its file systems are frozen: thaw them first"
    assert why_not_run(replace(frozen, told=replace(told, frozen=False)), ALL) is None


def test_what_the_driver_lacks_is_said_by_name() -> None:
    lxc = Capabilities(driver="LXC", lacks=frozenset({Feature.SUSPEND}))
    assert VERBS["suspend"].why_not(guest(), lxc) == "LXC cannot suspend and resume guests"


@pytest.mark.parametrize(
    ("subject", "verb", "words"),
    [
        (guest(state=GuestState.OFF), "shutdown", "it is off"),
        (guest(), "start", "it is running"),
        (guest(), "shutdown-agent", "it has no guest-agent channel"),
        (guest(agent=Agent.DISCONNECTED), "shutdown-agent", "no guest agent answers in it"),
        (guest(persistent=False), "save", "it is transient: it vanishes when it stops"),
        (guest(persistent=False), "autostart", "it is transient: it vanishes when it stops"),
        (guest(state=GuestState.OFF), "discard-saved", "it has no saved state"),
    ],
)
def test_the_reason_why_not_is_a_sentence(subject: object, verb: str, words: str) -> None:
    assert VERBS[verb].why_not(subject, ALL) == words  # type: ignore[arg-type]


def test_a_bulk_plan_has_a_track_for_each_guest_and_says_whom_it_leaves_alone() -> None:
    guests = [guest("a", GuestState.OFF), guest("b"), guest("c", GuestState.OFF)]
    plan = VERBS["start"].plan(guests, {HOST: ALL})
    assert plan.title == "Start 2 guests"
    assert [track.steps for track in plan.tracks] == [(Start("uuid-of-a"),), (Start("uuid-of-c"),)]
    assert [(one.name, one.reason) for one in plan.refused] == [("b", "it is running")]


def test_each_guest_is_judged_by_its_own_hosts_capabilities() -> None:
    other = HostId("watched")
    guests = [guest("a", GuestState.OFF), guest("b", GuestState.OFF, host=other)]
    plan = VERBS["start"].plan(guests, {HOST: ALL, other: Capabilities(read_only=True)})
    assert [track.name for track in plan.tracks] == ["a"]
    assert [one.name for one in plan.refused] == ["b"]


def test_a_shutdown_is_followed_until_the_guest_is_off() -> None:
    plan = VERBS["shutdown"].plan([guest()], {HOST: ALL})
    assert plan.tracks[0].steps == (Shutdown("uuid-of-web1"), WaitFor("uuid-of-web1"))
    through_agent = VERBS["shutdown-agent"].plan([guest(agent=Agent.CONNECTED)], {HOST: ALL})
    assert through_agent.tracks[0].steps[0] == Shutdown("uuid-of-web1", via=Via.AGENT)


def test_force_off_says_that_unwritten_data_is_lost() -> None:
    plan = VERBS["destroy"].plan([guest()], {HOST: ALL})
    assert plan.risk is Risk.ASK
    assert any(effect.destructive and "lost" in effect.text for effect in plan.effects)


def test_autostart_is_turned_round_for_each_guest() -> None:
    plan = VERBS["autostart"].plan([guest("a", autostart=True), guest("b")], {HOST: ALL})
    assert [track.steps[0] for track in plan.tracks] == [
        SetAutostart("uuid-of-a", on=False),
        SetAutostart("uuid-of-b", on=True),
    ]


def test_rename_keeps_the_old_name_for_undoing() -> None:
    subject = guest(state=GuestState.OFF)
    plan = rename(subject, "web2", [subject], ALL)
    assert plan.tracks[0].steps == (Rename("uuid-of-web1", old="web1", new="web2"),)


def test_a_running_guest_is_not_renamed() -> None:
    assert why_not_rename(guest(), ALL) == "it is running"


@pytest.mark.parametrize(
    "name",
    ["", "web1", "taken", " padded", "a/b", "..", "bell\a", "ä" * 126],
)
def test_names_that_libvirt_would_refuse_are_refused_before(name: str) -> None:
    subject = guest(state=GuestState.OFF)
    others = [subject, guest("taken")]
    assert name_problem(name, subject, others)
    with pytest.raises(Invalid):
        rename(subject, name, others, ALL)


@pytest.mark.parametrize("name", ["web[prod]", "[/]", "$x", "名前", "שרת", "a" * 250, "two words"])
def test_odd_names_are_fine_where_libvirt_takes_them(name: str) -> None:
    if "/" in name:
        assert name_problem(name, guest(), []) == "a name has no /"
    else:
        assert name_problem(name, guest(), []) is None


def test_the_same_name_on_another_host_is_free() -> None:
    assert name_problem("db", guest(), [guest("db", host=HostId("other"))]) is None
