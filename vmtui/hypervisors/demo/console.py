"""A demo guest's console: a login prompt and a shell that knows a handful of words."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

GUEST_ENDS_WITHIN = 0.2
"""Seconds after which a console notices that its guest has stopped."""
LIMIT = 1 << 20
"""Bytes that may wait to be read; the oldest go."""

GREETING = "\r\n{name} (demo) ttyS0\r\n\r\n{name}:~# "
ANSWERS = {
    "help": "words: help, uname, uptime, colours, clear, flood",
    "uname": "Demo 1.0 x86_64",
    "uptime": "up for as long as you look",
    "colours": "".join(f"\x1b[48;5;{n}m  " + ("\x1b[0m\r\n" if n % 36 == 15 else "")
                       for n in range(16, 232)) + "\x1b[0m",
    "clear": "\x1b[2J\x1b[H",
    "flood": "".join(f"line {number}\r\n" for number in range(2000)),
}  # fmt: skip


class DemoConsole:
    """Fulfils `vmtui.hypervisor.ConsoleChannel`."""

    def __init__(
        self, name: str, runs: Callable[[], bool], shell: Callable[[str], str | None]
    ) -> None:
        """`shell` is what a line prints that is none of the handful; None: there is no such."""
        self._shell = shell
        self._name = name
        self._runs = runs
        self._line = ""
        self._waiting = bytearray(GREETING.format(name=name).encode())
        self._news = asyncio.Event()
        self._ended = False

    async def read(self, limit: int = 65536) -> bytes:
        """What the guest printed; b"" once the console has ended."""
        while not self._waiting and not self._ended and self._runs():
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), GUEST_ENDS_WITHIN)
        data = bytes(self._waiting[:limit])
        del self._waiting[:limit]
        return data

    async def write(self, data: bytes) -> None:
        """Type: characters are echoed, Enter asks the shell."""
        for character in data.decode(errors="replace"):
            if character == "\r":
                answer = ANSWERS.get(self._line.strip()) or self._shell(self._line)
                if answer is None and self._line.strip():
                    answer = f"{self._line.strip()}: not found; try help"
                self._print("\r\n" + (f"{answer}\r\n" if answer else "") + f"{self._name}:~# ")
                self._line = ""
            elif character in "\x7f\b":
                if self._line:
                    self._line = self._line[:-1]
                    self._print("\b \b")
            elif character.isprintable():
                self._line += character
                self._print(character)

    async def close(self) -> None:
        """Let go of it."""
        self._ended = True
        self._news.set()

    def _print(self, text: str) -> None:
        self._waiting += text.encode()
        del self._waiting[:-LIMIT]
        self._news.set()
