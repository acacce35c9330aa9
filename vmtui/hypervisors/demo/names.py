"""What demo guests are called, and what runs in them."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class System:
    """An operating system as demo guests have it."""

    id: str
    """libosinfo's short name."""
    uefi: bool
    agent: bool


LINUX = (
    System("debian12", uefi=False, agent=True),
    System("debian13", uefi=True, agent=True),
    System("ubuntu24.04", uefi=True, agent=True),
    System("rocky9", uefi=True, agent=True),
    System("fedora42", uefi=True, agent=True),
    System("alpinelinux3.20", uefi=False, agent=False),
    System("opensuse15.6", uefi=False, agent=True),
    System("freebsd14.1", uefi=False, agent=False),
)
WINDOWS = (System("win2k22", uefi=True, agent=True), System("win11", uefi=True, agent=False))

ROLES = (
    "web", "db", "cache", "mail", "dns", "git", "ci", "build", "k8s-node", "k8s-master", "proxy",
    "vpn", "backup", "monitor", "grafana", "log", "queue", "search", "ldap", "wiki", "test", "dev",
    "staging", "nfs", "registry", "puppet", "win-dc", "win-rdp", "router", "desktop",
)  # fmt: skip


def name_of(index: int) -> str:
    """The name of a host's guest by its number: web1, db1, ..., web2, ..."""
    number, role = divmod(index, len(ROLES))
    return f"{ROLES[role]}{number + 1}"


def system_of(name: str, rng: random.Random) -> System:
    """What runs in a guest of that name."""
    return rng.choice(WINDOWS if name.startswith(("win", "desktop")) else LINUX)
