"""The palette: every action by fuzzy search, with its key, or the reason why it cannot be done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from vmtui.model.query import fuzzy
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.dialogs.choose import Option
from vmtui.ui.dialogs.dialog import Dialog
from vmtui.ui.lines import EMPTY, Line, fit, text
from vmtui.ui.widgets.painted import LinesView
from vmtui.ui.widgets.table import Table

LABEL_WIDTH = 18


class CommandPalette(Dialog[str]):
    """Answers the id of the option that was chosen."""

    DEFAULT_CSS = """
    CommandPalette Table { height: 14; background: $surface; }
    CommandPalette #why { height: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
    ]

    def __init__(self, options: Sequence[Option], about: str) -> None:
        super().__init__()
        self.heading = "What to do"
        self._options = {option.id: option for option in options}
        self._about = about

    def body(self) -> Iterable[Widget]:
        """What is looked for, what is found, and why it cannot be done."""
        yield Input(placeholder=clean(self._about, 60), id="wanted")
        yield Table(self._line, id="found", header=False)
        yield LinesView(id="why")

    def on_mount(self) -> None:
        """Everything is found at first."""
        table = self.query_one(Table)
        table.can_focus = False
        table.styles.height = max(min(len(self._options), 14, self.app.size.height - 9), 2)
        table.set_keys(self._found(""))
        self.set_focus(self.query_one(Input))
        self._explain()

    def keys(self) -> list[tuple[str, str]]:
        """What can be pressed."""
        return [("↑ ↓", "move"), ("Enter", "do it"), ("Esc", "cancel")]

    def _found(self, wanted: str) -> list[str]:
        scored = []
        for number, option in enumerate(self._options.values()):
            points = fuzzy.score(wanted, option.label)
            if points is None and wanted.casefold() in f"{option.id} {option.about}".casefold():
                # What its help says comes after what its name says.
                points = -1000
            if points is not None:
                scored.append((-points if wanted else 0, number, option.id))
        return [entry[-1] for entry in sorted(scored)]

    def _line(self, id_: str) -> Line:
        option = self._options[id_]
        off = option.why_not is not None
        return (
            Cell(fit(option.label, LABEL_WIDTH) + " ", Role.MUTED if off else Role.STRONG),
            Cell(fit(option.shown_key, 8) + " ", Role.MUTED if off else Role.KEY),
            Cell(f"✗ {option.why_not}" if off else clean(option.about, 200), Role.MUTED),
        )

    def _explain(self) -> None:
        option = self._options.get(str(self.query_one(Table).cursor))
        why = option.why_not if option is not None else "nothing is called that"
        line = text(clean(why, 200), Role.WARN) if why else EMPTY
        self.query_one("#why", LinesView).show_lines([line])

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        table = self.query_one(Table)
        table.set_keys(self._found(event.value))
        table.action_first()
        self._explain()

    def action_move(self, by: int) -> None:
        """Up or down in the list, while one types."""
        self.query_one(Table).action_move(by)

    @on(Table.CursorMoved)
    def _moved(self, event: Table.CursorMoved) -> None:
        event.stop()
        self._explain()

    @on(Table.Chosen)
    def _clicked(self, event: Table.Chosen) -> None:
        event.stop()
        self._take(str(event.key))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if (found := self.query_one(Table).cursor) is not None:
            self._take(str(found))

    def _take(self, id_: str) -> None:
        if self._options[id_].why_not is None:
            self.dismiss(id_)
