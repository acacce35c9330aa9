"""What is filled in before a person has said anything, and what follows from what they said.

Every default is a function of the system, the source and what the host offers; `follow` applies
them to the fields that nobody touched, so that choosing another system changes nothing else.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any

from vmtui.model.image import CloudImage
from vmtui.model.spec import InterfaceSpec, NetKind, Place
from vmtui.model.storage import FILE_POOLS, Pool
from vmtui.model.system import GENERIC, Family, System
from vmtui.plan import hardware, images, pattern, systems, volumes
from vmtui.plan.answers import Access, Answers, DiskAnswer, Origin, SourceKind, Use, expand
from vmtui.plan.surroundings import Surroundings

USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_RESET_BY_SOURCE = ("image", "system", "use")


def defaults(
    surroundings: Surroundings,
    source: SourceKind = SourceKind.CLOUD,
    image: Origin | None = None,
    system: str = "",
) -> Answers:
    """Answers that can be confirmed as they are, as far as the host and the person allow."""
    made = Answers(source=source)
    touched: list[str] = []
    if image is not None:
        made, touched = replace(made, image=image), ["image"]
    if system:
        made = replace(made, system=system)
        touched.append("system")
    return follow(made, surroundings, *touched)


def follow(answers: Answers, surroundings: Surroundings, *changed: str) -> Answers:
    """The answers after a person has changed these fields: what depends on them is adapted.

    A field is named as in `Problem.field`. A change of the source lets go of the image.
    """
    touched = answers.touched | frozenset(changed)
    if "source" in changed:
        touched -= {name for name in _RESET_BY_SOURCE if name not in changed}
    made = replace(answers, touched=touched)
    if "source" in changed:
        made = _without_pattern(made)
    if not _is_touched("image", touched):
        made = replace(made, image=_image(made, surroundings))
    if not _is_touched("system", touched):
        made = replace(made, system=_system(made, surroundings))
    system = surroundings.system(made.system)
    for name, value in _plain(made, surroundings, system).items():
        if not _is_touched(name, touched):
            made = replace(made, **{name: value})
    made = hardware.adapt(made, surroundings, system)
    made = _with_disks(made, surroundings, system)
    made = _with_interfaces(made, surroundings, system)
    made = replace(made, access=_access(made, surroundings, system))
    if made.source is SourceKind.PATTERN:
        made = pattern.adapt(made, surroundings)
    if not _is_touched("name", touched):
        made = _named(made, surroundings, system)
    return made


def _without_pattern(answers: Answers) -> Answers:
    """The answers with fresh devices where nobody touched them: a pattern may have had none."""
    fresh = Answers()
    untouched = {
        name: getattr(fresh, name)
        for name in ("disks", "interfaces", "agent")
        if not any(one.partition(".")[0] == name for one in answers.touched)
    }
    return replace(answers, **untouched)


def _is_touched(name: str, touched: frozenset[str]) -> bool:
    """Whether this field, or what it is part of, was set by the person."""
    return name in touched or any(name.startswith(f"{whole}.") for whole in touched)


def catalog_image(surroundings: Surroundings, image: str) -> CloudImage | None:
    """The published image of that id."""
    return next((one for one in surroundings.images if one.id == image), None)


def origin_of(image: CloudImage) -> Origin:
    """A published image as what a guest is made from."""
    return Origin(url=image.url, checksums=image.checksums, image=image.id)


def _image(answers: Answers, surroundings: Surroundings) -> Origin:
    if answers.source is SourceKind.CLOUD:
        arch = answers.arch or surroundings.offer.arch
        fitting = [one for one in surroundings.images if one.arch == arch]
        # Of the system that was chosen, where one was.
        wanted = [one for one in fitting if one.system == answers.system]
        if "system" not in answers.touched:
            wanted = fitting
        return origin_of(wanted[0]) if wanted else Origin()
    if answers.source is SourceKind.ISO:
        for pool, found in surroundings.volumes.items():
            for volume in found:
                if volume.name.lower().endswith(".iso") and not volume.name.endswith("-seed.iso"):
                    return Origin(place=Place(pool, volume.name))
    return Origin()


def _system(answers: Answers, surroundings: Surroundings) -> str:
    """What the source says that it is."""
    if answers.source is SourceKind.NETWORK:
        return answers.system
    image = catalog_image(surroundings, answers.image.image)
    if image is not None and image.system:
        return image.system
    seen = surroundings.seen.get(answers.image)
    if seen is not None and seen.system:
        return seen.system
    if answers.image.chosen:
        name = images.file_name(str(answers.image))
        return systems.by_file(surroundings.systems, name)
    if answers.tree:
        return systems.by_tree(surroundings.systems, answers.tree)
    return ""


def _plain(answers: Answers, surroundings: Surroundings, system: System) -> dict[str, Any]:
    pool = _pool(answers, surroundings)
    return {
        "pool": pool.name if pool else "",
        "use": _use(answers, pool),
        "arguments": arguments(answers, system),
    }


def _pool(answers: Answers, surroundings: Surroundings) -> Pool | None:
    if "pool" in answers.touched:
        return surroundings.pool(answers.pool)
    active = surroundings.active_pools
    # Pools on one disk have the same room, now this one a little more and now that one: what
    # was filled in once stays.
    if (filled_in := surroundings.pool(answers.pool)) in active:
        return filled_in
    named = [pool for pool in active if pool.name == "default"]
    files = [pool for pool in active if pool.kind in FILE_POOLS]
    by_room = sorted(files or active, key=lambda pool: pool.available or 0, reverse=True)
    return next(iter((*named, *by_room)), None)


def _use(answers: Answers, pool: Pool | None) -> Use:
    if answers.source is SourceKind.DISK:
        return Use.IN_PLACE if answers.image.place else Use.COPY
    if answers.source is SourceKind.PATTERN:
        # Its disk is written to as soon as it starts: what is built upon it would break.
        return Use.COPY
    return Use.OVERLAY if pool is None or pool.kind in FILE_POOLS else Use.COPY


def arguments(answers: Answers, system: System) -> str:
    """The kernel's command line: the serial console, and where an installer finds the rest."""
    if answers.source is SourceKind.KERNEL:
        return system.console
    if answers.source is SourceKind.TREE:
        words = [system.console or "console=ttyS0"]
        if system.packages == "dnf":
            words = [f"inst.repo={answers.tree}", *words]
        elif system.packages == "zypper":
            words = [f"install={answers.tree}", *words]
        return " ".join(words)
    return ""


def _with_disks(answers: Answers, surroundings: Surroundings, system: System) -> Answers:
    if not answers.disks:
        return answers
    made: list[DiskAnswer] = []
    for index, disk in enumerate(answers.disks):
        pool = surroundings.pool(disk.pool or answers.pool)
        is_file = pool is None or pool.kind in FILE_POOLS
        values: dict[str, Any] = {
            "bus": hardware.bus(answers, surroundings, system),
            "format": "qcow2" if is_file else "raw",
            "discard": "unmap" if is_file or (pool is not None and pool.kind == "rbd") else "",
        }
        if index == 0:
            values["size"] = _size(answers, surroundings, system)
        kept = {
            name: value
            for name, value in values.items()
            if not _is_touched(f"disks.{index}.{name}", answers.touched - {"disks"})
        }
        if index == 0 and volumes.is_uploaded_copy(answers):
            # It is sent as it is: nobody converts it on its way.
            kept["format"] = volumes.image_format(answers, surroundings)
        made.append(replace(disk, **kept))
    return replace(answers, disks=tuple(made))


def _size(answers: Answers, surroundings: Surroundings, system: System) -> int:
    if answers.source is SourceKind.DISK:
        return 0
    seen = surroundings.seen.get(answers.image)
    capacity = (seen.capacity if seen and answers.source is SourceKind.CLOUD else 0) or 0
    image = catalog_image(surroundings, answers.image.image)
    return max(system.disk, capacity, image.capacity if image else 0)


def _with_interfaces(answers: Answers, surroundings: Surroundings, system: System) -> Answers:
    touched = answers.touched - {"interfaces"}
    made: list[InterfaceSpec] = []
    whole = "interfaces" in answers.touched
    for index, nic in enumerate(answers.interfaces):
        if not _is_touched(f"interfaces.{index}.model", touched):
            nic = replace(nic, model=hardware.network_model(answers, surroundings, system))
        moved = {f"interfaces.{index}.kind", f"interfaces.{index}.source"} & touched
        if not moved and not whole and index == 0:
            plug = first_plug(surroundings)
            if plug is None:
                continue
            nic = replace(nic, kind=plug[0], source=plug[1])
        made.append(nic)
    return replace(answers, interfaces=tuple(made))


def first_plug(surroundings: Surroundings) -> tuple[NetKind, str] | None:
    """Where a first interface goes: `default`, another active network, a bridge, user mode."""
    offer = surroundings.offer
    if offer.privileged:
        active = [network.name for network in surroundings.networks if network.active]
        for name in sorted(active, key=lambda one: (one != "default", one)):
            return NetKind.NETWORK, name
        for bridge in offer.bridges:
            return NetKind.BRIDGE, bridge
    return (NetKind.USER, "") if offer.user_network else None


def _access(answers: Answers, surroundings: Surroundings, system: System) -> Access:
    person = surroundings.user
    own = person if person != "root" and USER.fullmatch(person) else ""
    values: dict[str, Any] = {
        "user": own or system.user or "admin",
        "keys": tuple(key.text for key in surroundings.keys),
        "timezone": surroundings.timezone,
        "tools": bool(system.agent_package) or system in (GENERIC,) or not answers.system,
    }
    kept = {
        name: value
        for name, value in values.items()
        if not _is_touched(f"access.{name}", answers.touched)
    }
    return replace(answers.access, **kept)


def _named(answers: Answers, surroundings: Surroundings, system: System) -> Answers:
    """A name, or with several guests a first number, that nobody has yet."""
    base = "guest" if system is GENERIC or not answers.system else system.short
    if system.family is Family.OTHER or not base:
        base = "guest"
    if answers.source is SourceKind.PATTERN:
        base = pattern.base_name(answers, surroundings) or base
    taken = {guest.name for guest in surroundings.guests}
    taken |= {
        volume.name.rpartition(".")[0] for volume in surroundings.volumes.get(answers.pool, ())
    }
    if answers.count > 1:
        first = 1
        while taken & set(expand(base, answers.count, first)) and first < 10_000:
            first += 1
        return replace(answers, name=base, first=first)
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return replace(answers, name=name)


FIELDS = frozenset(item.name for item in fields(Answers))
"""Names of all fields."""
