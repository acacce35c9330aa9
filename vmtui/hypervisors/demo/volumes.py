"""The volumes of a demo host: how much they hold, and what they begin with."""

from __future__ import annotations

from dataclasses import replace

from vmtui.errors import Conflict, NotFound
from vmtui.hypervisors.demo.build import IMAGES, POOL
from vmtui.hypervisors.demo.machine import Machine
from vmtui.model.change import Change, ChangeKind
from vmtui.model.spec import Place
from vmtui.model.storage import Volume

ASLEEP = "backup"
"""The pool that is not active."""

_SECTOR = 2048
_DESCRIPTOR = 16
"""The sector of an ISO's volume descriptor."""


def list_volumes(host: Machine, pool: str) -> tuple[Volume, ...]:
    """Every volume of a pool, by name. Raises NotFound and Conflict."""
    check_pool(host, pool)
    volumes = [volume for volume in host.world.volumes.values() if volume.pool == pool]
    return tuple(sorted(volumes, key=lambda volume: volume.name))


def check_pool(host: Machine, pool: str) -> None:
    """Raises NotFound where there is no such pool, Conflict where it is not active."""
    if pool == ASLEEP:
        raise Conflict(f"The storage pool {pool} is not active", f"on {host.id}", "Start it first.")
    if pool != POOL:
        raise NotFound(f"There is no storage pool {pool}", f"on {host.id}", "Choose another one.")


def path_of(place: Place) -> str:
    """Where a place is, or would be."""
    return place.path or f"{IMAGES}/{place.volume}"


def find_volume(host: Machine, place: Place) -> Volume:
    """The volume of a place. Raises NotFound and Conflict."""
    if place.pool:
        check_pool(host, place.pool)
    volume = host.world.volumes.get(path_of(place))
    if volume is None:
        raise NotFound(f"The volume {place} is not there")
    return volume


def read_part(host: Machine, place: Place, offset: int, length: int) -> bytes:
    """These bytes of a volume: zeros, behind what a volume of its format begins with."""
    volume = find_volume(host, place)
    size = volume.allocation or 0
    head = host.world.contents.get(volume.path)
    if head is None:
        head = head_of(volume)
    data = head[offset : offset + length]
    return data + bytes(max(0, min(length, size - offset) - len(data)))


def head_of(volume: Volume) -> bytes:
    """The first bytes of a volume: an ISO's descriptor, an image's magic number."""
    if volume.format == "qcow2":
        size = (volume.capacity or 0).to_bytes(8, "big")
        return b"QFI\xfb" + (3).to_bytes(4, "big") + bytes(16) + size
    if volume.name.endswith(".iso"):
        name = volume.name.removesuffix(".iso")[:32].ljust(32).encode("ascii", "replace")
        return bytes(_SECTOR * _DESCRIPTOR) + b"\x01CD001\x01\x00" + b" " * 32 + name
    return b""


def put_volume(host: Machine, volume: Volume, content: bytes | None = None) -> None:
    """Add a volume, or change it; tell of it."""
    host.world.volumes[volume.path] = volume
    if content is not None:
        host.world.contents[volume.path] = content
    tell(host)


def drop_volume(host: Machine, path: str) -> None:
    """Take a volume away; tell of it. One that is gone is no error."""
    host.world.volumes.pop(path, None)
    host.world.contents.pop(path, None)
    tell(host)


def grow(host: Machine, volume: Volume, capacity: int) -> None:
    """Let a volume hold more."""
    put_volume(host, replace(volume, capacity=capacity))


def tell(host: Machine) -> None:
    """The pool changed."""
    host.announce_change(Change(ChangeKind.POOL, f"{host.id}-pool-1"))
