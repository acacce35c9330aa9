"""Confirm(plan): what will be done and what it costs, before any of it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from vmtui.plan.plan import Plan, Risk
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.dialogs.dialog import Dialog
from vmtui.ui.lines import EMPTY, Line, text, wrap
from vmtui.ui.widgets.painted import LinesView

STEPS_SHOWN = 500


class Confirm(Dialog[Plan]):
    """Answers the plan to run, or None.

    `commands_of` renders a plan as the command lines that would do the same; `alternative` is the
    same intention done otherwise (keeping the volumes), with a word for each of the two.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes", show=False),
        Binding("enter", "enter", "Yes", show=False),
        Binding("n", "cancel", "No", show=False),
        Binding("ctrl+e", "steps", "Steps", show=False, priority=True),
        Binding("ctrl+y", "copy", "Copy", show=False, priority=True),
        Binding("ctrl+o", "other", "Other way", show=False, priority=True),
        Binding("down", "scroll_list(1)", show=False),
        Binding("up", "scroll_list(-1)", show=False),
        Binding("pagedown", "scroll_list(8)", show=False),
        Binding("pageup", "scroll_list(-8)", show=False),
    ]

    DEFAULT_CSS = """
    Confirm #list { max-height: 16; }
    Confirm #wrong { height: 1; }
    """

    def __init__(
        self,
        plan: Plan,
        commands_of: Callable[[Plan], list[str]],
        alternative: Plan | None = None,
        words: tuple[str, str] = ("", ""),
    ) -> None:
        super().__init__()
        self.plan = plan
        self._commands_of = commands_of
        self._alternative = alternative
        self._words = words
        self._steps_shown = False
        self.heading = clean(plan.title, 60)

    @property
    def _typed(self) -> bool:
        return self.plan.risk is Risk.TYPE_NAME

    def body(self) -> Iterable[Widget]:
        """Effects or steps, and where it matters a line to type in."""
        yield LinesView(id="list")
        if self._typed:
            yield Input(id="word", select_on_focus=False)
            yield LinesView(id="wrong")

    def on_mount(self) -> None:
        """Show the effects."""
        self._fill()

    def on_resize(self) -> None:
        """Text is wrapped to the room that there is."""
        self._fill()

    def keys(self) -> list[tuple[str, str]]:
        """What can be pressed."""
        made = [("Enter", "do it")] if self._typed else [("y", "do it"), ("n", "leave it")]
        if not self._typed and not self._destructive:
            made[0] = ("y Enter", "do it")
        made.append(("^E", "effects" if self._steps_shown else "steps"))
        if self._steps_shown:
            made.append(("^Y", "copy"))
        if self._alternative is not None:
            made.append(("^O", self._words[0]))
        return [*made, ("Esc", "cancel")]

    def _fill(self) -> None:
        shown = self._step_lines() if self._steps_shown else self._effect_lines()
        self.query_one("#list", LinesView).show_lines(shown)
        if self._typed:
            self.query_one(Input).placeholder = f"type {clean(self.plan.confirm_word)} to do it"
        self.show_keys()

    def _effect_lines(self) -> list[Line]:
        lines: list[Line] = []
        names = [clean(track.name, 80) for track in self.plan.tracks]
        if len(names) > 1:
            lines += [text(part) for part in wrap(", ".join(names), self.room)[:6]] + [EMPTY]
        for effect in self.plan.effects:
            glyph, role = ("! ", Role.BAD) if effect.destructive else ("· ", Role.MUTED)
            for number, part in enumerate(wrap(clean(effect.text, 600), self.room - 2)):
                lead = Cell(glyph if not number else "  ", role)
                lines.append((lead, Cell(part, Role.WARN if effect.destructive else Role.TEXT)))
        if self.plan.refused:
            lines += [EMPTY, text("left alone:", Role.MUTED)]
            for refusal in self.plan.refused[:20]:
                words = f"  {clean(refusal.name, 40)}: {refusal.reason}"
                lines += [text(part, Role.MUTED) for part in wrap(words, self.room)]
            if len(self.plan.refused) > 20:
                lines.append(text(f"  and {len(self.plan.refused) - 20} more", Role.MUTED))
        if not lines:
            lines = [text("Do it?")]
        return lines

    def _step_lines(self) -> list[Line]:
        lines: list[Line] = []
        for command in self._commands_of(self.plan)[:STEPS_SHOWN]:
            for number, part in enumerate(wrap(clean(command, 4000), self.room - 2)):
                lines.append((Cell("  " if number else "$ ", Role.MUTED), Cell(part)))
        return lines

    @property
    def _destructive(self) -> bool:
        """Whether something is lost by it: then Enter, pressed by habit, does not do it."""
        return any(effect.destructive for effect in self.plan.effects)

    def action_enter(self) -> None:
        """Do what costs nothing."""
        if not self._destructive:
            self.action_yes()

    def action_yes(self) -> None:
        """Do it, unless the name is to be typed first."""
        if not self._typed:
            self.dismiss(self.plan)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        # A name that cannot be typed as it is may be typed as it is shown.
        if clean(event.value).strip() == clean(self.plan.confirm_word).strip():
            self.dismiss(self.plan)
            return
        wrong = text("that is not it: nothing is done", Role.BAD)
        self.query_one("#wrong", LinesView).show_lines([wrong])

    def action_steps(self) -> None:
        """Effects in words, or the commands that would do the same."""
        self._steps_shown = not self._steps_shown
        self._fill()

    def action_copy(self) -> None:
        """The commands to the person's clipboard."""
        self.app.copy_to_clipboard("\n".join(self._commands_of(self.plan)))
        self.query_one("#keys", LinesView).show_lines([text("copied", Role.GOOD)])

    def action_other(self) -> None:
        """The same intention the other way."""
        if self._alternative is not None:
            self.plan, self._alternative = self._alternative, self.plan
            self._words = (self._words[1], self._words[0])
            self._fill()

    def action_scroll_list(self, by: int) -> None:
        """Move through a list that is longer than the box."""
        self.query_one("#list", LinesView).scroll_relative(y=by, animate=False)
