"""From words to guests: a name on two hosts is never guessed."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from tests.plan.facts import guest
from vmtui.cli.exits import Exit, Unfound, code_of
from vmtui.cli.headless.selecting import Selection, Wish, select
from vmtui.errors import Invalid
from vmtui.model.guest import Guest, GuestState, HostId
from vmtui.model.host import Link, LinkState
from vmtui.model.inventory import HostView, Inventory
from vmtui.model.query.filter import parse

A, B = HostId("alpha"), HostId("beta")
UUID = "3490b196-15c0-461f-886d-8154e2b2c2a7"


def inventory(*guests: Guest) -> Inventory:
    up = Link(LinkState.UP, 0.0)
    views = {
        host: HostView(
            host, "demo://", up, listed=True,
            guests=MappingProxyType({g.key.uuid: g for g in guests if g.key.host == host}),
        )
        for host in (A, B)
    }  # fmt: skip
    return Inventory(MappingProxyType(views))


THERE = inventory(
    guest("web1", host=A), guest("web2", host=A), guest("db", host=A, state=GuestState.OFF),
    guest("web1", host=B), guest("web[prod]", host=B), guest("a/b", host=B),
)  # fmt: skip


def names(selection: Selection) -> list[str]:
    return [f"{one.key.host}/{one.name}" for one in selection.guests]


def chosen(*words: str, text: str = "", everyone: bool = False) -> list[str]:
    return names(select(THERE, Wish(words, parse(text), everyone)))


def test_a_name_on_one_host() -> None:
    assert chosen("db") == ["alpha/db"]


def test_guests_of_a_host_that_is_lost_are_found_as_such() -> None:
    beta = replace(THERE.hosts[B], link=Link(LinkState.LOST, 0.0))
    there = Inventory(MappingProxyType({**THERE.hosts, B: beta}))
    found = names(select(there, Wish((), parse("state:lost"))))
    assert found == ["beta/a/b", "beta/web1", "beta/web[prod]"]


def test_a_name_on_two_hosts_is_refused_with_both() -> None:
    with pytest.raises(Unfound) as refused:
        select(THERE, Wish(("web1",)))
    assert "alpha/web1" in refused.value.detail
    assert "beta/web1" in refused.value.detail
    assert code_of(refused.value) == Exit.UNFOUND


def test_host_and_name() -> None:
    assert chosen("beta/web1") == ["beta/web1"]
    assert chosen("beta/web*") == ["beta/web1", "beta/web[prod]"]
    with pytest.raises(Unfound, match="no host gamma"):
        chosen("gamma/web1")


def test_a_pattern_takes_all_that_fit_and_names_none_of_them() -> None:
    found = select(THERE, Wish(("web?",)))
    assert names(found) == ["alpha/web1", "alpha/web2", "beta/web1"]
    assert found.named == frozenset()


def test_a_pattern_that_fits_one_has_named_it() -> None:
    assert len(select(THERE, Wish(("d*",))).named) == 1


def test_a_name_that_looks_like_a_pattern_is_a_name() -> None:
    assert chosen("web[prod]") == ["beta/web[prod]"]


def test_the_same_guest_twice_is_one() -> None:
    assert chosen("db", "d*", "alpha/db") == ["alpha/db"]


def test_a_uuid() -> None:
    one = guest("x", host=A)
    there = inventory(replace(one, key=one.key._replace(uuid=UUID)))
    assert names(select(there, Wish((UUID.upper(),)))) == ["alpha/x"]


def test_a_filter_leaves_those_that_match() -> None:
    assert chosen(text="!web !a/b") == ["alpha/db"]
    with pytest.raises(Unfound, match="No guest matches"):
        chosen(text="nosuchthing")


def test_all_and_nothing() -> None:
    assert len(chosen(everyone=True)) == 6
    with pytest.raises(Invalid):
        chosen()
    with pytest.raises(Invalid):
        chosen("db", everyone=True)
    assert len(select(THERE, Wish(), needed=False).guests) == 6


@pytest.mark.parametrize("word", ["nosuch", "nosuch*", "alpha/nosuch"])
def test_what_is_not_there(word: str) -> None:
    with pytest.raises(Unfound):
        chosen(word)
