"""From an agent's answers, which may be anything, to facts that are bounded and of one shape."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from vmtui.errors import Invalid
from vmtui.hypervisors.libvirt.text import plain
from vmtui.model.agentfacts import CommandState, FileSystem, Memory, User

MOST_COMMANDS = 500
MOST_FILE_SYSTEMS = 64
MOST_USERS = 64
MOST_INTERFACES = 64
SIZE_MOST = 1 << 62
"""Bytes; a larger number is nonsense."""


def nonsense(what: str) -> Invalid:
    """The error for an answer of the wrong shape."""
    return Invalid("The guest agent's answer makes no sense", what)


def number(value: object, what: str, most: int = SIZE_MOST) -> int:
    """A whole number from 0 to `most`. Raises Invalid."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise nonsense(what)
    return value


def fields(value: object, what: str) -> Mapping[str, Any]:
    """A JSON object. Raises Invalid."""
    if not isinstance(value, dict):
        raise nonsense(what)
    return value


def data(value: object, what: str, most: int) -> bytes:
    """At most `most` bytes from base64. Raises Invalid."""
    if not isinstance(value, str) or len(value) > most * 4 // 3 + 8:
        raise nonsense(what)
    try:
        found = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise nonsense(what) from None
    if len(found) > most:
        raise nonsense(what)
    return found


def commands(info: object) -> tuple[str, frozenset[str], frozenset[str]]:
    """Version, commands and blocked commands from `guest-info`. Raises Invalid."""
    told = fields(info, "guest-info")
    listed = told.get("supported_commands")
    taken, blocked = set[str](), set[str]()
    for entry in listed[:MOST_COMMANDS] if isinstance(listed, list) else ():
        name = plain(entry.get("name"), 80) if _is_named(entry) else ""
        if name:
            (taken if entry.get("enabled") is True else blocked).add(name)
    version = told.get("version")
    return (
        plain(version, 40) if isinstance(version, str) else "",
        frozenset(taken),
        frozenset(blocked),
    )


def _is_named(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("name"), str)


def users(told: object) -> tuple[User, ...]:
    """Who is logged in, from `guest-get-users`."""
    found = []
    for entry in _entries(told, MOST_USERS):
        name, since = _words(entry, "user", 64), entry.get("login-time")
        if name:
            since = since if isinstance(since, int | float) and 0 < since < 1 << 35 else None
            found.append(User(name, since))
    return tuple(found)


def file_systems(told: object) -> tuple[FileSystem, ...]:
    """What is mounted, from `guest-get-fsinfo`; the root first, then by name."""
    found = []
    for entry in _entries(told, MOST_FILE_SYSTEMS):
        if mount := _words(entry, "mountpoint", 200):
            kind, name = _words(entry, "type", 32), _words(entry, "name", 64)
            used, total = _size(entry, "used-bytes"), _size(entry, "total-bytes")
            found.append(FileSystem(mount, kind, name, used, total))
    return tuple(sorted(found, key=lambda one: (one.mount != "/", one.mount)))


def system(told: object) -> tuple[str, str, str]:
    """Name, id and kernel of the operating system, from `guest-get-osinfo`."""
    entry = told if isinstance(told, dict) else {}
    name = _words(entry, "pretty-name", 100) or _words(entry, "name", 100)
    return name, _words(entry, "id", 40), _words(entry, "kernel-release", 80)


def timezone(told: object) -> tuple[str, int | None]:
    """Name and seconds east of UTC, from `guest-get-timezone`; more than a day is nonsense."""
    entry = told if isinstance(told, dict) else {}
    offset = entry.get("offset")
    known = offset if isinstance(offset, int) and abs(offset) <= 86400 else None
    return _words(entry, "zone", 40), known


def hostname(told: object) -> str:
    """The guest's own name for itself, from `guest-get-host-name`."""
    return _words(told if isinstance(told, dict) else {}, "host-name", 255)


def interfaces(told: object) -> dict[str, Any]:
    """`guest-network-get-interfaces` in the shape of virDomainInterfaceAddresses."""
    found: dict[str, Any] = {}
    for index, entry in enumerate(_entries(told, MOST_INTERFACES)):
        listed = [
            {"addr": _words(one, "ip-address", 64), "prefix": one.get("prefix")}
            for one in _entries(entry.get("ip-addresses"), MOST_INTERFACES)
        ]
        found[str(index)] = {"hwaddr": _words(entry, "hardware-address", 32), "addrs": listed}
    return found


def memory(text: bytes) -> Memory | None:
    """The guest's memory from its /proc/meminfo; None where that is something else."""
    figures: dict[str, int] = {}
    for line in text[:65536].decode("ascii", "replace").splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isdecimal() and len(words[0]) < 16:
            figures[name] = int(words[0]) * 1024
    total, available = figures.get("MemTotal"), figures.get("MemAvailable")
    if not total or available is None:
        return None
    swap = figures.get("SwapTotal", 0)
    return Memory(total, min(available, total), swap, min(figures.get("SwapFree", 0), swap))


def command_state(status: object, most: int) -> CommandState:
    """How a command stands, from `guest-exec-status`. Raises Invalid."""
    told = fields(status, "guest-exec-status")
    if told.get("exited") is not True:
        return CommandState(ended=False)
    code, signal = told.get("exitcode"), told.get("signal")
    return CommandState(
        True,
        _small(code),
        _small(signal),
        data(told.get("out-data", ""), "its output", most),
        data(told.get("err-data", ""), "its output", most),
        bool(told.get("out-truncated") or told.get("err-truncated")),
    )


def _small(value: object) -> int | None:
    """Windows has exit codes of 32 bits."""
    return value if isinstance(value, int) and abs(value) < 1 << 33 else None


def _entries(told: object, most: int) -> list[Mapping[str, Any]]:
    """The objects in a list, at most so many."""
    listed = told[:most] if isinstance(told, list) else ()
    return [entry for entry in listed if isinstance(entry, dict)]


def _words(info: Mapping[str, Any], name: str, most: int) -> str:
    value = info.get(name)
    return plain(value, most) if isinstance(value, str) else ""


def _size(info: Mapping[str, Any], name: str) -> int | None:
    value = info.get(name)
    return value if isinstance(value, int) and 0 <= value <= SIZE_MOST else None
