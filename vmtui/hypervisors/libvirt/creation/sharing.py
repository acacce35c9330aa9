"""An image that several guests lie on: made once, whoever wants it first.

Whoever finds it there must know whether it is whole. Its length says so, because it was made empty
and grows in order: less than the file's is half of it, be it that another one still uploads it, be
it that a program was killed. Of the latter it is gone on with from where it ends, if it is a
beginning of the same file: two that do so at once would write the same bytes to the same places.
What has another length is taken where something lies on it, and else nobody can tell what it is.

A pool of devices does not tell how far it was written to: there all bytes are compared.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import libvirt

from vmtui.errors import Conflict
from vmtui.hypervisors.libvirt.catalog import Catalog
from vmtui.hypervisors.libvirt.creation.listing import download
from vmtui.hypervisors.libvirt.creation.source import CHUNK, Source
from vmtui.hypervisors.libvirt.creation.transfer import Errand
from vmtui.hypervisors.libvirt.text import plain
from vmtui.hypervisors.libvirt.users import find_users, read_guests
from vmtui.hypervisors.libvirt.xml.usage import Source as Used
from vmtui.hypervisors.libvirt.xml.volume import read_volume
from vmtui.model.spec import Place

LOOK_EVERY = 0.3
STALLED = 10.0
"""Seconds without growth after which nobody is taken to upload it any more."""
SAMPLE = 1 << 20
"""Bytes before its end by which the beginning of a file is recognized."""


@dataclass(frozen=True, slots=True)
class Found:
    """A volume that is there already."""

    volume: libvirt.virStorageVol
    length: int
    whole: bool


def length_of(volume: libvirt.virStorageVol) -> int | None:
    """The length of its file or device in bytes; None where the host does not tell it."""
    try:
        return int(volume.infoFlags(libvirt.VIR_STORAGE_VOL_GET_PHYSICAL)[2])
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:
            raise
        return None


def await_other(
    conn: libvirt.virConnect,
    pool: libvirt.virStoragePool,
    place: Place,
    source: Source,
    errand: Errand,
    *,
    files: bool,
) -> Found | None:
    """The volume once it is whole, or once nobody goes on with it; None where it is gone. Blocks.

    Raises:
        Conflict: It is another image.
    """
    still, before = 0.0, -1
    while True:
        try:
            volume = pool.storageVolLookupByName(place.volume)
            length = length_of(volume)
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_STORAGE_VOL:
                raise
            return None
        if length is None or not files:
            return _compared(conn, volume, place, source, errand)
        if length == source.size:
            return Found(volume, length, whole=True)
        still = 0.0 if length != before else still + LOOK_EVERY
        if still >= STALLED or length > source.size:
            return _left_behind(conn, volume, length, place, source)
        before = length
        errand.tell(length / source.size, f"{plain(place.volume)} is being uploaded already")
        errand.pause(LOOK_EVERY)


def _left_behind(
    conn: libvirt.virConnect,
    volume: libvirt.virStorageVol,
    length: int,
    place: Place,
    source: Source,
) -> Found:
    if is_used(conn, volume):
        return Found(volume, length, whole=True)
    start = max(0, length - SAMPLE)
    there = download(conn, volume, start, length - start) if length else b""
    if length < source.size and there == source.part(start, length - start):
        return Found(volume, length, whole=False)
    raise _another(place)


def _compared(
    conn: libvirt.virConnect,
    volume: libvirt.virStorageVol,
    place: Place,
    source: Source,
    errand: Errand,
) -> Found:
    """Taken where it begins with all that the file holds, or where something lies on it."""
    if not is_used(conn, volume):
        stream = conn.newStream()
        volume.download(stream, 0, source.size)
        try:
            for piece in source.pieces(0, holes=False):
                errand.check()
                errand.tell(None, f"comparing {plain(place.volume)}, which is there already")
                data = b""
                while len(data) < len(piece.data):
                    part = stream.recv(min(CHUNK, len(piece.data) - len(data)))
                    if not part:
                        break
                    data += part
                if data != piece.data:
                    raise _another(place)
        finally:
            with contextlib.suppress(libvirt.libvirtError):
                stream.abort()
    return Found(volume, source.size, whole=True)


def is_used(conn: libvirt.virConnect, volume: libvirt.virStorageVol) -> bool:
    """Whether a guest uses it, or a volume of any pool lies on it. May block."""
    catalog = Catalog(conn)
    users = find_users(conn, catalog, read_guests(conn).values())
    path = volume.path()
    places = catalog.places(Used(path))
    if any(users.directly.get(place) or users.below.get(place) for place in places):
        return True
    return any(_lies_on(pool, path) for pool in conn.listAllStoragePools() if pool.isActive())


def _lies_on(pool: libvirt.virStoragePool, path: str) -> bool:
    for volume in pool.listAllVolumes():
        # Volumes come and go while they are looked at.
        with contextlib.suppress(libvirt.libvirtError):
            if read_volume(volume.XMLDesc()).backing == path:
                return True
    return False


def _another(place: Place) -> Conflict:
    return Conflict(
        f"There is another image {plain(place.volume)} in the pool {plain(place.pool)}",
        "It is not the beginning of the file that is to be uploaded, and nothing uses it.",
        "Choose another name for the image, or delete that volume first.",
    )
