"""What creating guests costs and changes, in words."""

from __future__ import annotations

from vmtui.model.units import size
from vmtui.plan import sources, volumes
from vmtui.plan.answers import Answers, Origin, SourceKind, Use
from vmtui.plan.build import count
from vmtui.plan.plan import Effect
from vmtui.plan.surroundings import Surroundings


def effects(answers: Answers, surroundings: Surroundings) -> list[Effect]:
    """The consequences of creating these guests, dearest first."""
    made: list[str] = [*_brought(answers, surroundings)]
    number = answers.count
    each = " each" if number > 1 else ""
    for new in volumes.of_guest(answers, answers.names[0]):
        name = new.place.volume if number == 1 else f"{count(number, 'volume')}"
        made.append(f"makes {name} in {new.place.pool}: {_disk(answers, surroundings, new)}{each}")
    if volumes.is_in_place(answers):
        made.append(f"uses {answers.image} as its disk, as it is")
    engine = "" if answers.engine == "kvm" else ", emulated"
    cpus = count(answers.vcpus, "vCPU")
    whom = answers.names[0] if number == 1 else f"{count(number)} with"
    made.append(f"defines {whom}: {cpus}{engine}, {size(answers.memory)} of memory{each}")
    if answers.start:
        made.append(_memory(answers, surroundings))
    if answers.seeded:
        after = "removed after the first boot"
        if not (answers.start and answers.wait):
            after = "which stays until you take it out"
        made.append(f"gives it a cloud-init seed, {after}")
    if answers.source is SourceKind.TREE and answers.start:
        made.append("boots its installer once: when that is through, start it from its disk")
    if answers.autostart:
        made.append("starts it with the host")
    return [Effect(text) for text in made]


def disk_now(answers: Answers, surroundings: Surroundings) -> int | None:
    """Bytes that the pool loses at once; None where an image's size is not known."""
    total = 0
    image = _size_of(answers.image, surroundings)
    if answers.image.place is None and answers.image.chosen:
        name = volumes.shared_name(answers.image)
        kept = answers.source is SourceKind.ISO or answers.use is Use.OVERLAY
        if kept and surroundings.volume(answers.pool, name) is None:
            if image is None:
                return None
            total += image
    for new in volumes.of_guest(answers, answers.names[0]):
        if new.image and answers.use is Use.COPY:
            if image is None:
                return None
            total += image * answers.count
        elif new.disk.full or new.disk.format == "raw":
            total += new.disk.size * answers.count
    return total


def disk_most(answers: Answers, surroundings: Surroundings) -> int | None:
    """Bytes that the guests' disks can come to take; None where an image's size is not known."""
    total = 0
    for new in volumes.of_guest(answers, answers.names[0]):
        most = volumes.capacity(answers, surroundings, new)
        if most is None:
            return None
        total += most * answers.count
    return total


def _brought(answers: Answers, surroundings: Surroundings) -> list[str]:
    made: list[str] = []
    image = answers.image if answers.source is not SourceKind.NETWORK else Origin()
    origins = [image]
    for which in ("kernel", "initrd"):
        origin = sources.boot_origin(answers, surroundings, which)
        origins += [origin] if origin is not None else []
    for origin in origins:
        if origin.place is not None or not origin.chosen:
            continue
        name = volumes.shared_name(origin)
        if surroundings.volume(answers.pool, name) is not None:
            made.append(f"takes {name} that is in {answers.pool} already")
            continue
        known = _size_of(origin, surroundings)
        much = f", {size(known)}" if known else ""
        if origin.url:
            made.append(f"downloads {origin.url}{much}")
        if origin is not image or answers.use is not Use.COPY or not volumes.is_imaged(answers):
            made.append(f"uploads {name} to {answers.pool}{much}, to be shared")
    return made


def _disk(answers: Answers, surroundings: Surroundings, new: volumes.NewVolume) -> str:
    known = volumes.capacity(answers, surroundings, new)
    most = f"{size(known)} at most" if known is not None else "as large as it is"
    if new.image and answers.use is Use.OVERLAY:
        return f"{most}, next to nothing now"
    if new.image:
        return f"{most}, a copy of {answers.image}"
    return size(new.disk.size) if new.disk.full or new.disk.format == "raw" else most


def _memory(answers: Answers, surroundings: Surroundings) -> str:
    wanted = size(answers.memory * answers.count)
    free = surroundings.memory_free
    left = f"; the host has {size(free)} left" if free is not None else ""
    what = "it" if answers.count == 1 else "them"
    return f"starts {what}: takes up to {wanted} of memory{left}"


def _size_of(origin: Origin, surroundings: Surroundings) -> int | None:
    """Bytes of the file, as far as anybody tells."""
    seen = surroundings.seen.get(origin)
    if seen is not None and seen.size:
        return seen.size
    if origin.place is not None:
        volume = surroundings.volume(origin.place.pool, origin.place.volume)
        return volume.allocation if volume is not None else None
    image = next((one for one in surroundings.images if one.id == origin.image), None)
    return image.size if image is not None and image.size else None
