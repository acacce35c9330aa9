"""What every tab of the console pane is: a terminal with a name, a state and one listener."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from vmtui.engine.bell import Bell, safely
from vmtui.engine.tap import Tap
from vmtui.model.guest import GuestKey
from vmtui.terminal.cells import Frame
from vmtui.terminal.session import TerminalSession


class ConsoleState(Enum):
    """How a console stands."""

    CONNECTING = "connecting"
    LIVE = "live"
    WAITING = "waiting"
    """For the guest to run, or for the host to come back."""
    TAKEN = "taken"
    """Somebody else has it open."""
    FAILED = "failed"
    """It cannot be opened: the guest has none, or the host refuses."""


class ConsoleId(NamedTuple):
    """A guest and one of its character devices ("" for the first)."""

    key: GuestKey
    device: str


class ConsoleBase:
    """A terminal that a view can show: a guest's console, or a recording that is played."""

    typable = True
    """Whether what is typed reaches a guest."""

    def __init__(self, id_: ConsoleId, name: str, terminal: TerminalSession) -> None:
        self.id = id_
        self.name = name
        self.terminal = terminal
        self.state = ConsoleState.CONNECTING
        self.words = ""
        """Why it is not live."""
        self.note = ""
        """What else a person should know of it."""
        self.unread = False
        """Whether it has printed something while it was not `watched`."""
        self.on_frame: Callable[[Frame], None] | None = None
        self.on_change: Callable[[], None] | None = None
        """Told of a new state, title or badge."""
        self._watched = False
        self._bell = Bell(self._tell)
        self._title = ""
        self._taps: list[Tap] = []
        terminal.on_frame = self._framed
        terminal.watching = False

    # -- for the screen ------------------------------------------------------------------------

    @property
    def watched(self) -> bool:
        """Whether somebody looks: only then frames are made."""
        return self._watched

    @watched.setter
    def watched(self, looks: bool) -> None:
        self._watched = self.terminal.watching = looks
        if looks and self.unread:
            self.unread = False
            self._bell.pull()

    @property
    def title(self) -> str:
        """The window title that the guest set, already harmless."""
        return self.terminal.frame.title

    @property
    def progress(self) -> str:
        """How far something is that goes on here; "" where nothing does."""
        return ""

    @property
    def recording(self) -> bool:
        """Whether what it prints is recorded."""
        return False

    def resize(self, columns: int, rows: int) -> None:
        """Take the size of the view."""
        self.terminal.resize(columns, rows)

    def press(self, key: str, character: str | None) -> bool:
        """Take a key (named as Textual names it); False where it means nothing here."""
        raise NotImplementedError

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        raise NotImplementedError

    def paste(self, text: str, pace: int = 0) -> None:
        """Send pasted text, `pace` characters a second; 0 is at once."""

    def type_text(self, text: str, pace: int = 0) -> None:
        """Send text as if it were typed."""

    async def tell_size(self) -> bool:
        """Tell the guest the size of the terminal; whether its agent did it.

        Raises Conflict where that cannot be done now.
        """
        return False

    def cancel_paste(self) -> bool:
        """Send no more of what is being pasted; False where nothing is."""
        return False

    def take_over(self) -> None:
        """Open it although somebody else has it: they lose it."""

    def retry(self) -> None:
        """Try to open it now."""

    async def close(self) -> None:
        """Let go of it; the terminal is released by `Consoles`."""
        raise NotImplementedError

    # -- jobs that type here -------------------------------------------------------------------

    def tap(self) -> Tap | None:
        """A line for a job that types here; None where another has one, or it is not live."""
        if self.state is not ConsoleState.LIVE or self._taps:
            return None
        tap = Tap(self.send, self._untap)
        self._taps.append(tap)
        self._bell.pull()
        return tap

    def _untap(self, tap: Tap) -> None:
        if tap in self._taps:
            self._taps.remove(tap)
            self._bell.pull()

    # -- telling -------------------------------------------------------------------------------

    def _set(self, state: ConsoleState, words: str = "") -> None:
        if (state, words) != (self.state, self.words):
            self.state, self.words = state, words
            self._bell.pull()

    def _framed(self, frame: Frame) -> None:
        if frame.title != self._title:
            self._title = frame.title
            self._bell.pull()
        if self.on_frame is not None:
            self.on_frame(frame)

    def _tell(self) -> None:
        if (listener := self.on_change) is not None:
            safely(listener)
