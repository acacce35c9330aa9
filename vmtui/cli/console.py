"""`vmtui console NAME`: a guest's console in the person's own terminal, raw, as `virsh console`.

The guest's bytes go to the terminal as they come; in the screen's pane they never do.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import shutil
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from vmtui.cli.connecting import wanted_hosts
from vmtui.cli.exits import Unfound
from vmtui.cli.finding import Finder, Host, Opened
from vmtui.cli.keeping import Keeper, refuse_existing
from vmtui.cli.seat import LEAVE, Input, Output, raw
from vmtui.cli.signalled import until_signalled
from vmtui.errors import Conflict, VmtuiError
from vmtui.model.guest import GuestState

if TYPE_CHECKING:
    from vmtui.config import Settings
    from vmtui.hypervisor import ConsoleChannel
    from vmtui.model.guest import Guest

LEFT, ERROR, UNFOUND = 0, 1, 3
"""Exit codes; a signal's is 128 and its number."""
QUIET = 1.0
"""Seconds without output after the end of the input, until the console is left."""
KEYS_WAITING = 256
"""Pieces of typing that may wait for a guest that takes none; more are dropped."""
LAST_WORDS = 0.5
"""Seconds for what was typed just before leaving, and for the terminal to be set back."""
DYING = 2.0
"""Seconds that a guest may take from the end of its console to its own."""

SET_BACK = (
    b"\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1005l\x1b[?1006l\x1b[?1015l"
    b"\x1b[?2004l\x1b[?1l\x1b>\x1b[?25h\x1b[0m"
)
"""Mouse, focus and paste reports off, usual keys, a cursor, no colours."""
ALTERNATE_ON, ALTERNATE_OFF = b"\x1b[?1049h", b"\x1b[?1049l"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    name: str
    device: str = ""
    force: bool = False
    log: Path | None = None
    record: Path | None = None


class End(Enum):
    """How it came to an end."""

    LEFT = "left"
    ENDED = "ended"
    """By the guest or the host."""


def command(given: Namespace, settings: Settings) -> int:
    """`vmtui console`, from its arguments."""
    hosts = wanted_hosts(given, settings)
    wanted = Wanted(given.name, given.device, given.force, given.log, given.record)
    return run(hosts, wanted, settings.console.leave)


def run(hosts: Sequence[Host], wanted: Wanted, chord: str = "ctrl+]") -> int:
    """Attach, and stay until the person leaves or the console ends; the exit code."""
    try:
        refuse_existing(wanted.log, wanted.record)
        return asyncio.run(until_signalled(_console(hosts, wanted, leave_byte(chord))))
    except VmtuiError as error:
        _tell(error)
        return UNFOUND if isinstance(error, Unfound) else ERROR
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def leave_byte(chord: str) -> bytes:
    """The control character of a chord such as `ctrl+]`; Ctrl-] for what has none."""
    name, _, letter = chord.partition("+")
    return bytes((ord(letter.upper()) & 0x1F if name == "ctrl" and letter else LEAVE,))


def _tell(error: VmtuiError, host: str = "") -> None:
    words = f"{host}: {error}" if host else str(error)
    _say(f"vmtui: {words}" + (f"\nvmtui: {error.hint}" if error.hint else ""))


def _say(words: str) -> None:
    """A line for the person, unless the terminal is held (Ctrl-S): nobody is kept for that."""
    if select.select([], [sys.stderr.fileno()], [], LAST_WORDS)[1]:
        print(words, file=sys.stderr)


async def _console(hosts: Sequence[Host], wanted: Wanted, leave: bytes) -> int:
    finder = Finder()
    try:
        found = await finder.find(hosts, wanted.name)
    finally:
        for host, error in finder.problems:
            _tell(error, host)
    try:
        return await _attach(found, wanted, leave)
    finally:
        await found.hypervisor.close()


async def _attach(found: Opened, wanted: Wanted, leave: bytes) -> int:
    guest = found.guest
    if guest.state in (GuestState.OFF, GuestState.CRASHED):
        raise Conflict(f"{guest.name} is {guest.state.value}", hint="Start it first.")
    try:
        channel = await found.hypervisor.open_console(
            guest.key.uuid, wanted.device, take_over=wanted.force
        )
    except Conflict as error:
        raise Conflict(error.title, error.detail, "--force takes it over.") from None
    try:
        size = shutil.get_terminal_size()
        keeper = Keeper(wanted.log, wanted.record, (size.columns, size.lines), guest.name)
        try:
            key = chr(leave[0] | 0x40)
            print(f"vmtui: {guest.name} on {found.host}; Ctrl-{key} leaves", file=sys.stderr)
            with raw(sys.stdin.fileno()):
                end = await Attached(channel, keeper, leave).stay()
        finally:
            keeper.close()
    finally:
        await channel.close()
    _say("")
    if end is End.LEFT:
        return LEFT
    return await _explain(found)


async def _explain(found: Opened) -> int:
    """Say why the console ended; 0 where the guest itself is off."""
    name = found.guest.name
    try:
        async with asyncio.timeout(5.0):
            present = await _after_its_console(found)
    except (VmtuiError, TimeoutError):
        _say(f"vmtui: the connection to {found.host} is lost")
        return ERROR
    if present and present[0].state.active:
        _say(f"vmtui: the console of {name} was closed by its host")
        return ERROR
    _say(f"vmtui: {name} is {present[0].state.value if present else 'gone'}")
    return LEFT


async def _after_its_console(found: Opened) -> list[Guest]:
    """The guest as it is now, or nothing: its console ends a moment before it does."""
    until = asyncio.get_running_loop().time() + DYING
    while True:
        guests = await found.hypervisor.list_guests()
        present = [guest for guest in guests if guest.key == found.guest.key]
        running = bool(present) and present[0].state.active
        if not running or asyncio.get_running_loop().time() > until:
            return present
        await asyncio.sleep(0.1)


class Attached:
    """The person and the console, joined."""

    def __init__(self, channel: ConsoleChannel, keeper: Keeper, leave: bytes) -> None:
        self._channel = channel
        self._keeper = keeper
        self._leave = leave
        self._source = Input(sys.stdin.fileno())
        self._output = Output(sys.stdout.fileno())
        self._loop = asyncio.get_running_loop()
        self._alternate = False
        self._tail = b""
        self._busy = False
        self._shown_at = 0.0

    async def stay(self) -> End:
        """Until the person leaves, the input ends and the output is quiet, or the console ends.

        Raises:
            VmtuiError: What is printed can be shown or kept no more.
        """
        showing = asyncio.create_task(self._show())
        typing = asyncio.create_task(self._type())
        with self._sizes():
            try:
                await asyncio.wait({showing, typing}, return_when=asyncio.FIRST_COMPLETED)
                if not showing.done() and not self._source.typed:
                    await self._until_quiet(showing)
                if showing.done():
                    showing.result()
                    return End.ENDED
                typing.result()
                return End.LEFT
            finally:
                for task in (showing, typing):
                    task.cancel()
                await asyncio.gather(showing, typing, return_exceptions=True)
                await self._set_back()

    async def _show(self) -> None:
        while data := await self._channel.read():
            self._keeper.keep(data)
            self._note(data)
            self._busy = True
            try:
                await self._output.write(data)
            except OSError as error:
                raise VmtuiError("The output is closed", error.strerror or "") from None
            finally:
                self._busy = False
                self._shown_at = self._loop.time()

    def _note(self, data: bytes) -> None:
        """Remember whether the guest has put the terminal on its alternate screen."""
        text = self._tail + data
        on, off = text.rfind(ALTERNATE_ON), text.rfind(ALTERNATE_OFF)
        if on != off:
            self._alternate = on > off
        self._tail = text[1 - len(ALTERNATE_ON) :]

    async def _type(self) -> None:
        """Send what is typed, until the chord that leaves or the end of the input."""
        waiting: asyncio.Queue[bytes] = asyncio.Queue(KEYS_WAITING)
        sending = asyncio.create_task(self._send(waiting))
        try:
            while data := await self._source.read():
                if not self._source.typed:
                    await waiting.put(data)
                    continue
                # The way out works although the guest takes nothing.
                keys, chord, _rest = data.partition(self._leave)
                if keys:
                    with contextlib.suppress(asyncio.QueueFull):
                        waiting.put_nowait(keys)
                if chord:
                    break
            patience = LAST_WORDS if self._source.typed else None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(waiting.join(), patience)
        finally:
            sending.cancel()

    async def _send(self, waiting: asyncio.Queue[bytes]) -> None:
        while True:
            data = await waiting.get()
            # A console that has ended tells so where it is read.
            with contextlib.suppress(VmtuiError):
                await self._channel.write(data)
            waiting.task_done()

    async def _until_quiet(self, showing: asyncio.Task[None]) -> None:
        since = self._loop.time()
        while not showing.done():
            left = max(since, self._shown_at) + QUIET - self._loop.time()
            if left <= 0 and not self._busy:
                return
            await asyncio.wait({showing}, timeout=max(left, 0.05))

    @contextlib.contextmanager
    def _sizes(self) -> Iterator[None]:
        """Tell the recording of the terminal's new sizes."""

        def resized() -> None:
            size = shutil.get_terminal_size()
            self._keeper.resize(size.columns, size.lines)

        self._loop.add_signal_handler(signal.SIGWINCH, resized)
        try:
            yield
        finally:
            self._loop.remove_signal_handler(signal.SIGWINCH)

    async def _set_back(self) -> None:
        """Take back what the guest has switched on in the person's terminal."""
        if not os.isatty(sys.stdout.fileno()):
            return
        data = (ALTERNATE_OFF if self._alternate else b"") + SET_BACK
        with contextlib.suppress(TimeoutError, OSError):
            await asyncio.wait_for(self._output.write(data), LAST_WORDS)
