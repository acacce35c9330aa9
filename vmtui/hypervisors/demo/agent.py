"""The agents inside a demo host's guests: some are mute, some old, some block commands."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from vmtui.engine import commands, guestfile
from vmtui.errors import NotFound, Refused, TimedOut, Unsupported
from vmtui.hypervisors.demo.build import DemoGuest
from vmtui.hypervisors.demo.inside import Inside
from vmtui.hypervisors.demo.machine import Machine
from vmtui.model.agentfacts import (
    AgentFacts,
    Command,
    CommandState,
    FileSystem,
    Memory,
    User,
)
from vmtui.model.device import Address
from vmtui.model.guest import Agent
from vmtui.model.units import GIB

PATIENCE = 5.0
"""Seconds until a mute agent is given up."""
PIECE = 256 * 1024
BASIC = frozenset(
    f"guest-{name}" for name in (
        "ping", "info", "get-time", "set-time", "shutdown", "file-open", "file-close",
        "file-read", "file-write", "file-seek", "fsfreeze-status", "fsfreeze-freeze",
        "fsfreeze-thaw", "fstrim", "network-get-interfaces", "exec", "exec-status",
        "set-user-password",
    )
)  # fmt: skip
MODERN = BASIC | {
    f"guest-{name}" for name in (
        "get-osinfo", "get-timezone", "get-users", "get-host-name", "get-fsinfo",
        "ssh-add-authorized-keys",
    )
}  # fmt: skip


def facts_of(guest: DemoGuest) -> AgentFacts:
    """What the agent of a guest tells."""
    dice = int(guest.uuid[:2], 16)
    windows = guest.definition.os.startswith("win")
    if dice % 16 == 0:
        return AgentFacts("2.12.0", BASIC, hostname=guest.facts.name, addresses=_addresses(guest))
    blocked = frozenset({"guest-exec", "guest-exec-status"} if dice % 8 == 1 else ())
    total = guest.definition.memory or GIB
    used = 0.25 + dice / 512
    root = 20 * GIB
    return AgentFacts(
        version="8.2.4",
        commands=MODERN - blocked,
        blocked=blocked,
        hostname=guest.facts.name,
        addresses=_addresses(guest),
        os="Windows Server 2022" if windows else guest.definition.os.capitalize(),
        os_id="mswindows" if windows else "linux",
        kernel="" if windows else "6.1.0-37-amd64",
        users=(User("admin", None),) if dice % 3 == 0 else (),
        file_systems=(
            FileSystem("/", "ext4", "vda1", int(root * used), root),
            FileSystem("/boot", "ext4", "vda2", 200 << 20, 1 << 30),
            *([FileSystem("/srv", "xfs", "vdb1", 94 * GIB, 100 * GIB)] if dice % 8 == 4 else ()),
        ),
        timezone="UTC",
        offset=0,
        drift=guest.inside.clock_off + (dice - 128) / 5000,
        memory=Memory(total, int(total * (1 - used)), 2 * GIB, 2 * GIB - (dice << 20)),
        frozen=guest.inside.frozen,
    )


def _addresses(guest: DemoGuest) -> tuple[Address, ...]:
    mac = guest.definition.interfaces[0].mac
    return (
        Address("127.0.0.1", 8, "", "agent"),
        Address(guest.ip, 16, mac, "agent"),
        Address(f"fe80::5054:ff:fe{mac[9:11]}:{mac[12:14]}{mac[15:17]}", 64, mac, "agent"),
    )


async def must_answer(host: Machine, guest: DemoGuest, command: str = "guest-info") -> None:
    """Raises as an agent does that is not there, mute, old, or blocks the command."""
    if guest.definition.agent is not Agent.CONNECTED:
        raise Unsupported(f"{guest.facts.name} has no guest agent")
    if not guest.agent_answers:
        await host.take(PATIENCE)
        raise TimedOut(f"The guest agent of {guest.facts.name} is silent")
    facts = facts_of(guest)
    if command in facts.blocked:
        raise Refused("The guest agent blocks this", command)
    if command not in facts.commands:
        raise Unsupported("The guest agent does not know this", command)


@dataclass(frozen=True, slots=True)
class DemoAgent:
    """The agent of one guest."""

    host: Machine
    guest: DemoGuest
    read_most: int = PIECE
    write_most: int = PIECE
    input_most: int = PIECE

    async def _take(self, command: str) -> Inside:
        await self.host.take(0.02)
        await must_answer(self.host, self.guest, command)
        return self.guest.inside

    async def start(self, command: Command) -> int:
        """Run a command: a few are known."""
        inside = await self._take("guest-exec")
        number = inside.number()
        inside.ended[number] = run(self.guest, command)
        return number

    async def look(self, number: int) -> CommandState:
        """How it ended."""
        inside = await self._take("guest-exec-status")
        if number not in inside.ended:
            raise NotFound("The guest has no such program")
        return inside.ended.pop(number)

    async def open_file(self, path: str, mode: str = "r") -> int:
        """Open a file that it keeps."""
        inside = await self._take("guest-file-open")
        if mode.startswith("w"):
            inside.files[path] = bytearray()
        elif path not in inside.files:
            raise NotFound("The guest has no such file", path)
        number = inside.number()
        inside.handles[number] = (path, 0)
        return number

    async def read_file(self, handle: int, count: int) -> tuple[bytes, bool]:
        """Read."""
        inside = await self._take("guest-file-read")
        path, at = _handle(inside, handle)
        data = bytes(inside.files[path][at : at + count])
        inside.handles[handle] = (path, at + len(data))
        return data, len(data) < count

    async def write_file(self, handle: int, data: bytes) -> int:
        """Write."""
        inside = await self._take("guest-file-write")
        path, at = _handle(inside, handle)
        inside.files[path][at : at + len(data)] = data
        inside.handles[handle] = (path, at + len(data))
        return len(data)

    async def seek_file(self, handle: int, offset: int, *, from_end: bool = False) -> int:
        """Go to a place."""
        inside = await self._take("guest-file-seek")
        path, _ = _handle(inside, handle)
        at = offset + (len(inside.files[path]) if from_end else 0)
        inside.handles[handle] = (path, at)
        return at

    async def close_file(self, handle: int) -> None:
        """Let go."""
        inside = await self._take("guest-file-close")
        inside.handles.pop(handle, None)


def _handle(inside: Inside, handle: int) -> tuple[str, int]:
    if handle not in inside.handles:
        raise NotFound("The guest agent was started again, and has forgotten the file")
    return inside.handles[handle]


def run(guest: DemoGuest, command: Command) -> CommandState:
    """What a command of the demo prints."""
    words = list(command.words)
    if words[:2] == [commands.SHELL, "-c"]:
        script, rest = words[2], words[4:]
        if (known := _SCRIPTS.get(script)) is not None:
            code, out = known(guest.inside, rest)
            return CommandState(True, code, out=out.encode())
        words = rest[1:] if script == commands.BOUNDED else shlex.split(script)
        if words[:2] in (["sh", "-c"], [commands.SHELL, "-c"]) and len(words) > 2:
            words = shlex.split(words[2])
    name = words[0] if words else ""
    path = words[1] if len(words) > 1 else ""
    if name == "cat" and path in guest.inside.files:
        return CommandState(True, 0, out=bytes(guest.inside.files[path]))
    said = {
        "uname": f"Linux {guest.facts.name} 6.1.0-37-amd64 x86_64 GNU/Linux\n",
        "hostname": f"{guest.facts.name}\n",
        "echo": " ".join(words[1:]) + "\n",
        "true": "",
        "uptime": " 10:20:01 up 3 days,  4:05,  1 user,  load average: 0.08, 0.03, 0.01\n",
    }.get(name)
    if said is None:
        return CommandState(True, 127, err=f"sh: {name}: not found\n".encode())
    return CommandState(True, 0, out=said.encode())


def _what_is(inside: Inside, words: list[str]) -> tuple[int, str]:
    path = words[0]
    folders = {"/", "/root", "/tmp", "/etc"}  # noqa: S108 - of an imaginary guest
    return 0, "folder" if path in folders else "file" if path in inside.files else "none"


def _create(inside: Inside, words: list[str]) -> tuple[int, str]:
    inside.files.setdefault(words[0], bytearray())
    return 0, ""


def _finish(inside: Inside, words: list[str]) -> tuple[int, str]:
    part, target, _, force = words
    if target in inside.files and not force:
        return guestfile.EXISTS, ""
    inside.files[target] = inside.files.pop(part)
    return 0, ""


def _digest(inside: Inside, words: list[str]) -> tuple[int, str]:
    data = bytes(inside.files.get(words[0], b""))[: int(words[1])]
    return 0, f"{hashlib.sha256(data).hexdigest()}  -"


def _remove(inside: Inside, words: list[str]) -> tuple[int, str]:
    inside.files.pop(words[0], None)
    return 0, ""


_SCRIPTS: dict[str, Callable[[Inside, list[str]], tuple[int, str]]] = {
    guestfile.WHAT_IS: _what_is,
    guestfile.CREATE: _create,
    guestfile.FINISH: _finish,
    guestfile.DIGEST: _digest,
    guestfile.REMOVE: _remove,
    commands.KILL: lambda _inside, _words: (0, ""),
}
