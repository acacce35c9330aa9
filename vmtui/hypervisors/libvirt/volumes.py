"""Which volumes a guest's disks are, and which of them must outlive it.

The law of this file: in doubt a volume is kept, and the reason is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import libvirt

from vmtui.hypervisors.libvirt.catalog import Catalog
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.text import plain
from vmtui.hypervisors.libvirt.users import Users, chain, find_users, read_guests
from vmtui.hypervisors.libvirt.xml.usage import DiskSources, Source
from vmtui.model.storage import DiskUse

_FIXED_POOLS = frozenset({"iscsi", "iscsi-direct", "scsi", "mpath"})
"""Pools whose volumes libvirt finds and cannot delete."""

_NAMED = 3
"""Guests that a reason names; more are counted."""


async def read_disk_use(handle: Handle, uuids: Sequence[str]) -> list[DiskUse]:
    """The disks of these guests, then the files below them, and why any of them must be kept.

    Empty drives are left out, and what two disks name is told once. Nothing is refreshed.
    """
    return await handle.calls.run(lambda: list(_Survey(handle.conn, uuids).answer()))


class _Survey:
    """One answer to `read_disk_use`; blocks."""

    def __init__(self, conn: libvirt.virConnect, uuids: Sequence[str]) -> None:
        self._conn = conn
        self._guests = read_guests(conn)
        self._uuids = [uuid for uuid in dict.fromkeys(uuids) if uuid in self._guests]
        self._catalog = Catalog(conn)
        self._listed: set[str] = set()
        """Places of what was told already: a file goes or stays once, whoever names it."""

    @cached_property
    def _users(self) -> Users:
        # Dear on a host with many guests, and not needed where no disk is a volume.
        return find_users(self._conn, self._catalog, self._guests.values())

    def answer(self) -> Iterator[DiskUse]:
        """Every disk, then what lies below them; each file once."""
        disks = [(uuid, disk) for uuid in self._uuids for disk in self._guests[uuid].disks]
        for uuid, disk in disks:
            if self._is_new(disk.source):
                yield self._use(uuid, disk, disk.source, self._keep_because(uuid, disk))
        for uuid, disk in disks:
            for base in chain(self._catalog, disk):
                if self._is_new(base):
                    why = f"a base image below {disk.disk.target}: others may need it"
                    yield self._use(uuid, disk, base, why)

    def _is_new(self, source: Source) -> bool:
        places = self._catalog.places(source)
        if places & self._listed:
            return False
        self._listed |= places
        return True

    def _use(self, uuid: str, sources: DiskSources, source: Source, why: str) -> DiskUse:
        shown = source.path or (f"{source.pool}/{source.volume}" if source.pool else "")
        return DiskUse(
            uuid=uuid,
            target=sources.disk.target,
            source=shown or sources.disk.source,
            volume=self._catalog.volume(source),
            keep_because=why,
        )

    def _keep_because(self, uuid: str, sources: DiskSources) -> str:
        """The first reason to keep a disk's volume; "" where it may go."""
        if sources.disk.read_only or sources.disk.device in ("cdrom", "floppy"):
            return "a read-only medium"
        if sources.disk.shareable:
            return "marked as shared between guests"
        if not self._catalog.knows(sources.source):
            return self._unknown(sources)
        return self._used(uuid, sources.source) or self._undeletable(sources.source)

    def _unknown(self, sources: DiskSources) -> str:
        """Why no active pool knows it."""
        source = sources.source
        if source.pool:
            pool = plain(source.pool)
            return f"the pool {pool} is not active, or has no such volume: start or refresh it"
        if not source.path:
            return f"not a file or device of the host: delete by hand: {sources.disk.source}"
        folder = self._catalog.folder(source.path)
        if folder is None:
            return f"not in a storage pool: delete by hand: {plain(source.path)}"
        if folder.active:
            return f"the pool {plain(folder.name)} has not noticed it: refresh the pool"
        return f"its pool {plain(folder.name)} is not active: start the pool"

    def _used(self, uuid: str, source: Source) -> str:
        """Who else needs it. A base image is kept even where all its overlays are to go."""
        places = self._catalog.places(source)
        users = {it for place in places for it in self._users.directly.get(place, ())}
        if others := users.difference(self._uuids):
            return f"used by {self._named(others)}"
        overlays = {it for place in places for it in self._users.below.get(place, ())}
        if others := overlays - {uuid}:
            return f"a base image of {self._named(others)}"
        if overlays:
            return "a base image of another of its disks"
        return next(iter(self._users.unclear), "")

    def _named(self, uuids: set[str]) -> str:
        names = sorted(self._guests[uuid].name for uuid in uuids)
        if len(names) > _NAMED:
            names = [*names[:_NAMED], f"{len(names) - _NAMED} more"]
        return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]

    def _undeletable(self, source: Source) -> str:
        """Why libvirt itself would not delete it."""
        volume = self._catalog.volume(source)
        if volume is None or not self._catalog.is_file(source):
            return "not a single file: delete by hand"
        kind = self._catalog.kind(volume.pool)
        return f"a pool of kind {kind} cannot delete volumes" if kind in _FIXED_POOLS else ""
