"""HostForm: a host's name, address and marks, with a button that tries to connect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from vmtui.config import HostEntry
from vmtui.engine.hostbook import Tried
from vmtui.ui.cells import Role, clean
from vmtui.ui.dialogs.dialog import Dialog
from vmtui.ui.lines import EMPTY, Line, text, wrap
from vmtui.ui.widgets.painted import LinesView

Problem = Callable[[HostEntry], str | None]
Test = Callable[[HostEntry], Awaitable[Tried]]
OUTCOME_LINES = 5


class HostForm(Dialog[HostEntry]):
    """Answers the host, once nothing is wrong with it, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "test", "Test", show=False, priority=True),
        Binding("ctrl+r", "mark('read_only')", "Read-only", show=False, priority=True),
        Binding("ctrl+p", "mark('production')", "Production", show=False, priority=True),
    ]

    DEFAULT_CSS = """
    HostForm #outcome { height: auto; max-height: 5; margin-top: 1; }
    """

    def __init__(self, heading: str, entry: HostEntry, problem: Problem, test: Test) -> None:
        super().__init__()
        self.heading = heading
        self._entry = entry
        self._problem = problem
        self._test = test
        self._marks = {"read_only": entry.read_only, "production": entry.production}

    def body(self) -> Iterable[Widget]:
        """Address and name with their labels, the marks, and what came of it."""
        yield LinesView(id="uri-label")
        yield Input(self._entry.uri, id="uri", select_on_focus=False)
        yield LinesView(id="name-label")
        yield Input(self._entry.name, id="name", select_on_focus=False)
        yield LinesView(id="marks")
        yield LinesView(id="outcome")

    def on_mount(self) -> None:
        """Labels, marks, and the cursor where the host's name goes."""
        label = text("libvirt's address", Role.MUTED)
        self.query_one("#uri-label", LinesView).show_lines([label])
        about = text("name on the screen; empty for one made from the address", Role.MUTED)
        self.query_one("#name-label", LinesView).show_lines([about])
        uri = self.query_one("#uri", Input)
        at = uri.value.find("HOST")
        if at >= 0:
            uri.value = uri.value.replace("HOST", "", 1)
            uri.cursor_position = at
        uri.focus()
        self._show_marks()
        self._tell([EMPTY])

    def keys(self) -> list[tuple[str, str]]:
        """What can be pressed."""
        return [("Enter", "save"), ("^T", "test"), ("Tab", "next"), ("Esc", "cancel")]

    @property
    def entry(self) -> HostEntry:
        """What is filled in."""
        return HostEntry(
            self.query_one("#uri", Input).value.strip(),
            self.query_one("#name", Input).value.strip(),
            self._marks["read_only"],
            self._marks["production"],
        )

    def _show_marks(self) -> None:
        lines = [EMPTY]
        for mark, key, about in (
            ("read_only", "^R", "read-only: nothing can be changed there from here"),
            ("production", "^P", "production: what is risky there takes a typed word"),
        ):
            on = self._marks[mark]
            words = f"{key} [{'x' if on else ' '}] {about}"
            lines.append(text(words, Role.WARN if on else Role.TEXT))
        self.query_one("#marks", LinesView).show_lines(lines)

    def action_mark(self, mark: str) -> None:
        """Set or take away a mark."""
        self._marks[mark] = not self._marks[mark]
        self._show_marks()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._tell([EMPTY])

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        problem = self._problem(self.entry)
        if problem is None:
            self.dismiss(self.entry)
        else:
            self._say(problem, Role.BAD)

    @work(exclusive=True, group="test")
    async def action_test(self) -> None:
        """Try to connect, and say how that went."""
        entry = self.entry
        if problem := self._problem(entry):
            self._say(problem, Role.BAD)
            return
        self._say("connecting…", Role.BUSY)
        tried = await self._test(entry)
        if tried.error is None:
            self._say(f"✓ it answers: {tried.words}", Role.GOOD)
            return
        parts = (tried.error.title, tried.error.detail, tried.error.hint)
        self._say("✗ " + " · ".join(part for part in parts if part), Role.BAD)

    def _say(self, words: str, role: Role) -> None:
        parts = wrap(clean(words, 1000), self.room)[:OUTCOME_LINES]
        self._tell([text(part, role) for part in parts])

    def _tell(self, lines: list[Line]) -> None:
        self.query_one("#outcome", LinesView).show_lines(lines)
