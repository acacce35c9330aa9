"""Making volumes on the host itself: empty ones, overlays, copies; and letting them grow.

libvirt cannot be asked to stop any of this: a cancelled step's thread waits for the end and then
deletes what was made. libvirt announces nothing of it either.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import xml.etree.ElementTree as ET
from collections.abc import Coroutine
from typing import Any, TypeVar, cast
from xml.etree.ElementTree import Element

import libvirt

from vmtui.errors import NotFound, Unsupported
from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt.creation.listing import find_pool, find_volume
from vmtui.hypervisors.libvirt.creation.transfer import Errand, run_errand
from vmtui.hypervisors.libvirt.creation.troubles import check_room, volume_trouble
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.text import plain
from vmtui.hypervisors.libvirt.xml.build.volume import build_volume
from vmtui.hypervisors.libvirt.xml.tree import parse
from vmtui.hypervisors.libvirt.xml.volume import VolumeXML, read_volume
from vmtui.model.change import Change, ChangeKind
from vmtui.model.spec import Place
from vmtui.model.steps import CopyVolume, CreateVolume, DeleteVolume, ResizeVolume, Step
from vmtui.model.storage import FILE_POOLS

logger = logging.getLogger(__name__)

T = TypeVar("T")

DISCARD_TRIES, DISCARD_PAUSE = 30, 0.1
"""How often a half-made volume that is still held is tried to be deleted, and seconds between."""
POLL = 0.5
"""Seconds between two looks at a copy that the host makes."""

_pause = threading.Event()


async def create_volume(handle: Handle, step: CreateVolume, progress: Progress) -> Step | None:
    """Make an empty volume, or an overlay (virStorageVolCreateXML).

    Raises:
        Conflict: The name is taken, or the pool is full or not active.
        NotFound: The pool, or what is to lie below, is not there.
        Unsupported: The pool's kind of volumes cannot be such.
    """
    progress(None, f"making {plain(step.volume)}")

    def work(errand: Errand) -> Step:
        pool = find_pool(handle.conn, step.pool)
        backing = below(handle.conn, step)
        capacity = step.capacity or (backing.capacity if backing is not None else 0)
        if step.full:
            check_room(pool, capacity)
        files = kind_of(pool) in FILE_POOLS
        if backing is not None and not files:
            raise Unsupported(
                f"The pool {plain(step.pool)} cannot hold overlays",
                f"Its kind is {kind_of(pool)}.",
                "Copy the image instead, or choose a pool that keeps files in a folder.",
            )
        # A format of its own is only what lies in a file.
        tree = build_volume(
            step.volume, capacity, step.format if files else "",
            allocation=capacity if step.full or not files else 0,
            backing=backing.path if backing is not None else "",
            backing_form=step.backing_format or (backing.format if backing is not None else ""),
        )  # fmt: skip
        # Without this qcow2 takes nothing at once, whatever its allocation is said to be.
        whole = step.full and files and step.format == "qcow2" and backing is None
        flags = libvirt.VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA if whole else 0
        return made(errand, pool, tree, Place(step.pool, step.volume), step.uuid, flags=flags)

    return await announced(handle, run_errand(handle.calls, progress, work))


async def announced(handle: Handle, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; then the pools are looked at again, however it ended."""
    try:
        return await work
    finally:
        handle.announce(Change(ChangeKind.POOL, ""))


def below(conn: libvirt.virConnect, step: CreateVolume) -> VolumeXML | None:
    """What the overlay is to lie on. May block."""
    if step.backing is None:
        return None
    volume = find_volume(conn, step.backing)
    if volume is not None:
        return read_volume(volume.XMLDesc())
    form = step.backing_format
    return VolumeXML("", "", step.backing.path, "file", form, step.capacity, 0, "")


def made(
    errand: Errand,
    pool: libvirt.virStoragePool,
    tree: Element,
    place: Place,
    uuid: str,
    source: libvirt.virStorageVol | None = None,
    flags: int = 0,
) -> Step:
    """Make the volume; what undoes it. Deletes it again where the errand was stopped meanwhile."""
    text = ET.tostring(tree, encoding="unicode")
    try:
        if source is None:
            volume = pool.createXML(text, flags)
        else:
            volume = pool.createXMLFrom(text, source, flags)
    except libvirt.libvirtError as error:
        raise volume_trouble(error, place) from error
    try:
        errand.check()
        return DeleteVolume(uuid, place.pool, place.volume, volume.path())
    except BaseException:
        discard(volume)
        raise


def discard(volume: libvirt.virStorageVol) -> None:
    """Delete what was half made; in a thread that has something worse to tell. May block."""
    for _ in range(DISCARD_TRIES):
        try:
            volume.delete()
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_OPERATION_INVALID:
                logger.info("%s stays: %s", volume.name(), error)
                return
            # A stream that was aborted is let go of a moment later.
            _pause.wait(DISCARD_PAUSE)
        else:
            return


async def copy_volume(handle: Handle, step: CopyVolume, progress: Progress) -> Step | None:
    """Make a full copy on the host (virStorageVolCreateXMLFrom).

    Raises:
        Conflict: The name is taken, or the pool is full or not active.
        NotFound: The source or the pool is not there.
    """
    words = f"copying {plain(str(step.source))}"
    progress(None, words)

    def work(errand: Errand) -> Step:
        conn = handle.conn
        source = find_volume(conn, step.source)
        if source is None:
            raise NotFound(
                "The file that is to be copied is in no storage pool of the host",
                plain(step.source.path), "Make a pool of its folder, or move it into a pool.",
            )  # fmt: skip
        pool = find_pool(conn, step.pool)
        found = read_volume(source.XMLDesc())
        files = kind_of(pool) in FILE_POOLS
        check_room(pool, found.allocation if files else found.capacity)
        tree = build_volume(step.volume, found.capacity, step.format if files else "")
        watcher = _Watcher(handle, errand, step, found.allocation, words)
        with watcher:
            return made(errand, pool, tree, Place(step.pool, step.volume), step.uuid, source)

    return await announced(handle, run_errand(handle.calls, progress, work))


class _Watcher:
    """A thread that looks how far the host is with a copy: its call tells only the end."""

    def __init__(
        self, handle: Handle, errand: Errand, step: CopyVolume, total: int, words: str
    ) -> None:
        self._handle, self._errand, self._step = handle, errand, step
        self._total, self._words = max(total, 1), words
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="libvirt copy", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._end.set()

    def _watch(self) -> None:
        links = self._handle.links
        if links is None:
            # Its connection is the copying thread's own.
            return
        try:
            with contextlib.suppress(libvirt.libvirtError):
                pool = self._handle.conn.storagePoolLookupByName(self._step.pool)
                while not self._end.wait(POLL):
                    self._look(pool)
        finally:
            links.leave()

    def _look(self, pool: libvirt.virStoragePool) -> None:
        # The volume appears a moment after the call began.
        with contextlib.suppress(libvirt.libvirtError):
            facts = cast("list[int]", pool.storageVolLookupByName(self._step.volume).info())
            self._errand.tell(min(1.0, facts[2] / self._total), self._words)


async def resize_volume(handle: Handle, step: ResizeVolume, progress: Progress) -> None:
    """Let a volume grow (virStorageVolResize); one that is as large already is left.

    Raises:
        Conflict: The pool is full or not active.
        NotFound: The volume is not there.
    """
    progress(None, f"letting {plain(step.volume)} grow")
    place = Place(step.pool, step.volume)

    def work(_errand: Errand) -> None:
        volume = find_volume(handle.conn, place)
        if volume is None or cast("list[int]", volume.info())[1] >= step.capacity:
            return
        try:
            volume.resize(step.capacity)
        except libvirt.libvirtError as error:
            raise volume_trouble(error, place) from error

    await announced(handle, run_errand(handle.calls, progress, work))


def kind_of(pool: libvirt.virStoragePool) -> str:
    """What kind of pool it is: dir, logical, rbd, ... May block."""
    return parse(pool.XMLDesc()).get("type", "")
