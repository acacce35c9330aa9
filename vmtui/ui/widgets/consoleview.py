"""One console on the screen: the guest's cells, its cursor, and the keys that go to it.

All keys go to the guest but two: the one that leaves and the prefix of the pane's commands. While
one looks back none does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from vmtui.engine.consolebase import ConsoleBase
from vmtui.terminal.cells import BLANK, Frame, Row, whole_glyphs
from vmtui.ui.consolekeys import Chords
from vmtui.ui.terminalpaint import painted
from vmtui.ui.terminalstyle import marked, strip_of, with_cursor
from vmtui.ui.widgets import directpaint, outputqueue
from vmtui.ui.widgets.consolecaretkeys import ConsoleCaretKeys
from vmtui.ui.widgets.painted import palette_of

LEAST_COLUMNS, LEAST_ROWS = 80, 24
"""A guest on a serial line believes in this size until it is told another."""
FRAME_INTERVAL = 1 / 30
"""Seconds between two frames at least: what comes between them is never sent to the terminal."""
BESIDE_INTERVAL = 1 / 10
"""The same for a view to which the keys do not go."""
LATER = 0.01
"""Seconds after which it is looked again whether a slow terminal has taken what was painted."""


class ConsoleView(ConsoleCaretKeys, can_focus=True):
    """Shows one console, or nothing."""

    DEFAULT_CSS = """
    ConsoleView { width: 1fr; height: 1fr; }
    """

    @dataclass
    class Left(Message):
        """The keys are to go elsewhere again."""

        view: ConsoleView

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

    @dataclass
    class Focused(Message):
        """The keys come here now."""

        view: ConsoleView

    def __init__(self, keys: Chords | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.keys = keys or Chords()
        self.typed_into: Callable[[], Sequence[ConsoleBase]] | None = None
        """The consoles that get what is typed here, where they are others than the one shown."""
        self._asleep = False
        self._prefixed = False
        self._dirty: set[int] = set()
        self._painting = False
        self._cursor_row = 0
        self._painted_corner = (0, 0)

    # -- which console -------------------------------------------------------------------------

    def attach(self, console: ConsoleBase | None) -> None:
        """Show another console; the one before lives on unseen."""
        before, self.console = self.console, console
        if before is not None and before is not console:
            before.on_frame = None
            before.watched = False
        if before is not console:
            self.depart()
        if console is not None:
            console.terminal.manual_acknowledge = True
            console.on_frame = self._framed
            self._look()
        self.refresh()

    def sleep(self, asleep: bool) -> None:
        """Nobody sees the view: nothing is made for it."""
        if asleep != self._asleep:
            self._asleep = asleep
            self._look()

    def _look(self) -> None:
        console = self.console
        if console is None:
            return
        console.terminal.frame_interval = FRAME_INTERVAL if self.has_focus else BESIDE_INTERVAL
        console.watched = not self._asleep
        if not self._asleep:
            self.fit()
            console.terminal.refresh()

    def fit(self) -> None:
        """The terminal takes the view's size, but never less than a guest takes for granted."""
        if self._asleep or self.console is None:
            return
        if self.size.width and self.size.height:
            self.console.resize(
                max(self.size.width, LEAST_COLUMNS), max(self.size.height, LEAST_ROWS)
            )

    def on_resize(self) -> None:
        """Everything is painted again, in the new size."""
        self.fit()
        self.renew_past()
        self.refresh()

    # -- painting ------------------------------------------------------------------------------

    def _framed(self, frame: Frame) -> None:
        # The row that the cursor left is among the changed ones or is painted with them.
        self._dirty |= {*frame.changed, frame.cursor.y, self._cursor_row}
        self._cursor_row = frame.cursor.y
        if self.past.on:
            self.past_framed(frame)
        if not self._painting:
            self._painting = True
            self._paint()

    def _paint(self) -> None:
        """Paint what changed, once a slow terminal has taken what was painted before.

        No further frame comes meanwhile: it is asked for when this one is painted.
        """
        if self.is_attached and outputqueue.is_behind(self.app):
            self.set_timer(LATER, self._paint)
            return
        rows, self._dirty = self._dirty, set()
        self._painting = False
        console = self.console
        if console is None or self._asleep:
            return
        if self.past.on:
            self.call_after_refresh(console.terminal.acknowledge)
            return
        corner, height = (self._left, self._top), self.size.height
        shown = sorted(y - self._top for y in rows if 0 <= y - self._top < height)
        if corner != self._painted_corner or len(rows) >= height:
            self._painted_corner, shown = corner, list(range(height))
        if self._write(console, shown):
            console.terminal.acknowledge()
            return
        if len(shown) == height:
            self.refresh()
        else:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in shown))
        self.call_after_refresh(console.terminal.acknowledge)

    def _write(self, console: ConsoleBase, shown: Sequence[int]) -> bool:
        """Paint rows of the view at once where that is safe; False where it is not."""
        where = directpaint.place(self) if self.is_attached else None
        out, base = self.app.console, palette_of(self).base
        if where is None or out._color_system is None:
            return False
        marked_row = console.terminal.frame.cursor.y - self._top
        rows = {}
        for y in shown:
            text = None
            if y != marked_row and self.selection is None and not self._left:
                text = painted(self._row(console, y), where.width, base, out._color_system)
            if text is None:
                text = self.render_lines(Region(0, y, where.width, 1))[0].render(out)
            rows[y] = text
        directpaint.write(self, where, rows)
        return True

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows of the view, without the styles that Textual lays around a widget: it has none."""
        strips = [self.render_line(y) for y in crop.line_range]
        for line_filter in self.get_line_filters():
            background = self.background_colors[1]
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span != (0, self.size.width):
            return [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """A row of the guest's screen, or of its past (Textual's line API)."""
        base, width = palette_of(self).base, self.size.width
        console = self.console
        if console is None:
            return Strip.blank(width, base)
        left = self._left
        row, cursor = self._row(console, y), console.terminal.frame.cursor
        strip = strip_of(row, left + width, base)
        if found := self._found_in(y):
            strip = marked(strip, *found, palette_of(self).rows["cursor"])
        line, span = self.line_at(y), None
        if self.selection is not None and (span := self.selection.span(line, left + width)):
            strip = marked(strip, *whole_glyphs(row, *span))
        if self.past.on:
            if line == self.caret[0]:
                strip = with_cursor(strip, row, self.caret[1], focused=self.has_focus, on=span)
        elif cursor.visible and cursor.y == y + self._top:
            strip = with_cursor(strip, row, cursor.x, focused=self.has_focus)
        return strip.crop(left, left + width) if left else strip

    def _row(self, console: ConsoleBase, y: int) -> Row:
        if self.past.on:
            rows, index = self.past.rows, y
        else:
            rows, index = console.terminal.screen, y + self._top
        return rows[index] if 0 <= index < len(rows) else BLANK

    def _found_in(self, y: int) -> tuple[int, int] | None:
        found = self.past.found
        if found is None or not self.past.on or self.past.first + y != found.line:
            return None
        return found.start, found.end

    # -- keys and paste ------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        """To the guest, unless it leaves or begins a command."""
        event.stop()
        event.prevent_default()
        if event.key == self.keys.leave:
            self._end_prefix()
            self.post_message(self.Left(self))
        elif self._prefixed:
            self._end_prefix()
            if event.key == self.keys.prefix:
                self._type(event)
            elif not await self.begin_with(event.key):
                self.post_message(self.Command(self, event.key))
        elif event.key == self.keys.prefix:
            self._prefixed = True
            self.post_message(self.Prefixed(self, waiting=True))
        elif self.past.on or event.key == "shift+pageup":
            await self.look_back()
            await self.press_looking(event)
        elif event.key != "shift+pagedown":
            self._type(event)

    def _type(self, event: events.Key) -> None:
        self.unmark()
        if self.past.on:
            self.follow()
        consoles = self._targets()
        if event.key == "escape":
            stopped = [console for console in consoles if console.cancel_paste()]
            if stopped:
                return
        for console in consoles:
            console.press(event.key, event.character)

    def _targets(self) -> Sequence[ConsoleBase]:
        if self.console is None:
            return []
        # The keys of a player are its own.
        if self.typed_into is not None and self.console.typable:
            return self.typed_into()
        return [self.console]

    def _end_prefix(self) -> None:
        if self._prefixed:
            self._prefixed = False
            self.post_message(self.Prefixed(self, waiting=False))

    def on_paste(self, event: events.Paste) -> None:
        """The pane asks before many lines are sent."""
        event.stop()
        event.prevent_default()
        if self.past.on:
            self.post_message(self.Told("nothing is pasted while you look back; Esc returns"))
        else:
            self.post_message(self.Pasted(self, event.text))

    def on_focus(self) -> None:
        """A block cursor where the keys go, and more frames."""
        # Only after this handler Textual says that the view has the focus.
        self.call_next(self._look)
        self.post_message(self.Focused(self))
        self.refresh()

    def on_blur(self) -> None:
        """A line where they do not; a begun command is forgotten."""
        self._end_prefix()
        self.call_next(self._look)
        self.refresh()
