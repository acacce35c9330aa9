"""What the agent inside a guest tells, and what it is asked to do.

All of it is the guest's own word: bounded and plain where it is read, and never a reason to do
anything on the host.
"""

from __future__ import annotations

from dataclasses import dataclass

from vmtui.model.device import Address


@dataclass(frozen=True, slots=True)
class FileSystem:
    """One mounted file system; sizes in bytes, None where the agent does not tell them."""

    mount: str
    kind: str = ""
    device: str = ""
    used: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who is logged in, since when (seconds since the epoch)."""

    name: str
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """The guest's own figures, in bytes."""

    total: int
    available: int
    swap_total: int = 0
    swap_free: int = 0


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """What a guest's agent told at one time; what it cannot tell is None or empty."""

    version: str = ""
    commands: frozenset[str] = frozenset()
    """Those that it takes."""
    blocked: frozenset[str] = frozenset()
    """Those that it knows and does not take."""
    hostname: str = ""
    addresses: tuple[Address, ...] = ()
    os: str = ""
    """In its own words: `Debian GNU/Linux 12 (bookworm)`."""
    os_id: str = ""
    """`debian`, `mswindows`, ..."""
    kernel: str = ""
    users: tuple[User, ...] = ()
    file_systems: tuple[FileSystem, ...] = ()
    timezone: str = ""
    offset: int | None = None
    """Seconds east of UTC."""
    drift: float | None = None
    """Seconds by which its clock is ahead of ours."""
    memory: Memory | None = None
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command to be run inside a guest: no shell reads it unless it names one."""

    words: tuple[str, ...]
    environment: tuple[str, ...] = ()
    """`NAME=value` each; empty leaves the agent's own."""
    input: bytes = b""
    capture: bool = True


@dataclass(frozen=True, slots=True)
class CommandState:
    """How a command stands; output is there once it has ended."""

    ended: bool
    code: int | None = None
    signal: int | None = None
    out: bytes = b""
    err: bytes = b""
    cut: bool = False
    """Whether there was more output than is kept."""
