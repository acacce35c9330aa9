"""At a guest's console: recognize the shell of whoever is logged in there, and run commands in it.

The console is the one that is open here, where one is, so that a person sees all of it; else it is
opened for the while. A password is typed only where sudo asks in words that are new for each
command, or doas in its own, and once for a command. Both have the terminal echo nothing before
they ask: that it is so cannot be seen from here.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from vmtui.engine.bounded import bounded
from vmtui.engine.fleet import Fleet
from vmtui.errors import Conflict, Refused, TimedOut, VmtuiError
from vmtui.hypervisor import ConsoleChannel, Progress
from vmtui.model.guest import GuestKey
from vmtui.model.installing import Login
from vmtui.model.steps import RunAtConsole
from vmtui.plan.loginfacts import QUESTION, as_root, read_login
from vmtui.terminal.keys import INTERRUPT
from vmtui.terminal.shell import LINE_MOST, Marks, Seen, Transcript, judge, last_line, plain

QUIET = 0.7
"""Seconds without a byte after which what is shown is taken as all."""
HEARD = 8.0
"""Seconds that a shell has to answer Enter."""
TAKEN = 20.0
"""Seconds that a shell has to take a line."""
TRIES = 3
ASKED = 60.0
"""Seconds for the look around."""
PIECE, BEAT = 256, 0.02
"""A serial line's buffer is small: so many bytes are typed at once, and seconds between."""
MUTE = "Open the console, log in, and try again."


class Shell:
    """A shell at the other end of a console."""

    def __init__(self, line: ConsoleChannel, name: str) -> None:
        self._line = line
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    async def find(self) -> None:
        """Press Enter and see a prompt.

        Raises:
            Refused: Nobody is logged in, or what is there is no shell.
            TimedOut: It prints nothing.
        """
        seen, text = Seen.NOTHING, ""
        for _ in range(TRIES):
            await self._line.write(b"\r")
            text = plain(await self._until_quiet())
            seen = judge(text)
            if seen is Seen.SHELL:
                return
            if seen in (Seen.LOGIN, Seen.PASSWORD):
                break
        if seen is Seen.NOTHING:
            raise TimedOut(
                f"The console of {self._name} prints nothing", "Nor did it after Enter.", MUTE
            )
        if seen in (Seen.LOGIN, Seen.PASSWORD):
            raise Refused(
                f"Nobody is logged in at the console of {self._name}", f"It shows {seen.value}.",
                MUTE,
            )  # fmt: skip
        raise Refused(
            f"There is no shell at the console of {self._name}",
            f"It shows: {last_line(text)[:120]}", "End what runs there, and try again.",
        )  # fmt: skip

    async def run(
        self,
        command: str,
        *,
        marks: Marks,
        limit: float,
        password: str = "",
        progress: Progress | None = None,
    ) -> Transcript:
        """Type the command and follow it to its end; its output and its exit code.

        Raises:
            TimedOut: The shell does not take it, or it does not end in `limit` seconds.
            Refused: A password is asked for that is not known, or was wrong.
            Conflict: The console ended meanwhile.
        """
        transcript = Transcript(marks)
        line = marks.line(command)
        if len(line) > LINE_MOST:
            raise VmtuiError("The command is too long to be typed", f"{len(line)} characters.")
        try:
            async with asyncio.timeout(limit):
                await self._type(line + "\r")
                await self._follow(transcript, password, progress)
        except TimeoutError:
            await self._interrupt()
            raise TimedOut(
                f"{self._name}: the command did not end in {limit:g} seconds", told(transcript),
                "It was interrupted: look at its console.",
            ) from None  # fmt: skip
        except (asyncio.CancelledError, Refused):
            await self._interrupt()
            raise
        return transcript

    async def _follow(
        self, transcript: Transcript, password: str, progress: Progress | None
    ) -> None:
        loop = asyncio.get_running_loop()
        patience, answered = loop.time() + TAKEN, False
        while transcript.ended() is None:
            wait = max(patience - loop.time(), 0.05) if not transcript.begun() else None
            try:
                async with asyncio.timeout(wait):
                    data = await self._read()
            except TimeoutError:
                if transcript.begun() or transcript.asked():
                    continue
                raise Refused(
                    f"The shell at the console of {self._name} does not answer",
                    last_line(transcript.text)[:160], "Look at its console.",
                ) from None  # fmt: skip
            transcript.feed(data)
            if transcript.asked() and transcript.ended() is None:
                if answered or not password:
                    raise _unasked(self._name, wrong=answered)
                answered = True
                await self._line.write(password.encode() + b"\r")
                transcript.answered()
            elif progress is not None and transcript.begun() and (last := transcript.last_lines(1)):
                # Before it begins, it is the line that was typed.
                progress(None, last[0][:80])

    async def _read(self) -> str:
        data = await self._line.read(65536)
        if not data:
            raise Conflict(f"The console of {self._name} was closed meanwhile")
        return self._decoder.decode(data)

    async def _until_quiet(self) -> str:
        """What it prints until it is quiet for a moment."""
        text, wait = "", HEARD
        while True:
            try:
                async with asyncio.timeout(wait):
                    text += await self._read()
            except TimeoutError:
                return text
            text, wait = text[-8192:], QUIET

    async def _type(self, text: str) -> None:
        data = text.encode()
        for at in range(0, len(data), PIECE):
            await self._line.write(data[at : at + PIECE])
            await asyncio.sleep(BEAT)

    async def _interrupt(self) -> None:
        with contextlib.suppress(VmtuiError):
            await bounded(self._line.write(INTERRUPT), 2.0)


def told(transcript: Transcript) -> str:
    """The end of what a command printed, for a person."""
    return " · ".join(transcript.last_lines()) or "It printed nothing."


@asynccontextmanager
async def shell_of(fleet: Fleet, key: GuestKey, name: str, device: str) -> AsyncIterator[Shell]:
    """The shell at that console, let go of at the end.

    Raises VmtuiError where the console cannot be opened, or somebody else has it.
    """
    line = fleet.console_line(key, device) if fleet.console_line is not None else None
    if line is None:
        line = await fleet.hypervisor(key.host).open_console(key.uuid, device)
    try:
        yield Shell(line, name)
    finally:
        await line.close()


async def look_around(fleet: Fleet, key: GuestKey, name: str, device: str = "") -> Login:
    """Who is logged in at a guest's console, and what system that is.

    Raises VmtuiError as `Shell.find` and `Shell.run` say.
    """
    async with shell_of(fleet, key, name, device) as shell:
        await shell.find()
        marks = Marks(secrets.token_hex(8))
        transcript = await shell.run(QUESTION, marks=marks, limit=ASKED)
    return read_login(transcript.output)


async def run_step(
    fleet: Fleet, key: GuestKey, name: str, step: RunAtConsole, progress: Progress
) -> None:
    """Do one step.

    Raises VmtuiError where the command fails, with the end of what it printed.
    """
    progress(None, step.what)
    marks = Marks(secrets.token_hex(8))
    command = as_root(step.command, step.sudo, marks.sudo_prompt if step.password else "")
    async with shell_of(fleet, key, name, step.device) as shell:
        await shell.find()
        transcript = await shell.run(
            command, marks=marks, limit=step.limit, password=step.password, progress=progress
        )
    check(name, step.what, transcript.ended() or 0, told(transcript), transcript.output)


def check(name: str, what: str, code: int, last: str, output: str) -> None:
    """Raises what tells a person why a command inside a guest failed; nothing where it did not."""
    if code == 0:
        return
    raise VmtuiError(
        f"{name}: “{what}” failed with exit code {code}",
        last,
        hint_for(output)
        or (
            "The command is not there: is this the system that it says?"
            if code == 127
            else "Look at its console: the last lines are above."
        ),
    )


def hint_for(output: str) -> str:
    """What to look at, by what a failed command printed; "" where that says nothing known."""
    low = output.lower()
    known = (hint for words, hint in _HINTS if any(word in low for word in words))
    return next(known, "")


_HINTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("could not get lock", "unable to lock", "is locked", "waiting for process with pid",
      "another app is currently holding", "system management is locked"),
     "Another package tool runs inside the guest: wait for its end, and try again."),
    (("temporary failure resolving", "could not resolve", "network is unreachable",
      "name or service not known", "no route to host", "failed to connect", "could not connect",
      "connection timed out", "temporary error (try again later)", "bad address"),
     "The guest does not reach its package server: mend its network, or install from an ISO."),
    (("a password is required", "a terminal is required", "incorrect password"),
     "It takes a password to become root: log in as root, or give the password."),
    (("not in the sudoers", "is not allowed to", "may not run sudo", "operation not permitted"),
     "Whoever is logged in may not become root: log in as root."),
    (("unable to locate package", "no match for argument", "not found in package names",
      "no provider of",
      "target not found", "no such package", "no packages available", "unable to find a match",
      "required by: world"),
     "Its package sources do not have it: on some systems it is in one that is to be enabled "
     "first (EPEL, universe, community)."),
    (("no space left",), "A file system of the guest is full."),
    (("read-only file system",), "A file system of the guest is read-only."),
)  # fmt: skip


def _unasked(name: str, *, wrong: bool) -> Refused:
    if wrong:
        return Refused(f"{name} does not take the password for sudo", hint="Try again with it.")
    return Refused(
        f"{name} asks for a password to become root", "None is known here.",
        "Do it again: passwords are never kept.",
    )  # fmt: skip
