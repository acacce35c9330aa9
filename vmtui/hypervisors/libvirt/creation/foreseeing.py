"""What a step is about to make, told before it is made: what undoes it whatever happens to us."""

from __future__ import annotations

import libvirt

from vmtui.hypervisors.libvirt.creation.places import find_media
from vmtui.hypervisors.libvirt.errors import lost
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.model.spec import Place
from vmtui.model.steps import (
    CopyVolume,
    CreateVolume,
    DefineGuest,
    DeleteVolume,
    Step,
    Undefine,
    UploadVolume,
    WriteVolume,
)

PATIENCE = 60.0


async def foresee(handle: Handle, step: Step) -> Step | None:
    """The step that will undo this one; None where it makes nothing, or what is there already."""
    match step:
        case CreateVolume() | CopyVolume() | UploadVolume() | WriteVolume():
            shared = isinstance(step, UploadVolume) and step.shared
            place = Place(step.pool, step.volume)
            path = await handle.calls.run(lambda: _free_path(handle, place), timeout=PATIENCE)
            if path is None:
                return None
            return DeleteVolume(step.uuid, step.pool, step.volume, path, unless_used=shared)
        case DefineGuest(spec=spec):
            free = await handle.calls.run(lambda: _is_free(handle, step.uuid), timeout=PATIENCE)
            name = spec.name if spec is not None else ""
            return Undefine(step.uuid, name=name, nvram=True) if free else None
        case _:
            return None


def _free_path(handle: Handle, place: Place) -> str | None:
    """Where the volume will be; None where there is one, or where that cannot be told."""
    try:
        handle.conn.storagePoolLookupByName(place.pool).storageVolLookupByName(place.volume)
    except libvirt.libvirtError as error:
        if lost(error):
            raise
        if error.get_error_code() != libvirt.VIR_ERR_NO_STORAGE_VOL:
            return None
        return find_media(handle.conn, [place])[place].path
    return None


def _is_free(handle: Handle, uuid: str) -> bool:
    try:
        handle.conn.lookupByUUIDString(uuid)
    except libvirt.libvirtError as error:
        if lost(error):
            raise
        return error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN
    return False
