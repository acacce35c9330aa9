"""Keys: every action has some, none twice, and a person's changes are checked."""

from __future__ import annotations

from collections import Counter

import pytest

from vmtui.config import parse
from vmtui.ui.actions import ACTIONS, Scope, possible
from vmtui.ui.keymap import RESERVED, Chords, Next, build, name, word, words


def test_no_key_has_two_actions() -> None:
    counts = Counter(key for action in ACTIONS for key in action.keys)
    assert [key for key, count in counts.items() if count > 1] == []
    assert not RESERVED.intersection(counts)
    alone = {key for key in counts if " " not in key}
    assert not alone & {key.split()[0] for key in counts if " " in key}


def test_every_action_has_a_key_a_label_and_a_help() -> None:
    for action in ACTIONS:
        # The agent's verbs are many and rare: one key lists them.
        assert action.keys or action.scope is Scope.TOOLS, action.id
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
        ({"start": "g"}, "g begins g v, which is taken by view-guests"),
        ({"start": "g h"}, "g h is taken by view-host"),
        ({"start": "d d"}, "d d begins with d, which is taken by shutdown"),
        ({"start": "j x"}, "j is taken by moving about"),
        ({"start": "b Esc"}, "Esc leaves a chord"),
        ({"start": "b b", "reset": "b b b"}, "b b begins b b b"),
    ],
)
def test_a_change_that_cannot_be_is_told_and_left_out(changes: dict[str, str], words: str) -> None:
    keymap, problems = build(ACTIONS, changes)
    assert any(words in problem for problem in problems)
    assert keymap["start"] == ("s",)


def test_chords_are_written_with_spaces_and_may_be_long() -> None:
    keymap, problems = build(ACTIONS, {"start": "s, b s, b ^r F2"})
    assert problems == []
    assert keymap["start"] == ("s", "b s", "b ctrl+r f2")
    chords = Chords(keymap)
    assert "b" in chords.beginnings
    assert chords.after(["b"]) == [Next("s", "start", 1), Next("ctrl+r", "", 1)]
    assert chords.action(["b", "ctrl+r", "f2"]) == "start"
    assert chords.action(["b", "ctrl+r"]) is None
    assert words(keymap["start"]) == "s  b s  b ^R F2"


def test_a_problem_tells_its_line_in_the_settings() -> None:
    settings, wrong = parse(
        '[ui]\nsort = "name"\n\n[keys] # mine\nstart = "d"\n"sort" = "k"\nnosuch = "b"\n'
    )
    assert wrong == []
    _, problems = build(ACTIONS, settings.keys, settings.key_lines)
    assert problems == [
        "line 5: [keys] start: d is taken by shutdown",
        "line 6: [keys] sort: k is taken by moving about",
        "line 7: [keys] nosuch is no action",
    ]


def test_two_actions_can_swap_their_keys() -> None:
    keymap, problems = build(ACTIONS, {"start": "d", "shutdown": "s"})
    assert problems == []
    assert (keymap["start"], keymap["shutdown"]) == (("d",), ("s",))


@pytest.mark.parametrize("key", [key for action in ACTIONS for key in action.keys])
def test_each_keys_word_can_be_written_in_the_settings(key: str) -> None:
    assert name(word(key)) == key
