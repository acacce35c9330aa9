"""Inputs: the form that a plugin asks to be filled in before its command runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget

from vmtui.plan.plugins import input_problem
from vmtui.plugin import InputEntry, PluginEntry
from vmtui.ui.cells import Role, clean
from vmtui.ui.dialogs.choose import Option
from vmtui.ui.dialogs.dialog import Dialog
from vmtui.ui.form.fields import ChoiceField, Field, TextField, Trouble
from vmtui.ui.form.form import Form
from vmtui.ui.lines import EMPTY, text
from vmtui.ui.widgets.painted import LinesView

State = Mapping[str, str]


class Inputs(Dialog[State]):
    """Answers each input's value by its name once all of them can be, or None."""

    DEFAULT_CSS = """
    Inputs Form { height: auto; max-height: 16; padding: 0; }
    Inputs #about { height: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "go", show=False, priority=True),
    ]

    def __init__(self, entry: PluginEntry) -> None:
        super().__init__()
        self.heading = clean(entry.title, 60)
        self._entry = entry
        self._state: State = {one.name: _first(one) for one in entry.inputs}
        self._fields = [_field(one) for one in entry.inputs]
        self._tried = False

    def body(self) -> Iterable[Widget]:
        """The form, and a sentence on the field that has the keys."""
        yield Form(id="inputs")
        yield LinesView(id="about")

    def on_mount(self) -> None:
        """Begin with the defaults, on the first field."""
        self._begin()

    @work(exclusive=True)
    async def _begin(self) -> None:
        await self._show()
        self._form.focus_field()

    def keys(self) -> list[tuple[str, str]]:
        """What can be pressed."""
        return [("Enter", "run it"), ("↑ ↓", "field"), ("Esc", "cancel")]

    @property
    def _form(self) -> Form:
        return self.query_one(Form)

    def _troubles(self) -> list[Trouble]:
        told = ((name, input_problem(self._entry, name, value))
                for name, value in self._state.items())  # fmt: skip
        return [Trouble(name, words) for name, words in told if words]

    async def _show(self) -> None:
        # A field that nobody came to yet is not wrong.
        await self._form.show(self._state, self._fields, self._troubles() if self._tried else [])

    @on(Form.Here)
    def _here(self, event: Form.Here) -> None:
        event.stop()
        words = event.field.help
        line = text(clean(words, 200), Role.MUTED) if words else EMPTY
        self.query_one("#about", LinesView).show_lines([line])

    @on(Form.Changed)
    async def _changed(self, event: Form.Changed) -> None:
        event.stop()
        self._state = event.onto(self._state)
        await self._show()

    @on(Form.Done)
    def _done(self, event: Form.Done) -> None:
        event.stop()
        self.action_go()

    @work(exclusive=True)
    async def action_go(self) -> None:
        """Take what is filled in, or say what is wrong with it."""
        self._tried = True
        troubles = self._troubles()
        if not troubles:
            self.dismiss(dict(self._state))
            return
        await self._show()
        self._form.focus_field(troubles[0].field)


def _first(one: InputEntry) -> str:
    return one.default or (one.choices[0] if one.choices and not one.optional else "")


def _field(one: InputEntry) -> Field[Any]:
    def read(state: State) -> str:
        return state[one.name]

    def write(state: State, value: str) -> State:
        return {**state, one.name: value}

    label = clean(one.label or one.name, 16)
    if not one.choices:
        return TextField(id=one.name, label=label, help=one.help, read=read, write=write,
                         placeholder="may stay empty" if one.optional else "")  # fmt: skip
    words = (*one.choices, "") if one.optional else one.choices
    options = [Option(word, clean(word, 60) or "none") for word in words]
    return ChoiceField(id=one.name, label=label, help=one.help, read=read, write=write,
                       choices=lambda _state: options)  # fmt: skip
