"""Consoles: one guest's text stream each, kept alive while nobody looks.

Bytes from the guest go into a terminal of their own (`vmtui.terminal`), keys go the other way.
A console outlives what it is attached to: when its guest stops, its host is lost, or somebody
takes it over, it says so in a line of its own, waits, and attaches again by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path

from vmtui.engine import consolesize, consolewords
from vmtui.engine.consolebase import ConsoleBase, ConsoleId, ConsoleState
from vmtui.engine.consolelog import notice
from vmtui.engine.consoletext import snapshot
from vmtui.engine.fleet import Fleet
from vmtui.engine.pasting import Paste
from vmtui.engine.recording import Recording
from vmtui.engine.store import Store
from vmtui.engine.tap import Tap
from vmtui.errors import Conflict, ConnectionLost, NotFound, TimedOut, Unsupported, VmtuiError
from vmtui.hypervisor import ConsoleChannel
from vmtui.model.device import ConsolePort
from vmtui.model.guest import Guest, GuestState
from vmtui.model.host import LinkState
from vmtui.model.inventory import Inventory
from vmtui.terminal import keys
from vmtui.terminal.session import TerminalSession

logger = logging.getLogger(__name__)

RETRY_FIRST, RETRY_MOST = 0.5, 10.0
EXPLAINED_WITHIN = 0.7
"""Seconds that the reason for a console's end may take to arrive."""
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
TRICKLE, PIECE = 16 * 1024, 256 * 1024
"""Bytes below which a piece is said to trickle in, and at most in one."""
AT_ONCE = 64 * 1024
"""Bytes of a paste that are sent in one piece, and that may wait while a longer one goes on."""


class Console(ConsoleBase):
    """One console. Made by `Consoles.open`; its `terminal` holds the screen and the scrollback."""

    def __init__(
        self,
        id_: ConsoleId,
        name: str,
        terminal: TerminalSession,
        fleet: Fleet,
        store: Store,
        port: ConsolePort | None = None,
    ) -> None:
        super().__init__(id_, name, terminal)
        self._port = port
        self._fleet = fleet
        self._store = store
        self._channel: ConsoleChannel | None = None
        self._outgoing = bytearray()
        self._typed = asyncio.Event()
        self._again = asyncio.Event()
        self._take_over = False
        self._paste: Paste | None = None
        self._recording: Recording | None = None
        terminal.on_replies = self.send
        terminal.on_notice = self.say
        self._tasks = [asyncio.create_task(self._stay()), asyncio.create_task(self._type())]

    # -- for the screen ------------------------------------------------------------------------

    @property
    def progress(self) -> str:
        """How much of a paste the guest has been sent."""
        if self._taps:
            return "vmtui types here: keys wait"
        paste = self._paste
        return f"pasting {paste.sent}/{paste.total}, Esc stops" if paste else ""

    @property
    def recording(self) -> bool:
        """Whether what it prints is recorded."""
        return self._recording is not None

    def resize(self, columns: int, rows: int) -> None:
        """Take the size of the view."""
        self.terminal.resize(columns, rows)
        if self._recording is not None:
            self._recording.resize(*self.terminal.size)

    def press(self, key: str, character: str | None) -> bool:
        """Send a key (named as Textual names it); False where it means nothing to a terminal.

        While a job types here, keys would fall into its lines: they are dropped.
        """
        if self._taps:
            return False
        data = keys.encode_key(key, character, self.terminal.frame.modes)
        if data:
            self.send(data)
        return bool(data)

    def paste(self, text: str, pace: int = 0) -> None:
        """Send pasted text, bracketed where the guest asks for it."""
        self._send_slowly(keys.encode_paste(text, self.terminal.frame.modes), pace)

    def type_text(self, text: str, pace: int = 0) -> None:
        """Send text as if it were typed: a line's end is Enter, control characters are keys."""
        plain = text.replace("\r\n", "\r").replace("\n", "\r")
        self._send_slowly(plain.encode(errors="replace"), pace)

    def cancel_paste(self) -> bool:
        """Send no more of what is being pasted; False where nothing is."""
        if self._paste is None:
            return False
        self._paste.stop()
        return True

    def send(self, data: bytes) -> None:
        """Send bytes as they are; what cannot be sent now is dropped, as on a real line."""
        if self.state is ConsoleState.LIVE and len(self._outgoing) + len(data) <= OUTGOING_MOST:
            self._outgoing += data
            self._typed.set()
            self.terminal.hasten()

    async def tell_size(self) -> bool:
        """Tell the guest the size: through its agent (True), else by a line typed at its shell.

        Raises Conflict where the line would fall into what a job types here.
        """
        terminal, guest = self.terminal, self._guest()
        view = self._store.inventory.hosts.get(self.id.key.host)
        if await consolesize.through_agent(self._fleet, view, guest, self._port, terminal):
            return True
        if self._taps:
            raise Conflict("A job types at this console", "Tell the size again once it is done.")
        self.send(consolesize.typed(terminal.size))
        return False

    def tap(self) -> Tap | None:
        """A line for a job that types here; a paste that is under way ends for it."""
        tap, paste = super().tap(), self._paste
        if tap is not None and paste is not None:
            self._paste = None
            self.send(paste.cut())
            self.say(f"a job types here: {paste.sent} of {paste.total} characters were pasted")
        return tap

    def _send_slowly(self, data: bytes, pace: int) -> None:
        if self.state is not ConsoleState.LIVE or self._taps:
            return
        if self._paste is None and not pace and len(data) <= AT_ONCE:
            self.send(data)
        elif self._paste is None:
            self._paste = Paste(data, pace, self._take_piece, self._pasted)
        else:
            logger.info("%s: a paste is under way, another is not begun", self.name)

    def _take_piece(self, data: bytes) -> bool:
        if len(self._outgoing) > AT_ONCE:
            return False
        self.send(data)
        return True

    def _pasted(self) -> None:
        if self._paste is not None and self._paste.done:
            self._paste = None
        self._bell.pull()

    @property
    def device_name(self) -> str | None:
        """What the host calls the port; "" is the first, None where it does not tell."""
        return self._device() if self.id.device else ""

    # -- recording -----------------------------------------------------------------------------

    async def record(self, path: Path) -> None:
        """Record what is printed from now on to a new file, beginning with what is shown.

        Raises OSError where the file cannot be made.
        """
        columns, rows = self.terminal.size
        recording = await Recording.begin(path, columns, rows, self.name, self._recording_ended)
        if self._recording is not None:
            # Asked for twice while the first file was being made.
            await recording.close()
            return
        self._recording = recording
        recording.output(snapshot(self.terminal.screen, self.terminal.frame.cursor))
        self._bell.pull()

    async def stop_recording(self) -> Path | None:
        """Close the recording; its path, or None where there is none."""
        recording, self._recording = self._recording, None
        if recording is None:
            return None
        self._bell.pull()
        await recording.close()
        return recording.path

    def _recording_ended(self, words: str) -> None:
        self._recording = None
        self.say(f"the recording ended: {words}")
        self._bell.pull()

    # -- what a person can ask -----------------------------------------------------------------

    def take_over(self) -> None:
        """Open it although somebody else has it: they lose it."""
        self._take_over = True
        self._again.set()

    def retry(self) -> None:
        """Try to open it now."""
        self._again.set()

    def say(self, words: str) -> None:
        """Put a line of vmtui's own between what the guest printed."""
        self._feed(notice(words, self.terminal))

    async def close(self) -> None:
        """Let go of the guest; the terminal is released by `Consoles`."""
        self.on_frame = self.on_change = None
        self._end_paste()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.stop_recording()

    # -- staying attached ----------------------------------------------------------------------

    async def _stay(self) -> None:
        pause = RETRY_FIRST
        while True:
            await self._until_it_runs()
            self._set(ConsoleState.CONNECTING)
            try:
                await self._once()
                pause = RETRY_FIRST
                await self._explain_end()
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
            self.id.key.uuid, self._device() or "", take_over=take_over
        )
        self._channel = channel
        self._outgoing.clear()
        self._set(ConsoleState.LIVE)
        silence = asyncio.get_running_loop().call_later(
            SILENT, lambda: self._set(ConsoleState.LIVE, SILENCE)
        )
        try:
            while data := await channel.read(PIECE):
                silence.cancel()
                self._set(ConsoleState.LIVE)
                self._feed(data)
                for tap in self._taps:
                    tap.heard(data)
                if not self.watched and not self.unread:
                    self.unread = True
                    self._bell.pull()
                # Not reading holds up the guest, so that nothing piles up here.
                await self.terminal.ready()
                if self._recording is not None:
                    await self._recording.ready()
                # After the first piece, not before it: an echo waits for nothing.
                await asyncio.sleep(GATHER if len(data) < TRICKLE else 0)
        finally:
            silence.cancel()
            self._channel = None
            self._end_paste()
            for tap in self._taps:
                tap.end()
            await channel.close()

    def _feed(self, data: bytes) -> None:
        self.terminal.feed(data)
        if self._recording is not None:
            self._recording.output(data)

    def _end_paste(self) -> None:
        if self._paste is not None:
            self._paste.abort()
            self._paste = None
            self._bell.pull()

    def _device(self) -> str | None:
        """What the host calls the port; None where it does not tell (yet)."""
        if self._port is None or not self.id.device:
            return self.id.device
        guest = self._guest()
        ports = guest.definition.consoles if guest and guest.definition else ()
        names = [p.alias for p in ports if (p.kind, p.port) == (self._port.kind, self._port.port)]
        return next((name for name in names if name), None)

    async def _explain_end(self) -> None:
        # The stream ends a little before the host tells why.
        await self._store.wait(lambda inventory: not self._runs(inventory), EXPLAINED_WITHIN)
        view = self._store.inventory.hosts.get(self.id.key.host)
        words = consolewords.ended(view, self._guest())
        self.say(words)
        self._set(ConsoleState.WAITING, words)

    async def _until_it_runs(self) -> None:
        if not self._runs(self._store.inventory):
            words = consolewords.waiting(self.name, self._guest(), self.id.device)
            self._set(ConsoleState.WAITING, words)
            await self._store.wait(self._runs)

    def _runs(self, inventory: Inventory) -> bool:
        view = inventory.hosts.get(self.id.key.host)
        guest = inventory.guest(self.id.key)
        if view is None or guest is None or view.link.state is not LinkState.UP:
            return False
        if not guest.state.active or guest.state is GuestState.UNKNOWN:
            return False
        return self._device() is not None

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
