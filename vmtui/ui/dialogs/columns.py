"""Columns: which there are in the table, in which order, and how wide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from vmtui.ui.cells import Cell, Role
from vmtui.ui.columns import BY_ID, WIDTH_LEAST, WIDTH_MOST, parts
from vmtui.ui.dialogs.dialog import Dialog
from vmtui.ui.lines import Line, fit, text
from vmtui.ui.widgets.painted import LinesView
from vmtui.ui.widgets.table import Table

NAME = "name"


class Columns(Dialog[tuple[str, ...]]):
    """Answers the columns as the settings have them (`name`, `tags:30`), none for as many as fit.

    `show` is told of each change, so that the table behind follows.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "switch", show=False),
        Binding("shift+up,K,left_square_bracket", "shift(-1)", show=False),
        Binding("shift+down,J,right_square_bracket", "shift(1)", show=False),
        Binding("right,greater_than_sign,plus", "widen(1)", show=False),
        Binding("left,less_than_sign,minus", "widen(-1)", show=False),
        Binding("equals_sign", "usual", show=False),
        Binding("a", "automatic", show=False),
    ]

    DEFAULT_CSS = """
    Columns Table { height: auto; background: $surface; }
    Columns #about { height: 1; margin-top: 1; }
    """

    heading = "Columns"

    def __init__(
        self,
        shown: Sequence[str],
        *,
        automatic: bool,
        show: Callable[[Sequence[str]], None],
    ) -> None:
        super().__init__()
        chosen = dict(parts(word) for word in shown if parts(word)[0] in BY_ID)
        self._ids = [*chosen, *(id_ for id_ in BY_ID if id_ not in chosen)]
        self._on = {*chosen, NAME}
        self._widths = {id_: width for id_, width in chosen.items() if width}
        self._automatic = automatic
        self._show = show
        self._table: Table[str] = Table(self._line, id="list", header=False)

    def body(self) -> Iterable[Widget]:
        """Every column, and what the settings will say."""
        yield self._table
        yield LinesView(id="about")

    def on_mount(self) -> None:
        """Fill the list."""
        self.on_resize()
        self._table.set_keys(self._ids)
        self._table.focus()
        self._explain()

    def on_resize(self) -> None:
        """The list takes what the frame leaves."""
        self._table.styles.height = max(min(len(self._ids), self.app.size.height - 9), 2)

    def keys(self) -> list[tuple[str, str]]:
        """What can be pressed."""
        return [("Space", "show"), ("⇧↑⇧↓", "move"), ("← →", "width"), ("=", "usual"),
                ("a", "all that fit"), ("Enter", "keep")]  # fmt: skip

    def _line(self, id_: str) -> Line:
        column, on = BY_ID[id_], id_ in self._on
        width = self._widths.get(id_)
        return (
            Cell(" [x] " if on else " [ ] ", Role.KEY),
            Cell(fit(id_, 10) + " ", Role.STRONG if on else Role.MUTED),
            Cell(f"{width or column.width:>4} ", Role.ACCENT if width else Role.MUTED),
            Cell(column.help, Role.TEXT if on else Role.MUTED),
        )

    @property
    def words(self) -> tuple[str, ...]:
        """The columns as the settings have them."""
        if self._automatic:
            return ()
        return tuple(
            f"{id_}:{self._widths[id_]}" if id_ in self._widths else id_
            for id_ in self._ids if id_ in self._on
        )  # fmt: skip

    def _explain(self) -> None:
        words = "as many as fit, the most needed first" if self._automatic else " ".join(self.words)
        line = text(fit(words, self.room), Role.MUTED)
        self.query_one("#about", LinesView).show_lines([line])

    def _changed(self) -> None:
        self._automatic = False
        self._again()

    def _again(self) -> None:
        self._table.set_keys(self._ids)
        self._explain()
        self._show(self.words)

    def action_switch(self) -> None:
        """Show the column, or no longer; the name always stays."""
        id_ = self._table.cursor
        if id_ is not None and id_ != NAME:
            self._on ^= {id_}
            self._changed()

    def action_shift(self, by: int) -> None:
        """Move it up or down."""
        id_ = self._table.cursor
        if id_ is None:
            return
        here = self._ids.index(id_)
        there = here + by
        if 0 <= there < len(self._ids):
            ids = list(self._ids)
            ids[here], ids[there] = ids[there], ids[here]
            self._ids = ids
            self._changed()

    def action_widen(self, by: int) -> None:
        """Give it more cells, or fewer."""
        id_ = self._table.cursor
        if id_ is None:
            return
        width = self._widths.get(id_, BY_ID[id_].width) + by
        self._widths[id_] = max(WIDTH_LEAST, min(width, WIDTH_MOST))
        self._on.add(id_)
        self._changed()

    def action_usual(self) -> None:
        """Give it its usual width."""
        if self._table.cursor is not None:
            self._widths.pop(self._table.cursor, None)
            self._changed()

    def action_automatic(self) -> None:
        """As many as fit."""
        self._automatic = True
        self._widths.clear()
        self._again()

    @on(Table.Chosen)
    def _chosen(self, event: Table.Chosen) -> None:
        event.stop()
        self.dismiss(self.words)

    @on(Table.Clicked)
    def _clicked(self, event: Table.Clicked) -> None:
        event.stop()
        if event.x < len(" [x] "):
            self._table.move_to(str(event.key))
            self.action_switch()

    @on(Table.CursorMoved)
    def _moved(self, event: Table.CursorMoved) -> None:
        event.stop()
