"""Reading: lines to look at, and to scroll through; nothing is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from vmtui.ui.cells import clean
from vmtui.ui.dialogs.dialog import Dialog
from vmtui.ui.lines import Line
from vmtui.ui.widgets.painted import LinesView


class Reading(Dialog[None]):
    """Shows lines until Enter or Esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,q", "cancel", "Close", show=False),
        Binding("down,j", "scroll_list(1)", show=False),
        Binding("up,k", "scroll_list(-1)", show=False),
        Binding("pagedown,space", "scroll_list(10)", show=False),
        Binding("pageup", "scroll_list(-10)", show=False),
    ]

    DEFAULT_CSS = """
    Reading #list { max-height: 18; }
    Reading.wide > #box { width: 96%; }
    Reading.wide #list { max-height: 75vh; }
    """

    @staticmethod
    def room_in(width: int) -> int:
        """Cells of a line in the wide box, on a terminal of that width."""
        return max(int(width * 0.96) - 5, 10)

    def __init__(self, heading: str, lines: Sequence[Line], *, wide: bool = False) -> None:
        """`wide` takes the terminal's width and height."""
        super().__init__()
        self.set_class(wide, "wide")
        self.heading = clean(heading, 60)
        self._lines = lines

    def body(self) -> Iterable[Widget]:
        """The lines."""
        yield LinesView(id="list")

    def on_mount(self) -> None:
        """Show them."""
        self.query_one("#list", LinesView).show_lines(self._lines)

    def keys(self) -> list[tuple[str, str]]:
        """What can be pressed."""
        return [("↑ ↓", "scroll"), ("Esc", "close")]

    def action_scroll_list(self, by: int) -> None:
        """Move through lines that are more than fit."""
        self.query_one("#list", LinesView).scroll_relative(y=by, animate=False)
