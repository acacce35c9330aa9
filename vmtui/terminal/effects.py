"""What a guest's bytes ask of a terminal beside its cells: replies, the bell, a pause in drawing.

Clipboard access, notifications and everything else that would reach outside the screen has no
handler here, so the engine ignores it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from vmtui.terminal.binding import Native

REPLY_BYTES = 4096
"""Replies that wait to be taken; a guest that asks for more gets no answer."""

# Device attributes, status, cursor position, size, mode reports, and the reports of version,
# unit and setting. What is missing here on purpose: the kitty keyboard and graphics protocols and
# the clipboard, of which the guest must not believe that they work.
_ANSWERED = re.compile(
    rb"\x1b\[[?>=]?[0-9;]*(?:[cnRtxy]|\$y)|\x1bP(?:!\||>\||[01]\$r)[\x20-\x7e]*\x1b\\"
)


class Effects:
    """Holds the callbacks of one native terminal, which live exactly as long as it does."""

    def __init__(self, native: Native, terminal: Any, size: Callable[[], tuple[int, int]]) -> None:
        self.bells = 0
        self.held = False
        self._replies = bytearray()
        self._size = size
        ffi, lib = native
        self._buffer = ffi.buffer
        self._callbacks = {
            "WRITE_PTY": ffi.callback("GhosttyTerminalWritePtyFn", self._reply),
            "BELL": ffi.callback("GhosttyTerminalBellFn", self._bell),
            "SIZE": ffi.callback("GhosttyTerminalSizeFn", self._report_size),
            "RENDER_HOLD": ffi.callback("GhosttyTerminalRenderHoldFn", self._hold),
        }
        for name, callback in self._callbacks.items():
            lib.ghostty_terminal_set(
                terminal, getattr(lib, f"GHOSTTY_TERMINAL_OPT_{name}"), callback
            )

    def take_replies(self) -> bytes:
        """The waiting replies, which wait no longer."""
        replies = bytes(self._replies)
        self._replies.clear()
        return replies

    def _reply(self, _terminal: Any, _user: Any, data: Any, length: int) -> None:
        if len(self._replies) + length > REPLY_BYTES:
            return
        reply = bytes(self._buffer(data, length))
        if _ANSWERED.fullmatch(reply):
            self._replies += reply

    def _bell(self, _terminal: Any, _user: Any) -> None:
        self.bells += 1

    def _hold(self, _terminal: Any, _user: Any, held: bool) -> None:
        self.held = held

    def _report_size(self, _terminal: Any, _user: Any, out: Any) -> bool:
        out.columns, out.rows = self._size()
        out.cell_width, out.cell_height = 8, 16
        return True
