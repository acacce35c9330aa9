"""Choose: one of a list, by cursor or by its own key; what cannot be chosen says why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual import events, on
from textual.widget import Widget

from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.dialogs.dialog import Dialog
from vmtui.ui.lines import EMPTY, Line, fit, text, wrap
from vmtui.ui.widgets.painted import LinesView
from vmtui.ui.widgets.table import Table

INTRO_MOST = 8


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose. `why_not` is the reason where it cannot be."""

    id: str
    label: str
    about: str = ""
    key: str = ""
    """As Textual names it; chooses at once."""
    shown_key: str = ""
    why_not: str | None = None


class Choose(Dialog[str]):
    """Answers the option's id, or None."""

    DEFAULT_CSS = """
    Choose Table { height: auto; max-height: 20; background: $surface; }
    Choose #intro { max-height: 8; }
    Choose #why { height: 2; }
    """

    def __init__(self, heading: str, options: Sequence[Option], intro: str = "") -> None:
        super().__init__()
        self.heading = clean(heading, 60)
        self._options = {option.id: option for option in options}
        self._intro = intro
        longest = max((len(option.label) for option in options), default=0)
        self._label_width = min(longest, 40)

    def body(self) -> Iterable[Widget]:
        """The list and, below it, why the one under the cursor cannot be chosen."""
        if self._intro:
            yield LinesView(id="intro")
        yield Table(self._line, id="options", header=False)
        yield LinesView(id="why")

    def on_mount(self) -> None:
        """Fill the list."""
        if self._intro:
            words = [text(part) for part in wrap(clean(self._intro, 2000), self.room)[:INTRO_MOST]]
            self.query_one("#intro", LinesView).show_lines([*words, EMPTY])
        table = self.query_one(Table)
        self.on_resize()
        table.set_keys(list(self._options))
        table.focus()
        possible = [o.id for o in self._options.values() if o.why_not is None]
        if possible:
            table.move_to(possible[0])
        self._explain(table.cursor)

    def on_resize(self) -> None:
        """The list takes what the frame, the words and the keys leave, and scrolls."""
        intro = self.query_one("#intro").size.height if self._intro else 0
        room = max(self.app.size.height - 8 - intro, 2)
        self.query_one(Table).styles.height = min(len(self._options), 20, room)

    def keys(self) -> list[tuple[str, str]]:
        """What can be pressed."""
        return [("Enter", "choose"), ("Esc", "cancel")]

    def _line(self, id_: str) -> Line:
        option = self._options[id_]
        off = option.why_not is not None
        return (
            Cell(f" {option.shown_key:>4}  ", Role.MUTED if off else Role.KEY),
            Cell(fit(option.label, self._label_width) + "  ", Role.MUTED if off else Role.STRONG),
            Cell(f"✗ {option.why_not}" if off else clean(option.about, 200), Role.MUTED),
        )

    def _explain(self, id_: object) -> None:
        option = self._options.get(str(id_))
        words = ""
        if option is not None:
            words = (option.why_not and f"Not possible: {option.why_not}") or option.about
        lines = [text(part, Role.MUTED) for part in wrap(clean(words, 300), self.room)[:2]]
        self.query_one("#why", LinesView).show_lines(lines or [EMPTY])

    @on(Table.CursorMoved)
    def _moved(self, event: Table.CursorMoved) -> None:
        event.stop()
        self._explain(event.key)

    @on(Table.Chosen)
    def _chosen(self, event: Table.Chosen) -> None:
        event.stop()
        self._choose(str(event.key))

    def on_key(self, event: events.Key) -> None:
        """An option's own key chooses it."""
        for option in self._options.values():
            if option.key and event.key == option.key:
                event.stop()
                event.prevent_default()
                self._choose(option.id)
                return

    def _choose(self, id_: str) -> None:
        if self._options[id_].why_not is None:
            self.dismiss(id_)
        else:
            self.query_one(Table).move_to(id_)
            self._explain(id_)
