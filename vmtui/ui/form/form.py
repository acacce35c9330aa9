"""A form: rows for the fields that the state shows, and the way through them by keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import DescendantBlur, DescendantFocus
from textual.message import Message

from vmtui.errors import Invalid
from vmtui.ui.dialogs.pick import Pick
from vmtui.ui.form.fields import ButtonField, ChoiceField, Field, ManyField, NoteField, Trouble
from vmtui.ui.form.rows import Row, row_for

AROUND = 3
"""Lines that are shown beyond the field that gets the keys, where no others are skipped by it."""


class Form(VerticalScroll, can_focus=False):
    """The fields of one page. Who owns it keeps the state and says what is wrong with it."""

    DEFAULT_CSS = """
    Form { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "step(1)", show=False),
        Binding("up", "step(-1)", show=False),
        Binding("pagedown", "step(6)", show=False),
        Binding("pageup", "step(-6)", show=False),
    ]

    @dataclass
    class Changed(Message):
        """The state that the person made of it by this field."""

        field: str
        state: Any
        write: Callable[[Any], Any]
        """The same change on another state."""

        def onto(self, state: Any) -> Any:
            """The state with this change: what came to it meanwhile stays."""
            if state is None:
                return self.state
            try:
                return self.write(state)
            except Invalid:
                return self.state

    @dataclass
    class Pressed(Message):
        """A button of the form."""

        field: str

    @dataclass
    class Here(Message):
        """The keys are on this field now."""

        field: Field[Any]

    class Done(Message):
        """Enter: the person is through with the page."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._rows: dict[str, Row] = {}
        self._state: Any = None
        self._troubles: Sequence[Trouble] = ()
        self._refused: dict[str, str] = {}
        self._chosen = ""
        """The field for which something was chosen a moment ago."""

    @property
    def here(self) -> str:
        """The field that has the keys, or "" where none has."""
        focused = self.screen.focused
        if focused is None or self not in focused.ancestors:
            return ""
        row = next((node for node in focused.ancestors if isinstance(node, Row)), None)
        return row.field.id if row is not None else ""

    @property
    def ids(self) -> frozenset[str]:
        """The fields that are shown."""
        return frozenset(self._rows)

    @property
    def troubles(self) -> list[Trouble]:
        """What is wrong, of what stands in the fields and of the state."""
        refused = [Trouble(field, words) for field, words in self._refused.items()]
        told = [trouble for trouble in self._troubles if trouble.field not in self._refused]
        return [*refused, *told]

    async def show(
        self, state: Any, fields: Sequence[Field[Any]], troubles: Sequence[Trouble]
    ) -> None:
        """Show these fields of that state; rows that stay keep what is being typed in them.

        A form whose screen has closed meanwhile shows nothing any more.
        """
        self._state, self._troubles = state, troubles
        if not self.is_attached:
            return
        wanted = {field.id: field for field in fields if field.shown(state)}
        for id_ in [id_ for id_ in self._rows if id_ not in wanted]:
            self._refused.pop(id_, None)
            await self._rows.pop(id_).remove()
        before: Row | None = None
        chosen, self._chosen = self._chosen, ""
        asked = ""
        for id_, field in wanted.items():
            row = self._rows.get(id_)
            if row is None:
                row = self._rows[id_] = row_for(field)
                first = None if before is not None or not self.children else 0
                await self.mount(row, after=before, before=first)
                if chosen and not asked and id_.startswith(f"{chosen}."):
                    asked = id_
            row.field = field
            before = row
        self._rows = {id_: self._rows[id_] for id_ in wanted}
        self._draw()
        if asked:
            # Whoever chose "a file" is about to type which.
            self.focus_field(asked)

    def _draw(self) -> None:
        if not self.is_attached:
            return
        troubles, here = self.troubles, self.here
        for id_, row in self._rows.items():
            row.show(self._state)
            own = [trouble for trouble in troubles if trouble.field == id_]
            row.show_trouble(own, here=id_ == here)

    def on_resize(self) -> None:
        """What is wrapped is wrapped anew."""
        if self._state is not None:
            self.call_after_refresh(self._draw)

    def focus_field(self, id_: str = "") -> None:
        """Put the keys on a field; on the first one without."""
        row = self._rows.get(id_)
        if row is None:
            row = next((r for r in self._rows.values() if not isinstance(r.field, NoteField)), None)
        if row is not None:
            row.take_keys()

    def action_step(self, by: int) -> None:
        """So many rows up or down."""
        ids = [id_ for id_, row in self._rows.items() if not isinstance(row.field, NoteField)]
        if not ids:
            self.scroll_relative(y=by, animate=False)
            return
        at = ids.index(self.here) if self.here in ids else 0
        goal = min(max(at + by, 0), len(ids) - 1)
        row, page = self._rows[ids[goal]], max(self.scrollable_content_region.height - 1, 1)
        unread = self._unread(row, by)
        if unread > page:
            self._scroll(page if by > 0 else -page)
        elif goal == at:
            # What is only to be read lies beyond the first and the last field.
            self._scroll(by)
        else:
            if unread > 0:
                unread = min(unread + AROUND, page)
                self._scroll(unread if by > 0 else -unread)
            row.take_keys()

    def _scroll(self, by: int) -> None:
        self.scroll_relative(y=by, animate=False, immediate=True)

    def _unread(self, row: Row, by: int) -> int:
        """Lines that have to be scrolled until that row is seen: what is to be read may be long."""
        region, top = row.virtual_region, self.scroll_offset.y
        if by > 0:
            return region.bottom - top - self.scrollable_content_region.height
        return top - region.y

    @on(DescendantFocus)
    def _focused(self) -> None:
        self._draw()
        if (row := self._rows.get(self.here)) is not None:
            self.post_message(self.Here(row.field))

    @on(DescendantBlur)
    def _blurred(self) -> None:
        self._draw()

    @on(Row.Changed)
    def _changed(self, event: Row.Changed) -> None:
        event.stop()
        if (row := self._rows.get(event.field)) is not None:
            self._tell(row.field, event.value, event.state)

    def _tell(self, field: Any, value: Any, state: Any) -> None:
        self._state = state
        for row in self._rows.values():
            row.state = state
        self.post_message(self.Changed(field.id, state, lambda other: field.write(other, value)))

    @on(Row.Refused)
    def _was_refused(self, event: Row.Refused) -> None:
        event.stop()
        if self._refused.get(event.field, "") == event.words:
            return
        if event.words:
            self._refused[event.field] = event.words
        else:
            self._refused.pop(event.field, None)
        self._draw()

    @on(Row.Entered)
    def _entered(self, event: Row.Entered) -> None:
        event.stop()
        self.post_message(self.Done())

    @on(Row.Wanted)
    def _wanted(self, event: Row.Wanted) -> None:
        event.stop()
        row = self._rows.get(event.field)
        if row is not None and isinstance(row.field, ButtonField):
            self.post_message(self.Pressed(event.field))
        elif row is not None:
            self._choose(row, event.typed)

    @work(exclusive=True, group="choose")
    async def _choose(self, row: Row, typed: str) -> None:
        field = row.field
        if not isinstance(field, ChoiceField | ManyField):
            return
        many = isinstance(field, ManyField)
        read: Callable[[Any], Any] = field.read
        chosen = read(self._state) if many else (read(self._state),)
        choices = field.choices(self._state)
        dialog = Pick(field.label, choices, chosen, many=many, typed=typed)
        picked = await self.app.push_screen_wait(dialog)
        if picked is None:
            return
        write: Callable[[Any, Any], Any] = field.write
        state = write(self._state, picked if many else picked[0])
        if state != self._state:
            self._chosen = field.id
            self._tell(field, picked if many else picked[0], state)
