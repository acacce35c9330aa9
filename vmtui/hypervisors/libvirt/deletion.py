"""Deleting what belongs to a guest: its snapshots and its volumes."""

from __future__ import annotations

import asyncio

import libvirt

from vmtui.errors import Conflict, NotFound, Unsupported, VmtuiError
from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt.calls import Lane
from vmtui.hypervisors.libvirt.creation.sharing import is_used
from vmtui.hypervisors.libvirt.errors import translate, unsupported
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.text import plain
from vmtui.hypervisors.libvirt.xml.usage import Source, read_usage
from vmtui.model.change import Change, ChangeKind
from vmtui.model.steps import DeleteSnapshots, DeleteVolume

METADATA_HINT = (
    "Forget its snapshots without their data instead (metadata only); files that they made stay."
)

HELD_MOST = 30.0
"""Seconds that a volume may still be worked on by the host."""


class _Held(Conflict):
    """The host still works on the volume: copies it, fills it."""


async def delete_snapshots(handle: Handle, step: DeleteSnapshots, progress: Progress) -> None:
    """Delete all its snapshots (virDomainSnapshotDelete), each after those made from it.

    Cancelling ends it between two snapshots. libvirt announces nothing of it.

    Raises:
        Unsupported: libvirt cannot delete one (external ones, before 9.9).
        Conflict: Its state forbids it.
    """
    progress(None, "deleting its snapshots")
    done = 0
    try:
        while leaves := await handle.calls.run(_leaves, handle, step.uuid, lane=Lane.LONG):
            total = done + len(leaves)
            for leaf in leaves:
                await handle.calls.run(_delete_snapshot, handle, step, leaf, lane=Lane.LONG)
                done += 1
                # How many lie below these leaves is not known yet: no fraction is told.
                progress(None, f"deleted {done} of at least {total} snapshots")
    finally:
        handle.announce(Change(ChangeKind.GUEST, step.uuid))


def _leaves(handle: Handle, uuid: str) -> list[str]:
    """The snapshots from which none was made; a driver without snapshots has none."""
    try:
        leaves = handle.domain(uuid).listAllSnapshots(libvirt.VIR_DOMAIN_SNAPSHOT_LIST_LEAVES)
    except libvirt.libvirtError as error:
        if unsupported(error):
            return []
        raise
    return [leaf.getName() for leaf in leaves]


def _delete_snapshot(handle: Handle, step: DeleteSnapshots, name: str) -> None:
    try:
        snapshot = handle.domain(step.uuid).snapshotLookupByName(name)
        snapshot.delete(_flags(handle.conn, step.metadata_only))
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT:
            return
        # Never again without the flag: that would delete what was to be kept.
        if unsupported(error):
            raise Unsupported(
                f"The snapshot {plain(name)} cannot be deleted",
                translate(error).detail,
                "" if step.metadata_only else METADATA_HINT,
            ) from error
        raise


def _flags(conn: libvirt.virConnect, metadata_only: bool) -> int:
    # The test driver's snapshots have no data, so it does not know the flag.
    if not metadata_only or conn.getType() == "TEST":
        return 0
    return int(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY)


async def delete_volume(handle: Handle, step: DeleteVolume, progress: Progress) -> None:
    """Delete a volume (virStorageVolDelete); one that its pool no longer has is no error.

    Nor is one that is used where only an unused one was to go. One on which the host still works,
    such as for a copy that was cancelled, is waited for a while. libvirt announces nothing of it.

    Raises:
        Conflict: The volume of that name lies elsewhere by now, its pool is not active or not
            there, or the guest runs on it: libvirt itself would not mind.
        NotFound: No pool knows the path, so whether the file is gone cannot be told.
    """
    progress(None, f"deleting {plain(step.volume or step.path)}")

    def delete() -> str | None:
        volume = _find_volume(handle.conn, step)
        if volume is None:
            return None
        if step.uuid and _runs_on(handle, step.uuid, volume):
            raise Conflict("The guest still runs on the volume", plain(step.path), "Force it off.")
        if step.unless_used and is_used(handle.conn, volume):
            return None
        path = volume.path()
        if step.path and path != step.path:
            raise Conflict(
                "The volume is another one by now",
                f"{plain(step.volume)} is at {plain(path)}, not at {plain(step.path)}",
                "Look at the guest's disks again, then delete what is meant.",
            )
        pool = volume.storagePoolLookupByVolume().UUIDString()
        _delete(volume)
        return str(pool)

    until = asyncio.get_running_loop().time() + HELD_MOST
    while True:
        try:
            pool = await handle.calls.run(delete, lane=Lane.LONG)
            break
        except _Held:
            if asyncio.get_running_loop().time() >= until:
                raise
            await asyncio.sleep(0.2)
    if pool is not None:
        handle.announce(Change(ChangeKind.POOL, pool))


def _delete(volume: libvirt.virStorageVol) -> None:
    try:
        volume.delete()
    except libvirt.libvirtError as error:
        told = translate(error)
        if isinstance(told, Conflict) and error.get_error_domain() == libvirt.VIR_FROM_STORAGE:
            raise _Held(told.title, told.detail, told.hint) from error
        raise


def _find_volume(conn: libvirt.virConnect, step: DeleteVolume) -> libvirt.virStorageVol | None:
    """The volume by its pool and name, else by its path; None where the pool does not have it."""
    pool = _find_pool(conn, step.pool)
    if pool is not None:
        try:
            return pool.storageVolLookupByName(step.volume)
        except libvirt.libvirtError as error:
            _raise_unless_gone(pool, error)
            return None
    if not step.path:
        raise Conflict(
            "There is no such storage pool",
            plain(step.pool),
            f"Define it again, or delete {plain(step.volume)} by hand.",
        )
    try:
        return conn.storageVolLookupByPath(step.path)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_STORAGE_VOL:
            raise
        raise NotFound(
            "No storage pool knows the file",
            plain(step.path),
            "Delete it by hand, if it is still there.",
        ) from error


def _runs_on(handle: Handle, uuid: str, volume: libvirt.virStorageVol) -> bool:
    """Whether the guest runs and may use the volume: in doubt it does."""
    try:
        domain = handle.domain(uuid)
        if not domain.isActive():
            return False
        used = read_usage(domain.XMLDesc(0))
        pool = volume.storagePoolLookupByVolume().name()
        places = {Source(volume.path()), Source("", pool, volume.name())}
        named = {one for disk in used.disks for one in (disk.source, *disk.below)}
        in_doubt = any(not disk.complete for disk in used.disks)
        return in_doubt or not places.isdisjoint(named.union(used.others))
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return False
        raise


def _find_pool(conn: libvirt.virConnect, name: str) -> libvirt.virStoragePool | None:
    if not name:
        return None
    try:
        return conn.storagePoolLookupByName(name)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_STORAGE_POOL:
            raise
        return None


def _raise_unless_gone(pool: libvirt.virStoragePool, error: libvirt.libvirtError) -> None:
    """Raise what a look for a volume of the pool ended with, unless that it is not there."""
    if error.get_error_code() == libvirt.VIR_ERR_NO_STORAGE_VOL:
        return
    ours: VmtuiError = translate(error)
    if isinstance(ours, Conflict):
        ours = Conflict("Its storage pool is not active", ours.detail, "Start the pool first.")
    raise ours from error
