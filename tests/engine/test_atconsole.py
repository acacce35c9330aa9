"""Following a command at a console: what a person is told of it while it runs."""

from __future__ import annotations

from typing import cast

from vmtui.engine.atconsole import Shell
from vmtui.hypervisor import ConsoleChannel
from vmtui.terminal.shell import Marks

MARKS = Marks("0123456789abcdef")


class Line:
    """A console that echoes, as terminals do, and then prints these."""

    def __init__(self, *printed: str) -> None:
        self._printed = list(printed)
        self._typed = b""

    async def write(self, data: bytes) -> None:
        """Keep it for the echo."""
        self._typed += data

    async def read(self, _most: int) -> bytes:
        """The echo of what was typed, then what is printed."""
        typed, self._typed = self._typed, b""
        return typed or self._printed.pop(0).encode()


async def test_what_the_command_prints_is_told_and_not_the_line_that_was_typed() -> None:
    joined = "".join(MARKS.halves)
    line = Line(f"\n{joined}:begin\n", "Reading lists\n", "\n", f"\n{joined}:0\n{joined}:0\n")
    told: list[str] = []
    transcript = await Shell(cast("ConsoleChannel", line), "web1").run(
        "apt-get update", marks=MARKS, limit=60, progress=lambda _, words: told.append(words)
    )
    assert transcript.ended() == 0
    assert set(told) == {"Reading lists"}
