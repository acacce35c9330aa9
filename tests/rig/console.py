"""A guest's console through libvirt, for tests that type and read.

Typing on one thread while another waits in a blocking ``recv`` of the same stream hangs now and
then, so the stream never blocks here. Without an event loop a stream has news only while some
other call waits for its answer, hence the small calls in between.
"""

from __future__ import annotations

import codecs
import contextlib
import re
import time
from typing import cast

import libvirt

from tests.rig.closing import Closing
from tests.rig.process import RigError

WOULD_BLOCK = -2
PAUSE = 0.01


class Console(Closing):
    """One open console of one guest; ``text`` is everything that came from it."""

    def __init__(
        self, domain: libvirt.virDomain, device: str | None = None, *, force: bool = True
    ) -> None:
        self.text = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        connection: libvirt.virConnect = domain.connect()  # type: ignore[no-untyped-call]
        self._connection = connection
        self._stream = self._connection.newStream(libvirt.VIR_STREAM_NONBLOCK)
        # Containers do not know the flag that takes a console away from another reader.
        flags = libvirt.VIR_DOMAIN_CONSOLE_FORCE if force else 0
        # The binding says str; the library takes None for the first console.
        domain.openConsole(device, self._stream, flags)  # type: ignore[arg-type]

    def read(self) -> bool:
        """Take what has come and say whether more may come."""
        self._connection.getLibVersion()
        while True:
            # The binding says bytes, and gives the number -2 when there is nothing.
            data = cast("bytes | int", self._stream.recv(65536))
            if isinstance(data, int):
                return True
            if not data:
                return False
            self.text += self._decoder.decode(data)

    def send(self, text: str) -> None:
        """Type a text."""
        data = text.encode()
        while data:
            sent = self._stream.send(data)
            if sent == WOULD_BLOCK:
                self._connection.getLibVersion()
            else:
                data = data[sent:]

    def expect(self, pattern: str, seconds: float = 30.0, start: int = 0) -> str:
        """Wait until a regular expression matches and give the text before the match.

        Args:
            pattern: What to wait for.
            seconds: How long.
            start: Where in ``text`` to begin.

        Raises:
            RigError: It did not come; the message holds the end of what did.
        """
        deadline = time.monotonic() + seconds
        while True:
            more = self.read()
            if match := re.compile(pattern).search(self.text, start):
                return self.text[start : match.start()]
            if not more or time.monotonic() > deadline:
                why = f"{seconds:g} s passed" if more else "the console ended"
                raise RigError(f"{why} before {pattern!r} came; so far: {self.text[-2000:]!r}")
            time.sleep(PAUSE)  # noqa: TID251 - the rig is used from plain threads

    def run(self, line: str, prompt: str, seconds: float = 60.0) -> str:
        """Type a line, wait for the next prompt and give what came between."""
        start = len(self.text)
        self.send(line + "\n")
        said = self.expect(re.escape(prompt), seconds, start)
        # The echo comes twice when the shell was not quite ready for a line.
        echo, _, answer = said.rpartition(line)
        return (answer if echo or said.startswith(line) else said).lstrip("\r\n")

    def close(self) -> None:
        """Leave the console. May be called again."""
        with contextlib.suppress(libvirt.libvirtError):
            self._stream.abort()
