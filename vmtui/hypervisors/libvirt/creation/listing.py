"""What lies in a pool, and what its volumes begin with."""

from __future__ import annotations

import contextlib
from pathlib import Path

import libvirt

from vmtui.errors import Conflict, Invalid, NotFound, Refused, Unsupported, VmtuiError
from vmtui.hypervisors.libvirt.calls import Lane
from vmtui.hypervisors.libvirt.errors import lost, translate
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.local import is_local
from vmtui.hypervisors.libvirt.text import plain
from vmtui.hypervisors.libvirt.xml.tree import attribute, parse
from vmtui.hypervisors.libvirt.xml.volume import read_volume
from vmtui.model.spec import Place
from vmtui.model.storage import Volume

PATIENCE = 60.0
MOST = 5_000
"""Volumes of a pool that are read at most: each is a question of its own to the host."""
MOST_BYTES = 16 << 20
"""Bytes that `read_part` gives at most."""
_CHEAP = frozenset({"dir", "fs"})
"""Pools whose refresh only looks into a folder of the host."""


async def read_volumes(handle: Handle, pool: str) -> tuple[Volume, ...]:
    """Every volume of an active pool, by name (virStoragePoolListAllVolumes).

    Raises:
        NotFound: There is no such pool.
        Conflict: It is not active.
    """

    def read() -> tuple[Volume, ...]:
        found = find_pool(handle.conn, pool)
        _refresh(found)
        volumes = [volume for one in found.listAllVolumes()[:MOST] if (volume := _read(pool, one))]
        return tuple(sorted(volumes, key=lambda volume: volume.name))

    return await handle.calls.run(read, timeout=PATIENCE, lane=Lane.LONG)


def find_pool(conn: libvirt.virConnect, name: str) -> libvirt.virStoragePool:
    """The active pool of that name. May block.

    Raises:
        NotFound: There is none.
        Conflict: It is not active.
    """
    try:
        pool = conn.storagePoolLookupByName(name)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_STORAGE_POOL:
            raise
        raise NotFound(
            f"There is no storage pool {plain(name)}", hint="Choose another pool, or make this one."
        ) from error
    if not pool.isActive():
        raise Conflict(
            f"The storage pool {plain(name)} is not active",
            "Nothing can be read from it or written to it.",
            "Start it first: virsh pool-start NAME",
        )
    return pool


def _refresh(pool: libvirt.virStoragePool) -> None:
    """Have it notice files that came and went by themselves, where that is cheap."""
    with contextlib.suppress(Invalid):
        if attribute(parse(pool.XMLDesc()), "type") not in _CHEAP:
            return
    try:
        pool.refresh()
    except libvirt.libvirtError as error:
        # A copy is under way in it, or we may not: then it is told as it was.
        if lost(error):
            raise


def _read(pool: str, volume: libvirt.virStorageVol) -> Volume | None:
    """One volume; None where it is a folder, or went away meanwhile."""
    try:
        found = read_volume(volume.XMLDesc())
    except (libvirt.libvirtError, Invalid) as error:
        if isinstance(error, libvirt.libvirtError) and lost(error):
            raise
        return None
    if found.kind not in ("file", "block", "network"):
        return None
    return Volume(
        pool, found.name, found.path, found.format,
        found.capacity, found.allocation, found.backing,
    )  # fmt: skip


async def read_part(handle: Handle, place: Place, offset: int, length: int) -> bytes:
    """These bytes of a volume, fewer at its end (virStorageVolDownload).

    Raises:
        NotFound: There is no such volume, or file.
        Refused: This person may not read it.
        Unsupported: A path outside every pool, on another machine.
    """
    length = min(length, MOST_BYTES)

    def read() -> bytes:
        volume = find_volume(handle.conn, place)
        if volume is not None:
            return download(handle.conn, volume, offset, length)
        if is_local(handle.uri):
            return _read_file(place.path, offset, length)
        raise Unsupported(
            "The file is in no storage pool of the host",
            plain(place.path),
            "Make a pool of its folder, or move it into a pool.",
        )

    return await handle.calls.run(read, timeout=PATIENCE, lane=Lane.LONG)


def find_volume(conn: libvirt.virConnect, place: Place) -> libvirt.virStorageVol | None:
    """The volume of a place; None where it is a path outside every active pool. May block.

    Raises:
        NotFound: The pool has no such volume, or there is no such pool.
        Conflict: The pool is not active.
    """
    if not place.pool:
        try:
            return conn.storageVolLookupByPath(place.path)
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_STORAGE_VOL:
                raise
            return None
    try:
        return find_pool(conn, place.pool).storageVolLookupByName(place.volume)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_STORAGE_VOL:
            raise
        raise NotFound(
            f"There is no volume {plain(place.volume)} in the pool {plain(place.pool)}",
            hint="If it was put there by other means, refresh the pool.",
        ) from error


def download(
    conn: libvirt.virConnect, volume: libvirt.virStorageVol, offset: int, length: int
) -> bytes:
    """These bytes of a volume, fewer at its end. Blocks."""
    stream = conn.newStream()
    data = bytearray()
    try:
        volume.download(stream, offset, length)
        while len(data) < length and (part := stream.recv(min(262_120, length - len(data)))):
            data += part
    except libvirt.libvirtError as error:
        with contextlib.suppress(libvirt.libvirtError):
            stream.abort()
        ours: VmtuiError = translate(error)
        raise type(ours)(f"{plain(volume.name())} cannot be read", str(ours), ours.hint) from error
    with contextlib.suppress(libvirt.libvirtError):
        # What was asked for has come; how the stream ends changes nothing.
        stream.finish()
    return bytes(data)


def _read_file(path: str, offset: int, length: int) -> bytes:
    try:
        with Path(path).open("rb") as file:
            file.seek(offset)
            return file.read(length)
    except PermissionError as error:
        raise Refused(f"{plain(path)} cannot be read", str(error)) from None
    except (OSError, ValueError) as error:
        raise NotFound(f"{plain(path)} cannot be read", str(error)) from None
