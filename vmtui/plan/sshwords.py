"""The command line of ssh for work inside a guest: no questions, and host keys by the guest's UUID.

A guest's address is given to another one as soon as it is free, so its host key is kept under its
UUID, in a file of vmtui's own: accepted at the first time, and insisted on from then on.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from vmtui.model.device import Address
from vmtui.model.installing import SshTarget

CONNECT = 20
"""Seconds that a connection may take."""
SHELL = ("sh", "-s")
"""What runs there: the script is its input, so that it stands in no list of processes."""
_HOST = re.compile(r"^[A-Za-z0-9_.:%-]{1,253}$")
_USER = re.compile(r"^[A-Za-z0-9_.][A-Za-z0-9_.@$-]{0,63}$")


def words(target: SshTarget, uuid: str, known_hosts: str) -> tuple[str, ...]:
    """The program and its arguments.

    Args:
        target: Where to; it has passed `problem`.
        uuid: The guest's.
        known_hosts: The file of guests' host keys.
    """
    options = {
        "BatchMode": "yes",
        "LogLevel": "ERROR",
        "ConnectTimeout": str(CONNECT),
        "ServerAliveInterval": "15",
        "StrictHostKeyChecking": "accept-new",
        "UserKnownHostsFile": f'"{known_hosts}"',
        "HostKeyAlias": f"vmtui-{uuid}",
        "HashKnownHosts": "no",
        "CheckHostIP": "no",
        "ForwardAgent": "no",
        "ForwardX11": "no",
        # One that is shared outlives this program, and by its address may be another guest's.
        "ControlMaster": "no",
        "ControlPath": "none",
    }
    made = ["ssh", "-T"]
    for name, value in options.items():
        made += ["-o", f"{name}={value}"]
    if target.key:
        made += ["-o", "IdentitiesOnly=yes", "-i", target.key]
    if target.port:
        made += ["-p", str(target.port)]
    if target.jump:
        made += ["-J", target.jump]
    return (*made, "-l", target.user, "--", target.address, *SHELL)


def problem(target: SshTarget) -> str | None:
    """None where ssh can be given it, else one sentence."""
    if not _HOST.match(target.address) or target.address.startswith("-"):
        return "that is no address"
    if not _USER.match(target.user):
        return "that is no name of a user"
    return None if 0 <= target.port < 65536 else "that is no port"


def address_of(addresses: Iterable[Address], version: int = 0) -> str:
    """The address by which a guest is reached: IPv4 before IPv6; "" where it has none.

    With a `version`, 4 or 6, one of that only.
    """
    best = ""
    for one in addresses:
        try:
            ip = ipaddress.ip_address(one.ip)
        except ValueError:
            continue
        if ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_multicast:
            continue
        if version not in (0, ip.version):
            continue
        if ip.version == 4:
            return str(ip)
        best = best or str(ip)
    return best


def split(text: str) -> tuple[str, int]:
    """Address and port of `web1`, `web1:2222` or `[2001:db8::1]:2222`; 0 where none is said."""
    if text.startswith("[") and "]" in text:
        address, _, rest = text[1:].partition("]")
        return address, _port(rest.removeprefix(":"))
    if text.count(":") == 1:
        address, _, rest = text.partition(":")
        return address, _port(rest)
    return text, 0


def jump_of(uri: str) -> str:
    """The host through which its guests are reached: that of a `qemu+ssh://` address, else ""."""
    parts = urlsplit(uri)
    if not parts.scheme.endswith(("+ssh", "+libssh", "+libssh2")) or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    user = f"{parts.username}@" if parts.username else ""
    return f"{user}{host}" + (f":{parts.port}" if parts.port else "")


def _port(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else -1 if text else 0
