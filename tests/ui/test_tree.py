"""A tree's rows: folding, search, finding a thing again, and how branches are drawn."""

from __future__ import annotations

import pytest

from tests.ui.cockpits import words_of
from vmtui.ui.lines import text
from vmtui.ui.targets import Target
from vmtui.ui.tree import Node, Tree, everything


def node(key: str, *children: Node, folded: bool = False) -> Node:
    return Node(key, text(key.upper()), None, Target("p", what=key), children, folded)


ROOTS = [
    node("a", node("b", node("c"), node("d")), node("e", node("f"), folded=True)),
    node("g"),
]


@pytest.fixture
def tree() -> Tree:
    made = Tree()
    made.show(ROOTS)
    return made


def shown(tree: Tree) -> list[str]:
    return [words_of(tree.line(key)) for key in tree.rows]


def test_branches_join_what_belongs_together(tree: Tree) -> None:
    assert shown(tree) == [
        " ▾ A", " ├─ ▾ B", " │  ├─ C", " │  └─ D", " └─ ▸ E", " G"
    ]  # fmt: skip
    assert [words_of(line) for line in everything(ROOTS)] == [
        " A", " ├─ B", " │  ├─ C", " │  └─ D", " └─ E", "    └─ F", " G"
    ]  # fmt: skip


def test_what_is_folded_stays_so_when_it_changes(tree: Tree) -> None:
    tree.turn(("a", "b"))
    tree.turn(("a", "e"))
    tree.show([node("a", node("b", node("new")), node("e", node("f"), folded=True))])
    assert shown(tree) == [" ▾ A", " ├─ ▸ B", " └─ ▾ E", "    └─ F"]


def test_all_at_once(tree: Tree) -> None:
    tree.turn_all()
    assert " └─ ▾ E" in shown(tree)
    tree.turn_all()
    assert shown(tree) == [" ▾ A", " ├─ ▸ B", " └─ ▸ E", " G"]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("f", [" ▾ A", " └─ ▾ E", "    └─ F"]),
        ("B", [" ▾ A", " └─ ▾ B", "    ├─ C", "    └─ D"]),
        ("nothing", []),
        ("", [" ▾ A", " ├─ ▾ B", " │  ├─ C", " │  └─ D", " └─ ▸ E", " G"]),
    ],
)
def test_a_search_leaves_what_leads_to_it(tree: Tree, words: str, left: list[str]) -> None:
    tree.search = words
    tree.arrange()
    assert [line.replace("▸", "▾") for line in shown(tree)] == [
        line.replace("▸", "▾") for line in left
    ]


def test_a_thing_is_found_again_and_unfolded_to(tree: Tree) -> None:
    assert tree.reveal(Target("p", what="f")) == ("a", "e", "f")
    assert "    └─ F" in shown(tree)
    assert tree.reveal(Target("p", what="z")) is None


def test_where_a_click_folds(tree: Tree) -> None:
    left, right = tree.marker(("a", "e"))
    assert words_of(tree.line(("a", "e")))[left:right].strip(" └─") == "▸"
