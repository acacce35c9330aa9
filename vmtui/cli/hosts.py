"""Which hosts to open, and what each is called on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from vmtui.config import HostEntry
from vmtui.model.guest import HostId


@dataclass(frozen=True, slots=True)
class HostChoice:
    """One connection to open."""

    id: HostId
    uri: str
    read_only: bool = False


def choose(
    asked: Sequence[str],
    environment: Mapping[str, str],
    configured: Sequence[HostEntry],
    default: Callable[[], str],
    *,
    read_only: bool = False,
) -> list[HostChoice]:
    """The connections to open: those asked for, else LIBVIRT_DEFAULT_URI's, else the settings',
    else this machine's own (`default`).

    A configured host keeps its name and its read-only mark however it was asked for.
    """
    if asked:
        known = {entry.uri: entry for entry in configured}
        entries = [known.get(uri, HostEntry(uri=uri)) for uri in asked]
    elif environment.get("LIBVIRT_DEFAULT_URI"):
        entries = [HostEntry(uri=environment["LIBVIRT_DEFAULT_URI"])]
    elif configured:
        entries = list(configured)
    else:
        entries = [HostEntry(uri=default())]
    names = distinct(entry.name or short_name(entry.uri) for entry in entries)
    return [
        HostChoice(HostId(name), entry.uri, entry.read_only or read_only)
        for name, entry in zip(names, entries, strict=True)
    ]


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
        candidate, number = name, 1
        while candidate in made:
            number += 1
            candidate = f"{name} ({number})"
        made.append(candidate)
    return made
