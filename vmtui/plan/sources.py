"""How the files that a new guest is made from come to its host, and become its disks."""

from __future__ import annotations

from vmtui.model.spec import Place
from vmtui.model.steps import Step
from vmtui.model.steps.creation import (
    CopyVolume,
    CreateVolume,
    FetchFile,
    ResizeVolume,
    UploadVolume,
)
from vmtui.plan import volumes
from vmtui.plan.answers import Answers, Origin, SourceKind, Use
from vmtui.plan.surroundings import Surroundings
from vmtui.plan.trees import boot_files


def boot_origin(answers: Answers, surroundings: Surroundings, which: str) -> Origin | None:
    """Where its kernel or initrd is, or None where the firmware boots it."""
    if answers.source is SourceKind.TREE:
        system = surroundings.system(answers.system)
        kernel, initrd = boot_files(answers.tree, system, answers.arch)
        url = kernel if which == "kernel" else initrd
        return Origin(url=url) if url else None
    if answers.source is not SourceKind.KERNEL:
        return None
    origin = answers.kernel if which == "kernel" else answers.initrd
    return origin if origin.chosen else None


def boot_place(answers: Answers, surroundings: Surroundings, which: str) -> Place | None:
    """Where its kernel or initrd will be on the host."""
    origin = boot_origin(answers, surroundings, which)
    return None if origin is None else _placed(origin, answers, surroundings)


def image_place(answers: Answers, surroundings: Surroundings) -> Place | None:
    """Where the image will be on the host, as far as it is kept there."""
    if not answers.image.chosen:
        return None
    return _placed(answers.image, answers, surroundings)


def prepare(answers: Answers, surroundings: Surroundings, uuid: str) -> list[Step]:
    """Downloads and uploads of what several guests can share."""
    made: list[Step] = []
    for which in ("kernel", "initrd"):
        origin = boot_origin(answers, surroundings, which)
        if origin is not None:
            made += _bring(origin, answers, surroundings, uuid, "raw")
    image = answers.image
    if answers.source is SourceKind.ISO and image.chosen:
        made += _bring(image, answers, surroundings, uuid, "raw")
    if volumes.is_imaged(answers) and image.chosen:
        form = volumes.image_format(answers, surroundings)
        if answers.use in (Use.OVERLAY, Use.IN_PLACE) and image.place is None:
            made += _bring(image, answers, surroundings, uuid, form)
        elif image.url:
            made.append(_fetch(image, surroundings, uuid))
    return made


def disks(answers: Answers, surroundings: Surroundings, uuid: str, name: str) -> list[Step]:
    """The guest's own volumes."""
    made: list[Step] = []
    for new in volumes.of_guest(answers, name):
        pool, volume, disk = new.place.pool, new.place.volume, new.disk
        if new.image:
            made += _from_image(answers, surroundings, uuid, new)
        else:
            made.append(CreateVolume(uuid, pool, volume, disk.size, disk.format, full=disk.full))
    return made


def _from_image(
    answers: Answers, surroundings: Surroundings, uuid: str, new: volumes.NewVolume
) -> list[Step]:
    image, disk = answers.image, new.disk
    pool, volume = new.place.pool, new.place.volume
    form = volumes.image_format(answers, surroundings)
    if answers.use is Use.OVERLAY:
        below = image_place(answers, surroundings)
        return [CreateVolume(uuid, pool, volume, disk.size, "qcow2", below, form)]
    made: list[Step] = []
    if image.place is not None:
        made.append(CopyVolume(uuid, pool, volume, image.place, disk.format))
    else:
        made.append(UploadVolume(uuid, pool, volume, _local(image, surroundings), form))
    seen = surroundings.seen.get(image)
    known = seen.capacity if seen is not None else None
    if disk.size and (known is None or disk.size > known):
        made.append(ResizeVolume(uuid, pool, volume, disk.size))
    return made


def _bring(
    origin: Origin, answers: Answers, surroundings: Surroundings, uuid: str, form: str
) -> list[Step]:
    """Have it in the pool, whole, for whoever wants it."""
    if origin.place is not None:
        return []
    name = volumes.shared_name(origin)
    made: list[Step] = []
    there = surroundings.volume(answers.pool, name) is not None
    if origin.url and not there:
        made.append(_fetch(origin, surroundings, uuid))
    shared = not (answers.source is SourceKind.DISK and answers.use is Use.IN_PLACE)
    made.append(
        UploadVolume(uuid, answers.pool, name, _local(origin, surroundings), form, shared=shared)
    )
    return made


def _fetch(origin: Origin, surroundings: Surroundings, uuid: str) -> FetchFile:
    file = volumes.cache_file(origin, surroundings)
    return FetchFile(uuid, origin.url, file, origin.checksum, origin.checksums)


def _local(origin: Origin, surroundings: Surroundings) -> str:
    """Its file on the machine that vmtui runs on."""
    return origin.file or volumes.cache_file(origin, surroundings)


def _placed(origin: Origin, answers: Answers, surroundings: Surroundings) -> Place:
    del surroundings
    return origin.place or Place(answers.pool, volumes.shared_name(origin))
