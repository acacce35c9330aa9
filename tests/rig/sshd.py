"""A real sshd on the loopback before a private hypervisor, for ``qemu+ssh://``."""

from __future__ import annotations

import enum
import os
import subprocess
from pathlib import Path
from urllib.parse import quote

from tests.rig.closing import Closing
from tests.rig.daemon import Daemon
from tests.rig.needs import program
from tests.rig.process import Keeper, RigError, user_name, wait_until
from tests.rig.sockets import free_port

SETTINGS = """\
ListenAddress 127.0.0.1
Port {port}
PidFile none
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub {folder}/locked.pub
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
StrictModes no
UsePAM no
PrintMotd no
UseDNS no
MaxStartups 100
SetEnv XDG_RUNTIME_DIR={runtime} HOME={home}
LogLevel VERBOSE
"""
"""The runtime folder is the private daemon's, so that an ordinary user's
/session is the private one on the far side. The home is empty: what the person's own shell
does at its start (and waits for) is none of the tests' business."""

CLIENT = """\
#!/bin/sh
# Nothing of the person's own ssh: no settings, no agent, no known hosts.
unset SSH_AUTH_SOCK
exec ssh -F none -o UserKnownHostsFile={known} -o GlobalKnownHostsFile=none \\
    -o IdentitiesOnly=yes -o PreferredAuthentications=publickey -o ConnectTimeout=10 "$@"
"""

OWN_RUN = """\
mount --bind "$1" /run
mkdir -m 755 /run/sshd /run/libvirt
mount --bind "$2" /run/libvirt
shift 2
exec "$@"
"""
"""Gives root's sshd a /run of its own, where the private daemon is found at the system's place:
root has no session of libvirt's."""

PASSPHRASE = "open sesame"


class Known(enum.Enum):
    """What the client's known_hosts says about the server."""

    YES = "known"
    NO = "unknown"
    CHANGED = "changed"


class Key(enum.Enum):
    """The key that the client shows."""

    RIGHT = "user"
    WRONG = "stranger"
    LOCKED = "locked"
    """A right one, behind `PASSPHRASE`."""


class Sshd(Closing):
    """A running sshd; ``uri`` gives the addresses of the daemon behind it.

    The one who may log in is whoever runs the test: sshd without root can serve nobody else.
    """

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.keeper = Keeper()
        self.folder = self.keeper.folder
        self.user = user_name(None)
        for name in ("host", "other-host"):
            make_key(self.folder / name)
        for key in Key:
            make_key(self.folder / key.value, PASSPHRASE if key is Key.LOCKED else "")
        for attempt in range(5):
            self.port = free_port()
            if self._start():
                break
            if attempt == 4:
                self.close()
                raise RigError("sshd found no free port")
        host = f"[127.0.0.1]:{self.port}"
        for known, name in ((Known.YES, "host"), (Known.CHANGED, "other-host"), (Known.NO, "")):
            line = f"{host} {public(self.folder / name)}\n" if name else ""
            path = self.keeper.write(f"known-{known.value}", line)
            self.keeper.write(f"ssh-{known.value}", CLIENT.format(known=path), mode=0o755)

    def _start(self) -> bool:
        """Start sshd and say whether it got its port."""
        runtime = self.daemon.environment()["XDG_RUNTIME_DIR"]
        settings = SETTINGS.format(
            port=self.port, folder=self.folder, runtime=runtime, home=self.keeper.mkdir("home")
        )
        path = self.keeper.write("sshd_config", settings)
        words = [program("sshd"), "-D", "-e", "-f", str(path)]
        if os.geteuid() == 0:
            self.keeper.mkdir("run")
            places = (str(self.folder / "run"), str(self.daemon.socket.parent))
            words = ["unshare", "--mount", "sh", "-euc", OWN_RUN, "sh", *places, *words]
        child = self.keeper.start(words, self.daemon.environment(), self.log)
        # Whether the port answers would not tell whose it is.
        ready = f"Server listening on 127.0.0.1 port {self.port}."
        wait_until(lambda: ready in self.said() or not child.alive(), 10, "sshd")
        if child.alive():
            return True
        if "Address already in use" in self.said():
            return False
        said = self.said()
        self.close()
        raise RigError(f"sshd ended at once:\n{said}")

    @property
    def log(self) -> Path:
        """What sshd wrote."""
        return self.folder / "sshd.log"

    def said(self) -> str:
        """The text of the log, for messages."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def uri(
        self,
        *,
        known: Known = Known.YES,
        key: Key = Key.RIGHT,
        socket: bool = True,
        port: int | None = None,
    ) -> str:
        """The address of the daemon through this server.

        Args:
            known: Whether the client knows the server's key, knows it not, or knows another one.
            key: The key that the client shows.
            socket: Whether to name the daemon's socket; else the far side looks for it.
            port: Where a line to this server begins; the client knows it there as well.
        """
        if port is not None:
            with (self.folder / f"known-{Known.YES.value}").open("a") as file:
                file.write(f"[127.0.0.1]:{port} {public(self.folder / 'host')}\n")
        parameters = {
            "command": self.folder / f"ssh-{known.value}",
            "keyfile": self.folder / key.value,
            "known_hosts": self.folder / f"known-{known.value}",
        }
        if socket:
            parameters["socket"] = self.daemon.socket
        query = "&".join(f"{name}={quote(str(value))}" for name, value in parameters.items())
        return f"qemu+ssh://{self.user}@127.0.0.1:{port or self.port}/{self.daemon.mode}?{query}"

    def close(self) -> None:
        """Stop sshd, cut its connections and remove its keys. May be called again."""
        self.keeper.close()


def make_key(path: Path, passphrase: str = "") -> None:
    """Make a key pair."""
    words = ["-q", "-t", "ed25519", "-N", passphrase, "-C", "rig", "-f", str(path)]
    subprocess.run([program("ssh-keygen"), *words], check=True, stdin=subprocess.DEVNULL)


def public(path: Path) -> str:
    """The public half of a key."""
    return Path(f"{path}.pub").read_text(encoding="utf-8").strip()
