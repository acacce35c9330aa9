"""The volumes that a host's active pools know, each looked up once.

A catalog is made for one question and dropped. It is used in a thread of `calls`, as it blocks.
Nothing is refreshed: a pool whose refresh fails is stopped by libvirt.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import NamedTuple

import libvirt

from vmtui.hypervisors.libvirt.xml.tree import parse
from vmtui.hypervisors.libvirt.xml.usage import Source
from vmtui.hypervisors.libvirt.xml.volume import VolumeXML, read_volume
from vmtui.model.storage import Volume

_DEEPEST = 200
"""Overlays that are followed at most, as libvirt itself bounds a chain."""

_ABSENT = (libvirt.VIR_ERR_NO_STORAGE_VOL, libvirt.VIR_ERR_NO_STORAGE_POOL)


class PoolFolder(NamedTuple):
    """A pool that keeps its volumes as files of one folder."""

    name: str
    path: str
    active: bool


class Catalog:
    """Volumes by path and by pool and name (virStorageVolLookupByPath, ...ByName)."""

    def __init__(self, conn: libvirt.virConnect) -> None:
        self._conn = conn
        self._handles: dict[Source, libvirt.virStorageVol | None] = {}
        self._read: dict[str, VolumeXML] = {}
        self._folders: list[PoolFolder] | None = None
        self._kinds: dict[str, str] = {}

    def places(self, source: Source) -> frozenset[str]:
        """All by which a source can be recognised: its path, and its volume's key and path."""
        handle = self._find(source)
        names = {source.path}
        if handle is not None:
            names.add(handle.key())
            if not source.path:
                names.add(self._details(handle).path)
        return frozenset(names - {""})

    def volume(self, source: Source) -> Volume | None:
        """The volume of a source; None where no active pool has it."""
        handle = self._find(source)
        if handle is None:
            return None
        found = self._details(handle)
        pool = handle.storagePoolLookupByVolume().name()
        return Volume(
            pool, found.name, found.path, found.format,
            found.capacity, found.allocation, found.backing,
        )  # fmt: skip

    def knows(self, source: Source) -> bool:
        """Whether an active pool has it."""
        return self._find(source) is not None

    def is_file(self, source: Source) -> bool:
        """Whether its volume is a file or a block device, and not a folder."""
        handle = self._find(source)
        return handle is not None and self._details(handle).kind in ("file", "block", "network")

    def below(self, source: Source) -> tuple[Source, ...]:
        """What the pools know to lie below a volume, nearest first."""
        chain: list[Source] = []
        handle = self._find(source)
        while handle is not None and len(chain) < _DEEPEST:
            path = self._details(handle).backing
            if not path or Source(path) in chain:
                break
            chain.append(Source(path))
            handle = self._find(chain[-1])
        return tuple(chain)

    def folder(self, path: str) -> PoolFolder | None:
        """The pool in whose folder a file lies, whether or not the pool has noticed it."""
        parent = str(PurePosixPath(path).parent)
        if self._folders is None:
            self._folders = [_read_folder(pool) for pool in self._conn.listAllStoragePools()]
        return next((pool for pool in self._folders if pool.path == parent), None)

    def kind(self, pool: str) -> str:
        """What kind of pool it is: dir, logical, iscsi, ..."""
        if pool not in self._kinds:
            text = self._conn.storagePoolLookupByName(pool).XMLDesc()
            self._kinds[pool] = parse(text).get("type", "")
        return self._kinds[pool]

    def _find(self, source: Source) -> libvirt.virStorageVol | None:
        if source not in self._handles:
            self._handles[source] = self._look_up(source)
        return self._handles[source]

    def _look_up(self, source: Source) -> libvirt.virStorageVol | None:
        try:
            if source.path:
                return self._conn.storageVolLookupByPath(source.path)
            if source.pool:
                pool = self._conn.storagePoolLookupByName(source.pool)
                return pool.storageVolLookupByName(source.volume)
        except libvirt.libvirtError as error:
            # An inactive pool answers no question; a driver without storage has no volumes.
            unable = (libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_ERR_NO_SUPPORT)
            if error.get_error_code() not in (*_ABSENT, *unable):
                raise
        return None

    def _details(self, handle: libvirt.virStorageVol) -> VolumeXML:
        key = handle.key()
        if key not in self._read:
            self._read[key] = read_volume(handle.XMLDesc())
        return self._read[key]


def _read_folder(pool: libvirt.virStoragePool) -> PoolFolder:
    root = parse(pool.XMLDesc())
    path = root.findtext("target/path", "").rstrip("/")
    return PoolFolder(pool.name(), path, bool(pool.isActive()))
