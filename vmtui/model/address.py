"""Addresses of hosts: what a connection is called by default, and templates to begin with. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Template:
    """An address to begin with; HOST in it is to be replaced."""

    label: str
    uri: str
    about: str


TEMPLATES = (
    Template("This machine", "qemu:///system", "the system's guests, QEMU and KVM"),
    Template("Your own guests here", "qemu:///session", "those that run as yourself"),
    Template("Over ssh", "qemu+ssh://root@HOST/system", "with your ssh key or agent"),
    Template("Over ssh, as yourself", "qemu+ssh://HOST/session", "your own guests over there"),
    Template("Over TLS", "qemu+tls://HOST/system", "with certificates"),
    Template("Containers here", "lxc:///system", "LXC"),
    Template("Xen here", "xen:///system", "Xen"),
)


def short_name(uri: str) -> str:
    """A name for a connection: its host, or `local`, `session`, or the driver's name."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return uri
    driver = parts.scheme.partition("+")[0]
    if host:
        return host
    if driver in ("qemu", "xen", "ch"):
        return "session" if parts.path == "/session" and not parts.query else "local"
    return driver or uri


def distinct(names: Iterable[str]) -> list[str]:
    """The names, the second `lab` as `lab (2)`."""
    made: list[str] = []
    for name in names:
        made.append(free(name, made))
    return made


def free(name: str, taken: Iterable[str]) -> str:
    """The name, with a number where it is taken."""
    others, candidate, number = set(taken), name, 1
    while candidate in others:
        number += 1
        candidate = f"{name} ({number})"
    return candidate


def address_problem(uri: str) -> str | None:
    """None where this can be libvirt's address of a host, else what is wrong with it."""
    if not uri:
        return "an address is needed, such as qemu+ssh://root@lab1/system"
    if any(character.isspace() or not character.isprintable() for character in uri):
        return "an address has no spaces"
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError as error:
        return f"that is no address: {error}"
    if not parts.scheme or "://" not in uri:
        return "an address begins with a driver, such as qemu:///system"
    if parts.hostname == "host":
        return "put the host's name in the place of HOST"
    if "+" in parts.scheme and parts.scheme.partition("+")[2] != "unix" and not parts.hostname:
        return "which host? such as qemu+ssh://root@lab1/system"
    return None
