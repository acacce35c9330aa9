"""What the main process keeps of a console's bytes, to rebuild a screen whose engine has died.

Pending entries have not been dealt with by the engine: they wait to be sent, or are in flight.
The history is what the engine has dealt with, bounded; its oldest blocks are forgotten, and what
they had switched on is then restored from the modes that were known at that point.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from vmtui.terminal.cells import Modes, MouseEncoding, MouseMode

HISTORY_BYTES = 4 << 20
"""Kept bytes of each console: tens of thousands of plain lines."""
BLOCK = 1 << 16
"""Bytes sent to the engine in one message at most."""

# Sequences that do more than print: strings (OSC, DCS, ...), CSI, charsets, and two-byte escapes.
_SEQUENCES = re.compile(
    rb"\x1b[]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b\[[0-?]*[ -/]*[@-~]?|\x1b[ -/]+[0-~]?|\x1b[0-~]?"
    rb"|[\x00-\x07\x0b-\x0c\x0e-\x1a\x1c-\x1f\x7f]"
)
_FRESH = re.compile(rb"(?<=\n)|\x1b")
_SWITCHES = (
    ("application_cursor", b"\x1b[?1h"),
    ("application_keypad", b"\x1b="),
    ("bracketed_paste", b"\x1b[?2004h"),
    ("focus_reports", b"\x1b[?1004h"),
    ("newline", b"\x1b[20h"),
    ("backarrow", b"\x1b[?67h"),
    ("alternate_screen", b"\x1b[?1049h"),
)
_MOUSE = {
    MouseMode.NONE: b"",
    MouseMode.X10: b"\x1b[?9h",
    MouseMode.NORMAL: b"\x1b[?1000h",
    MouseMode.BUTTON: b"\x1b[?1002h",
    MouseMode.ANY: b"\x1b[?1003h",
}
_ENCODING = {
    MouseEncoding.X10: b"",
    MouseEncoding.UTF8: b"\x1b[?1005h",
    MouseEncoding.SGR: b"\x1b[?1006h",
    MouseEncoding.URXVT: b"\x1b[?1015h",
}


class Size(NamedTuple):
    """A size of the screen in cells."""

    columns: int
    rows: int


class Fidelity(IntEnum):
    """How much of the history a rebuild trusts; each step down leaves out more that may crash."""

    EXACT = 0
    ONE_SIZE = 1
    """All bytes, at the present size."""
    PLAIN = 2
    """The text without any control sequence."""
    EMPTY = 3


class Entry:
    """Bytes or a size that the engine has yet to deal with."""

    __slots__ = ("content", "sequence", "tries")

    def __init__(self, content: bytearray | Size) -> None:
        self.content = content
        self.sequence = 0
        """Of the message it was sent in; 0 while unsent."""
        self.tries = 0
        """Engines that have died while this was the next to be dealt with."""


class Journal:
    """The kept bytes and sizes of one console."""

    def __init__(self, size: Size, limit: int = HISTORY_BYTES) -> None:
        self.pending: deque[Entry] = deque()
        self.pending_bytes = 0
        self.size = size
        """The size asked for last."""
        self._limit = limit
        self._first_size = size
        self._history: deque[bytearray | Size] = deque()
        self._history_bytes = 0
        self._modes_before: deque[Modes] = deque()
        self._cut = False

    def add_bytes(self, data: bytes) -> None:
        """Append what the guest printed."""
        self.pending_bytes += len(data)
        last = self.pending[-1] if self.pending else None
        if last is not None and not last.sequence and isinstance(last.content, bytearray):
            room = BLOCK - len(last.content)
            last.content += data[:room]
            data = data[room:]
        blocks = (data[i : i + BLOCK] for i in range(0, len(data), BLOCK))
        self.pending.extend(Entry(bytearray(block)) for block in blocks)

    def add_size(self, size: Size, *, anew: bool = False) -> None:
        """Append a change of size; one that has not been sent yet is replaced, unless `anew`."""
        self.size = size
        last = self.pending[-1] if self.pending and not anew else None
        if last is not None and not last.sequence and isinstance(last.content, Size):
            last.content = size
        else:
            self.pending.append(Entry(size))

    def settle(self, sequence: int, modes: Modes) -> bool:
        """Move the oldest entry to the history, if it was sent as message `sequence`.

        Args:
            sequence: of the message that the engine has dealt with.
            modes: the modes that are known now.
        """
        if not self.pending or self.pending[0].sequence != sequence:
            return False
        self._remember(self._pop().content, modes)
        return True

    def drop_first(self) -> None:
        """Forget the oldest pending entry: it has killed the engine."""
        if self.pending:
            self._pop()

    def shed(self, limit: int) -> int:
        """Drop unsent bytes, oldest first, until at most `limit` wait; answers how many went."""
        before = self.pending_bytes
        if before > limit:
            kept: deque[Entry] = deque()
            for entry in self.pending:
                if (
                    not entry.sequence
                    and isinstance(entry.content, bytearray)
                    and self.pending_bytes > limit
                ):
                    self.pending_bytes -= len(entry.content)
                else:
                    kept.append(entry)
            self.pending = kept
        return before - self.pending_bytes

    def unsend(self) -> None:
        """Make all pending entries wait to be sent again."""
        for entry in self.pending:
            entry.sequence = 0

    def rebuild(self, fidelity: Fidelity) -> tuple[Size, list[bytes | Size]]:
        """What a new engine needs to become like the old one: its first size, and what to replay.

        Below EXACT, the history itself becomes what was returned, so that what may have crashed
        the engine cannot come back.
        """
        if fidelity is Fidelity.EXACT:
            return self._first_size, [*self._preamble(), *self._kept()]
        blocks: list[bytes] = []
        if fidelity is Fidelity.ONE_SIZE:
            blocks = [*self._preamble(), *(b for b in self._kept() if isinstance(b, bytes))]
        elif fidelity is Fidelity.PLAIN:
            text = plain_text(b"".join(b for b in self._kept() if isinstance(b, bytes)))
            blocks = [text[i : i + BLOCK] for i in range(0, len(text), BLOCK)]
        self._replace(blocks)
        return self.size, list(blocks)

    def _kept(self) -> Iterator[bytes | Size]:
        """The history; where its head was cut off, from the next line or sequence on."""
        torn = self._cut
        for block in self._history:
            if isinstance(block, Size):
                yield block
                continue
            start = _FRESH.search(block) if torn else None
            torn = False
            yield bytes(block[start.start() if start else 0 :])

    def _pop(self) -> Entry:
        entry = self.pending.popleft()
        if isinstance(entry.content, bytearray):
            self.pending_bytes -= len(entry.content)
        return entry

    def _replace(self, blocks: list[bytes]) -> None:
        self._history = deque(bytearray(block) for block in blocks)
        self._history_bytes = sum(map(len, blocks))
        self._modes_before = deque(Modes() for _ in blocks)
        self._first_size = self.size
        self._cut = False
        self.pending = deque(e for e in self.pending if isinstance(e.content, bytearray))

    def _remember(self, content: bytearray | Size, modes: Modes) -> None:
        history = self._history
        last = history[-1] if history else None
        if isinstance(content, Size):
            history.append(content)
            self._modes_before.append(modes)
            return
        if isinstance(last, bytearray) and len(last) + len(content) <= BLOCK:
            last += content
        else:
            history.append(content)
            self._modes_before.append(modes)
        self._history_bytes += len(content)
        while self._history_bytes > self._limit:
            gone = history.popleft()
            self._modes_before.popleft()
            if isinstance(gone, Size):
                self._first_size = gone
            else:
                self._history_bytes -= len(gone)
                self._cut = True

    def _preamble(self) -> list[bytes]:
        """Stands for the history that was cut off: the modes it had switched on."""
        if not self._cut or not self._modes_before:
            return []
        modes = self._modes_before[0]
        switches = [code for name, code in _SWITCHES if getattr(modes, name)]
        return [b"".join((*switches, _MOUSE[modes.mouse], _ENCODING[modes.mouse_encoding]))]


def plain_text(data: bytes) -> bytes:
    """The bytes without control sequences and controls, but for line ends, tabs and backspaces."""
    return _SEQUENCES.sub(b"", data)
