"""The asyncio end of one engine process's socket: messages out, messages in, the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from vmtui.terminal.wire import Parser, WireError, message


class Link(asyncio.Protocol):
    """Calls `on_message(kind, sequence, payload)` and, once, `on_lost()`."""

    def __init__(
        self,
        on_message: Callable[[int, int, bytes], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._on_message = on_message
        self._on_lost = on_lost
        self._parser = Parser()
        self._transport: asyncio.Transport | None = None
        self._sequence = 0

    def send(self, kind: int, payload: bytes = b"") -> int:
        """Send one message and answer its sequence number."""
        self._sequence += 1
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(message(kind, self._sequence, payload))
        return self._sequence

    def abort(self) -> None:
        """Cut the connection without a word to `on_lost`."""
        self._on_lost = lambda: None
        self._on_message = lambda _kind, _sequence, _payload: None
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio. What is not a message ends the connection."""
        self._parser.feed(data)
        try:
            for kind, sequence, payload in self._parser:
                self._on_message(kind, sequence, payload)
        except WireError:
            if self._transport is not None:
                self._transport.abort()

    def connection_lost(self, _error: Exception | None) -> None:
        """Called by asyncio."""
        self._on_lost()
