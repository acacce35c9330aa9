"""Which hypervisor of this machine to use, and whether an address means this machine."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit, urlunsplit

SYSTEM = "qemu:///system"
SESSION = "qemu:///session"
SYSTEM_SOCKETS = (Path("/run/libvirt/libvirt-sock"), Path("/run/libvirt/virtqemud-sock"))

# Drivers whose guests run where their daemon runs; test, esx, vbox and hyperv are not such.
_ON_THE_SPOT = frozenset({"qemu", "lxc", "xen", "ch", "bhyve", "vz", "openvz"})

# Drivers that run within the client: their connections share nothing, or need no daemon.
_WITHIN = frozenset({"test", "esx", "gsx", "vpx", "hyperv", "vmwareplayer", "vmwarews"})


def default_uri(
    sockets: tuple[Path, ...] = SYSTEM_SOCKETS, *, superuser: bool | None = None
) -> str:
    """The address for a person who gave none.

    The system's hypervisor where its socket takes us, else the person's own, which libvirt
    starts by itself. Root has no own one: that address leads to the system's as well.
    """
    if superuser is None:
        superuser = os.geteuid() == 0
    return SYSTEM if superuser or any(answers(path) for path in sockets) else SESSION


def answers(path: Path, timeout: float = 0.5) -> bool:
    """Whether something listens on a socket and lets this person in."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(timeout)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def driver_of(uri: str) -> tuple[str, str]:
    """Driver and transport of an address: `qemu+ssh://h/system` is qemu and ssh."""
    driver, _, transport = _split(uri)[0].partition("+")
    return driver, transport


def host_of(uri: str) -> str:
    """What a person would give to ssh for this address: `user@host`, `host`, or ""."""
    netloc = _split(uri)[1]
    user, at, host = netloc.rpartition("@")
    # An IPv6 address stands in brackets, because its colons are not the port's.
    host = host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]
    return f"{user.partition(':')[0]}{at}{host}" if host else ""


def port_of(uri: str) -> int | None:
    """The port in an address, if there is one."""
    try:
        return urlsplit(uri).port
    except ValueError:
        return None


def is_local(uri: str) -> bool:
    """Whether the hypervisor of that address runs on this very machine."""
    driver, transport = driver_of(uri)
    return driver in _ON_THE_SPOT and transport in ("", "unix") and not host_of(uri)


def runs_in_process(uri: str) -> bool:
    """Whether its driver runs in this process, so that there is no daemon to talk to."""
    driver, transport = driver_of(uri)
    return driver in _WITHIN and not transport


def is_session(uri: str) -> bool:
    """Whether it is a person's own hypervisor, with that person's rights only."""
    return _split(uri)[2] == "/session"


def without_prompts(uri: str) -> str:
    """The address, with libvirt's ssh told to fail rather than to ask on the terminal.

    `no_tty` becomes ssh's BatchMode: a host key that is unknown or has changed is refused,
    and so is a login that needs a password. What the person wrote wins.
    """
    if driver_of(uri)[1] != "ssh":
        return uri
    scheme, netloc, path, query, fragment = urlsplit(uri)
    if any(key == "no_tty" for key, _ in parse_qsl(query, keep_blank_values=True)):
        return uri
    # The rest stays as it was written: libvirt does not read every spelling that Python writes.
    query = f"{query}&no_tty=1" if query else "no_tty=1"
    return urlunsplit((scheme, netloc, path, query, fragment))


def _split(uri: str) -> tuple[str, str, str]:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return uri.partition(":")[0], "", ""
    return parts.scheme, parts.netloc, parts.path
