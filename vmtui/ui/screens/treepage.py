"""A page with a tree: folding, search, and where its rows lead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget

from vmtui.model.inventory import Inventory
from vmtui.ui.actions import Action
from vmtui.ui.cells import Role, clean
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.dialogs.prompt import Prompt
from vmtui.ui.lines import Line, text
from vmtui.ui.screens.host import elsewhere
from vmtui.ui.screens.page import Page
from vmtui.ui.targets import Target
from vmtui.ui.tree import Node, NodeKey, Tree
from vmtui.ui.widgets.table import Table


class TreePage(Page):
    """A tree, live."""

    DEFAULT_CSS = """
    #tree { height: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "fold_or_not(True)", "Unfold", show=False),
        Binding("h", "fold_or_not(False)", "Fold", show=False),
        Binding("space", "turn", "Fold", show=False),
    ]

    searched = "words that a line has"
    """What the search looks for, in its dialog."""

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self.tree_ = Tree()
        self._table: Table[NodeKey] = Table(self.tree_.line, id="tree")
        self._wanted: Target | None = None

    # -- to be filled in -----------------------------------------------------------------------

    def roots(self, inventory: Inventory) -> list[Node]:
        """The tree as it is now."""
        raise NotImplementedError

    def headline(self, inventory: Inventory) -> Line:
        """What stands above the tree."""
        raise NotImplementedError

    def why_empty(self) -> list[Line]:
        """What stands in the place of a tree without nodes."""
        return [text(" nothing here", Role.MUTED)]

    # -- what is shown -------------------------------------------------------------------------

    def body(self) -> Iterable[Widget]:
        """The tree."""
        yield self._table

    def on_mount(self) -> None:
        """The keys go to the tree."""
        self._table.focus()

    def show(self, inventory: Inventory) -> None:
        """The tree, with what is folded as it was; the cursor stays on its thing."""
        self._table.set_header(self.headline(inventory))
        self.tree_.show(self.roots(inventory))
        self._put()
        if self._wanted is not None:
            key = self.tree_.reveal(self._wanted)
            if key is not None:
                self._wanted = None
                self._put()
                self._table.move_to(key)

    def _put(self) -> None:
        if not self.tree_.rows:
            searched = text(f"   nothing has “{clean(self.tree_.search, 60)}”", Role.WARN)
            self._table.show_instead([(), searched] if self.tree_.search else self.why_empty())
        self._table.set_keys(self.tree_.rows)

    def arrive(self, target: Target) -> None:
        """Put the cursor on that thing as soon as it is there."""
        self._wanted = target

    def whereabouts(self) -> Target | None:
        """The thing under the cursor, or the nearest above it that can be found again."""
        key = self._table.cursor
        while key:
            node = self.tree_.node(key)
            if node is not None and node.me is not None and node.me.place == self.place:
                return node.me
            key = key[:-1]
        return None

    @property
    def here(self) -> Node | None:
        """What is under the cursor."""
        return self.tree_.node(self._table.cursor) if self._table.cursor else None

    def status(self) -> Line:
        """What the keys do here."""
        node, parts = self.here, []
        if node is not None and node.target is not None:
            parts.append(f"Enter goes to {PLACES.get(node.target.place, node.target.place)}")
        parts.append("← → fold and unfold")
        searched = self.tree_.search
        parts.append(f"/ {clean(searched, 40)}" if searched else "/ searches")
        return text(" " + "; ".join(parts), Role.MUTED)

    def about(self) -> str:
        """The line under the cursor in full, where it is cut."""
        key, node = self._table.cursor, self.here
        if key is None or node is None:
            return ""
        room = self._table.scrollable_content_region.width or self.size.width
        if sum(len(cell.text) for cell in self.tree_.line(key)) <= room:
            return ""
        return "".join(cell.text for cell in node.line)

    def actions(self) -> Sequence[Action]:
        """Where to go from here."""
        return elsewhere("xray", "filter", "fold-all", "view-guests", "view-host", "back")

    # -- what can be done ----------------------------------------------------------------------

    def do(self, action: Action) -> bool:
        """Folding, search and X-ray."""
        match action.id:
            case "fold" | "unfold":
                self.action_fold_or_not(action.id == "unfold")
            case "fold-all":
                self.tree_.turn_all()
                self._put()
            case "filter":
                self._ask()
            case "back" if self.tree_.search:
                self._search("")
            case "xray":
                node = self.here
                if node is not None and node.me is not None and node.me.kind in TAKEN_APART:
                    self.post_message(self.Led(node.me._replace(place="xray")))
                else:
                    self.say("X-ray takes guests, volumes and networks apart", Role.MUTED)
            case _:
                return False
        return True

    def action_fold_or_not(self, unfold: bool) -> None:
        """Unfold it, or go into it; fold it, or go up."""
        key, node = self._table.cursor, self.here
        if key is None or node is None:
            return
        if node.children and self.tree_.is_open(key) != unfold:
            self.turn(key)
        elif unfold and node.children:
            self._table.action_move(1)
        elif not unfold and len(key) > 1:
            self._table.move_to(key[:-1])

    def action_turn(self) -> None:
        """Fold it, or unfold it."""
        if self._table.cursor is not None:
            self.turn(self._table.cursor)

    def turn(self, key: NodeKey) -> None:
        """Fold or unfold a node."""
        node = self.tree_.node(key)
        if node is not None and node.children:
            self._wanted = None
            self.tree_.turn(key)
            self._put()

    @work(exclusive=True, group="search")
    async def _ask(self) -> None:
        prompt = Prompt("Search", self.tree_.search, lambda _typed: None, self.searched)
        typed = await self.ask(prompt)
        if typed is not None:
            self._search(typed.strip())

    def _search(self, words: str) -> None:
        self.tree_.search = words
        self.tree_.arrange()
        self._put()
        self.show_footer()

    @on(Table.CursorMoved)
    def _cursor_moved(self) -> None:
        self.show_footer()

    @on(Table.Clicked)
    def _clicked(self, event: Table.Clicked) -> None:
        event.stop()
        if isinstance(event.key, tuple):
            left, right = self.tree_.marker(event.key)
            if left <= event.x < right:
                self.turn(event.key)

    @on(Table.Chosen)
    def _chosen(self, event: Table.Chosen) -> None:
        event.stop()
        node = self.here
        if node is not None and node.target is not None:
            self.post_message(self.Led(node.target))
        elif self._table.cursor is not None:
            self.turn(self._table.cursor)


TAKEN_APART = frozenset({"guest", "volume", "network"})
PLACES = {
    "guests": "the guest", "host": "the host", "storage": "the pool", "networks": "the network",
    "xray": "its X-ray", "jobs": "the job", "doctor": "the check of the host",
    "events": "the events",
}  # fmt: skip
