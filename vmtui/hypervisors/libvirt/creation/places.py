"""Where a volume's bytes are, for a guest's disk: a file, a device, or something on the network.

By a path rather than by the volume's name in its pool: the guest then starts without the pool,
and everybody who looks for the users of a file finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libvirt

from vmtui.errors import NotFound
from vmtui.hypervisors.libvirt.text import plain
from vmtui.hypervisors.libvirt.xml.build.ground import Medium
from vmtui.hypervisors.libvirt.xml.tree import parse
from vmtui.hypervisors.libvirt.xml.volume import read_volume
from vmtui.model.spec import GuestSpec, Place

_BLOCK = frozenset({"logical", "disk", "iscsi", "scsi", "mpath", "zfs"})
_ABSENT = (libvirt.VIR_ERR_NO_STORAGE_VOL, libvirt.VIR_ERR_OPERATION_INVALID)


def places_of(spec: GuestSpec) -> Iterator[Place]:
    """Every place that a spec names."""
    yield from (disk.place for disk in spec.disks if disk.place is not None)
    if spec.direct is not None:
        yield spec.direct.kernel
        if spec.direct.initrd is not None:
            yield spec.direct.initrd


def find_media(conn: libvirt.virConnect, places: Iterable[Place]) -> dict[Place, Medium]:
    """What holds each place's bytes, or will, where the volume is yet to be made. May block.

    Raises:
        NotFound: There is no such pool.
    """
    return {place: _find(conn, place) for place in dict.fromkeys(places)}


def _find(conn: libvirt.virConnect, place: Place) -> Medium:
    if not place.pool:
        return _of_path("block" if place.path.startswith("/dev/") else "file", place.path)
    try:
        pool = conn.storagePoolLookupByName(place.pool)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_STORAGE_POOL:
            raise
        raise NotFound(
            f"There is no storage pool {plain(place.pool)}", hint="Choose another pool."
        ) from error
    root = parse(pool.XMLDesc())
    kind = root.get("type", "")
    if kind == "rbd":
        return _of_rbd(place, pool)
    if kind == "iscsi-direct":
        return Medium("volume", {"pool": place.pool, "volume": place.volume, "mode": "direct"})
    try:
        found = read_volume(pool.storageVolLookupByName(place.volume).XMLDesc())
    except libvirt.libvirtError as error:
        if error.get_error_code() not in _ABSENT:
            raise
        folder = root.findtext("target/path", "").rstrip("/")
        return _of_path("block" if kind in _BLOCK else "file", f"{folder}/{place.volume}")
    return _of_path("block" if found.kind == "block" else "file", found.path)


def _of_path(kind: str, path: str) -> Medium:
    return Medium(kind, {"dev" if kind == "block" else "file": path})


def _of_rbd(place: Place, pool: libvirt.virStoragePool) -> Medium:
    """An image of a Ceph cluster, with the servers and the login of its pool."""
    source = parse(pool.XMLDesc())
    login = source.find("source/auth")
    secret = source.find("source/auth/secret")
    return Medium(
        "network",
        {"protocol": "rbd", "name": f"{source.findtext('source/name', '')}/{place.volume}"},
        hosts=tuple(
            (host.get("name", ""), host.get("port", "")) for host in source.iterfind("source/host")
        ),
        user=login.get("username", "") if login is not None else "",
        secret=secret.get("uuid", "") if secret is not None else "",
        secret_kind=login.get("type", "ceph") if login is not None else "",
    )
