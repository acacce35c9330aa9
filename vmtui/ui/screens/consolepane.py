"""The pane of consoles: tabs above, consoles below, and the commands behind the prefix key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.message import Message

from vmtui.config import ConsoleSettings
from vmtui.engine.consolebase import ConsoleBase
from vmtui.engine.consoles import Consoles
from vmtui.errors import VmtuiError
from vmtui.model.guest import GuestKey
from vmtui.ui import consoleheader
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.consolekeys import NAMED, PLAYER, chords
from vmtui.ui.lines import EMPTY, Line
from vmtui.ui.lookingkeys import bottom_line
from vmtui.ui.screens.consoleerrands import Errands, Said
from vmtui.ui.screens.consolegrid import COUNTS, Banner, ConsoleGrid
from vmtui.ui.screens.consolelooking import Looking
from vmtui.ui.screens.consolemany import Many
from vmtui.ui.widgets.consoleview import ConsoleView
from vmtui.ui.widgets.painted import LinesView
from vmtui.ui.widgets.whichkeys import WhichKeys


class ConsolePane(Looking):
    """Shows some of the open consoles."""

    DEFAULT_CSS = """
    ConsolePane { height: 1fr; layers: base above; }
    ConsolePane > #tabs { height: 1; }
    ConsolePane > #banner { height: 1; display: none; }
    ConsolePane.many > #banner { display: block; }
    ConsolePane > #which { layer: above; dock: bottom; }
    """

    @dataclass
    class Left(Message):
        """The keys are to go to the table again; `closed` where no console is left."""

        closed: bool

    @dataclass
    class Full(Message):
        """The pane is to fill the screen, or no longer."""

    def __init__(
        self,
        consoles: Consoles,
        settings: ConsoleSettings,
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.consoles = consoles
        self.figures: Mapping[GuestKey, Line] = {}
        """What the guests of the shown consoles use now; the screen keeps it fresh."""
        self.keys = chords(settings)
        self.grid = ConsoleGrid(self.keys)
        self.many = Many(consoles, self.grid)
        self._tabs = LinesView(id="tabs")
        self._tabs.row_style = "header"
        self._banner = Banner(id="banner")
        self._which = WhichKeys(id="which")
        self._errands = Errands(self, settings)
        for frame in self.grid.frames:
            frame.view.ask_pattern = partial(self.ask_pattern, frame.view)

    def compose(self) -> ComposeResult:
        """Tabs, banner and consoles."""
        yield self._tabs
        yield self._banner
        yield self.grid
        yield self._which

    # -- what is shown -------------------------------------------------------------------------

    @property
    def view(self) -> ConsoleView:
        """The view to which the keys go, or went last."""
        return self.grid.current.view

    @property
    def current(self) -> ConsoleBase | None:
        """The console to which the keys go, or went last."""
        return self.view.console

    @property
    def shown(self) -> list[ConsoleBase]:
        """The consoles that are on the screen."""
        return self.grid.shown

    @property
    def has_keys(self) -> bool:
        """Whether what is typed goes to a console."""
        return any(frame.view.has_focus for frame in self.grid.frames)

    def show_console(self, console: ConsoleBase) -> None:
        """Show it and give it the keys."""
        console.on_change = self.show_tabs
        self.grid.show(console, list(self.consoles))
        self.view.focus()
        self.show_tabs()

    def sleep(self, asleep: bool) -> None:
        """Nobody sees the pane: the consoles go on, nothing is painted."""
        for frame in self.grid.frames:
            frame.view.sleep(asleep)
        if asleep:
            self.end_many()

    def show_tabs(self) -> None:
        """The lines above the consoles: names, badges, figures, and what goes on in them."""
        if not self.is_attached:
            return
        open_, shown, current = list(self.consoles), self.grid.shown, self.current
        rest: Line = EMPTY
        if current is not None and len(shown) < 2:
            rest = consoleheader.doings(current, self.view.back, self._figures_of(current))
        self._tabs.show_lines(
            [consoleheader.tabs_line(open_, current, shown, self.size.width, rest)]
        )
        if len(shown) > 1:
            for frame in self.grid.used:
                console = frame.view.console
                if console is not None and console in open_:
                    frame.head.row_style = "cursor" if console is current else "header"
                    line = consoleheader.view_line(
                        console, open_, frame.view.back, self._figures_of(console),
                        focused=console is current,
                    )  # fmt: skip
                    frame.head.show_lines([line])
        if self.many.on:
            words = consoleheader.banner_line(self.many.targets(), self.keys.prefix_word)
            self._banner.show_lines([words])

    def _figures_of(self, console: ConsoleBase) -> Line:
        return self.figures.get(console.id.key, EMPTY)

    def key_line(self) -> Line:
        """Which keys go where, for the bottom line."""
        current, keys, view = self.current, self.keys, self.view
        if current is not None and view.past.on:
            return bottom_line(current.name, view.selection, keys, self.app.size.width)
        leave = (Cell(f" {keys.leave_word} ", Role.KEY), Cell("leave ", Role.TEXT),
                 Cell(f" {keys.prefix_word} ", Role.KEY), Cell("commands ", Role.TEXT))  # fmt: skip
        if current is not None and not current.typable:
            return (Cell(" replay ", Role.ACCENT), *leave, Cell(f" {PLAYER}", Role.MUTED))
        name = clean(current.name, 40) if current else ""
        to = Cell(f" keys go to {name} ", Role.ACCENT)
        if self.many.on:
            to = Cell(f" keys go to {len(self.many.targets())} consoles ", Role.BAD)
        return (to, *leave, Cell(" Shift-PgUp ", Role.KEY), Cell("look back", Role.TEXT))

    # -- what the views tell -------------------------------------------------------------------

    @on(ConsoleView.Left)
    def _left(self, event: ConsoleView.Left) -> None:
        event.stop()
        self.end_many()
        self.post_message(self.Left(closed=not len(self.consoles)))

    @on(ConsoleView.Focused)
    def _focused(self, event: ConsoleView.Focused) -> None:
        event.stop()
        self.grid.make_current(event.view)
        self.show_tabs()

    @on(ConsoleView.Prefixed)
    def _prefixed(self, event: ConsoleView.Prefixed) -> None:
        event.stop()
        self._which.expect(event.waiting)
        if not event.waiting:
            self.post_message(Said("", Role.KEY))

    @on(ConsoleView.Command)
    def _command(self, event: ConsoleView.Command) -> None:
        event.stop()
        key = NAMED.get(event.key, event.key)
        if key.isdecimal():
            self.turn_to(int(key) - 1)
        elif key == "f":
            self.post_message(self.Full())
        elif key in ("n", "p", "v", "o", "tab", "shift+tab"):
            self._move(key)
        elif key in "bxcwryizta" and len(key) == 1:
            if (console := self.current) is not None:
                self._act(key, console)
        elif key != "escape":
            self.say(f"{key} is no command of the console", Role.WARN)

    def _move(self, key: str) -> None:
        if key == "v":
            self.grid.wanted = COUNTS[(COUNTS.index(self.grid.wanted) + 1) % len(COUNTS)]
            self.grid.fill(list(self.consoles))
            self.view.focus()
            self.show_tabs()
            if len(self.consoles) < self.grid.wanted:
                count = f"{len(self.consoles)} open, room for {self.grid.wanted}"
                self.say(f"side by side: {count}", Role.MUTED)
        elif key in ("o", "tab") and len(self.grid.used) > 1:
            self.grid.next_frame().view.focus()
        elif key != "o":
            self._turn(-1 if key in ("p", "shift+tab") else 1)

    def _act(self, key: str, console: ConsoleBase) -> None:
        errands = self._errands
        if key == "b":
            self._toggle_many()
        elif key == "x":
            self._close(console)
        elif key == "z":
            self.run_worker(errands.tell_size(console), group="size", exclusive=True)
        elif key == "t":
            console.take_over()
        elif key == "a":
            console.retry()
        elif key == "y":
            self._replay()
        elif key == "i":
            self.run_worker(errands.insert(self._addressed()), group="console")
        elif key == "r":
            self.run_worker(errands.record(console), group="recording")
        elif key == "w":
            writing = errands.write(console, self.view.mark if self.view.past.on else None)
            self.run_worker(writing, group="console", exclusive=True)
        else:
            self.run_worker(errands.copy_all(console), group="console", exclusive=True)

    def _turn(self, by: int) -> None:
        open_ = list(self.consoles)
        if self.current in open_:
            self.turn_to((open_.index(self.current) + by) % len(open_))

    def turn_to(self, number: int) -> None:
        """Show the console of that number, from 0."""
        open_ = list(self.consoles)
        if 0 <= number < len(open_):
            self.show_console(open_[number])

    @work(group="closing")
    async def _close(self, console: ConsoleBase) -> None:
        closing = self.consoles.close_one(console)
        open_ = [other for other in self.consoles if other is not console]
        self.grid.fill(open_)
        await closing
        if self.current is not None:
            self.show_console(self.current)
        else:
            self.end_many()
            self.post_message(self.Left(closed=True))

    @on(ConsoleView.Pasted)
    def _pasted(self, event: ConsoleView.Pasted) -> None:
        event.stop()
        self.run_worker(self._errands.paste(self._addressed(), event.text), group="console")

    @work(group="console", exclusive=True)
    async def _replay(self) -> None:
        path = await self._errands.ask_recording()
        if path is not None:
            await self.replay(path)

    async def replay(self, path: Path) -> None:
        """Play a file in a tab of its own."""
        try:
            self.show_console(await self.consoles.replay(path))
        except VmtuiError as error:
            self.say(str(error), Role.BAD)

    # -- typing into many ----------------------------------------------------------------------

    def _addressed(self) -> list[ConsoleBase]:
        if self.many.on:
            return self.many.targets()
        return [self.current] if self.current is not None else []

    def _toggle_many(self) -> None:
        if self.many.on:
            self.end_many()
        elif self.many.begin():
            self.add_class("many")
            self.show_tabs()
        else:
            words = (f"only one console is shown or marked: {self.keys.prefix_word} v shows more, "
                     "or mark guests in the table and open their consoles")  # fmt: skip
            self.say(words, Role.WARN)

    def end_many(self) -> None:
        """What is typed goes to one console again."""
        if self.many.on:
            self.many.end()
            self.remove_class("many")
            self.show_tabs()
