"""A program in a pseudo-terminal, driven by keys and watched by the bytes that it writes."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence

from tests.rig.closing import Closing

QUIET = 0.005
"""Seconds without a byte after which a burst is over."""
COLUMNS, LINES = 160, 45
ANSWERS = {
    b"\x1b[6n": b"\x1b[1;1R",
    b"\x1b[c": b"\x1b[?62;22c",
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b]11;?": b"\x1b]11;rgb:0000/0000/0000\x1b\\",
}
"""What a terminal says to what programs ask: some wait for it."""
KEPT = 65536
"""Bytes at the end of the output in which a pattern is looked for."""


class NoAnswer(Exception):
    """The program did not write what was waited for."""


class Driven(Closing):
    """Runs a program; `began` is the moment of its start on `time.perf_counter`."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self._master = master
        self._tail = b""
        self.written = 0
        """Bytes that the program wrote to its terminal so far."""
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(slave)

    @property
    def pid(self) -> int:
        """The process id of the program."""
        return self._process.pid

    def send(self, keys: bytes) -> float:
        """Press keys; returns the moment. What was written before is forgotten."""
        self.forget()
        at = time.perf_counter()
        os.write(self._master, keys)
        return at

    def forget(self) -> None:
        """Read and drop what was written so far."""
        while self._read(0.0):
            pass
        self._tail = b""

    def wait_for(self, pattern: str, seconds: float) -> float:
        """The moment at which bytes arrived that the regular expression `pattern` matches.

        Raises NoAnswer where they do not in time.
        """
        wanted = re.compile(pattern.encode(), re.DOTALL)
        deadline = time.perf_counter() + seconds
        at = time.perf_counter()
        while not wanted.search(self._tail):
            left = deadline - time.perf_counter()
            if left <= 0 or self._process.poll() is not None:
                said = self._tail[-2000:].decode(errors="replace")
                raise NoAnswer(f"{pattern!r} did not come within {seconds:g} s; the end:\n{said}")
            if self._read(min(left, 0.5)):
                at = time.perf_counter()
        return at

    def burst(self, seconds: float) -> tuple[float, float] | None:
        """The moments of the first byte that comes and of the last one before a quiet.

        None where nothing comes within `seconds`.
        """
        if not self._read(seconds):
            return None
        first = last = time.perf_counter()
        while self._read(QUIET):
            last = time.perf_counter()
        return first, last

    def watch(self, seconds: float) -> int:
        """Let it run for `seconds`; returns the bytes that it wrote meanwhile."""
        before, deadline = self.written, time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            self._read(left)
        return self.written - before

    def settle(self, quiet: float, seconds: float) -> None:
        """Wait until it writes nothing for `quiet` seconds, but at most `seconds`."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline and self._read(quiet):
            pass

    def close(self) -> None:
        """End the program and all that it started in its session."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is None:
                os.killpg(self._process.pid, number)
                deadline = time.perf_counter() + 3.0
                while self._process.poll() is None and time.perf_counter() < deadline:
                    self._read(0.02)
        self._process.wait()
        os.close(self._master)

    def _read(self, seconds: float) -> bool:
        """Take what is there or comes within `seconds`; False where nothing does."""
        if not select.select((self._master,), (), (), seconds)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:
            # Linux says EIO once the last program has let go of the terminal.
            select.select((), (), (), min(seconds, 0.02))
            return False
        self.written += len(data)
        self._tail = (self._tail + data)[-KEPT:]
        for question, answer in ANSWERS.items():
            if question in data:
                os.write(self._master, answer)
        return bool(data)


def _take_terminal() -> None:
    """Make standard input the controlling terminal; some programs open /dev/tty."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
