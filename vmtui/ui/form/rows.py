"""A row of a form: label, control, and what is wrong with it below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from vmtui.errors import Invalid
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.dialogs.choose import Option
from vmtui.ui.form.controls import Control, button_line, choice_line, toggle_line
from vmtui.ui.form.fields import (
    ButtonField,
    ChoiceField,
    Field,
    ManyField,
    NoteField,
    TextField,
    ToggleField,
    Trouble,
)
from vmtui.ui.form.paths import PathSuggester
from vmtui.ui.lines import EMPTY, Line, fit, text, wrap
from vmtui.ui.widgets.painted import LinesView

LABEL = 16
"""Cells of the labels' column."""
TROUBLE_LINES, LOW_LINES = 8, 3
"""Lines of what is wrong with a field, on a screen of some height and on a low one."""
LOW = 16
NOTED = 48
"""Cells of a line to type in that has a note behind it: on a wide screen they belong together."""


class Row(Vertical):
    """One field on the screen; the subclasses say what stands behind the label."""

    DEFAULT_CSS = """
    Row { height: auto; }
    Row Horizontal { height: 1; }
    Row .label { width: 18; height: 1; }
    Row .note { width: auto; max-width: 50%; height: 1; }
    Row .wrong {
        height: auto; display: none; padding: 0 0 0 18; overflow: hidden; scrollbar-size: 0 0;
    }
    Row Input { border: none; height: 1; width: 1fr; background: $panel; padding: 0 2; }
    Row Input:focus { border: none; background: $panel; }
    """

    @dataclass
    class Changed(Message):
        """The person changed the state through this field."""

        field: str
        value: Any
        state: Any

    @dataclass
    class Refused(Message):
        """What stands in this field cannot be accepted; "" where it can again."""

        field: str
        words: str

    @dataclass
    class Wanted(Message):
        """A list of choices, or a button, was pressed."""

        field: str
        typed: str = ""

    class Entered(Message):
        """Enter was pressed."""

    def __init__(self, field: Field[Any]) -> None:
        super().__init__()
        self.field = field
        self.state: Any = None
        self._label = LinesView(classes="label")
        self._wrong = LinesView(classes="wrong")
        self._told: tuple[Sequence[Trouble], bool] = ((), False)

    def control(self) -> Widget:
        """What has the keys in this row."""
        raise NotImplementedError

    def behind(self) -> Sequence[Widget]:
        """What stands behind the control."""
        return ()

    def compose(self) -> ComposeResult:
        """Label, control, trouble."""
        with Horizontal():
            yield self._label
            yield self.control()
            yield from self.behind()
        yield self._wrong

    def show(self, state: Any) -> None:
        """Show what the state says."""
        self.state = state

    def show_trouble(self, troubles: Sequence[Trouble], *, here: bool) -> None:
        """What is wrong, below; the label is set off while the keys are here."""
        self._told = (troubles, here)
        role = Role.ACCENT if here else Role.MUTED
        if any(not trouble.warning for trouble in troubles):
            role = Role.BAD
        mark = "▸" if here else " "
        self._label.show_lines([(Cell(f"{mark} {fit(self.field.label, LABEL)}", role),)])
        lines: list[Line] = []
        room = max(self.size.width - 22, 20)
        for trouble in troubles:
            glyph, colour = ("! ", Role.WARN) if trouble.warning else ("✗ ", Role.BAD)
            for number, part in enumerate(wrap(clean(trouble.words, 400), room)):
                lines.append((Cell("  " if number else glyph, colour), Cell(part, colour)))
        most = LOW_LINES if self.app.size.height < LOW else TROUBLE_LINES
        if len(lines) > most:
            lines = [*lines[: most - 1], (*lines[most - 1], Cell(" …", Role.MUTED))]
        self._wrong.display = bool(lines)
        self._wrong.styles.height = len(lines)
        self._wrong.show_lines(lines)

    def on_resize(self) -> None:
        """How wide it is, is known only when it is laid out."""
        troubles, here = self._told
        self.show_trouble(troubles, here=here)

    def take_keys(self) -> None:
        """Put the keys into this row."""
        for widget in self.query("Input, Control").results(Widget):
            # Who gave it the keys has scrolled as far as nothing is skipped; in the middle of the
            # form it would be shown otherwise, whatever lies before it.
            widget.focus(scroll_visible=False)
            self.call_after_refresh(self.scroll_visible, animate=False)
            return

    def _write(self, value: Any) -> None:
        """Give the field another value."""
        try:
            state = self.field.write(self.state, value)  # type: ignore[attr-defined]
        except Invalid as error:
            words = f"{error.title}: {error.detail}" if error.detail else error.title
            self.post_message(self.Refused(self.field.id, words))
            return
        self.post_message(self.Refused(self.field.id, ""))
        if state != self.state:
            self.state = state
            self.post_message(self.Changed(self.field.id, value, state))


class TextRow(Row):
    """A line to type in."""

    field: TextField[Any]

    def __init__(self, field: TextField[Any]) -> None:
        super().__init__(field)
        self._input = Input(
            placeholder=field.placeholder, password=field.secret, select_on_focus=False,
            suggester=PathSuggester() if field.path else None,
        )  # fmt: skip
        self._note = LinesView(classes="note")

    def control(self) -> Widget:
        """The line."""
        return self._input

    def behind(self) -> Sequence[Widget]:
        """Words behind the value."""
        return (self._note,)

    def show(self, state: Any) -> None:
        """The value, unless it is being typed just now."""
        super().show(state)
        value = self.field.read(state)
        if not self._input.has_focus and self._input.value != value:
            with self._input.prevent(Input.Changed):
                self._input.value = value
                self._input.cursor_position = len(value)
        words = clean(self.field.note(state), 60)
        if self.size.width and len(words) > self.size.width - LABEL - 2 - max(len(value) + 3, 8):
            # What is answered comes before what is to be known about it.
            words = ""
        self._note.styles.width = len(words) + 1 if words else 0
        self._input.styles.max_width = max(NOTED, len(value) + 5) if words else None
        self._note.show_lines([text(f" {words}", Role.MUTED)] if words else [EMPTY])

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.state is not None:
            self._write(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Entered())


class _ControlRow(Row):
    """A row whose control is a painted line."""

    enter_presses = False
    searches = False

    def __init__(self, field: Field[Any]) -> None:
        super().__init__(field)
        self._control = Control(enter_presses=self.enter_presses, searches=self.searches)

    def control(self) -> Widget:
        """The line."""
        return self._control

    @on(Control.Pressed)
    def _pressed(self, event: Control.Pressed) -> None:
        event.stop()
        self.press(event.typed)

    @on(Control.Turned)
    def _turned(self, event: Control.Turned) -> None:
        event.stop()
        self.turn(event.by)

    @on(Control.Entered)
    def _entered(self, event: Control.Entered) -> None:
        event.stop()
        self.post_message(self.Entered())

    def press(self, typed: str) -> None:
        """Space, or a letter that begins a search."""
        self.post_message(self.Wanted(self.field.id, typed))

    def turn(self, by: int) -> None:
        """An arrow."""


class ChoiceRow(_ControlRow):
    """One of several."""

    field: ChoiceField[Any]
    searches = True

    def show(self, state: Any) -> None:
        """The chosen one."""
        super().show(state)
        choices = self.field.choices(state)
        here = _chosen(choices, self.field.read(state))
        about = here.why_not or here.about
        alone = len(choices) < 2
        self._control.show(
            choice_line(clean(here.label, 100), clean(about, 200), alone=alone,
                        off=here.why_not is not None)
        )  # fmt: skip

    def turn(self, by: int) -> None:
        """The next one that can be had."""
        possible = [c.id for c in self.field.choices(self.state) if c.why_not is None]
        here = self.field.read(self.state)
        if not possible:
            return
        at = possible.index(here) if here in possible else (-1 if by > 0 else 0)
        self._write(possible[(at + by) % len(possible)])


class ToggleRow(_ControlRow):
    """Yes or no."""

    field: ToggleField[Any]

    def show(self, state: Any) -> None:
        """Which of the two."""
        super().show(state)
        self._control.show(toggle_line(self.field.read(state), clean(self.field.note(state), 200)))

    def press(self, typed: str) -> None:
        """The other one."""
        del typed
        self._write(not self.field.read(self.state))

    def turn(self, by: int) -> None:
        """The other one."""
        del by
        self.press("")


class ManyRow(_ControlRow):
    """Any number of several."""

    field: ManyField[Any]
    searches = True

    def show(self, state: Any) -> None:
        """Those that are chosen, by name."""
        super().show(state)
        labels = {choice.id: choice.label for choice in self.field.choices(state)}
        chosen = [labels.get(id_, id_) for id_ in self.field.read(state)]
        words = clean(", ".join(chosen), 200) if chosen else self.field.none
        alone = not labels
        self._control.show(choice_line(words, "", alone=alone, off=not chosen))

    def turn(self, by: int) -> None:
        """The list, from either arrow."""
        del by
        self.press("")


class ButtonRow(_ControlRow):
    """Something to press."""

    field: ButtonField[Any]
    enter_presses = True

    def show(self, state: Any) -> None:
        """What it does."""
        super().show(state)
        self._control.show(button_line(clean(self.field.words(state), 200)))


class NoteRow(Row):
    """Lines to read."""

    field: NoteField[Any]

    DEFAULT_CSS = """
    NoteRow LinesView { height: auto; }
    """

    def __init__(self, field: NoteField[Any]) -> None:
        super().__init__(field)
        self._lines = LinesView()

    def compose(self) -> ComposeResult:
        """The lines alone."""
        yield self._lines

    def show(self, state: Any) -> None:
        """What there is to read."""
        super().show(state)
        self._lines.show_lines(list(self.field.lines(state, max(self.size.width - 2, 20))))

    def on_resize(self) -> None:
        """How wide it is, is known only when it is laid out."""
        if self.state is not None:
            self.show(self.state)

    def show_trouble(self, troubles: Sequence[Trouble], *, here: bool) -> None:
        """Lines have no trouble of their own."""


def _chosen(choices: Sequence[Option], id_: str) -> Option:
    """The choice of that id; one that is not offered stands for itself."""
    return next((choice for choice in choices if choice.id == id_), Option(id_, id_ or "none"))


def row_for(field: Field[Any]) -> Row:
    """The row that shows a field."""
    match field:
        case TextField():
            return TextRow(field)
        case ChoiceField():
            return ChoiceRow(field)
        case ToggleField():
            return ToggleRow(field)
        case ManyField():
            return ManyRow(field)
        case ButtonField():
            return ButtonRow(field)
        case NoteField():
            return NoteRow(field)
    raise TypeError(f"no row shows a {type(field).__name__}")
