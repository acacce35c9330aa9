"""Pick: one or many of a long list, narrowed by typing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.dialogs.choose import Option
from vmtui.ui.dialogs.dialog import Dialog
from vmtui.ui.lines import EMPTY, Line, fit, text, wrap
from vmtui.ui.widgets.painted import LinesView
from vmtui.ui.widgets.table import Table

LABEL, ABOUT, KEY = 44, 24, 6
"""Cells of a label, those that are kept for what is said of it, and those of its key."""


class Pick(Dialog[tuple[str, ...]]):
    """Answers the ids that were picked, or None.

    One is searched for by typing; `many` lets Space mark several instead. `chosen` is where the
    cursor begins, or what is marked. A choice's own key takes it at once, as the first one typed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "move(-8)", show=False, priority=True),
        Binding("pagedown", "move(8)", show=False, priority=True),
        Binding("space", "mark", show=False),
    ]

    DEFAULT_CSS = """
    Pick Table { height: auto; background: $surface; margin-top: 1; }
    Pick #why { height: 2; }
    """

    def __init__(
        self,
        heading: str,
        choices: Sequence[Option],
        chosen: Sequence[str] = (),
        *,
        many: bool = False,
        typed: str = "",
    ) -> None:
        super().__init__()
        self.heading = clean(heading, 60)
        self._choices = {choice.id: choice for choice in choices}
        self._chosen = dict.fromkeys(chosen)
        self._many = many
        self._typed = typed
        self._keyed = any(choice.shown_key for choice in choices)
        self._label_width = LABEL
        self._table: Table[str] = Table(self._line, id="choices", header=False)

    def body(self) -> Iterable[Widget]:
        """The search, the list, and why what is under the cursor cannot be had."""
        yield Input(self._typed, id="search", placeholder="type to search", select_on_focus=False)
        yield self._table
        yield LinesView(id="why")

    def on_mount(self) -> None:
        """The list, with the cursor on what is chosen."""
        # A line to type in would take the key that marks; what is marked is a short list.
        self._table.can_focus = self._many
        self.query_one(Input).display = not self._many
        self._narrow("" if self._many else self._typed)
        if not self._typed and self._chosen:
            self._table.move_to(next(iter(self._chosen)))
        search = self.query_one(Input)
        search.cursor_position = len(self._typed)
        (self._table if self._many else search).focus()
        self._explain()

    def on_resize(self) -> None:
        """The list takes what the frame leaves, and its labels what the words behind them leave."""
        longest = max((len(c.label) for c in self._choices.values()), default=0)
        about = max((len(_words(c)) for c in self._choices.values()), default=0)
        mark = 4 * self._many + KEY * self._keyed
        self._label_width = min(longest, max(self.room - mark - min(about, ABOUT) - 2, 8))
        self._table.refresh_rows()
        self._explain()
        room = max(self.app.size.height - 11, 3)
        self._table.styles.height = max(1, min(len(self._choices), 16, room))

    def keys(self) -> list[tuple[str, str]]:
        """What can be pressed."""
        if self._many:
            return [("Space", "mark"), ("Enter", "take the marked"), ("Esc", "cancel")]
        return [("Enter", "take it"), ("Esc", "cancel")]

    def _line(self, id_: str) -> Line:
        choice = self._choices[id_]
        off = choice.why_not is not None
        mark = ""
        if self._many:
            mark = "[x] " if id_ in self._chosen else "[ ] "
        if self._keyed:
            mark += f"{choice.shown_key:>{KEY - 2}}  "
        return (
            Cell(mark, Role.KEY),
            Cell(fit(clean(choice.label, 200), self._label_width) + "  ",
                 Role.MUTED if off else Role.STRONG),
            Cell(clean(_words(choice), 300), Role.MUTED),
        )  # fmt: skip

    def _narrow(self, typed: str) -> None:
        words = typed.casefold().split()
        found = [
            choice.id for choice in self._choices.values()
            if all(word in f"{choice.label} {choice.about} {choice.id}".casefold()
                   for word in words)
        ]  # fmt: skip
        # What begins with the words stands first.
        found.sort(key=lambda id_: not self._choices[id_].label.casefold().startswith(
            typed.strip().casefold()))  # fmt: skip
        self._table.show_instead([text("nothing like that", Role.WARN)])
        self._table.set_keys(found)
        if found and typed:
            self._table.move_to(found[0])
        self._explain()

    def _explain(self) -> None:
        choice = self._choices.get(self._table.cursor or "")
        words = ""
        if choice is not None:
            words = f"Not possible: {choice.why_not}" if choice.why_not else choice.about
            if len(choice.label) > self._label_width:
                words = f"{choice.label}: {words}" if words else choice.label
        lines = [text(part, Role.MUTED) for part in wrap(clean(words, 300), self.room)[:2]]
        self.query_one("#why", LinesView).show_lines(lines or [EMPTY])

    @on(Input.Changed)
    def _search_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._narrow(event.value)
        first, self._typed = not self._typed, event.value
        if first and len(event.value) == 1:
            keyed = (c.id for c in self._choices.values() if c.shown_key == event.value)
            self._take(next(keyed, None))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._take(self._table.cursor)

    @on(Table.CursorMoved)
    def _moved(self, event: Table.CursorMoved) -> None:
        event.stop()
        self._explain()

    @on(Table.Chosen)
    def _clicked(self, event: Table.Chosen) -> None:
        event.stop()
        self._take(str(event.key))

    def _take(self, id_: str | None) -> None:
        if self._many:
            self.dismiss(tuple(self._chosen))
        elif id_ is not None and self._choices[id_].why_not is None:
            self.dismiss((id_,))

    def action_move(self, by: int) -> None:
        """The cursor of the list; the keys stay with the search."""
        if self._table.keys:
            self._table.action_move(by)

    def action_mark(self) -> None:
        """Mark what is under the cursor, or no longer."""
        id_ = self._table.cursor
        if not self._many or id_ is None or self._choices[id_].why_not is not None:
            return
        if id_ in self._chosen:
            del self._chosen[id_]
        else:
            self._chosen[id_] = None
        self._table.refresh_rows()
        self._table.action_move(1)


def _words(choice: Option) -> str:
    """What stands behind a label."""
    return f"✗ {choice.why_not}" if choice.why_not is not None else choice.about
