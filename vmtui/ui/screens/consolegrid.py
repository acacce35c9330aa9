"""One, two or four consoles side by side: which is shown where, and to which the keys go."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.strip import Strip

from vmtui.engine.consolebase import ConsoleBase
from vmtui.ui.cells import Role
from vmtui.ui.consolekeys import Chords
from vmtui.ui.linepaint import paint
from vmtui.ui.lines import EMPTY
from vmtui.ui.terminalstyle import REVERSED
from vmtui.ui.widgets.consoleview import LEAST_COLUMNS, ConsoleView
from vmtui.ui.widgets.painted import LinesView, palette_of

COUNTS = (1, 2, 4)
"""How many consoles may be shown."""


class Banner(LinesView):
    """A line that cannot be missed: the whole of it is reversed."""

    def render_line(self, y: int) -> Strip:
        """The line, in the colour of alarm turned round (Textual's line API)."""
        palette = palette_of(self)
        line = self.lines[y] if y < len(self.lines) else EMPTY
        return paint(line, self.size.width, palette, palette.roles[Role.BAD] + REVERSED)


class ConsoleFrame(Vertical):
    """A view, under a header of its own where there are several."""

    DEFAULT_CSS = """
    ConsoleFrame { display: none; }
    ConsoleFrame.used { display: block; }
    ConsoleFrame > .head { display: none; height: 1; }
    ConsoleFrame.several > .head { display: block; }
    """

    def __init__(self, keys: Chords) -> None:
        super().__init__()
        self.view = ConsoleView(keys)
        self.head = LinesView(classes="head")

    def compose(self) -> ComposeResult:
        """Header and view."""
        yield self.head
        yield self.view


class ConsoleGrid(Container):
    """Frames for as many consoles as are wanted; a console stays in the frame that it has."""

    DEFAULT_CSS = """
    ConsoleGrid { height: 1fr; layout: grid; grid-size: 1 1; grid-gutter: 0 1; }
    """

    def __init__(self, keys: Chords) -> None:
        super().__init__()
        self.frames = [ConsoleFrame(keys) for _ in range(COUNTS[-1])]
        self.wanted = COUNTS[0]
        self._current = self.frames[0]

    def compose(self) -> ComposeResult:
        """Every frame; those without a console are not displayed."""
        yield from self.frames

    @property
    def current(self) -> ConsoleFrame:
        """The frame to which the keys go, or went last."""
        return self._current

    @property
    def used(self) -> list[ConsoleFrame]:
        """The frames that show a console."""
        return [frame for frame in self.frames if frame.view.console is not None]

    @property
    def shown(self) -> list[ConsoleBase]:
        """The consoles that are shown."""
        return [frame.view.console for frame in self.used if frame.view.console is not None]

    def on_resize(self) -> None:
        """Two stand side by side only where each has room for a guest's line."""
        self._lay_out()

    def show(self, console: ConsoleBase, open_: Sequence[ConsoleBase]) -> None:
        """Show it: where it is, in a free frame, or instead of the current one."""
        frame = next((f for f in self.used if f.view.console is console), None)
        if frame is None and len(self.used) < self.wanted:
            frame = next(f for f in self.frames if f.view.console is None)
        self._current = frame or self._current
        self._current.view.attach(console)
        self.fill(open_)

    def fill(self, open_: Sequence[ConsoleBase]) -> None:
        """Fill or empty frames until as many are used as are wanted and there are consoles for."""
        for frame in self.used:
            if frame.view.console not in open_:
                frame.view.attach(None)
        count = min(self.wanted, len(open_))
        for frame in reversed(self.used):
            if len(self.used) > count and frame is not self._current:
                frame.view.attach(None)
        free = [frame for frame in self.frames if frame.view.console is None]
        if self._current in free:
            free = [self._current, *(frame for frame in free if frame is not self._current)]
        hidden = [console for console in open_ if console not in self.shown]
        for frame, console in zip(free[: max(count - len(self.used), 0)], hidden, strict=False):
            frame.view.attach(console)
        if self._current.view.console is None and self.used:
            self._current = self.used[0]
        self._lay_out()

    def make_current(self, view: ConsoleView) -> None:
        """The keys go to this view."""
        self._current = next(frame for frame in self.frames if frame.view is view)

    def next_frame(self) -> ConsoleFrame:
        """The frame after the current one."""
        used = self.used
        here = used.index(self._current) if self._current in used else -1
        return used[(here + 1) % len(used)] if used else self._current

    def _lay_out(self) -> None:
        used = self.used
        beside = self.size.width > 2 * LEAST_COLUMNS or len(used) > 2
        columns = 2 if len(used) > 1 and beside else 1
        self.styles.grid_size_columns = columns
        self.styles.grid_size_rows = -(-max(len(used), 1) // columns)
        for frame in self.frames:
            frame.set_class(frame in used, "used")
            frame.set_class(len(used) > 1, "several")
            odd = len(used) == 3 and frame is used[-1]
            frame.styles.column_span = 2 if odd else 1
