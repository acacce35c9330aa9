"""The filter's line: what is typed, and what makes no sense in it, right below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from vmtui.model.query.filter import Filter, parse
from vmtui.ui.cells import Role, clean
from vmtui.ui.lines import text
from vmtui.ui.widgets.painted import LinesView

HINT = "word  !not  web*  /regex/  ~fuzzy  state:running  cpu>50  mem>=2G  tag:web  os:debian"


class FilterLine(Vertical):
    """A field for a filter. A mistake in it is told, and the rest of the filter holds."""

    DEFAULT_CSS = """
    FilterLine { display: none; height: auto; }
    FilterLine.open { display: block; }
    FilterLine Input { height: 1; border: none; padding: 0 1; background: $panel; }
    FilterLine Input:focus { border: none; background: $panel; }
    FilterLine LinesView { height: 1; }
    """

    @dataclass
    class Changed(Message):
        """Another filter holds now."""

        filter: Filter

    class Left(Message):
        """The filter is as it should be: the keys go back to the table."""

    def __init__(self, saved: Callable[[], Mapping[str, str]]) -> None:
        super().__init__()
        self._saved = saved
        self._input = Input(id="filter", placeholder=HINT, select_on_focus=False)
        self._problem = LinesView(id="filter-problem")
        self.filter = Filter()
        """The one that holds."""

    def compose(self) -> ComposeResult:
        """Field and, below it, what is wrong."""
        yield self._input
        yield self._problem

    def on_mount(self) -> None:
        """Nothing is wrong yet."""
        self._problem.display = False

    @property
    def has_keys(self) -> bool:
        """Whether one types into it."""
        return self._input.has_focus

    @property
    def typed(self) -> str:
        """What stands in the field."""
        return self._input.value

    def open(self) -> None:
        """Show the field and type into it."""
        self.add_class("open")
        # At once, not in turn: what is typed next must not act as keys of the table.
        self.screen.set_focus(self._input)
        self._input.cursor_position = len(self._input.value)

    def put(self, words: str) -> None:
        """Filter by this, as if it had been typed; the field is shown while it has a mistake."""
        with self.prevent(Input.Changed):
            self._input.value = words
        self._take(words)
        self.set_class(bool(self._problem.display), "open")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._take(event.value)

    def _take(self, words: str) -> None:
        made = parse(words, self._saved())
        self._problem.display = bool(made.problems)
        if made.problems:
            told = "; ".join(clean(problem, 200) for problem in made.problems)
            self._problem.show_lines([text(f" {told}", Role.BAD)])
        if made.text != self.filter.text:
            self.filter = made
            self.post_message(self.Changed(made))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if self._problem.display:
            return
        if not self._input.value.strip():
            self.remove_class("open")
        self.post_message(self.Left())

    def key_down(self) -> None:
        """Into the table."""
        self.post_message(self.Left())
