"""What a guest's disks lie on: each chain from its XML as far as that tells, then from the pools.

A running guest's XML has the whole chain. Of one that is off, each volume's own XML names the one
below it. Nothing is refreshed and no file is opened.
"""

from __future__ import annotations

import errno
import logging
from pathlib import PurePosixPath

import libvirt

from vmtui.errors import Invalid, NotFound
from vmtui.hypervisors.libvirt.catalog import Catalog
from vmtui.hypervisors.libvirt.errors import lost
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.text import number, plain
from vmtui.hypervisors.libvirt.xml.device import read_disk
from vmtui.hypervisors.libvirt.xml.tree import parse, words
from vmtui.hypervisors.libvirt.xml.usage import DiskSources, Source, read_usage
from vmtui.model.layers import Chain, Found, Layer, Layers, Snapshot

logger = logging.getLogger(__name__)

PATIENCE = 30.0
MOST_LAYERS = 200
"""Files of one chain that are followed, as libvirt itself bounds it."""
MOST_SNAPSHOTS = 500


async def read_layers(handle: Handle, uuid: str) -> Layers:
    """The chains of a guest's disks, and its snapshots.

    virDomainGetXMLDesc, virStorageVolLookupByPath and virStorageVolGetXMLDesc for each file,
    virDomainGetBlockInfo where no pool knows one, virDomainListAllSnapshots.

    Raises:
        NotFound: The guest is gone.
    """
    return await handle.calls.run(lambda: _Look(handle.conn, uuid).answer(), timeout=PATIENCE)


class _Look:
    """One look at one guest; blocks."""

    def __init__(self, conn: libvirt.virConnect, uuid: str) -> None:
        self._catalog = Catalog(conn)
        try:
            self._domain = conn.lookupByUUIDString(uuid)
            active = self._domain.ID() != -1
            flags = 0 if active else libvirt.VIR_DOMAIN_XML_INACTIVE
            self._text = self._domain.XMLDesc(flags)
        except libvirt.libvirtError as error:
            if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
                raise NotFound("The guest is gone") from error
            raise

    def answer(self) -> Layers:
        """Every drive in the order of the definition."""
        usage = {sources.disk.target: sources for sources in read_usage(self._text).disks}
        targets = [read_disk(disk).target for disk in parse(self._text).iterfind("devices/disk")]
        chains = [
            self._chain(usage[target]) if target in usage else Chain(target) for target in targets
        ]
        return Layers(tuple(chains), self._snapshots())

    def _chain(self, disk: DiskSources) -> Chain:
        named = [source for source in disk.below if source != Source()]
        layers: list[Layer] = []
        seen: set[str] = set()
        source: Source | None = disk.source
        while source is not None and len(layers) < MOST_LAYERS:
            places = self._catalog.places(source)
            if places & seen:
                note = "it is one of those that lie on it"
                layers.append(Layer(_shown(source), Found.LOOP, note=note))
                break
            seen |= places
            layer = self._layer(disk, source, top=not layers)
            layers.append(layer)
            source = self._next(layer, named, told=disk.complete)
        return Chain(disk.disk.target, tuple(layers))

    def _next(self, layer: Layer, named: list[Source], *, told: bool) -> Source | None:
        """What lies below a file: by the guest's XML, or by the file's own volume."""
        if named:
            return named.pop(0)
        if told or layer.volume is None or not layer.volume.backing:
            return None
        return Source(layer.volume.backing)

    def _layer(self, disk: DiskSources, source: Source, *, top: bool) -> Layer:
        shown = _shown(source) or disk.disk.source
        try:
            volume = self._catalog.volume(source)
        except libvirt.libvirtError as error:
            if lost(error):
                raise
            # A pool goes on naming a file that was taken away beside it.
            found = Found.MISSING if _says_missing(error) else Found.UNSEEN
            return Layer(shown, found, note=plain(error.get_error_message(), 300))
        if volume is not None:
            return Layer(shown, Found.VOLUME, volume)
        found, note = self._outside(source, top=top)
        return Layer(shown, found, note=note)

    def _outside(self, source: Source, *, top: bool) -> tuple[Found, str]:
        """What can be told of what no active pool has."""
        if source.pool:
            pool = plain(source.pool)
            return Found.UNSEEN, f"the pool {pool} is not active, or has no such volume"
        if not PurePosixPath(source.path).is_absolute():
            return Found.UNSEEN, "not a file of the host"
        there = self._is_there(source.path) if top else None
        folder = self._catalog.folder(source.path)
        if there is False:
            return Found.MISSING, "there is no such file"
        if folder is not None and not folder.active:
            found = Found.FILE if there else Found.UNSEEN
            return found, f"its pool {plain(folder.name)} is not active: start it to see more"
        if there:
            if folder is None:
                return Found.FILE, "in no storage pool: what lies below it is not known"
            return Found.FILE, f"its pool {plain(folder.name)} has not noticed it: refresh the pool"
        if folder is not None:
            return Found.MISSING, f"its pool {plain(folder.name)} does not have it"
        return Found.UNSEEN, "in no storage pool: it cannot be looked at from here"

    def _is_there(self, path: str) -> bool | None:
        """Whether a disk's file is there (virDomainGetBlockInfo); None where nobody can tell."""
        try:
            self._domain.blockInfo(path)
        except libvirt.libvirtError as error:
            if lost(error):
                raise
            return False if _says_missing(error) else None
        return True

    def _snapshots(self) -> tuple[Snapshot, ...] | None:
        try:
            found = self._domain.listAllSnapshots()[:MOST_SNAPSHOTS]
            return tuple(_snapshot(one) for one in found)
        except (libvirt.libvirtError, Invalid) as error:
            if isinstance(error, libvirt.libvirtError) and lost(error):
                raise
            logger.debug("snapshots cannot be read: %s", error)
            return None


def _says_missing(error: libvirt.libvirtError) -> bool:
    """Whether an error is that of a file that is not there; libvirt has no code of its own."""
    code = error.get_error_code()
    missing = code == libvirt.VIR_ERR_SYSTEM_ERROR and error.get_int1() == errno.ENOENT
    return missing or code == libvirt.VIR_ERR_NO_STORAGE_VOL


def _shown(source: Source) -> str:
    return plain(source.path or (f"{source.pool}/{source.volume}" if source.pool else ""))


def _snapshot(one: libvirt.virDomainSnapshot) -> Snapshot:
    root = parse(one.getXMLDesc())
    made = number(words(root, "creationTime"))
    return Snapshot(
        plain(one.getName()), words(root, "parent/name"), bool(one.isCurrent()), made or None
    )
