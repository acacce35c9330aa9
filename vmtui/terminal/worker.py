"""The process that gives birth to engine processes: `python -m vmtui.terminal.worker`.

It loads the native library once and forks a child for each console, so that a further console
costs milliseconds and a few megabytes, and a crash costs that console alone. It never sees a
guest's bytes. It speaks over the socket that is its standard input (one packet a message):

    in   `spawn N` with a socket, `kill N`
    out  `ready`, `missing WHY`, `exit N STATUS` (a wait status)

It ends when that socket is closed, and its children end with it.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
from pathlib import Path

from vmtui.terminal.binding import Native, load
from vmtui.terminal.confine import confine, die_with_parent
from vmtui.terminal.service import Service

_PACKET = 256


class Nursery:
    """Forks children on command and reports their ends."""

    def __init__(self, control: socket.socket, native: Native) -> None:
        self._control = control
        self._native = native
        self._children: dict[int, int] = {}
        self._wake, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        signal.set_wakeup_fd(self._waker)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def run(self) -> None:
        """Serve until the main process has closed its end."""
        control = self._control.fileno()
        while True:
            readable = select.select([control, self._wake], [], [])[0]
            if self._wake in readable:
                os.read(self._wake, 4096)
                self._reap()
            if control in readable and not self._obey():
                return

    def _obey(self) -> bool:
        packet, descriptors, _flags, _address = socket.recv_fds(self._control, _PACKET, 1)
        if not packet:
            return False
        word, number = packet.decode().split()
        if word == "spawn":
            self._spawn(int(number), descriptors[0])
        elif word == "kill":
            for pid in [pid for pid, n in self._children.items() if n == int(number)]:
                os.kill(pid, signal.SIGKILL)
        return True

    def _spawn(self, number: int, descriptor: int) -> None:
        pid = os.fork()
        if pid:
            self._children[pid] = number
            os.close(descriptor)
            return
        status = 70
        try:
            self._become_engine(descriptor)
            status = 0
        finally:
            os._exit(status)

    def _become_engine(self, descriptor: int) -> None:
        die_with_parent()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        # Of the parent's descriptors none is left: the control socket above all.
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        for other in {self._wake, self._waker, null, self._control.fileno()} - {0}:
            os.close(other)
        link = socket.socket(fileno=descriptor)
        link.setblocking(True)
        confine()
        with contextlib.suppress(ConnectionError):
            Service(self._native, link).run()

    def _reap(self) -> None:
        while self._children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            number = self._children.pop(pid, -1)
            self._control.send(f"exit {number} {status}".encode())


def main() -> None:
    """Load the library, say so, and serve."""
    control = socket.socket(fileno=0)
    control.setblocking(True)
    cache = Path(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else None
    with contextlib.suppress(ConnectionError):
        try:
            native = load(cache)
        except Exception as error:  # noqa: BLE001 - whatever it is, the person shall read it
            control.send(f"missing {error}".encode()[:_PACKET])
            return
        control.send(b"ready")
        Nursery(control, native).run()


if __name__ == "__main__":
    main()
