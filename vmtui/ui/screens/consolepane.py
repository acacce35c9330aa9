"""The pane of consoles: tabs above, one console below, and the commands behind the prefix key."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from vmtui.engine.console import Console, ConsoleState
from vmtui.engine.consoles import Consoles
from vmtui.errors import VmtuiError
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.dialogs.prompt import Prompt
from vmtui.ui.lines import Line, fit
from vmtui.ui.widgets.consoleview import LEAVE, PREFIX, ConsoleView
from vmtui.ui.widgets.painted import LinesView

COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("f", "full", "fill the screen, or go back to a pane"),
    ("n", "next", "the next console"),
    ("p", "previous", "the console before"),
    ("x", "close", "let go of this console"),
    ("s", "search", "search what was printed, newest first; again goes on"),
    ("c", "copy", "copy what is kept to the clipboard"),
    ("w", "write", "write what is kept to a file"),
    ("z", "size", "type the stty line that tells a shell the size of the pane"),
    ("t", "take over", "open it although somebody else has it"),
    ("r", "retry", "try to open it now"),
)
"""Key after the prefix, its word, and what it does."""
PASTE_ASKS_FROM = 2
"""Lines from which a paste is asked about."""
STATE_WORDS = {
    ConsoleState.CONNECTING: ("◌", Role.BUSY),
    ConsoleState.LIVE: ("●", Role.RUNNING),
    ConsoleState.WAITING: ("○", Role.PAUSED),
    ConsoleState.TAKEN: ("‖", Role.WARN),
    ConsoleState.FAILED: ("✗", Role.BAD),
}
CHUNK = 1000
"""Characters of a long paste that are sent at once."""


class ConsolePane(Vertical):
    """Shows one of the open consoles."""

    DEFAULT_CSS = """
    ConsolePane { height: 1fr; }
    ConsolePane > #tabs { height: 1; }
    """

    @dataclass
    class Left(Message):
        """The keys are to go to the table again; `closed` where no console is left."""

        closed: bool

    @dataclass
    class Full(Message):
        """The pane is to fill the screen, or no longer."""

    @dataclass
    class Say(Message):
        """A message for the person."""

        words: str
        role: Role

    def __init__(self, consoles: Consoles, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.consoles = consoles
        self.view = ConsoleView()
        self.figures: Line = ()
        """What the console's guest uses now; the screen keeps it fresh."""
        self._tabs = LinesView(id="tabs")
        self._tabs.row_style = "header"
        self._pattern = ""

    def compose(self) -> ComposeResult:
        """Tabs and the console."""
        yield self._tabs
        yield self.view

    @property
    def current(self) -> Console | None:
        """The console that is shown."""
        return self.view.console

    def show_console(self, console: Console) -> None:
        """Show it and give it the keys."""
        console.on_change = self.show_tabs
        self.view.attach(console)
        self.view.focus()
        self.show_tabs()

    def show_tabs(self) -> None:
        """The line above: every console, badges, and the figures of the one that is shown."""
        made: list[Cell] = []
        for number, console in enumerate(self.consoles, 1):
            glyph, role = STATE_WORDS[console.state]
            here = console is self.current
            name = fit(clean(console.name, 60), min(len(clean(console.name, 60)), 24))
            device = f":{console.id.device}" if console.id.device else ""
            badge = "*" if console.unread else " "
            made.append(Cell(f" {glyph}", role))
            words = f" {number} {name}{device}{badge}"
            made.append(
                Cell(words, Role.KEY if here else Role.STRONG if badge == "*" else Role.TEXT)
            )
        current = self.current
        if current is not None:
            if current.words:
                made.append(Cell(f"  {clean(current.words, 200)}", Role.WARN))
            elif current.title:
                made.append(Cell(f"  {clean(current.title, 100)}", Role.MUTED))
            if self.view.back:
                made.append(Cell(f"  ↑ {self.view.back} lines back", Role.WARN))
        self._tabs.show_lines([(*made, Cell("  "), *self.figures)])

    def key_line(self) -> Line:
        """Which keys go where, for the bottom line."""
        name = clean(self.current.name, 40) if self.current else ""
        return (
            Cell(f" keys go to {name} ", Role.ACCENT),
            Cell(" ^] ", Role.KEY), Cell("leave ", Role.TEXT),
            Cell(" ^\\ ", Role.KEY), Cell("commands ", Role.TEXT),
            Cell(" Shift-PgUp ", Role.KEY), Cell("look back", Role.TEXT),
        )  # fmt: skip

    # -- what the view tells -------------------------------------------------------------------

    @on(ConsoleView.Left)
    def _left(self, event: ConsoleView.Left) -> None:
        event.stop()
        self.post_message(self.Left(closed=False))

    @on(ConsoleView.Prefixed)
    def _prefixed(self, event: ConsoleView.Prefixed) -> None:
        event.stop()
        words = "  ".join(f"{key} {word}" for key, word, _ in COMMANDS) if event.waiting else ""
        self.post_message(self.Say(words and f"{words}  1-9 console  ^\\ itself", Role.KEY))

    @on(ConsoleView.Command)
    def _command(self, event: ConsoleView.Command) -> None:
        event.stop()
        key = event.key
        if key.isdecimal():
            self._turn_to(int(key) - 1)
        elif key in ("n", "tab"):
            self._turn(1)
        elif key in ("p", "shift+tab"):
            self._turn(-1)
        elif key == "f":
            self.post_message(self.Full())
        elif key == "s":
            self._search()
        elif key == "c":
            self._copy()
        elif key == "w":
            self._write()
        elif self.current is not None and key == "x":
            self._close(self.current)
        elif self.current is not None and key == "z":
            columns, rows = self.current.terminal.size
            self.current.send(f"stty rows {rows} cols {columns}\r".encode())
        elif self.current is not None and key == "t":
            self.current.take_over()
        elif self.current is not None and key == "r":
            self.current.retry()
        elif key not in ("escape", LEAVE, PREFIX):
            self.post_message(self.Say(f"{key} is no command of the console", Role.WARN))

    def _turn(self, by: int) -> None:
        open_ = list(self.consoles)
        if self.current in open_:
            self._turn_to((open_.index(self.current) + by) % len(open_))

    def _turn_to(self, number: int) -> None:
        open_ = list(self.consoles)
        if 0 <= number < len(open_):
            self.show_console(open_[number])

    @work(group="console")
    async def _close(self, console: Console) -> None:
        open_ = [other for other in self.consoles if other is not console]
        self.view.attach(None)
        await self.consoles.close_one(console)
        if open_:
            self.show_console(open_[-1])
        else:
            self.post_message(self.Left(closed=True))

    @on(ConsoleView.Pasted)
    def _pasted(self, event: ConsoleView.Pasted) -> None:
        event.stop()
        if self.current is not None:
            self._paste(self.current, event.text)

    @work(group="console")
    async def _paste(self, console: Console, text: str) -> None:
        lines = text.count("\n") + 1
        if lines >= PASTE_ASKS_FROM:
            options = [
                Option("send", "Send them all", "as if typed", "y", "y"),
                Option("no", "Send nothing", "", "n", "n"),
            ]
            heading = f"Paste {lines} lines into {clean(console.name, 30)}?"
            if await self.app.push_screen_wait(Choose(heading, options, text[:600])) != "send":
                return
        console.paste(text)

    @work(group="console", exclusive=True)
    async def _search(self) -> None:
        console = self.current
        if console is None:
            return
        pattern = await self.app.push_screen_wait(
            Prompt("Search", self._pattern, _regex_problem, "a regular expression; newest first")
        )
        if not pattern:
            return
        self._pattern = pattern
        try:
            found = await self.view.find(pattern)
        except VmtuiError as error:
            self.post_message(self.Say(str(error), Role.BAD))
            return
        if not found:
            self.post_message(self.Say(f"not found: {pattern}", Role.WARN))
        self.show_tabs()

    @work(group="console", exclusive=True)
    async def _copy(self) -> None:
        if self.current is not None:
            text = await self.current.terminal.text()
            self.app.copy_to_clipboard(text)
            self.post_message(self.Say(f"copied {len(text.splitlines())} lines", Role.GOOD))

    @work(group="console", exclusive=True)
    async def _write(self) -> None:
        console = self.current
        if console is None:
            return
        name = re.sub(r"[^\w.-]+", "_", console.name)[:80]
        proposed = Path.home() / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}.txt"
        chosen = await self.app.push_screen_wait(
            Prompt("Write to a file", str(proposed), _file_problem, "path of a new file")
        )
        if chosen is None:
            return
        try:
            await asyncio.to_thread(_write_new, Path(chosen), await console.terminal.text())
        except (OSError, VmtuiError) as error:
            self.post_message(self.Say(f"not written: {error}", Role.BAD))
        else:
            self.post_message(self.Say(f"written to {chosen}", Role.GOOD))


def _write_new(path: Path, text: str) -> None:
    with path.expanduser().open("x", encoding="utf-8") as file:
        file.write(text)


def _regex_problem(text: str) -> str | None:
    try:
        re.compile(text)
    except re.error as error:
        return f"not a regular expression: {error}"
    return None


def _file_problem(text: str) -> str | None:
    path = Path(text).expanduser()
    if path.exists():
        return "that file exists; it is not overwritten"
    return None if path.parent.is_dir() else f"{path.parent} is no folder"


def command_help() -> Iterable[tuple[str, str]]:
    """Keys and meanings for the help page."""
    yield "^]", "leave the console: the keys go to the table again"
    for key, _word, meaning in COMMANDS:
        yield f"^\\ {key}", meaning
    yield "^\\ 1 ... 9", "the console of that number"
    yield "^\\ ^\\", "send Ctrl-\\ to the guest"
    yield "Shift-PgUp PgDn", "look back in what was printed; any other key returns"
