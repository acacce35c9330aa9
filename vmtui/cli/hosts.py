"""Which hosts to open, and what each is called on the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vmtui.config import HostEntry
from vmtui.model.address import distinct, short_name
from vmtui.model.guest import HostId


@dataclass(frozen=True, slots=True)
class HostChoice:
    """One connection to open."""

    id: HostId
    uri: str
    read_only: bool = False
    production: bool = False


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

    A configured host keeps its name and its marks however it was asked for.
    """
    uris = list(asked)
    if not uris and (wanted := environment.get("LIBVIRT_DEFAULT_URI")):
        uris = [wanted]
    if not uris and not configured:
        uris = [default()]
    known = {entry.uri: entry for entry in configured}
    entries = [known.get(uri, HostEntry(uri=uri)) for uri in uris] if uris else list(configured)
    names = distinct(entry.name or short_name(entry.uri) for entry in entries)
    return [
        HostChoice(HostId(name), entry.uri, entry.read_only or read_only, entry.production)
        for name, entry in zip(names, entries, strict=True)
    ]
