"""What the console pane does with files, the clipboard and dialogs: one errand a method."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from pathlib import Path

from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from vmtui import paths
from vmtui.config import ConsoleSettings
from vmtui.engine.console import Console
from vmtui.engine.consolebase import ConsoleBase
from vmtui.engine.consoletext import coloured
from vmtui.errors import NotFound, VmtuiError
from vmtui.terminal.cells import Row, join_rows
from vmtui.ui.cells import Role, clean
from vmtui.ui.consoleselection import Marked
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.dialogs.prompt import Prompt

ALL = 1 << 30
NAMES_MOST = 100


class Said(Message):
    """A message for the person."""

    def __init__(self, words: str, role: Role) -> None:
        super().__init__()
        self.words = words
        self.role = role


class Errands:
    """Errands for a widget; each is awaited in a worker, as the dialogs want it."""

    def __init__(self, widget: Widget, settings: ConsoleSettings) -> None:
        self._widget = widget
        self._settings = settings
        self.recorded: Path | None = None
        """The latest recording, which is likely to be played."""

    def say(self, words: str, role: Role) -> None:
        """Tell the person."""
        self._widget.post_message(Said(words, role))

    async def ask(self, dialog: Screen[str | None]) -> str | None:
        """Show a dialog and wait for its answer."""
        return await self._widget.app.push_screen_wait(dialog)

    # -- to the guest --------------------------------------------------------------------------

    async def paste(self, consoles: Sequence[ConsoleBase], text: str) -> None:
        """Send pasted text, after a yes where it has many lines."""
        if not consoles:
            return
        lines = len(re.findall(r"\r\n|\r|\n", text)) + 1
        if 0 < self._settings.paste_lines_ask <= lines:
            options = [
                Option("send", "Send them all", "as if typed", "y", "y"),
                Option("no", "Send nothing", "", "n", "n"),
            ]
            into = clean(consoles[0].name, 30)
            if len(consoles) > 1:
                into = f"{len(consoles)} consoles"
            if await self.ask(Choose(f"Paste {lines} lines into {into}?", options, text[:600])) != (
                "send"
            ):
                return
        for console in consoles:
            console.paste(text, self._settings.paste_pace)

    async def insert(self, consoles: Sequence[ConsoleBase]) -> None:
        """Type a snippet."""
        snippets = self._settings.snippets
        if not snippets:
            self.say("no snippets: write some as [console.snippets] in the settings", Role.WARN)
            return
        options = [Option(name, clean(name, 40), repr(text)) for name, text in snippets.items()]
        chosen = await self.ask(Choose("Type a snippet", options))
        if chosen is not None:
            for console in consoles:
                console.type_text(snippets[chosen], self._settings.paste_pace)

    async def tell_size(self, console: ConsoleBase) -> None:
        """Tell the guest how large its console is."""
        columns, rows = console.terminal.size
        try:
            through_agent = await console.tell_size()
        except VmtuiError as error:
            self.say(str(error), Role.WARN)
            return
        if through_agent:
            name = clean(console.name, 40)
            self.say(
                f"{name} was told through its agent: {rows} rows, {columns} columns", Role.GOOD
            )

    # -- from the guest ------------------------------------------------------------------------

    async def copy_all(self, console: ConsoleBase) -> None:
        """What is kept, to the clipboard."""
        text = await console.terminal.text()
        self._widget.app.copy_to_clipboard(text)
        self.say(f"copied {len(text.splitlines())} lines", Role.GOOD)

    async def copy(self, console: ConsoleBase, mark: Marked) -> None:
        """What is marked, to the clipboard."""
        try:
            text = mark.text(*await _lines_of(console, mark), console.terminal.size[0])
        except VmtuiError as error:
            self.say(str(error), Role.BAD)
            return
        if text:
            self._widget.app.copy_to_clipboard(text)
            self.say(f"copied {len(text)} characters", Role.GOOD)
        else:
            self.say("only blanks are marked: nothing is copied", Role.WARN)

    async def write(self, console: ConsoleBase, mark: Marked | None = None) -> None:
        """What is marked, or else all that is kept, to a new file."""
        heading = "Write to a file" if mark is None else "Write what is marked to a file"
        proposed = new_file(console.name, ".txt")
        chosen = await self.ask(
            Prompt(heading, str(proposed), new_file_problem,
                   "path of a new file; .txt is plain text, .ans keeps the colours")
        )  # fmt: skip
        if chosen is None:
            return
        path = paths.expanded(chosen)
        try:
            first, rows = await _lines_of(console, mark)
            if mark is not None:
                rows = mark.rows(first, rows, console.terminal.size[0])
            await asyncio.to_thread(_write_new, path, rows)
        except (OSError, VmtuiError) as error:
            self.say(f"not written: {error}", Role.BAD)
        else:
            self.say(f"written to {chosen}", Role.GOOD)

    async def record(self, console: ConsoleBase) -> None:
        """Begin a recording, or end the one that goes on."""
        if not isinstance(console, Console):
            self.say("a replay is not recorded", Role.WARN)
            return
        if console.recording:
            self.say(f"recorded to {await console.stop_recording()}", Role.GOOD)
            return
        path = new_file(console.name, ".cast")
        try:
            await console.record(path)
        except OSError as error:
            self.say(f"not recorded: {error}", Role.BAD)
        else:
            self.recorded = path
            self.say(f"recording to {path}", Role.GOOD)

    async def ask_recording(self) -> Path | None:
        """Which file is to be played."""
        proposed = self.recorded or f"{Path.home()}/"
        chosen = await self.ask(
            Prompt("Replay", str(proposed), recording_problem, "path of a recording, or raw bytes")
        )
        return paths.expanded(chosen) if chosen is not None else None


def new_file(name: str, ending: str) -> Path:
    """A path in the person's folder at which there is no file yet."""
    stem = re.sub(r"[^\w.-]+", "_", name)[:80] + time.strftime("-%Y%m%d-%H%M%S")
    home = Path.home()
    free = [home / f"{stem}{f'-{n}' if n else ''}{ending}" for n in range(NAMES_MOST)]
    return next((path for path in free if not path.exists()), free[0])


async def _lines_of(console: ConsoleBase, mark: Marked | None) -> tuple[int, list[Row]]:
    """The lines that are marked, or all that are kept, and the number of the first of them.

    Raises NotFound where the first of them is kept no more, TimedOut where they cannot be read.
    """
    lines = mark.selection.lines if mark is not None else range(ALL)
    first, rows = await console.terminal.scrollback(lines.start, len(lines))
    if mark is not None and first != lines.start:
        raise NotFound("The guest's terminal keeps the marked lines no more")
    return first, rows


def _write_new(path: Path, rows: list[Row]) -> None:
    text = coloured(rows) if path.suffix == ".ans" else join_rows(rows)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)


def regex_problem(text: str) -> str | None:
    """Why this is no regular expression."""
    try:
        re.compile(text)
    except re.error as error:
        return f"not a regular expression: {error}"
    return None


def new_file_problem(text: str) -> str | None:
    """Why no new file can be made there."""
    path = paths.expanded(text)
    try:
        if path.exists():
            return "that file exists; it is not overwritten"
        return None if path.parent.is_dir() else f"{path.parent} is no folder"
    except (OSError, ValueError) as error:
        return str(error)


def recording_problem(text: str) -> str | None:
    """Why this cannot be played."""
    try:
        return None if paths.expanded(text).is_file() else "there is no such file"
    except (OSError, ValueError) as error:
        return str(error)
