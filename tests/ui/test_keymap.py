"""Keys: every action has some, none twice, and a person's changes are checked."""

from __future__ import annotations

from collections import Counter

import pytest

from vmtui.ui.actions import ACTIONS, possible
from vmtui.ui.keymap import RESERVED, build, name, word


def test_no_key_has_two_actions() -> None:
    counts = Counter(key for action in ACTIONS for key in action.keys)
    assert [key for key, count in counts.items() if count > 1] == []
    assert not RESERVED.intersection(counts)


def test_every_action_has_a_key_a_label_and_a_help() -> None:
    for action in ACTIONS:
        assert action.keys, action.id
        assert action.label and action.help


def test_read_only_leaves_out_all_that_changes_anything() -> None:
    left = {action.id for action in possible(read_only=True)}
    assert not {"start", "destroy", "delete", "rename", "autostart"} & left
    assert {"filter", "quit", "help"} <= left


def test_a_change_replaces_the_keys() -> None:
    keymap, problems = build(ACTIONS, {"start": "^s, f5"})
    assert keymap["start"] == ("ctrl+s", "f5")
    assert problems == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"strat": "s"}, "did you mean start"),
        ({"start": "d"}, "d is taken by shutdown"),
        ({"start": "j"}, "j is taken by moving about"),
        ({"start": "F5", "reset": "f5"}, "F5 is taken by"),
    ],
)
def test_a_change_that_cannot_be_is_told_and_left_out(changes: dict[str, str], words: str) -> None:
    keymap, problems = build(ACTIONS, changes)
    assert any(words in problem for problem in problems)
    assert keymap["start"] == ("s",)


def test_two_actions_can_swap_their_keys() -> None:
    keymap, problems = build(ACTIONS, {"start": "d", "shutdown": "s"})
    assert problems == []
    assert (keymap["start"], keymap["shutdown"]) == (("d",), ("s",))


@pytest.mark.parametrize("key", [key for action in ACTIONS for key in action.keys])
def test_each_keys_word_can_be_written_in_the_settings(key: str) -> None:
    assert name(word(key)) == key
