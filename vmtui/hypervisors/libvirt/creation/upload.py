"""Volumes from bytes of this machine, by libvirt's storage stream: it works on a remote host, too.

The volume is made empty and raw, so that it is written as it is and grows as bytes arrive: its
length is how much has come. That is what tells a whole image from half a one whoever uploads it,
also after a crash, and without a mark that could itself be left behind: see `sharing`.
"""

from __future__ import annotations

import contextlib
import logging
import xml.etree.ElementTree as ET
from collections.abc import Callable

import libvirt

from vmtui.errors import VmtuiError
from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt.creation.listing import find_pool
from vmtui.hypervisors.libvirt.creation.making import announced, discard, kind_of
from vmtui.hypervisors.libvirt.creation.sharing import await_other, length_of
from vmtui.hypervisors.libvirt.creation.source import BytesSource, FileSource, Piece, Source
from vmtui.hypervisors.libvirt.creation.transfer import Errand, run_errand
from vmtui.hypervisors.libvirt.creation.troubles import check_room, volume_trouble
from vmtui.hypervisors.libvirt.errors import lost, unsupported
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.text import plain
from vmtui.hypervisors.libvirt.xml.build.volume import build_volume
from vmtui.hypervisors.libvirt.xml.volume import read_volume
from vmtui.model.spec import Place
from vmtui.model.steps import DeleteVolume, Step, UploadVolume, WriteVolume
from vmtui.model.storage import FILE_POOLS
from vmtui.model.units import size

logger = logging.getLogger(__name__)

NOTICE_PATIENCE = 600.0
"""Seconds for the pool to notice what was uploaded: it looks at nothing while it copies."""
NOTICE_PAUSE = 0.2


async def upload_volume(handle: Handle, step: UploadVolume, progress: Progress) -> Step | None:
    """Make a volume from a file of this machine (virStorageVolUpload).

    Raises:
        NotFound: The file or the pool is not there.
        Refused: The file may not be read.
        Conflict: The name is taken (of a shared one: by another image), or the pool is full or
            not active.
    """
    return await _upload(handle, step, lambda: FileSource(step.file), progress)


async def write_volume(handle: Handle, step: WriteVolume, progress: Progress) -> Step | None:
    """Make a raw volume of bytes (virStorageVolUpload). Raises as `upload_volume`."""
    return await _upload(handle, step, lambda: BytesSource(step.content), progress)


async def _upload(
    handle: Handle,
    step: UploadVolume | WriteVolume,
    open_source: Callable[[], Source],
    progress: Progress,
) -> Step | None:
    progress(None, f"uploading {plain(step.volume)}")

    def work(errand: Errand) -> Step | None:
        with contextlib.closing(open_source()) as source:
            return _Upload(handle.patient, step, source, errand).run()

    return await announced(handle, run_errand(handle.calls, progress, work))


class _Upload:
    """One upload, in its thread."""

    def __init__(
        self,
        conn: libvirt.virConnect,
        step: UploadVolume | WriteVolume,
        source: Source,
        errand: Errand,
    ) -> None:
        self._conn, self._step, self._source, self._errand = conn, step, source, errand
        self._place = Place(step.pool, step.volume)
        self._format = step.format if isinstance(step, UploadVolume) else "raw"
        self._shared = isinstance(step, UploadVolume) and step.shared
        self._sent = 0
        """The length of the volume as far as it is ours."""

    def run(self) -> Step | None:
        """Do it; what undoes it, or None where the volume was there."""
        pool = find_pool(self._conn, self._step.pool)
        volume = self._make(pool)
        if volume is None:
            return None
        try:
            self._send(volume)
            self._check_whole(volume)
            self._notice(pool)
        except BaseException:
            self._take_away(volume)
            raise
        return DeleteVolume(
            self._step.uuid, self._step.pool, self._step.volume, volume.path(),
            unless_used=self._shared,
        )  # fmt: skip

    def _make(self, pool: libvirt.virStoragePool) -> libvirt.virStorageVol | None:
        """The volume to be filled; None where a shared one is there and whole."""
        files = kind_of(pool) in FILE_POOLS
        while True:
            try:
                return self._create(pool, files)
            except libvirt.libvirtError as error:
                taken = error.get_error_code() == libvirt.VIR_ERR_STORAGE_VOL_EXIST
                if not (taken and self._shared):
                    raise volume_trouble(error, self._place) from error
            found = await_other(
                self._conn, pool, self._place, self._source, self._errand, files=files
            )
            if found is None:
                # It was given up by whoever made it.
                continue
            if found.whole:
                return None
            self._sent = found.length
            return found.volume

    def _create(self, pool: libvirt.virStoragePool, files: bool) -> libvirt.virStorageVol:
        length = self._source.size
        # A device cannot grow as bytes arrive.
        tree = build_volume(
            self._step.volume, 0 if files else length, "raw" if files else "",
            allocation=0 if files else length,
        )  # fmt: skip
        volume = pool.createXML(ET.tostring(tree, encoding="unicode"))
        try:
            if files:
                check_room(pool, self._source.taken)
        except BaseException:
            discard(volume)
            raise
        return volume

    def _send(self, volume: libvirt.virStorageVol) -> None:
        stream = self._conn.newStream()
        holes = self._source.taken < self._source.size
        try:
            holes = _open(volume, stream, self._sent, holes=holes)
            for piece in self._source.pieces(self._sent, holes=holes):
                self._errand.check()
                _hand_over(stream, piece)
                self._sent += len(piece.data) or piece.hole
                self._tell()
            stream.finish()
        except libvirt.libvirtError as error:
            _abort(stream)
            raise volume_trouble(error, self._place) from error
        except OSError as error:
            _abort(stream)
            raise VmtuiError(f"{plain(self._step.volume)} cannot be read", str(error)) from None
        except BaseException:
            _abort(stream)
            raise

    def _tell(self) -> None:
        if self._errand.may_tell:
            total = self._source.size
            words = f"uploading {plain(self._step.volume)}: {size(self._sent)} of {size(total)}"
            self._errand.tell(self._sent / total if total else None, words)

    def _check_whole(self, volume: libvirt.virStorageVol) -> None:
        """Raises VmtuiError where the host has less than was sent."""
        length = length_of(volume)
        if length is not None and length < self._source.size:
            raise VmtuiError(
                f"{plain(self._step.volume)} did not arrive whole",
                f"{length} of {self._source.size} bytes are on the host.",
                "Try again; if it happens again, look at the host's disk.",
            )

    def _notice(self, pool: libvirt.virStoragePool) -> None:
        """Have the pool look at what the volume is by now, beyond raw bytes.

        Without, it would take an image's length for its capacity, and let only the file grow.
        """
        waited = 0.0
        while not self._refresh(pool) and self._format != "raw":
            if waited >= NOTICE_PATIENCE:
                raise VmtuiError(
                    f"The pool {plain(self._step.pool)} does not notice {plain(self._step.volume)}",
                    "It has been busy with other volumes all the time.",
                    "Try again when it is not.",
                )
            self._errand.tell(None, "waiting for the pool to notice it")
            self._errand.pause(NOTICE_PAUSE)
            waited += NOTICE_PAUSE
        form = read_volume(pool.storageVolLookupByName(self._step.volume).XMLDesc()).format
        if self._format != "raw" and form == "raw":
            raise VmtuiError(
                f"{plain(self._step.volume)} is not what it is said to be",
                f"The host takes it for raw bytes, not for {plain(self._format)}.",
                "Look at the file: qemu-img info FILE",
            )

    def _refresh(self, pool: libvirt.virStoragePool) -> bool:
        """Have the pool look; false where it is busy with another volume."""
        try:
            pool.refresh()
        except libvirt.libvirtError as error:
            if lost(error):
                raise
            logger.debug("%s is not refreshed: %s", self._step.pool, error)
            return False
        return True

    def _take_away(self, volume: libvirt.virStorageVol) -> None:
        """Delete what is half there, unless somebody else has gone on with it meanwhile."""
        with contextlib.suppress(libvirt.libvirtError):
            length = length_of(volume)
            if self._shared and length is not None and length > self._sent:
                return
            discard(volume)


def _open(
    volume: libvirt.virStorageVol, stream: libvirt.virStream, offset: int, *, holes: bool
) -> bool:
    """Begin to write from `offset` on; whether holes can be told."""
    if holes:
        try:
            volume.upload(stream, offset, 0, libvirt.VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM)
        except libvirt.libvirtError as error:
            if not unsupported(error):
                raise
        else:
            return True
    volume.upload(stream, offset, 0)
    return False


def _hand_over(stream: libvirt.virStream, piece: Piece) -> None:
    if piece.hole:
        stream.sendHole(piece.hole)
        return
    data = piece.data
    while data:
        sent = stream.send(data)
        data = data[sent:] if sent < len(data) else b""


def _abort(stream: libvirt.virStream) -> None:
    with contextlib.suppress(libvirt.libvirtError):
        stream.abort()
