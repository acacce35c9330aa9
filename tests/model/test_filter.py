"""The filter's grammar: what is typed, and which guests it leaves."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plan.facts import guest
from vmtui.model.device import Address
from vmtui.model.guest import Agent, Definition, Guest, GuestState, Labels
from vmtui.model.query.fields import FIELDS
from vmtui.model.query.filter import parse
from vmtui.model.query.fuzzy import score
from vmtui.model.query.terms import values_of, with_values
from vmtui.model.stats import GuestFigures, MemorySample

GIB = 1024**3


@dataclass(frozen=True)
class Subject:
    guest: Guest
    figures: GuestFigures | None = None
    stale: bool = False


WEB = Subject(
    replace(
        guest("web[prod]", GuestState.RUNNING),
        definition=Definition(
            vcpus=4, memory=4 * GIB, os="debian12", agent=Agent.CONNECTED,
            labels=Labels(("web", "front end"), "shop", "ask Ada first"),
        ),
        addresses=(Address("10.0.0.7"), Address("fe80::1")),
        autostart=True,
        started_at=time.time() - 3 * 3600,
    ),
    GuestFigures(cpu=0.62, memory=MemorySample(4 * GIB, 4 * GIB, used=3 * GIB), received=5e6),
)  # fmt: skip
BARE = Subject(replace(guest("db1", GuestState.OFF), definition=None))


@pytest.mark.parametrize(
    "typed",
    ["", "web", "WEB prod", "!", "running", "!off", "debian 12", "shop", "10.0.", "fe80::", "lab",
     "web*", "WEB?prod*", "/^web/", "/w.b\\[/", "/eb", "!/^db/", "~wpd", "!~xyz", '"web["',
     "state:running", "state:run", "state:off,running", "!state:off", "state:active", "state:",
     "cpu>50", "cpu>=62%", "cpu<63", "cpu!=10", "mem>=4G", "mem=4G", "mem:4GiB", "mem>70%",
     "used<3.5g", "used>2048M", "vcpus>3", "rx>1M", "uptime>2h", "uptime<1d", "host:lab",
     "tag:web", "tag:db,web", 'tag:"front end"', "tag=web", "group:shop", "note:ada", "os:debian",
     "ip:10.0.", "ip=10.0.0.7", "ip:10.*", "name:/^web/", "name!=db1", "agent:yes",
     "agent:connected", "autostart:yes", "uuid:of-web", "@mine"],
)  # fmt: skip
def test_what_leaves_the_guest(typed: str) -> None:
    found = parse(typed, {"mine": "state:running cpu>50"})
    assert found.problems == ()
    assert found.matches(WEB)


@pytest.mark.parametrize(
    "typed",
    ["!web", "db", "state:off", "cpu>70", "cpu<62", "mem<4G", "mem>80%", "used>3G", "vcpus=2",
     "uptime>4h", "tag:db", "tag=we", "group:", "note:bob", "ip:10.1", "ip=10.0.0", "name=web",
     "web?", "/^prod/", "~zz", "agent:no", "!@mine", "saved:yes"],
)  # fmt: skip
def test_what_does_not(typed: str) -> None:
    if typed == "group:":
        assert parse(typed).matches(WEB), "still being typed"
        return
    assert not parse(typed, {"mine": "web"}).matches(WEB)


@pytest.mark.parametrize("typed", ["cpu>0", "cpu<50", "mem>1", "os:debian", "tag:web", "vcpus<9"])
def test_what_is_not_known_matches_no_comparison(typed: str) -> None:
    assert not parse(typed).matches(BARE)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/[/", "no regular expression"),
        ("/(a+)+b/", "for ever"),
        ("stat:off", "there is no field stat; did you mean state?"),
        ("state:runing", "state is never runing; did you mean running?"),
        ("agent:x", "it is connected"),
        ("cpu>fast", "cpu wants a percentage"),
        ("mem>2Q", "mem wants a size"),
        ("uptime>2y", "a length of time"),
        ("name>x", "name is no number: write name:x"),
        ("@nigth", "did you mean night?"),
        ("@broken", "@broken: there is no field"),
    ],
)
def test_what_makes_no_sense_is_told_and_costs_only_itself(typed: str, words: str) -> None:
    found = parse(f"db {typed}", {"night": "x", "broken": "qq:1"})
    assert len(found.problems) == 1
    assert words in found.problems[0]
    assert not found.matches(WEB)
    assert found.matches(BARE)


@pytest.mark.slow
@given(st.text(max_size=60))
def test_nothing_that_is_typed_breaks_it(typed: str) -> None:
    found = parse(typed)
    for subject in (WEB, BARE):
        assert found.matches(subject) in (True, False)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.id)
def test_every_field_answers_for_a_guest_of_which_nothing_is_known(field: object) -> None:
    name = field.id  # type: ignore[attr-defined]
    assert parse(f"{name}:zz").matches(BARE) is False or parse(f"{name}:zz").problems


def test_the_better_match_scores_higher() -> None:
    def of(pattern: str, *texts: str) -> list[str]:
        return sorted(texts, key=lambda text: score(pattern, text) or -99, reverse=True)

    assert of("fo", "info", "force off", "foe")[0] == "foe"
    assert of("sl", "web-shell", "sort left")[0] == "sort left"
    assert score("xyz", "zyx") is None


@pytest.mark.parametrize(
    ("text", "states", "made"),
    [
        ("", ("off",), "state:off"),
        ("web", ("off", "paused"), "web state:off,paused"),
        ("state:off web", ("running",), "state:running web"),
        ("web state:off", (), "web"),
        ("xstate:off", ("off",), "xstate:off state:off"),
    ],
)
def test_a_chip_changes_one_term(text: str, states: tuple[str, ...], made: str) -> None:
    assert with_values(text, "state", states) == made
    assert values_of(made, "state") == states
