"""What the volumes and files of a new guest are called, and which are made."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PurePath

from vmtui.model.spec import Place
from vmtui.plan import images
from vmtui.plan.answers import Answers, DiskAnswer, Origin, SourceKind, Use
from vmtui.plan.surroundings import Surroundings

_PACKED = (".xz", ".gz", ".bz2")
_ENDINGS = {"qcow2": "qcow2", "raw": "img"}


@dataclass(frozen=True, slots=True)
class NewVolume:
    """A volume that a guest gets. `field` is the answer that decides it, as in `Problem.field`."""

    field: str
    place: Place
    disk: DiskAnswer
    image: bool = False
    """Whether it is made from the image."""


def of_guest(answers: Answers, name: str) -> list[NewVolume]:
    """The volumes that are made for the guest of this name, besides the seed."""
    made: list[NewVolume] = []
    for index, disk in enumerate(answers.disks):
        if disk.place is not None or (index == 0 and is_in_place(answers)):
            continue
        place = Place(disk.pool or answers.pool, disk_name(name, index, disk))
        made.append(NewVolume(f"disks.{index}", place, disk, index == 0 and is_imaged(answers)))
    return made


def capacity(answers: Answers, surroundings: Surroundings, new: NewVolume) -> int | None:
    """Bytes that it can come to hold; None where that depends on an image that nobody looked at.

    What is made from an image is never smaller than the image.
    """
    if not new.image:
        return new.disk.size
    origin = answers.image
    seen = surroundings.seen.get(origin)
    known = seen.capacity if seen is not None else None
    if known is None and origin.place is not None:
        volume = surroundings.volume(origin.place.pool, origin.place.volume)
        known = volume.capacity if volume is not None else None
    return max(new.disk.size, known or 0) or None


def is_imaged(answers: Answers) -> bool:
    """Whether the first disk comes from the image."""
    return answers.source in (SourceKind.CLOUD, SourceKind.DISK, SourceKind.PATTERN)


def is_in_place(answers: Answers) -> bool:
    """Whether the image itself is the first disk."""
    return answers.source is SourceKind.DISK and answers.use is Use.IN_PLACE


def is_uploaded_copy(answers: Answers) -> bool:
    """Whether the guest's own disk is the image's file, uploaded for it alone."""
    return is_imaged(answers) and answers.use is Use.COPY and answers.image.place is None


def disk_name(name: str, index: int, disk: DiskAnswer) -> str:
    """`web1.qcow2`, and `web1-1.qcow2` for its second disk."""
    ending = _ENDINGS.get(disk.format, disk.format)
    return f"{name}.{ending}" if index == 0 else f"{name}-{index}.{ending}"


def seed_name(name: str) -> str:
    """The volume of the cloud-init seed."""
    return f"{name}-seed.iso"


def image_format(answers: Answers, surroundings: Surroundings) -> str:
    """The format of the image: as it was seen, else as its name says, else qcow2."""
    origin = answers.image
    seen = surroundings.seen.get(origin)
    if seen is not None and seen.format:
        return seen.format
    if origin.place is not None and origin.place.volume:
        volume = surroundings.volume(origin.place.pool, origin.place.volume)
        if volume is not None and volume.format:
            return volume.format
    return images.format_of(str(origin)) or "qcow2"


def shared_name(origin: Origin) -> str:
    """What an uploaded image is called in a pool: with its checksum's beginning, where known.

    So that another build of it is another volume, and the same one is found again.
    """
    name = PurePath(unpacked(images.file_name(str(origin))))
    digest = origin.checksum.partition(":")[2][:8].lower()
    return f"{name.stem}-{digest}{name.suffix}" if digest else name.name


def cache_file(origin: Origin, surroundings: Surroundings) -> str:
    """Where the download of this address is kept."""
    digest = hashlib.sha256(origin.url.encode()).hexdigest()[:8]
    name = unpacked(images.file_name(origin.url)) or "download"
    return str(PurePath(surroundings.cache) / f"{digest}-{name}")


def unpacked(name: str) -> str:
    """A file's name once it is no longer compressed, where it is a disk image."""
    for ending in _PACKED:
        stem = name.removesuffix(ending)
        if stem != name and images.format_of(stem):
            return stem
    return name
