"""What people write on guests: which tags there may be, and the plans that write them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.plan.facts import HOST, guest
from vmtui.errors import Invalid
from vmtui.model.capabilities import Capabilities
from vmtui.model.guest import Definition, Guest, Labels
from vmtui.model.labels import NOTE_MOST, TAGS_MOST, retagged
from vmtui.model.steps import SetLabels
from vmtui.plan import labels

CAN = {HOST: Capabilities()}


def labelled(name: str, has: Labels) -> Guest:
    return replace(guest(name), definition=Definition(labels=has))


@pytest.mark.parametrize(
    ("there", "words", "after"),
    [
        ((), ["web"], ("web",)),
        (("web",), ["+web"], ("web",)),
        (("web", "old"), ["-old", "+new"], ("new", "web")),
        (("web",), ["-never"], ("web",)),
        ((), ["web", "-web"], ()),
        ((), ["日本"], ("日本",)),
    ],
)
def test_tags_come_and_go(there: tuple[str, ...], words: list[str], after: tuple[str, ...]) -> None:
    assert retagged(Labels(there), words).tags == after


@pytest.mark.parametrize("word", ["+", "-", "a,b", "a b", "--x", "x" * 41, "a\x1bb", 'a"'])
def test_what_is_no_tag_is_refused(word: str) -> None:
    with pytest.raises(Invalid):
        retagged(Labels(), [word])


def test_there_are_not_too_many() -> None:
    with pytest.raises(Invalid, match=str(TAGS_MOST)):
        retagged(Labels(), [f"t{number}" for number in range(TAGS_MOST + 1)])


def test_a_plan_keeps_what_else_is_written() -> None:
    web = labelled("web1", Labels(("a",), "front", "ask Ann first"))
    plan = labels.tag([web], ["b", "-a"], CAN)
    assert plan.tracks[0].steps == (SetLabels(web.key.uuid, ("b",), "front", "ask Ann first"),)
    assert labels.group([web], "", CAN).tracks[0].steps == (
        SetLabels(web.key.uuid, ("a",), "", "ask Ann first"),
    )


def test_what_is_so_already_is_left_alone() -> None:
    plan = labels.group([labelled("a", Labels(group="x")), labelled("b", Labels())], "x", CAN)
    assert [track.name for track in plan.tracks] == ["b"]
    assert [(one.name, one.reason) for one in plan.refused] == [("a", "it is so already")]


def test_a_guest_whose_labels_are_not_known_is_not_written_on() -> None:
    unread = replace(guest("web1"), definition=None)
    assert labels.note([unread], "x", CAN).tracks == ()
    closed = {HOST: Capabilities(read_only=True)}
    assert labels.note([guest("web1")], "x", closed).tracks == ()


def test_a_note_is_bounded_and_one_line() -> None:
    for text in ("x" * (NOTE_MOST + 1), "a\nb"):
        with pytest.raises(Invalid):
            labels.note([guest("web1")], text, CAN)
