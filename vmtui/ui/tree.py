"""A tree of things: which of its nodes are unfolded, which match a search, and its lines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import is_

from vmtui.ui.cells import Cell, Role
from vmtui.ui.lines import Line
from vmtui.ui.targets import Target

NodeKey = tuple[str, ...]
"""The keys from the root down to a node."""

OPEN, FOLDED, LEAF = "▾ ", "▸ ", ""


@dataclass(frozen=True, slots=True)
class Node:
    """One thing. `key` tells it from its siblings."""

    key: str
    line: Line
    target: Target | None = None
    """Where it leads."""
    me: Target | None = None
    """What it is, so that it can be found, and looked at with X-ray."""
    children: tuple[Node, ...] = ()
    folded: bool = False
    """Whether it is so until somebody unfolds it."""

    @property
    def words(self) -> str:
        """Its line's text, small, for a search."""
        return "".join(cell.text for cell in self.line).casefold()


@dataclass(frozen=True, slots=True)
class _Placed:
    """A node where it stands: `lasts` tells of each level above it whether it was the last."""

    node: Node
    lasts: tuple[bool, ...]


class Tree:
    """Nodes, of which some are folded; `rows` are those in sight, from top to bottom."""

    def __init__(self) -> None:
        self.search = ""
        """Words that a node must have to be shown, or have below it."""
        self.rows: list[NodeKey] = []
        self._roots: Sequence[Node] = ()
        self._turned: set[NodeKey] = set()
        self._placed: dict[NodeKey, _Placed] = {}

    def show(self, roots: Sequence[Node]) -> None:
        """Show these instead; what was folded and unfolded stays so."""
        same = len(roots) == len(self._roots) and all(map(is_, roots, self._roots))
        if not same:
            self._roots = roots
            self.arrange()

    def arrange(self) -> None:
        """Find the rows anew: something was folded, or the search is another one."""
        words = self.search.casefold().split()
        self._placed = {}
        for number, root in enumerate(self._roots):
            last = number == len(self._roots) - 1
            for key, placed in self._visible(root, (), (last,), words, within=False):
                self._placed[key] = placed
        self.rows = list(self._placed)

    def _visible(
        self,
        node: Node,
        above: NodeKey,
        lasts: tuple[bool, ...],
        words: Sequence[str],
        *,
        within: bool,
    ) -> Iterator[tuple[NodeKey, _Placed]]:
        """A node and those below it that are in sight; `within` is below one that matches."""
        key = (*above, node.key)
        hit = within or all(word in node.words for word in words)
        below = [child for child in node.children if hit or _holds(child, words)]
        if not hit and not below:
            return
        yield key, _Placed(node, lasts)
        if (words and not hit) or self.is_open(key, node):
            for number, child in enumerate(below):
                last = number == len(below) - 1
                yield from self._visible(child, key, (*lasts, last), words, within=hit)

    def is_open(self, key: NodeKey, node: Node | None = None) -> bool:
        """Whether what is below it is shown."""
        node = node or self.node(key)
        return node is not None and node.folded == (key in self._turned)

    def node(self, key: NodeKey) -> Node | None:
        """The node of a row."""
        placed = self._placed.get(key)
        return placed.node if placed is not None else None

    def turn(self, key: NodeKey) -> None:
        """Fold it, or unfold it."""
        self._turned ^= {key}
        self.arrange()

    def turn_all(self) -> None:
        """Unfold all that are folded; where none is, fold all but the roots."""
        every = [(key, node) for key, node in self._walk(self._roots, ()) if node.children]
        folded = [key for key, node in every if not self.is_open(key, node)]
        self._turned ^= set(folded or [key for key, _ in every if len(key) > 1])
        self.arrange()

    def reveal(self, wanted: Target) -> NodeKey | None:
        """The row of that thing, with all above it unfolded; None where there is none."""
        for key, node in self._walk(self._roots, ()):
            if node.me == wanted:
                for length in range(1, len(key)):
                    upper = key[:length]
                    if not self.is_open(upper, self._find(upper)):
                        self._turned ^= {upper}
                self.arrange()
                return key if key in self._placed else None
        return None

    def _find(self, key: NodeKey) -> Node | None:
        return next((node for other, node in self._walk(self._roots, ()) if other == key), None)

    def _walk(self, nodes: Sequence[Node], above: NodeKey) -> Iterator[tuple[NodeKey, Node]]:
        for node in nodes:
            key = (*above, node.key)
            yield key, node
            yield from self._walk(node.children, key)

    def line(self, key: NodeKey) -> Line:
        """A row: what joins it to those above, whether it is folded, and its own line."""
        placed = self._placed.get(key)
        if placed is None:
            return ()
        return joined(placed.node, placed.lasts, open_=self.is_open(key, placed.node))

    def marker(self, key: NodeKey) -> tuple[int, int]:
        """The cells (from, to) of a row in which a click folds it."""
        depth = len(key) - 1
        return 3 * depth, 3 * depth + 3


def joined(node: Node, lasts: tuple[bool, ...], *, open_: bool | None = None) -> Line:
    """A node's line with the branches before it; `lasts` as in the tree, the root's first.

    `open_` is None where nothing can be folded.
    """
    branches = "".join("   " if last else "│  " for last in lasts[1:-1])
    if len(lasts) > 1:
        branches += "└─ " if lasts[-1] else "├─ "
    sign = LEAF if open_ is None or not node.children else OPEN if open_ else FOLDED
    return (Cell(f" {branches}{sign}", Role.MUTED), *node.line)


def everything(roots: Sequence[Node]) -> Iterator[Line]:
    """All lines, unfolded."""

    def walk(node: Node, lasts: tuple[bool, ...]) -> Iterator[Line]:
        yield joined(node, lasts)
        for number, child in enumerate(node.children):
            yield from walk(child, (*lasts, number == len(node.children) - 1))

    for number, root in enumerate(roots):
        yield from walk(root, (number == len(roots) - 1,))


def _holds(node: Node, words: Sequence[str]) -> bool:
    """Whether it or one below it has all the words."""
    if all(word in node.words for word in words):
        return True
    return any(_holds(child, words) for child in node.children)
