"""Prompt: one line of text, with the problem under it as it is typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual import on
from textual.widget import Widget
from textual.widgets import Input

from vmtui.ui.cells import Role
from vmtui.ui.dialogs.dialog import Dialog
from vmtui.ui.lines import EMPTY, text
from vmtui.ui.widgets.painted import LinesView


class Prompt(Dialog[str]):
    """Answers what was typed once `problem` finds nothing wrong with it, or None."""

    def __init__(
        self,
        heading: str,
        value: str,
        problem: Callable[[str], str | None],
        label: str = "",
        *,
        secret: bool = False,
    ) -> None:
        """`secret` shows dots for what is typed."""
        super().__init__()
        self.heading = heading
        self._value = value
        self._problem = problem
        self._label = label
        self._secret = secret

    def body(self) -> Iterable[Widget]:
        """Label, field, problem."""
        yield LinesView(id="label")
        yield Input(self._value, id="field", select_on_focus=False, password=self._secret)
        yield LinesView(id="problem")

    def on_mount(self) -> None:
        """Begin with nothing wrong, until something is typed."""
        self.query_one("#label", LinesView).show_lines([text(self._label, Role.MUTED)])
        self.query_one("#problem", LinesView).show_lines([EMPTY])

    def keys(self) -> list[tuple[str, str]]:
        """What can be pressed."""
        return [("Enter", "take it"), ("Esc", "cancel")]

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._show(self._problem(event.value) if event.value != self._value else None)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        problem = self._problem(event.value)
        if problem is None:
            self.dismiss(event.value)
        else:
            self._show(problem)

    def _show(self, problem: str | None) -> None:
        line = text(problem, Role.BAD) if problem else EMPTY
        self.query_one("#problem", LinesView).show_lines([line])
