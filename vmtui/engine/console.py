"""Consoles: one guest's text stream each, kept alive while nobody looks.

Bytes from the guest go into a terminal of their own (`vmtui.terminal`), keys go the other way.
A console outlives what it is attached to: when its guest stops, its host is lost, or somebody
takes it over, it says so in a line of its own, waits, and attaches again by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from vmtui.engine.bell import Bell, safely
from vmtui.engine.fleet import Fleet
from vmtui.engine.store import Store
from vmtui.errors import Conflict, ConnectionLost, NotFound, TimedOut, Unsupported, VmtuiError
from vmtui.hypervisor import ConsoleChannel
from vmtui.model.guest import Guest, GuestKey, GuestState
from vmtui.model.host import LinkState
from vmtui.model.inventory import Inventory
from vmtui.terminal import keys
from vmtui.terminal.cells import Frame
from vmtui.terminal.session import TerminalSession

logger = logging.getLogger(__name__)

RETRY_FIRST, RETRY_MOST = 0.5, 10.0
TAKEN_RETRY = 5.0
"""Seconds between two tries while somebody else has the console."""
OUTGOING_MOST = 1 << 20
"""Bytes that may wait to be typed; more are refused."""
SILENT = 8.0
"""Seconds without a byte after which a console says what is likely wrong."""
SILENCE = (
    "nothing printed so far: press Enter; a Linux guest prints here only with console=ttyS0 on its "
    "kernel's command line"
)
GATHER = 0.002
"""Seconds for which what trickles in is gathered before the terminal is fed."""
RESET = b"\x1b[?1049l\x1b[!p\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?2004l"
"""Leaves whatever a full-screen program of the guest had set up when it was cut off."""


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


class Console:
    """One console. Made by `Consoles.open`; its `terminal` holds the screen and the scrollback."""

    def __init__(
        self, id_: ConsoleId, name: str, terminal: TerminalSession, fleet: Fleet, store: Store
    ) -> None:
        self.id = id_
        self.name = name
        self.terminal = terminal
        self.state = ConsoleState.CONNECTING
        self.words = ""
        """Why it is not live."""
        self.unread = False
        """Whether it has printed something while it was not `watched`."""
        self.on_frame: Callable[[Frame], None] | None = None
        self.on_change: Callable[[], None] | None = None
        """Told of a new state, title or badge."""
        self._fleet = fleet
        self._store = store
        self._channel: ConsoleChannel | None = None
        self._outgoing = bytearray()
        self._typed = asyncio.Event()
        self._again = asyncio.Event()
        self._take_over = False
        self._watched = False
        self._bell = Bell(self._tell)
        terminal.on_frame = self._framed
        terminal.on_replies = self.send
        terminal.on_notice = self.say
        terminal.watching = False
        self._tasks = [asyncio.create_task(self._stay()), asyncio.create_task(self._type())]

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

    def press(self, key: str, character: str | None) -> bool:
        """Send a key (named as Textual names it); False where it means nothing to a terminal."""
        data = keys.encode_key(key, character, self.terminal.frame.modes)
        if data:
            self.send(data)
        return bool(data)

    def paste(self, text: str) -> None:
        """Send pasted text, bracketed where the guest asks for it."""
        self.send(keys.encode_paste(text, self.terminal.frame.modes))

    def send(self, data: bytes) -> None:
        """Send bytes as they are; what cannot be sent now is dropped, as on a real line."""
        if self.state is ConsoleState.LIVE and len(self._outgoing) + len(data) <= OUTGOING_MOST:
            self._outgoing += data
            self._typed.set()

    def take_over(self) -> None:
        """Open it although somebody else has it: they lose it."""
        self._take_over = True
        self._again.set()

    def retry(self) -> None:
        """Try to open it now."""
        self._again.set()

    def say(self, words: str) -> None:
        """Put a line of vmtui's own between what the guest printed."""
        place = b""
        if not self.terminal.frame.modes.alternate_screen:
            # Below all that stands there: a menu's cursor may be in the middle of it.
            used = [y for y, row in enumerate(self.terminal.screen) if row.text]
            place = b"\x1b[%d;1H" % (max(used, default=0) + 1)
        self.terminal.feed(RESET + place + f"\r\n\x1b[0;7m {words} \x1b[0m\r\n".encode())

    async def close(self) -> None:
        """Let go of the guest; the terminal is released by `Consoles`."""
        self.on_frame = self.on_change = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- staying attached ----------------------------------------------------------------------

    async def _stay(self) -> None:
        pause = RETRY_FIRST
        while True:
            await self._until_it_runs()
            self._set(ConsoleState.CONNECTING)
            try:
                await self._once()
                pause = RETRY_FIRST
                self._explain_end()
            except Conflict as error:
                self._set(ConsoleState.TAKEN, error.title)
                await self._pause(TAKEN_RETRY)
            except (NotFound, Unsupported) as error:
                if self._guest() is not None:
                    self._set(ConsoleState.FAILED, str(error))
                    await self._pause(None)
            except VmtuiError as error:
                self._set(ConsoleState.WAITING, str(error))
                await self._pause(pause)
                pause = min(pause * 2, RETRY_MOST)

    async def _once(self) -> None:
        """Open it and receive until it ends."""
        hypervisor = self._fleet.hypervisor(self.id.key.host)
        take_over, self._take_over = self._take_over, False
        channel = await hypervisor.open_console(
            self.id.key.uuid, self.id.device, take_over=take_over
        )
        self._channel = channel
        self._outgoing.clear()
        self._set(ConsoleState.LIVE)
        silence = asyncio.get_running_loop().call_later(
            SILENT, lambda: self._set(ConsoleState.LIVE, SILENCE)
        )
        try:
            while data := await channel.read():
                silence.cancel()
                self._set(ConsoleState.LIVE)
                await asyncio.sleep(GATHER)
                self.terminal.feed(data)
                if not self.watched and not self.unread:
                    self.unread = True
                    self._bell.pull()
                # Not reading holds up the guest, so that nothing piles up here.
                await self.terminal.ready()
        finally:
            silence.cancel()
            self._channel = None
            await channel.close()

    def _explain_end(self) -> None:
        guest = self._guest()
        view = self._store.inventory.hosts.get(self.id.key.host)
        if view is None or view.link.state is not LinkState.UP:
            words = "the connection to the host is lost; the console comes back with it"
        elif guest is None:
            words = "the guest is gone"
        elif guest.state.active:
            words = "the console was closed; opening it again"
        else:
            words = f"{guest.name} is {guest.state.value}; the console comes back when it starts"
        self.say(words)
        self._set(ConsoleState.WAITING, words)

    async def _until_it_runs(self) -> None:
        if not self._runs(self._store.inventory):
            guest = self._guest()
            state = guest.state.value if guest else "gone"
            self._set(ConsoleState.WAITING, f"{self.name} is {state}: waiting until it runs")
            await self._store.wait(self._runs)

    def _runs(self, inventory: Inventory) -> bool:
        view = inventory.hosts.get(self.id.key.host)
        guest = inventory.guest(self.id.key)
        if view is None or guest is None or view.link.state is not LinkState.UP:
            return False
        return guest.state.active and guest.state is not GuestState.UNKNOWN

    def _guest(self) -> Guest | None:
        return self._store.inventory.guest(self.id.key)

    async def _pause(self, seconds: float | None) -> None:
        self._again.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._again.wait(), seconds)

    async def _type(self) -> None:
        while True:
            await self._typed.wait()
            self._typed.clear()
            channel = self._channel
            data, self._outgoing = bytes(self._outgoing), bytearray()
            if channel is None or not data:
                continue
            try:
                await channel.write(data)
            except (ConnectionLost, TimedOut, VmtuiError) as error:
                logger.info("typing to %s: %s", self.name, error)

    # -- telling -------------------------------------------------------------------------------

    def _set(self, state: ConsoleState, words: str = "") -> None:
        if (state, words) != (self.state, self.words):
            self.state, self.words = state, words
            self._bell.pull()

    def _framed(self, frame: Frame) -> None:
        if self.on_frame is not None:
            self.on_frame(frame)

    def _tell(self) -> None:
        if (listener := self.on_change) is not None:
            safely(listener)
