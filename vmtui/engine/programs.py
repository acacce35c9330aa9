"""Runs a program of this machine to its end, telling its last line as it goes."""

from __future__ import annotations

import asyncio
import codecs
import os
import shutil
from collections.abc import Sequence

from vmtui.engine.child import Child
from vmtui.errors import TimedOut, Unsupported
from vmtui.hypervisor import Progress
from vmtui.terminal.shell import KEPT, plain

LINE_MOST = 200
"""Characters of a line that are told."""


async def follow(
    words: Sequence[str], *, given: str = "", limit: float, progress: Progress | None = None
) -> tuple[int, str]:
    """Its exit code and the end of what it printed, errors and all, as plain text.

    It is killed with all that it started where it takes longer than `limit` seconds, and where
    this is cancelled.

    Args:
        words: The program and its arguments.
        given: Its input.
        limit: In seconds.
        progress: Told its last line.

    Raises:
        Unsupported: There is no such program.
        TimedOut: It did not end.
    """
    if shutil.which(words[0]) is None:
        raise Unsupported(f"There is no {words[0]} on this machine")
    printed = _Printed(progress)
    child = await Child.begin(
        words, printed.heard, given=given.encode(), env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    try:
        async with asyncio.timeout(limit):
            return await child.ended(), plain(printed.text)
    except TimeoutError:
        await child.stop()
        raise TimedOut(f"{words[0]} did not end", f"Not within {limit:g} seconds.") from None
    except BaseException:
        await child.stop()
        raise


def last_lines(output: str, count: int = 6) -> str:
    """The end of what was printed, for a sentence."""
    lines = [line.strip()[:LINE_MOST] for line in output.split("\n") if line.strip()]
    return " · ".join(lines[-count:]) or "It printed nothing."


class _Printed:
    """The end of what a program printed."""

    def __init__(self, progress: Progress | None) -> None:
        self.text = ""
        self._progress = progress
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def heard(self, data: bytes) -> None:
        self.text = (self.text + self._decoder.decode(data))[-KEPT:]
        lines = [line for line in plain(self.text[-2000:]).split("\n") if line.strip()]
        if self._progress is not None and lines:
            self._progress(None, lines[-1].strip()[:80])
