"""A person before `vmtui` in a terminal: a pseudo-terminal, keys, and what is on it."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time

from tests.rig.closing import Closing

PATIENCE = 60.0


class Person(Closing):
    """Runs `vmtui` on a terminal; `said` is everything that came from it."""

    def __init__(self, *words: str) -> None:
        self.said = b""
        self._master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self._slave = slave
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vmtui", *words], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True,
        )  # fmt: skip

    def read(self, seconds: float = 0.1) -> bool:
        """Take what is there; false where nothing came."""
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        with contextlib.suppress(OSError):
            data = os.read(self._master, 65536)
            self.said += data
            return bool(data)
        return False

    def until(self, words: bytes, start: int = 0) -> None:
        """Wait until these bytes are there."""
        end = time.monotonic() + PATIENCE
        while words not in self.said[start:]:
            self.read()
            assert time.monotonic() < end, f"no {words!r} in {self.said[-1500:]!r}"
            assert self.process.poll() is None or self.read(), f"it ended: {self.said[-1500:]!r}"

    def press(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def kill(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait until it has ended; its exit code."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            self.read()
            assert time.monotonic() < end, f"it does not end: {self.said[-1500:]!r}"
        while self.read(0):
            pass
        return self.process.returncode

    @property
    def raw(self) -> bool:
        """Whether the terminal passes every key on."""
        return not termios.tcgetattr(self._slave)[3] & (termios.ICANON | termios.ECHO)

    @property
    def sane(self) -> bool:
        """Whether the terminal is set as it was at the beginning."""
        return termios.tcgetattr(self._slave) == self.before

    def close(self) -> None:
        """End it all."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)
