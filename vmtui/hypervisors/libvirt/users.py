"""Who uses which file: every guest's disks with all that lies below them.

All guests' XML is read once a question, the persistent one and the live one, because either may
name what the other does not. Everything here blocks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import libvirt

from vmtui.hypervisors.libvirt.catalog import Catalog
from vmtui.hypervisors.libvirt.text import plain
from vmtui.hypervisors.libvirt.xml.usage import DiskSources, Source, Usage, read_usage

_UNANSWERED = (
    libvirt.VIR_ERR_NO_SUPPORT,
    libvirt.VIR_ERR_OPERATION_UNSUPPORTED,
    libvirt.VIR_ERR_OPERATION_DENIED,
    libvirt.VIR_ERR_ACCESS_DENIED,
)


@dataclass(frozen=True, slots=True)
class GuestFiles:
    """What one guest uses."""

    uuid: str
    name: str
    disks: tuple[DiskSources, ...]
    others: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Users:
    """Who uses what: places (see `Catalog.places`) to UUIDs of guests."""

    directly: Mapping[str, set[str]]
    """The guests to which it is a disk, a kernel, ..."""
    below: Mapping[str, set[str]]
    """The guests of which a disk is an overlay of it."""
    unclear: tuple[str, ...]
    """Sentences, each about a disk of which nobody knows what lies below it."""


def read_guests(conn: libvirt.virConnect) -> dict[str, GuestFiles]:
    """What every guest uses, by UUID (virConnectListAllDomains, virDomainGetXMLDesc)."""
    guests = {}
    for domain in conn.listAllDomains():
        try:
            usages = [read_usage(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))]
            # The number is libvirt's mark of an active domain, known without another call.
            if domain.ID() != -1:
                usages.append(read_usage(domain.XMLDesc()))
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                raise
            continue
        guests[usages[0].uuid] = _merged(usages)
    return guests


def _merged(usages: Sequence[Usage]) -> GuestFiles:
    """Each disk once, by target and source, with the fuller account of what lies below it."""
    disks: dict[tuple[str, Source, str], DiskSources] = {}
    for usage in usages:
        for sources in usage.disks:
            key = (sources.disk.target, sources.source, sources.disk.source)
            if key not in disks or sources.complete:
                disks[key] = sources
    others = dict.fromkeys(source for usage in usages for source in usage.others)
    return GuestFiles(usages[0].uuid, usages[0].name, tuple(disks.values()), tuple(others))


def find_users(conn: libvirt.virConnect, catalog: Catalog, guests: Iterable[GuestFiles]) -> Users:
    """Who uses what among these guests."""
    directly, below = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    unclear: list[str] = []
    for guest in guests:
        for source in (*(sources.source for sources in guest.disks), *guest.others):
            for place in catalog.places(source):
                directly[place].add(guest.uuid)
        for sources in guest.disks:
            for source in chain(catalog, sources):
                for place in catalog.places(source):
                    below[place].add(guest.uuid)
            if sentence := _unclear(conn, catalog, guest, sources):
                unclear.append(sentence)
    return Users(directly, below, tuple(unclear))


def chain(catalog: Catalog, sources: DiskSources) -> tuple[Source, ...]:
    """What lies below a disk, nearest first: as its XML has it, then as the pools know it."""
    named = [source for source in sources.below if source != Source()]
    if not sources.complete:
        named.extend(catalog.below(named[-1] if named else sources.source))
    return tuple(dict.fromkeys(named))


def _unclear(
    conn: libvirt.virConnect, catalog: Catalog, guest: GuestFiles, sources: DiskSources
) -> str:
    """A sentence where nobody knows what lies below a disk; else "".

    A file that was made beside libvirt is unknown to its pool until that is refreshed: it may be
    an overlay of anything.
    """
    path = sources.source.path
    if sources.complete or not path or catalog.knows(sources.source):
        return ""
    pool = catalog.folder(path)
    if pool is None or not _exists(conn, guest.uuid, path):
        return ""
    verb = "refresh" if pool.active else "start"
    return (
        f"{sources.disk.target} of {guest.name} may lie on it: "
        f"{verb} the pool {plain(pool.name)}, then look again"
    )


def _exists(conn: libvirt.virConnect, uuid: str, path: str) -> bool:
    """Whether a guest's file is there (virDomainGetBlockInfo); yes where that cannot be told."""
    try:
        conn.lookupByUUIDString(uuid).blockInfo(path)
    except libvirt.libvirtError as error:
        return error.get_error_code() in _UNANSWERED
    return True
