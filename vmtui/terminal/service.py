"""The inside of an engine process: serves one console's screen over one socket.

Every message is answered by `Said.DONE` before the next is begun, so that the main process knows
which one was being dealt with when this process died.
"""

from __future__ import annotations

import re
import select
import socket
import time

from vmtui.terminal.binding import Native
from vmtui.terminal.screen import Screen
from vmtui.terminal.searching import search
from vmtui.terminal.wire import (
    OPEN,
    SIZE,
    SPAN,
    Do,
    Encoder,
    Parser,
    Said,
    found,
    message,
    parse_search,
)

_RECEIVE = 1 << 18
_PIECE = 4096
_BUSY_SECONDS = 0.1
_HOLD_SECONDS = 0.2
"""How long a guest's synchronized output may keep the screen as it was."""


class Service:
    """Deals with the messages of one socket until it is closed."""

    def __init__(self, native: Native, link: socket.socket) -> None:
        self._native = native
        self._link = link
        self._parser = Parser()
        self._encoder = Encoder()
        self._screen: Screen | None = None
        self._dirty = False
        self._credit = False
        self._held_since: float | None = None

    def run(self) -> None:
        """Serve; returns when the main process has closed its end."""
        while self._receive():
            for kind, sequence, payload in self._parser:
                out = self._handle(kind, payload, sequence)
                # After the last message that is here, the frame travels in the same write.
                if self._parser.waiting:
                    self._link.sendall(out)
                    out = b""
                frame = self._frame()
                if out or frame:
                    self._link.sendall(out + frame)

    def _receive(self) -> bool:
        while self._dirty and self._credit and self._held_since is not None:
            rest = self._held_since + _HOLD_SECONDS - time.monotonic()
            if rest > 0 and select.select([self._link], [], [], rest)[0]:
                break
            frame = self._frame()
            if frame:
                self._link.sendall(frame)
        data = self._link.recv(_RECEIVE)
        self._parser.feed(data)
        return bool(data)

    def _handle(self, kind: int, payload: bytes, sequence: int) -> bytes:
        done = message(Said.DONE, sequence)
        screen = self._screen
        if kind == Do.OPEN:
            self._screen = Screen(self._native, *OPEN.unpack(payload))
            self._dirty = True
        elif screen is None:
            raise ValueError("no screen has been opened")
        elif kind == Do.FEED:
            self._feed(screen, payload, sequence)
            self._note_hold(screen)
            replies = screen.take_replies()
            if replies:
                done += message(Said.REPLIES, 0, replies)
        elif kind == Do.RESIZE:
            screen.resize(*SIZE.unpack(payload))
            self._dirty = True
            replies = screen.take_replies()
            if replies:
                done += message(Said.REPLIES, 0, replies)
        elif kind == Do.REPLAY:
            self._feed(screen, payload, sequence)
        elif kind == Do.FORGET:
            screen.forget_effects()
        elif kind == Do.CREDIT:
            # Not an input: it is answered by the frame itself.
            self._credit = True
            self._dirty = self._dirty or bool(payload)
            return b""
        elif kind == Do.LINES:
            rows = self._encoder.lines(*screen.lines(*SPAN.unpack(payload)))
            done += message(Said.LINES, sequence, rows)
        elif kind == Do.SEARCH:
            pattern, start, backwards = parse_search(payload)
            match = search(screen, re.compile(pattern), start, backwards=backwards)
            done += message(Said.FOUND, sequence, found(match))
        return done

    def _feed(self, screen: Screen, data: bytes, sequence: int) -> None:
        """Feed in small pieces: a few bytes can ask for work without end, and that is no hang."""
        last = time.monotonic()
        for at in range(0, len(data), _PIECE):
            screen.feed(data[at : at + _PIECE])
            self._dirty = True
            now = time.monotonic()
            if now - last > _BUSY_SECONDS:
                last = now
                self._link.sendall(message(Said.BUSY, sequence) + self._frame())

    def _note_hold(self, screen: Screen) -> None:
        if not screen.held:
            self._held_since = None
        elif self._held_since is None:
            self._held_since = time.monotonic()

    def _frame(self) -> bytes:
        """A frame, where one is due and may be sent."""
        if not (self._dirty and self._credit) or self._screen is None:
            return b""
        if self._held_since is not None:
            if time.monotonic() - self._held_since < _HOLD_SECONDS:
                return b""
            self._held_since = time.monotonic()
        self._dirty = self._credit = False
        return message(Said.FRAME, 0, self._encoder.frame(self._screen.frame()))
