"""The help: every key and what it does, made from the registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.widget import Widget

from vmtui.model.inventory import Inventory
from vmtui.ui import keymap, lookingkeys
from vmtui.ui.actions import Action, Scope
from vmtui.ui.cells import Cell, Role
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.consolekeys import chords, command_help
from vmtui.ui.lines import EMPTY, Line, fit, text, wrap
from vmtui.ui.screens.host import elsewhere
from vmtui.ui.screens.page import Page
from vmtui.ui.widgets.painted import LinesView

MOVING = (
    ("↑ ↓ k j", "one row up or down"),
    ("PgUp PgDn", "one screen up or down"),
    ("Home End G", "the first or the last row; g g and g b as well"),
    ("Enter", "all details of the guest; Esc goes back"),
    ("Tab", "from the table to the details and back"),
    ("mouse", "click a row, a column's head; the wheel scrolls"),
)
SIGNS = (
    ("?/2.0G", "the guest reports no memory use; virsh dommemstat NAME --period 2 --live asks it"),
    ("–", "not known; never shown as zero"),
    (">5m", "it runs at least that long"),
    ("◔ saving", "a job of vmtui runs on it"),
    ("! stuck", "it was asked to shut down and does not obey"),
)
KEYS_WIDTH = 16


class HelpScreen(Page):
    """One page of keys."""

    DEFAULT_CSS = """
    #help { height: 1fr; padding: 0 1; }
    """

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self._help = LinesView(id="help")
        self._help.can_focus = True

    def body(self) -> Iterable[Widget]:
        """The page."""
        yield self._help

    def on_mount(self) -> None:
        """The arrow keys scroll."""
        self._help.focus()

    def show(self, inventory: Inventory) -> None:
        """Keys by scope, then how to move, then what the signs mean."""
        del inventory
        width = max(self.size.width - 3, 30)
        lines: list[Line] = []
        actions = self.cockpit.possible()
        for scope in Scope:
            lines += _section(
                scope.value,
                [(self._words(action), f"{action.label}: {action.help}")
                 for action in actions if action.scope is scope],
                width,
            )  # fmt: skip
        console = command_help(chords(self.cockpit.settings.console))
        lines += _section("In a console all other keys go to the guest", console, width)
        lines += _section(
            "Looking back at a console: no key goes to the guest", lookingkeys.HELP, width
        )
        lines += _section("Moving about", MOVING, width) + _section("Signs", SIGNS, width)
        if self.cockpit.read_only:
            lines.append(text("Read-only: the verbs on guests are left out.", Role.WARN))
        self._help.show_lines(lines)

    def _words(self, action: Action) -> str:
        return keymap.words(self.cockpit.keymap.get(action.id, ()))

    def actions(self) -> Sequence[Action]:
        """Where to go from here."""
        return elsewhere("view-guests", "view-host", "view-jobs", "view-events", "back", "quit")


def _section(heading: str, rows: Iterable[tuple[str, str]], width: int) -> list[Line]:
    entries = list(rows)
    if not entries:
        return []
    lines: list[Line] = [text(heading, Role.TITLE)]
    for keys, meaning in entries:
        for number, part in enumerate(wrap(meaning, max(width - KEYS_WIDTH - 2, 20))):
            lead = fit(keys if not number else "", KEYS_WIDTH)
            lines.append((Cell(f"  {lead}", Role.KEY), Cell(part)))
    return [*lines, EMPTY]
