"""One console on the screen: the guest's cells, its cursor, and the keys that go to it.

All keys go to the guest but two: the one that leaves and the prefix of the pane's commands.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from vmtui.engine.console import Console
from vmtui.errors import TimedOut
from vmtui.terminal.cells import BLANK, Frame, Match, Modes, MouseMode, Row
from vmtui.terminal.mouse import Action, Button, MouseEvent, encode_mouse
from vmtui.ui.terminalstyle import strip_of, with_cursor
from vmtui.ui.widgets.painted import palette_of

LEAVE = "ctrl+right_square_bracket"
PREFIX = "ctrl+backslash"
LEAST_COLUMNS, LEAST_ROWS = 80, 24
"""A guest on a serial line believes in this size until it is told another."""
FRAME_INTERVAL = 1 / 30
"""Seconds between two frames at least: what comes between them is never sent to the terminal."""
WHEEL = 3
BUTTONS = {1: Button.LEFT, 2: Button.MIDDLE, 3: Button.RIGHT}


class ConsoleView(Widget, can_focus=True):
    """Shows one console, or nothing."""

    DEFAULT_CSS = """
    ConsoleView { width: 1fr; height: 1fr; }
    """

    @dataclass
    class Left(Message):
        """The keys are to go elsewhere again."""

        view: ConsoleView

    @dataclass
    class Command(Message):
        """A key was pressed after the prefix."""

        view: ConsoleView
        key: str

    @dataclass
    class Pasted(Message):
        """Something was pasted."""

        view: ConsoleView
        text: str

    @dataclass
    class Prefixed(Message):
        """The prefix was pressed (or done with): what may follow is to be shown."""

        view: ConsoleView
        waiting: bool

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.console: Console | None = None
        self._prefixed = False
        self._back = 0
        """Lines scrolled back; 0 follows the guest."""
        self._past: list[Row] = []
        self._found: Match | None = None

    # -- which console -------------------------------------------------------------------------

    def attach(self, console: Console | None) -> None:
        """Show another console; the one before lives on unseen."""
        if self.console is not None and self.console is not console:
            self.console.on_frame = None
            self.console.watched = False
        self.console = console
        self._back, self._past = 0, []
        if console is not None:
            console.terminal.manual_acknowledge = True
            console.terminal.frame_interval = FRAME_INTERVAL
            console.on_frame = self._framed
            self._fit()
            console.watched = True
            console.terminal.refresh()
        self.refresh()

    def _fit(self) -> None:
        if self.console is not None and self.size.width and self.size.height:
            self.console.terminal.resize(
                max(self.size.width, LEAST_COLUMNS), max(self.size.height, LEAST_ROWS)
            )

    def on_resize(self) -> None:
        """The terminal takes the pane's size, but never less than a guest takes for granted."""
        self._fit()
        self.refresh()

    # -- painting ------------------------------------------------------------------------------

    def _framed(self, frame: Frame) -> None:
        console = self.console
        if console is None:
            return
        if self._back:
            self.call_after_refresh(console.terminal.acknowledge)
            return
        top, width = self._top, self.size.width
        # The row that the cursor left is among the changed ones or is painted with them.
        rows = {*frame.changed, frame.cursor.y, self._cursor_row}
        self._cursor_row = frame.cursor.y
        if top != self._painted_top or len(rows) >= self.size.height:
            self._painted_top = top
            self.refresh()
        else:
            for y in rows:
                if 0 <= y - top < self.size.height:
                    self.refresh(Region(0, y - top, width, 1))
        self.call_after_refresh(console.terminal.acknowledge)

    _cursor_row = 0
    _painted_top = 0

    @property
    def _top(self) -> int:
        """The first row shown, where the pane is lower than the terminal: the cursor stays in."""
        if self.console is None:
            return 0
        frame = self.console.terminal.frame
        spare = frame.rows - self.size.height
        return max(0, min(spare, frame.cursor.y - self.size.height + 1))

    def render_line(self, y: int) -> Strip:
        """A row of the guest's screen, or of its past (Textual's line API)."""
        base, width = palette_of(self).base, self.size.width
        console = self.console
        if console is None:
            return Strip.blank(width, base)
        if self._back:
            row = self._past[y] if y < len(self._past) else BLANK
            return self._highlighted(strip_of(row, width, base), y)
        index = y + self._top
        screen = console.terminal.screen
        strip = strip_of(screen[index] if index < len(screen) else BLANK, width, base)
        cursor = console.terminal.frame.cursor
        if cursor.visible and cursor.y == index:
            return with_cursor(strip, cursor.x, width, focused=self.has_focus)
        return strip

    def _highlighted(self, strip: Strip, y: int) -> Strip:
        found = self._found
        if found is None or self._first_past + y != found.line:
            return strip
        before, hit, after = strip.divide([found.start, found.end, self.size.width])
        marked = hit.apply_style(palette_of(self).rows["cursor"])
        return Strip.join([before, marked, after])

    # -- the past ------------------------------------------------------------------------------

    _first_past = 0

    @property
    def back(self) -> int:
        """Lines scrolled back; 0 follows the guest."""
        return self._back

    async def scroll_back(self, lines: int) -> None:
        """Go back by `lines` in what the guest printed; negative goes forward, to 0 at most."""
        console = self.console
        if console is None:
            return
        frame = console.terminal.frame
        most = max(frame.scrollback + frame.rows - self.size.height, 0)
        back = max(0, min(most, self._back + lines))
        if back == 0:
            self.follow()
            return
        bottom = frame.first_line + frame.scrollback + frame.rows
        first = bottom - back - self.size.height
        try:
            first, rows = await console.terminal.scrollback(first, self.size.height)
        except TimedOut:
            return
        self._back, self._first_past, self._past = back, first, rows
        self.refresh()

    def follow(self) -> None:
        """Back to what the guest shows now."""
        self._back, self._past, self._found = 0, [], None
        self.refresh()

    async def find(self, pattern: str) -> bool:
        """Show the next older place where a regular expression is found.

        Raises re.error where it is none, TimedOut where it takes too long.
        """
        console = self.console
        if console is None:
            return False
        start = (self._found.line, self._found.start) if self._found else None
        found = await console.terminal.search(pattern, start)
        if found is None:
            return False
        self._found = found
        frame = console.terminal.frame
        bottom = frame.first_line + frame.scrollback + frame.rows
        wanted = bottom - found.line - self.size.height // 2
        self._back = max(1, wanted)
        await self.scroll_back(0)
        return True

    # -- keys, mouse and paste -----------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        """To the guest, unless it leaves or begins a command."""
        event.stop()
        event.prevent_default()
        if self._prefixed:
            self._prefixed = False
            self.post_message(self.Prefixed(self, waiting=False))
            if event.key != PREFIX:
                self.post_message(self.Command(self, event.key))
                return
        elif event.key == LEAVE:
            self.post_message(self.Left(self))
            return
        elif event.key == PREFIX:
            self._prefixed = True
            self.post_message(self.Prefixed(self, waiting=True))
            return
        elif event.key in ("shift+pageup", "shift+pagedown"):
            page = max(self.size.height - 1, 1)
            await self.scroll_back(page if event.key == "shift+pageup" else -page)
            return
        if self._back:
            self.follow()
        if self.console is not None:
            self.console.press(event.key, event.character)

    def on_paste(self, event: events.Paste) -> None:
        """The pane asks before many lines are sent."""
        event.stop()
        event.prevent_default()
        self.post_message(self.Pasted(self, event.text))

    @property
    def _modes(self) -> Modes:
        return self.console.terminal.frame.modes if self.console else Modes()

    async def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Into the past, or to the guest where it asked for the mouse."""
        event.stop()
        if not self._mouse(event, Button.WHEEL_UP, Action.PRESS):
            await self.scroll_back(WHEEL)

    async def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Towards now, or to the guest where it asked for the mouse."""
        event.stop()
        if not self._mouse(event, Button.WHEEL_DOWN, Action.PRESS):
            await self.scroll_back(-WHEEL)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """To the guest where it asked for the mouse."""
        self._mouse(event, BUTTONS.get(event.button, Button.LEFT), Action.PRESS)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """To the guest where it asked for the mouse."""
        self._mouse(event, BUTTONS.get(event.button, Button.LEFT), Action.RELEASE)

    def _mouse(self, event: events.MouseEvent, button: Button, action: Action) -> bool:
        console = self.console
        if console is None or self._modes.mouse is MouseMode.NONE or self._back:
            return False
        told = MouseEvent(
            action, button, event.x, event.y + self._top,
            shift=event.shift, alt=event.meta, ctrl=event.ctrl,
        )  # fmt: skip
        console.send(encode_mouse(told, self._modes))
        return True

    def on_focus(self) -> None:
        """A block cursor where the keys go."""
        self.refresh()

    def on_blur(self) -> None:
        """A line where they do not; a begun command is forgotten."""
        self._prefixed = False
        self.refresh()
