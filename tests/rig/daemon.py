"""A private libvirtd of an unprivileged user, with folders of its own."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import zlib
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self
from weakref import WeakSet

import libvirt

from tests.rig import warm
from tests.rig.kvm import without_kvm
from tests.rig.needs import program
from tests.rig.process import Child, Keeper, RigError, unprivileged, user_name, wait_until
from tests.rig.sockets import accepts

QEMU_CONF = """\
# Nothing of the machine's own set-up is used: no labels, no namespaces, no log daemon.
security_driver = "none"
security_default_confined = 0
namespaces = []
seccomp_sandbox = 0
stdio_handler = "file"
max_core = 0
"""

LIBVIRTD_CONF = """\
auth_unix_ro = "none"
auth_unix_rw = "none"
max_clients = 200
max_client_requests = 20
log_outputs = "3:file:{folder}/libvirtd.log"
"""


DISPLAYS = 100
"""Ports of a daemon for its guests' displays."""


def display_ports(folder: Path) -> str:
    """The setting by which daemons that start guests at once do not try the same ports."""
    first = 5900 + DISPLAYS * (zlib.crc32(str(folder).encode()) % 250)
    return f"remote_display_port_min = {first}\nremote_display_port_max = {first + DISPLAYS - 1}\n"


def quiet() -> None:
    """Keep libvirt from writing every error to standard error."""
    libvirt.registerErrorHandler(lambda _context, _error: None, None)


class Daemon:
    """A private hypervisor: one libvirtd, its guests and its folder.

    Guests survive `kill` and `restart` as they do on a real host; `stop` ends them all.
    """

    mode = "session"
    """The last part of its address."""
    begun: ClassVar[WeakSet[Daemon]] = WeakSet()
    """All of this process."""

    def __init__(self) -> None:
        self.begun.add(self)
        quiet()
        self.keeper = Keeper(self.owner())
        self.folder = self.keeper.folder
        self._child: Child | None = None
        self._connections: list[libvirt.virConnect] = []
        self.keeper.mkdir("volumes")
        self.keeper.write("libvirtd.conf", self.settings())
        self.prepare()
        self.keeper.mkdir(str(self.capabilities.relative_to(self.folder)))
        warm.restore(self.keeper, self.mode, self.capabilities)

    @staticmethod
    def owner() -> int | None:
        """Who runs it; None is whoever runs the test."""
        return unprivileged()

    def settings(self) -> str:
        """What libvirtd.conf says."""
        return LIBVIRTD_CONF.format(folder=self.folder)

    def prepare(self) -> None:
        """Make what must be there before the first start."""
        # One letter each: the monitor's socket is far below the configuration folder.
        for name in ("c/libvirt", "r", "k", "d"):
            self.keeper.mkdir(name)
        self.keeper.write("c/libvirt/qemu.conf", QEMU_CONF + display_ports(self.folder))

    @property
    def capabilities(self) -> Path:
        """Where libvirt keeps what it knows of QEMU."""
        return self.folder / "k" / "libvirt" / "qemu" / "cache" / "capabilities"

    def command(self) -> list[str]:
        """The command that starts libvirtd."""
        return [*without_kvm(self.keeper), program("libvirtd"), "--config", self.settings_path]

    @property
    def settings_path(self) -> str:
        """Where libvirtd.conf is."""
        return str(self.folder / "libvirtd.conf")

    @property
    def socket(self) -> Path:
        """The socket that libvirtd listens on."""
        return self.folder / "r" / "libvirt" / "libvirt-sock"

    @property
    def uri(self) -> str:
        """The address of this hypervisor."""
        return f"qemu+unix:///{self.mode}?socket={self.socket}"

    @property
    def volumes(self) -> Path:
        """A folder for disks that the guests may read and write."""
        return self.folder / "volumes"

    def disk(self, name: str, size: int = 64) -> Path:
        """Make an empty qcow2 disk of so many MiB among the volumes."""
        path = self.volumes / f"{name}.qcow2"
        subprocess.run(
            [program("qemu-img"), "create", "-q", "-f", "qcow2", path, f"{size}M"], check=True
        )
        self.keeper.give(path)
        return path

    @property
    def log(self) -> Path:
        """What libvirtd wrote."""
        return self.folder / "libvirtd.log"

    def environment(self) -> dict[str, str]:
        """The environment of libvirtd: every folder that it may look for is a private one."""
        name = user_name(self.keeper.owner)
        return {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "USER": name,
            "LOGNAME": name,
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "c"),
            "XDG_RUNTIME_DIR": str(self.folder / "r"),
            "XDG_CACHE_HOME": str(self.folder / "k"),
            "XDG_DATA_HOME": str(self.folder / "d"),
            "XDG_STATE_HOME": str(self.folder / "d"),
        }

    def start(self, seconds: float = 60.0) -> Self:
        """Start libvirtd and wait until it accepts connections."""
        if self.running:
            return self
        program("qemu-system-x86_64")
        child = self._child = self.keeper.start(
            self.command(), self.environment(), self.folder / "output.log"
        )
        try:
            wait_until(lambda: accepts(self.socket) or not child.alive(), seconds, "libvirtd")
        except RigError as error:
            raise RigError(f"{error}\n{self.said()}") from None
        if not child.alive():
            raise RigError(f"libvirtd ended at once:\n{self.said()}")
        return self

    @property
    def running(self) -> bool:
        """Whether libvirtd runs (a paused one does)."""
        return self._child is not None and self._child.alive()

    @property
    def crashed(self) -> bool:
        """Whether libvirtd has ended, and not by our doing."""
        return self._child is not None and not self._child.alive()

    @property
    def pid(self) -> int:
        """The process id of libvirtd."""
        if self._child is None:
            raise RigError("libvirtd was not started")
        return self._child.pid

    def said(self) -> str:
        """The end of what libvirtd wrote, for messages."""
        text = ""
        for path in (self.folder / "output.log", self.log):
            with contextlib.suppress(OSError):
                text += path.read_text(encoding="utf-8", errors="replace")
        return text[-4000:]

    def kill(self) -> None:
        """Kill libvirtd with SIGKILL; guests go on."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """End libvirtd in order and start it again on the same folders; guests go on."""
        self._end(signal.SIGTERM)
        self.start()

    def _end(self, number: signal.Signals) -> None:
        if self._child is None:
            return
        self._child.signal(number)
        if not self._child.wait(20):
            raise RigError(f"libvirtd does not end on {number.name}")
        self._child = None
        # A stale socket refuses connections just as a missing one does, but looks alive.
        with contextlib.suppress(OSError):
            self.socket.unlink()

    def pause(self) -> None:
        """Freeze libvirtd: connections are accepted and never answered."""
        if self._child is not None:
            self._child.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen libvirtd go on."""
        if self._child is not None:
            self._child.signal(signal.SIGCONT)

    def connect(self) -> libvirt.virConnect:
        """Open a connection, which `stop` closes."""
        connection = libvirt.open(self.uri)
        self._connections.append(connection)
        return connection

    def stop(self) -> None:
        """End libvirtd and its guests, and remove the folder. May be called again."""
        if self.running:
            self.resume()
            for connection in self._connections:
                with contextlib.suppress(libvirt.libvirtError):
                    connection.close()
            with contextlib.suppress(OSError):
                warm.keep(self.mode, self.capabilities)
        self._connections.clear()
        self._child = None
        self.keeper.close()

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
