"""What a console shows that did not come over its line: the host's record of it, and notices."""

from __future__ import annotations

import os
import stat
import time
from typing import NamedTuple

from vmtui.terminal.session import TerminalSession

TAIL = 256 * 1024
"""Bytes of a record that a terminal starts with."""
CALM = b"\x1b[?1049l\x1b[!p\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?2004l\x1b[0m"
"""Leaves whatever a full-screen program of the guest had set up when it was cut off."""


class Tail(NamedTuple):
    """The end of a record, from the start of a line, and when it was last written."""

    data: bytes
    written: float
    """Seconds since the epoch."""


def read_tail(path: str, most: int = TAIL) -> Tail | None:
    """The last `most` bytes of the record, from a line's start; None where it cannot be read.

    To be called on a thread: it reads a file.
    """
    try:
        # Not to wait for ever on what is no file.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    told = os.fstat(handle)
    if not stat.S_ISREG(told.st_mode):
        os.close(handle)
        return None
    with os.fdopen(handle, "rb") as file:
        try:
            start = max(told.st_size - most, 0)
            file.seek(start)
            data = file.read(most)
        except OSError:
            return None
    if start:
        data = data[data.find(b"\n") + 1 :]
    return Tail(data, told.st_mtime)


def notice(words: str, terminal: TerminalSession) -> bytes:
    """What a terminal is fed: a line of vmtui's own, over nothing that the guest has printed."""
    place = b""
    if terminal.fresh and not terminal.frame.modes.alternate_screen:
        # Below all that stands there: a menu's cursor may be in the middle of it. On a screen
        # that is not known the line comes where the cursor is.
        used = [y for y, row in enumerate(terminal.screen) if row.text]
        place = b"\x1b[%d;1H" % (max(used, default=0) + 1)
    # To leave the alternate screen restores a saved cursor, even where there is none to leave.
    return b"\x1b7" + CALM + place + f"\r\n\x1b[0;7m {words} \x1b[0m\r\n".encode()


def shown(tail: Tail) -> bytes:
    """What a terminal is fed: the record, then a line that says where it ends."""
    when = time.localtime(tail.written)
    day = "" if time.strftime("%F", when) == time.strftime("%F") else "%F "
    words = f"── recorded until {time.strftime(f'{day}%H:%M:%S', when)} ──"
    lead = b"" if tail.data.endswith(b"\n") else b"\r\n"
    # To leave the alternate screen restores a saved cursor: here, the one where the record ends.
    return tail.data + b"\x1b7" + CALM + lead + f"\x1b[2m{words}\x1b[0m\r\n".encode()
