"""The command line, at the foot of the screen, with what may be typed next above it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from vmtui.errors import VmtuiError
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.commands.command import Command, Deck
from vmtui.ui.commands.completion import Offer, find, hint, offers
from vmtui.ui.commands.line import split
from vmtui.ui.lines import Line, fit, text
from vmtui.ui.widgets.painted import LinesView

SHOWN = 8
"""Offers that are shown at once."""


class CommandBar(ModalScreen[str | None]):
    """Answers the command that was entered, or None. `problem` is what the last try came to."""

    DEFAULT_CSS = """
    CommandBar { align: left bottom; background: transparent; }
    CommandBar > Vertical { height: auto; width: 100%; background: $surface; }
    CommandBar LinesView { height: auto; max-height: 8; background: $surface; }
    CommandBar #line { height: 1; layout: horizontal; }
    CommandBar Input { border: none; height: 1; width: 100%; background: $panel; padding: 0 1; }
    CommandBar Input:focus { border: none; background: $panel; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "cancel", show=False, priority=True),
        Binding("tab", "complete(1)", show=False, priority=True),
        Binding("shift+tab", "complete(-1)", show=False, priority=True),
        Binding("up,ctrl+p", "past(-1)", show=False, priority=True),
        Binding("down,ctrl+n", "past(1)", show=False, priority=True),
    ]

    def __init__(
        self, deck: Deck, commands: Mapping[str, Command], value: str = "", problem: str = ""
    ) -> None:
        super().__init__()
        self._deck = deck
        self._commands = commands
        self._input = Input(value, id="command", select_on_focus=False)
        self._problem = problem
        self._offers: list[Offer] = []
        self._chosen: int | None = None
        """The offer that stands in the line now."""
        self._past = deck.cockpit.remembered.commands
        self._at = len(self._past)
        self._draft = value

    def compose(self) -> ComposeResult:
        """Offers, hint, line."""
        with Vertical():
            yield LinesView(id="offers")
            yield LinesView(id="hint")
            yield self._input

    def on_mount(self) -> None:
        """Begin with what may be typed."""
        self.set_focus(self._input)
        self._look()

    def _look(self) -> None:
        """Find what may be typed next."""
        self._chosen = None
        self._offers = offers(self._deck, self._commands, self._input.value)
        self._show()

    def _show(self) -> None:
        chosen = self._chosen or 0
        top = max(0, min(chosen - SHOWN + 2, len(self._offers) - SHOWN))
        lines: list[Line] = []
        for number, offer in enumerate(self._offers[top : top + SHOWN], top):
            on = number == self._chosen
            lines.append((
                Cell(" ▸ " if on else "   ", Role.KEY),
                Cell(fit(clean(offer.word, 40), 20) + " ", Role.KEY if on else Role.STRONG),
                Cell(clean(offer.about, 200), Role.MUTED),
            ))  # fmt: skip
        view = self.query_one("#offers", LinesView)
        view.display = bool(lines)
        view.styles.height = len(lines)
        view.show_lines(lines)
        words = self._problem or hint(self._commands, self._input.value)
        role = Role.BAD if self._problem else Role.MUTED
        self.query_one("#hint", LinesView).show_lines([text(f" {clean(words, 300)}", role)])

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value == self._draft:
            # Textual tells of the first value too.
            return
        self._problem = ""
        self._draft = event.value
        self._at = len(self._past)
        self._look()
        self._preview()

    def _preview(self) -> None:
        name, rest = split(self._input.value)
        try:
            command = find(self._commands, name)
        except VmtuiError:
            return
        if command.preview is not None:
            command.preview(self._deck, rest)

    def _put(self, line: str) -> None:
        with self.prevent(Input.Changed):
            self._input.value = line
        self._input.cursor_position = len(line)

    def action_complete(self, by: int) -> None:
        """The next offer in place of the word; one alone is taken at once."""
        if not self._offers:
            return
        start = -1 if by > 0 else 0
        self._chosen = ((start if self._chosen is None else self._chosen) + by) % len(self._offers)
        self._put(self._offers[self._chosen].line)
        if len(self._offers) == 1:
            self._look()
        else:
            self._show()
        self._preview()

    def action_past(self, by: int) -> None:
        """The command before, or after."""
        if 0 <= self._at + by <= len(self._past):
            self._at += by
            line = self._past[self._at] if self._at < len(self._past) else self._draft
            self._put(line)
            self._look()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip() or None)

    def action_cancel(self) -> None:
        """Leave without a command."""
        self.dismiss(None)
