"""Ways in which a host goes wrong: it never answers, it is slow, it freezes, the line is cut."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path

from tests.rig.closing import Closing
from tests.rig.daemon import Daemon


class SilentServer(Closing):
    """Accepts every connection and never says a word, on a unix socket or on a loopback port."""

    def __init__(self, path: Path | None = None) -> None:
        self._listener = listen(path)
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, name="rig-silent", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port, when it was given no path."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def connections(self) -> int:
        """How many connections it has accepted."""
        return len(self._held)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._held.append(self._listener.accept()[0])

    def close(self) -> None:
        """Hang up and listen no more. May be called again."""
        hang_up(self._listener, *self._held)
        self._thread.join(5)


class Proxy(Closing):
    """Stands before a daemon's socket and can slow, freeze and cut what goes through it."""

    def __init__(self, daemon: Daemon, path: Path | None = None) -> None:
        self.delay = 0.0
        """Seconds that every piece waits, in either direction."""
        self.path = path or daemon.folder / f"proxy-{id(self):x}"
        self._daemon = daemon
        self._flows = threading.Event()
        self._flows.set()
        self._lock = threading.Lock()
        self._ends: list[socket.socket] = []
        self._listener = listen(self.path)
        threading.Thread(target=self._accept, name="rig-proxy", daemon=True).start()

    @property
    def uri(self) -> str:
        """The address of the hypervisor behind the proxy."""
        return f"qemu+unix:///{self._daemon.mode}?socket={self.path}"

    def freeze(self) -> None:
        """Pass nothing on; connections stay open and new ones are accepted."""
        self._flows.clear()

    def thaw(self) -> None:
        """Pass on again, first what was held back."""
        self._flows.set()

    def cut(self) -> None:
        """Close every connection; new ones are served."""
        with self._lock:
            ends, self._ends = self._ends, []
        hang_up(*ends)

    def close(self) -> None:
        """Close every connection and refuse new ones. May be called again."""
        hang_up(self._listener)
        self.path.unlink(missing_ok=True)
        self.thaw()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near = self._listener.accept()[0]
                far = socket.socket(socket.AF_UNIX)
                try:
                    far.connect(str(self._daemon.socket))
                except OSError:
                    hang_up(near, far)
                    continue
                with self._lock:
                    self._ends += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(
                        target=self._pass_on, args=(source, sink), name="rig-proxy", daemon=True
                    ).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flows.wait()
                time.sleep(self.delay)  # noqa: TID251 - a thread of its own
                sink.sendall(data)
        hang_up(source, sink)


def listen(path: Path | None) -> socket.socket:
    """A listening socket: at a path, or on a free port of the loopback."""
    listener = socket.socket(socket.AF_INET if path is None else socket.AF_UNIX)
    listener.bind(("127.0.0.1", 0) if path is None else str(path))
    listener.listen(64)
    return listener


def hang_up(*ends: socket.socket) -> None:
    """Close sockets so that threads that wait on them wake, which closing alone does not do."""
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
