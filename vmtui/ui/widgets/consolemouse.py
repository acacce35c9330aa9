"""The mouse over a console: to the guest where it asked for it, else the wheel looks back and a
drag marks text. With Shift it is never the guest's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.message import Message
from textual.widget import Widget

from vmtui.engine.consolebase import ConsoleBase
from vmtui.terminal.cells import Modes, MouseMode
from vmtui.terminal.mouse import Action, Button, MouseEvent, encode_mouse
from vmtui.ui.consoleselection import Marked, Selection
from vmtui.ui.widgets.consolepast import Past

WHEEL = 3
BUTTONS = {0: Button.NONE, 1: Button.LEFT, 2: Button.MIDDLE, 3: Button.RIGHT}


class ConsoleMouse(Widget):
    """What of a view concerns places in it."""

    # Textual's own selection would take the drags.
    ALLOW_SELECT: ClassVar[bool] = False

    @dataclass
    class Selected(Message):
        """Text was marked; it is to be copied."""

        console: ConsoleBase
        mark: Marked

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.console: ConsoleBase | None = None
        self.past = Past()
        self.selection: Selection | None = None
        self._dragging = False
        self.shift = 0
        """The first column shown of the past, where the view is narrower than the terminal."""

    @property
    def mark(self) -> Marked | None:
        """What is marked, as it is shown."""
        return Marked(self.selection, dict(self.past.seen)) if self.selection else None

    def unmark(self) -> None:
        """Nothing is marked any more."""
        if self.selection is not None:
            self.selection = None
            self.refresh()

    def touched(self, place: tuple[int, int]) -> None:
        """The mouse was pressed at that line and column, and not for the guest."""

    @property
    def _modes(self) -> Modes:
        return self.console.terminal.frame.modes if self.console else Modes()

    @property
    def _top(self) -> int:
        """The first row shown, where the view is lower than the terminal: the cursor stays in."""
        if self.console is None:
            return 0
        frame = self.console.terminal.frame
        spare = frame.rows - self.size.height
        return max(0, min(spare, frame.cursor.y - self.size.height + 1))

    @property
    def _left(self) -> int:
        """The first column shown, where the view is narrower: it moves by half a view."""
        width = self.size.width
        if self.past.on:
            return self.shift
        if self.console is None or width <= 1:
            return 0
        frame = self.console.terminal.frame
        over = frame.cursor.x - width + 1
        if over <= 0 or frame.columns <= width:
            return 0
        step = max(width // 2, 1)
        return min(-(-over // step) * step, frame.columns - width)

    def line_at(self, y: int) -> int:
        """The number of the guest's line that is shown in row `y`."""
        if self.console is None:
            return 0
        if self.past.on:
            return self.past.first + y
        frame = self.console.terminal.frame
        return frame.first_line + frame.scrollback + y + self._top

    async def scroll_back(self, lines: int) -> None:
        """Go back by `lines` in what the guest printed."""
        raise NotImplementedError

    # -- Textual's events ----------------------------------------------------------------------

    async def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Into the past, or to the guest where it asked for the mouse."""
        event.stop()
        if not self._tell_guest(event, Button.WHEEL_UP, Action.PRESS):
            await self.scroll_back(WHEEL)

    async def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Towards now, or to the guest where it asked for the mouse."""
        event.stop()
        if not self._tell_guest(event, Button.WHEEL_DOWN, Action.PRESS):
            await self.scroll_back(-WHEEL)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """To the guest where it asked for the mouse, else a drag begins."""
        self.unmark()
        button = BUTTONS.get(event.button, Button.LEFT)
        if self._tell_guest(event, button, Action.PRESS) or self.console is None:
            return
        if button is Button.LEFT:
            place = self._place(event)
            self.touched(place)
            self.selection, self._dragging = Selection(place, place), False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """A drag goes on, or the guest is told where it wants to know."""
        if self.selection is None or self.app.mouse_captured is not self:
            self._tell_guest(event, BUTTONS.get(event.button, Button.NONE), Action.MOVE)
            return
        drawn = self.selection.to(*self._place(event))
        if drawn != self.selection:
            self.selection, self._dragging = drawn, True
            self.refresh()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """What was marked is copied; a click alone marks nothing."""
        if self.app.mouse_captured is not self:
            self._tell_guest(event, BUTTONS.get(event.button, Button.LEFT), Action.RELEASE)
            return
        self.release_mouse()
        if self._dragging and self.mark is not None and self.console is not None:
            self.post_message(self.Selected(self.console, self.mark))
        else:
            self.selection = None
        self._dragging = False

    def _place(self, event: events.MouseEvent) -> tuple[int, int]:
        y = min(max(event.y, 0), max(self.size.height - 1, 0))
        x = min(max(event.x, 0), max(self.size.width - 1, 0))
        return self.line_at(int(y)), int(x) + self._left

    def _tell_guest(self, event: events.MouseEvent, button: Button, action: Action) -> bool:
        """Whether the event is the guest's; it is told where it wants to know."""
        console, modes = self.console, self._modes
        if console is None or self.past.on or event.shift:
            return False
        told = MouseEvent(
            action, button, int(event.x) + self._left, int(event.y) + self._top,
            shift=event.shift, alt=event.meta, ctrl=event.ctrl,
        )  # fmt: skip
        data = encode_mouse(told, modes)
        if data:
            console.send(data)
        return bool(data) or modes.mouse is not MouseMode.NONE
