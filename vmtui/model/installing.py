"""Installing guest tools: the ways into a guest, and what a look inside told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Way(Enum):
    """How the packages get into a guest; the value is the word on the command line."""

    CONSOLE = "console"
    """Typed at its console, where a person is logged in."""
    SSH = "ssh"
    ISO = "iso"
    """From a medium: an ISO with the packages, or virtio-win for Windows."""
    DISK = "disk"
    """Into its disk with libguestfs, while it is off."""


class Sudo(Enum):
    """How whoever is logged in becomes root."""

    NOT_NEEDED = "is root"
    FREE = "sudo"
    """Without being asked for a password."""
    PASSWORD = "sudo with a password"  # noqa: S105 - a word for it
    DOAS = "doas"
    """May ask for a password as well."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Release:
    """What a system says of itself in os-release; bounded and plain, and the guest's own word."""

    id: str = ""
    """`debian`, `ubuntu`, `rhel`, ..."""
    like: tuple[str, ...] = ()
    """What it is akin to, the nearest first."""
    version: str = ""
    variant: str = ""
    """`coreos`, `silverblue`, ...: an edition that may be made otherwise."""
    name: str = ""
    """For a person: `Debian GNU/Linux 12 (bookworm)`."""
    codename: str = ""
    """`bookworm`."""


@dataclass(frozen=True, slots=True)
class Login:
    """Whoever is logged in inside a guest, and what there is."""

    sudo: Sudo
    release: Release
    agent: bool = False
    """Whether qemu-ga is installed."""
    port: bool = False
    """Whether its kernel shows the agent's channel."""


@dataclass(frozen=True, slots=True)
class SshTarget:
    """Where ssh finds a guest; a port of 0 and an empty key leave it to ssh's own settings."""

    address: str = ""
    user: str = "root"
    port: int = 0
    key: str = ""
    """A private key's file, or ""."""
    jump: str = ""
    """`user@host` through which it is reached, or ""."""
