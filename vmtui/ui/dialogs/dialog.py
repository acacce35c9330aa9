"""The frame that every dialog has: a titled box in the middle, keys in its last line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget

from vmtui.ui.cells import Cell, Role
from vmtui.ui.hostlines import key_at
from vmtui.ui.keymap import name
from vmtui.ui.lines import Line
from vmtui.ui.widgets.painted import LinesView, where_in

Answer = TypeVar("Answer")
ROOM_MOST = 70


class Dialog(ModalScreen[Answer | None], Generic[Answer]):
    """A question; Esc leaves it without an answer (None)."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > #box {
        width: 76; max-width: 96%; height: auto; max-height: 94%;
        background: $surface; border: round $primary; border-title-color: $primary;
        border-title-style: bold; padding: 0 1;
    }
    Dialog LinesView { height: auto; background: $surface; }
    Dialog #keys { height: 1; margin-top: 1; }
    Dialog Input { border: none; height: 1; background: $panel; padding: 0 1; margin: 1 0 0 0; }
    Dialog Input:focus { border: none; background: $panel; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "cancel", "Cancel", show=False, priority=True),
    ]

    heading = ""

    @property
    def room(self) -> int:
        """Cells that a line of text may take in the box on this terminal."""
        return max(min(ROOM_MOST, int(self.app.size.width * 0.96) - 4), 10)

    def body(self) -> Iterable[Widget]:
        """The dialog's own widgets."""
        return ()

    def keys(self) -> list[tuple[str, str]]:
        """Key and meaning, for the last line."""
        return [("Esc", "cancel")]

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(id="box"):
            yield from self.body()
            yield LinesView(id="keys")

    def on_mount(self) -> None:
        """Fill in what does not change."""
        # Text, not a str: a title may hold a guest's name, which is never markup.
        setattr(self.query_one("#box"), "border_title", Text(f" {self.heading} "))  # noqa: B010
        self.show_keys()

    def show_keys(self) -> None:
        """Write the last line."""
        self.query_one("#keys", LinesView).show_lines([key_line(self.keys())])

    def on_click(self, event: events.Click) -> None:
        """A click on a key of the last line is as good as the key."""
        if (place := where_in(self.query_one("#keys"), event)) is not None:
            word = key_at(key_line(self.keys()), place[0])
            if word and len(word.split()) == 1:
                self.app.simulate_key(name(word))

    def action_cancel(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)


def key_line(keys: Iterable[tuple[str, str]]) -> Line:
    """`Enter yes  Esc no` with the keys set off."""
    made: list[Cell] = []
    for key, meaning in keys:
        made += [Cell(f"{'  ' if made else ''}{key} ", Role.KEY), Cell(meaning, Role.MUTED)]
    return tuple(made)
