"""Pools and volumes of a host."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

FILE_POOLS = frozenset({"dir", "fs", "netfs", "gluster", "vstorage", ""})
"""Kinds of pools whose volumes are files: of any format, small at first, one over another.

"" is a pool whose kind is not told.
"""


class PoolState(Enum):
    """What a pool does, in libvirt's terms."""

    INACTIVE = "inactive"
    BUILDING = "building"
    RUNNING = "running"
    DEGRADED = "degraded"
    INACCESSIBLE = "inaccessible"


@dataclass(frozen=True, slots=True)
class Pool:
    """A storage pool; sizes in bytes, None while it is not active."""

    name: str
    uuid: str
    state: PoolState
    kind: str = ""
    """dir, fs, netfs, logical, iscsi, rbd, zfs, ..."""
    path: str = ""
    capacity: int | None = None
    allocation: int | None = None
    available: int | None = None
    autostart: bool | None = None
    persistent: bool | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """A storage volume; sizes in bytes."""

    pool: str
    """"" where the file belongs to no pool."""
    name: str
    path: str
    format: str = ""
    capacity: int | None = None
    allocation: int | None = None
    backing: str = ""
    """Path of the volume below it, or ""."""


@dataclass(frozen=True, slots=True)
class DiskUse:
    """A disk of a guest that is to be deleted, and what stands in the way of deleting it too."""

    uuid: str
    """The guest's."""
    target: str
    source: str
    volume: Volume | None = None
    """None where the host's pools do not know the file: vmtui can then not delete it."""
    keep_because: str = ""
    """"" where it may be deleted; else one sentence: shared with web2, read-only medium, ..."""
