"""The house stays a pleasure to walk through: rooms have a size, and every public thing a sign."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2] / "vmtui"
FILES = sorted(HOUSE.rglob("*.py"))
FILE_LINES, CLASS_LINES, FUNCTION_LINES = 400, 310, 66
BANNED = {"utils", "helpers", "manager", "misc", "common"}

Named = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return str(path.relative_to(HOUSE.parent))


def definitions(tree: ast.AST) -> Iterator[Named]:
    for node in ast.walk(tree):
        if isinstance(node, Named):
            yield node


def lines_of(node: Named) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_room_is_of_a_size_to_be_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= FILE_LINES, "past this it is two rooms"
    for node in definitions(ast.parse(text)):
        most = CLASS_LINES if isinstance(node, ast.ClassDef) else FUNCTION_LINES
        assert lines_of(node) <= most, f"{node.name} has {lines_of(node)} lines"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_what_is_public_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree) or not tree.body, "a file says what it is for"
    silent = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, Named)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and not _is_setter(node)
        and not _is_nested(tree, node)
    ]
    assert silent == []


def _is_setter(node: Named) -> bool:
    """Whether it is a property's other half, which the first one describes."""
    return any(isinstance(d, ast.Attribute) and d.attr == "setter" for d in node.decorator_list)


def _is_nested(tree: ast.Module, wanted: Named) -> bool:
    """Whether it is inside a function, or in a class that is not public."""
    for node in definitions(tree):
        inside = node is not wanted and any(child is wanted for child in ast.walk(node))
        private = isinstance(node, ast.ClassDef) and node.name.startswith("_")
        if inside and (private or not isinstance(node, ast.ClassDef)):
            return True
    return False


def test_no_room_has_a_name_that_says_nothing() -> None:
    assert [name_of(path) for path in FILES if path.stem in BANNED] == []
