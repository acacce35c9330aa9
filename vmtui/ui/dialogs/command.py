"""A dialog in which a command is run inside a guest, and shows what it printed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar

from rich.cells import chop_cells
from textual import on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from vmtui.errors import VmtuiError
from vmtui.model.agentfacts import CommandState
from vmtui.ui.cells import Role, clean
from vmtui.ui.dialogs.dialog import Dialog
from vmtui.ui.lines import EMPTY, Line, text
from vmtui.ui.widgets.painted import LinesView

Run = Callable[[str], Awaitable[CommandState]]
LINES_MOST = 5000
LINE_MOST = 2000
HEX_MOST = 4096
"""Bytes of binary output that are shown."""


class CommandDialog(Dialog[None]):
    """Runs what is typed, as often as wanted; Esc stops what runs, then leaves."""

    DEFAULT_CSS = """
    CommandDialog > #box { width: 96%; }
    CommandDialog #output { height: 1fr; min-height: 6; max-height: 40; margin-top: 1; }
    CommandDialog #box { height: 94%; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("ctrl+up,up", "line(-1)", show=False),
        Binding("ctrl+down,down", "line(1)", show=False),
    ]

    def __init__(self, name: str, run: Run) -> None:
        super().__init__()
        self.heading = f"Run a command in {clean(name, 50)}"
        self._run = run
        self._busy = False

    def body(self) -> Iterable[Widget]:
        """What to run, how it went, what it printed."""
        yield Input(placeholder="uname -a", id="field", select_on_focus=False)
        yield LinesView(id="said")
        yield LinesView(id="output")

    def on_mount(self) -> None:
        """Say what can be typed."""
        words = "a shell of the guest reads it; it runs as root, through the agent"
        self._say(words, Role.MUTED)

    def keys(self) -> list[tuple[str, str]]:
        """What can be pressed."""
        leave = ("Esc", "stop it") if self._busy else ("Esc", "close")
        return [("Enter", "run"), ("PgUp PgDn", "scroll"), leave]

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip() and not self._busy:
            self._go(event.value)

    @work(exclusive=True, group="command")
    async def _go(self, line: str) -> None:
        self._set_busy(True)
        self._say("running…", Role.BUSY)
        self._output.show_lines([])
        try:
            state = await self._run(line)
        except VmtuiError as error:
            self._say(f"{error}" + (f" · {error.hint}" if error.hint else ""), Role.BAD)
        else:
            self._say(*_how(state))
            self._output.show_lines(shown(state, self._output.size.width))
            self._output.scroll_home(animate=False)
        finally:
            self._set_busy(False)

    def action_cancel(self) -> None:
        """Stop what runs; else leave."""
        if not self._busy:
            self.dismiss(None)
            return
        # The worker's cancellation also ends the command inside the guest.
        self.workers.cancel_group(self, "command")
        self._say("stopped: the command is being killed inside the guest", Role.WARN)
        self._set_busy(False)

    def action_page(self, by: int) -> None:
        """Scroll a screen."""
        self._output.scroll_relative(y=by * max(self._output.size.height - 1, 1), animate=False)

    def action_line(self, by: int) -> None:
        """Scroll a line."""
        self._output.scroll_relative(y=by, animate=False)

    @property
    def _output(self) -> LinesView:
        return self.query_one("#output", LinesView)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        if self.is_mounted:
            self.show_keys()

    def _say(self, words: str, role: Role) -> None:
        if self.is_mounted:
            said = text(clean(words, 400), role) if words else EMPTY
            self.query_one("#said", LinesView).show_lines([said])


def _how(state: CommandState) -> tuple[str, Role]:
    """How it ended, in words."""
    cut = "; its output was cut at 1 MiB" if state.cut else ""
    if state.signal is not None:
        return f"ended by signal {state.signal}{cut}", Role.BAD
    role = Role.RUNNING if state.code == 0 else Role.WARN
    return f"exit code {state.code}{cut}", role


def shown(state: CommandState, width: int) -> list[Line]:
    """What it printed, as harmless lines, folded: standard output, then standard error."""
    lines = printed(state.out, Role.TEXT, width)
    if state.err:
        lines += [text("standard error", Role.MUTED), *printed(state.err, Role.WARN, width)]
    return lines or [text("it printed nothing", Role.MUTED)]


def printed(data: bytes, role: Role, width: int) -> list[Line]:
    """What a command printed, as harmless lines, folded."""
    if b"\0" in data[:HEX_MOST]:
        return _hex(data, 16 if width >= 76 else 8)
    parts = data.decode("utf-8", "replace").expandtabs().split("\n")
    if parts and not parts[-1]:
        parts.pop()
    lines = [
        text(piece, role)
        for part in parts[:LINES_MOST]
        for piece in chop_cells(clean(part.rstrip("\r"), LINE_MOST), max(width, 8)) or [""]
    ]
    if len(parts) > LINES_MOST:
        lines.append(text(f"… and {len(parts) - LINES_MOST} lines more", Role.MUTED))
    return lines


def _hex(data: bytes, wide: int) -> list[Line]:
    lines = [text(f"binary, {len(data)} bytes", Role.MUTED)]
    for at in range(0, min(len(data), HEX_MOST), wide):
        row = data[at : at + wide]
        plain = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in row)
        lines.append(text(f"{at:08x}  {row.hex(' '):<{wide * 3}} {plain}"))
    return lines
