"""Who sits before a guest's console: our program, and `virsh console` inside tmux."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence

import psutil

from benchmarks.driven import KEPT, Driven
from benchmarks.ground import Ground
from benchmarks.usage import MIB, cpu_seconds

LEAVE, PREFIX = b"\x1d", b"\x1c"
BITE = 512
"""Bytes that a slow terminal takes at once."""
_CONFIG = "set -g status off\nset -g escape-time 0\nset -g history-limit 10000\n"
_numbers = itertools.count()


class Seat(Driven):
    """A program in a terminal of that size, which takes `rate` bytes a second where told."""

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        size: tuple[int, int] = (80, 24),
        rate: float | None = None,
    ) -> None:
        self._rate = rate
        self._next = 0.0
        super().__init__(argv, environment)
        columns, rows = size
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def processes(self) -> list[int]:
        """The processes whose use counts as its own."""
        me = psutil.Process(self.pid)
        return [me.pid, *(child.pid for child in me.children(recursive=True))]

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        return sum(cpu_seconds(pid) for pid in self.processes())

    def memory(self) -> float:
        """MiB, with what is shared counted in parts."""
        return sum(psutil.Process(pid).memory_full_info().pss for pid in self.processes()) / MIB

    def press(self, keys: bytes) -> float:
        """Press keys and forget what has been read; what still comes is not waited for."""
        self._tail = b""
        at = time.perf_counter()
        os.write(self._master, keys)
        return at

    def _read(self, seconds: float) -> bool:
        if self._rate is None:
            return super()._read(seconds)
        # Slow as a line is slow: a bite, and then nothing until it is through.
        wait = max(self._next - time.perf_counter(), 0.0)
        time.sleep(min(wait, max(seconds, 0.0)))  # noqa: TID251 - nothing else runs here
        if wait > seconds or not select.select((self._master,), (), (), seconds - wait)[0]:
            return False
        with contextlib.suppress(OSError):
            data = os.read(self._master, BITE)
            self.written += len(data)
            self._tail = (self._tail + data)[-KEPT:]
            self._next = time.perf_counter() + len(data) / self._rate
            return bool(data)
        return False


class Ours(Seat):
    """vmtui, in front of its table; `sit` opens the console of the guest under its cursor."""

    name = "vmtui"

    def __init__(self, where: Ground, uri: str, size: tuple[int, int], rate: float | None) -> None:
        case = where.vmtui("vmtui", "--connect", uri)
        super().__init__(case.argv, case.environment, size, rate)
        self.wait_for(case.first, 60.0)
        self.settle(1.0, 5.0)

    def sit(self, *, full: bool = True, second: bool = False) -> None:
        """Open the console; the second one where there are several and that is wanted."""
        self.send(b"c")
        self.wait_for("keys go to|Which console", 30.0)
        if b"Which console" in self._tail:
            self.send(b"\x1b[B\r" if second else b"\r")
            self.wait_for("keys go to", 30.0)
        if full:
            self.send(PREFIX + b"f")
        self.settle(1.0, 5.0)

    def elsewhere(self) -> None:
        """Give the keys to the table, with the cursor on its second row."""
        self.send(LEAVE)
        self.settle(0.5, 2.0)
        self.send(b"\x1b[B")
        self.settle(0.5, 2.0)


class Theirs(Seat):
    """`virsh console` inside tmux; `tmux` gives it orders."""

    name = "virsh in tmux"

    def __init__(
        self, where: Ground, uri: str, guest: str, size: tuple[int, int], rate: float | None,
        device: str = "",
    ) -> None:  # fmt: skip
        folder = where.folder / f"tmux-{next(_numbers)}"
        folder.mkdir()
        (folder / "conf").write_text(_CONFIG)
        self._tmux = ["tmux", "-u", "-S", str(folder / "socket"), "-f", str(folder / "conf")]
        self._uri = uri
        self._environment = where.environment
        super().__init__(
            [*self._tmux, "new-session", *self.console(guest, device)],
            where.environment,
            size,
            rate,
        )
        self.wait_for("Escape character", 30.0)
        self.settle(1.0, 5.0)

    def console(self, guest: str, device: str = "") -> list[str]:
        """The command that opens a console; the first one where no device is named."""
        named = ["--devname", device] if device else []
        return ["virsh", "-c", self._uri, "console", guest, "--force", *named]

    def tmux(self, *words: str) -> str:
        """Give tmux an order."""
        done = subprocess.run(
            [*self._tmux, *words], env=self._environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def processes(self) -> list[int]:
        """The client, the server and what runs in it."""
        server = psutil.Process(int(self.tmux("display-message", "-p", "#{pid}")))
        below = [child.pid for child in server.children(recursive=True)]
        return [self.pid, server.pid, *below]

    def elsewhere(self) -> None:
        """Give the keys to a second pane, whose terminal echoes them."""
        self.tmux("split-window", "cat")
        self.settle(0.5, 2.0)

    def close(self) -> None:
        """End the server too."""
        subprocess.run([*self._tmux, "kill-server"], env=self._environment, check=False)
        super().close()
