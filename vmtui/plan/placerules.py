"""What is wrong with where a guest's disks and interfaces go."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vmtui.model.image import ImageKind
from vmtui.model.spec import NetKind
from vmtui.model.storage import FILE_POOLS
from vmtui.model.units import MIB, size
from vmtui.plan import costs, hardware, volumes
from vmtui.plan.answers import Answers, SourceKind, Use
from vmtui.plan.problem import Problem, Severity
from vmtui.plan.surroundings import Surroundings

MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", re.IGNORECASE)
CACHES = ("", "none", "writeback", "writethrough", "directsync", "unsafe")
BUSES = ("virtio", "scsi", "sata", "ide", "usb")
DISK_LEAST = 1 * MIB
FORMATS = ("qcow2", "raw")


def pools(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    """Whether its pools are there, active, and have room."""
    for field, name in _pools_of(answers):
        pool = surroundings.pool(name)
        if not name:
            none = not surroundings.pools
            text = "This host has no storage pool." if none else "No storage pool is active."
            yield Problem(field, text, hint="vmtui doctor makes one.")
        elif pool is None:
            yield Problem(field, f"There is no pool {name}.")
        elif pool not in surroundings.active_pools:
            yield Problem(field, f"The pool {name} is {pool.state.value}: start it first.")
        else:
            yield from _room(answers, surroundings, field, name)


def _pools_of(answers: Answers) -> Iterator[tuple[str, str]]:
    wanted = bool(volumes.of_guest(answers, "x")) or answers.seeded
    wanted = wanted or any(
        origin.chosen and origin.place is None
        for origin in (answers.image, answers.kernel, answers.initrd)
    )
    if wanted or answers.tree:
        yield "pool", answers.pool
    for index, disk in enumerate(answers.disks):
        if disk.pool and disk.pool != answers.pool:
            yield f"disks.{index}.pool", disk.pool


def _room(answers: Answers, surroundings: Surroundings, field: str, name: str) -> Iterator[Problem]:
    pool = surroundings.pool(name)
    if pool is None or pool.available is None:
        return
    most = sum(
        (volumes.capacity(answers, surroundings, new) or 0) * answers.count
        for new in volumes.of_guest(answers, "x")
        if new.place.pool == name
    )
    now = (costs.disk_now(answers, surroundings) or 0) if name == answers.pool else 0
    full = sum(
        new.disk.size * answers.count
        for new in volumes.of_guest(answers, "x")
        if new.place.pool == name and new.disk.full
    )
    left = f"{size(pool.available)} of {name} are free"
    if max(now, full) > pool.available:
        yield Problem(field, f"Not enough room: {left}, and {size(max(now, full))} are needed.")
    elif most > pool.available:
        text = f"{left}, and the disks can come to take {size(most)}."
        yield Problem(field, text, Severity.WARNING)


def disks(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    """Sizes, formats, buses, and names that are taken."""
    system = surroundings.system(answers.system)
    if not answers.disks and answers.source in (SourceKind.CLOUD, SourceKind.DISK):
        yield Problem("disks", "The image needs a disk to become.")
    for index, disk in enumerate(answers.disks):
        field = f"disks.{index}"
        offered = surroundings.offer.buses
        if disk.bus not in BUSES or (offered and disk.bus not in offered):
            yield Problem(f"{field}.bus", f"This host has no {disk.bus} disks.")
        elif disk.bus == "ide" and hardware.has_pcie(answers.machine):
            yield Problem(f"{field}.bus", f"The machine {answers.machine} has no IDE.")
        elif index == 0 and disk.bus == "virtio" and system.bus != "virtio":
            text = f"{system.label} has no driver for virtio disks of its own."
            yield Problem(f"{field}.bus", text, Severity.WARNING, f"It knows {system.bus}.")
        if disk.cache not in CACHES:
            yield Problem(f"{field}.cache", f"One of {', '.join(CACHES[1:])}, or nothing.")
        if disk.place is None and disk.format not in FORMATS:
            yield Problem(f"{field}.format", f"One of {', '.join(FORMATS)}.")
        pool = surroundings.pool(disk.pool or answers.pool)
        if pool is not None and pool.kind not in FILE_POOLS and disk.format == "qcow2":
            text = f"A {pool.kind} pool has no files: its volumes are raw."
            yield Problem(f"{field}.format", text)
    yield from _sizes(answers, surroundings)
    yield from _taken(answers, surroundings)


def _sizes(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    system = surroundings.system(answers.system)
    made = {new.field: new for new in volumes.of_guest(answers, "x")}
    for index, disk in enumerate(answers.disks):
        new = made.get(f"disks.{index}")
        field = f"disks.{index}.size"
        if new is None:
            continue
        if not new.image and disk.size < DISK_LEAST:
            yield Problem(field, "A disk needs a size.")
        elif disk.size < 0:
            yield Problem(field, "A size is not negative.")
        elif new.image and disk.size:
            seen = surroundings.seen.get(answers.image)
            if seen is not None and seen.capacity and disk.size < seen.capacity:
                text = f"The image is larger: {size(seen.capacity)}."
                yield Problem(field, text, hint="A disk can grow, and not shrink.")
                continue
        counts = index == 0 and answers.source is not SourceKind.PATTERN
        if counts and 0 < disk.size < system.disk_min:
            text = f"{system.label} wants at least {size(system.disk_min)}."
            yield Problem(field, text, Severity.WARNING)
        if new.image and disk.size == 0 and answers.use is Use.OVERLAY:
            seen = surroundings.seen.get(answers.image)
            if seen is not None and seen.kind is not ImageKind.QCOW2 and not seen.capacity:
                yield Problem(field, "How large the disk becomes has to be said.")


def _taken(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    for name in answers.names:
        for new in volumes.of_guest(answers, name):
            if surroundings.volume(new.place.pool, new.place.volume) is not None:
                text = f"There is a volume {new.place.volume} in {new.place.pool} already."
                yield Problem("name", text, hint="Take another name, or delete that volume.")
        seed = volumes.seed_name(name)
        if answers.seeded and surroundings.volume(answers.pool, seed) is not None:
            text = f"There is a volume {seed} in {answers.pool} already."
            yield Problem("name", text, hint="Take another name, or delete that volume.")
    places = [disk.place for disk in answers.disks if disk.place is not None]
    if volumes.is_in_place(answers) and answers.image.place is not None:
        places.append(answers.image.place)
        if answers.count > 1:
            yield Problem("use", "One disk is for one guest: copy it, or make overlays.")
    for place in places:
        yield from _used(str(place), surroundings)


def _used(place: str, surroundings: Surroundings) -> Iterator[Problem]:
    pool, _, name = place.partition("/")
    volume = surroundings.volume(pool, name) if pool else None
    paths = {place} | ({volume.path} if volume else set())
    for guest in surroundings.guests:
        if guest.definition is None:
            continue
        for disk in guest.definition.disks:
            if disk.source in paths and not disk.read_only:
                text = f"{place} is a disk of {guest.name}: two guests would ruin it."
                yield Problem("image", text, hint="Copy it, or make an overlay.")
            elif paths & set(disk.backing):
                text = f"{guest.name} builds upon {place}: writing to it would ruin that guest."
                yield Problem("image", text, hint="Copy it, or make an overlay.")


def interfaces(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    """Whether what they are plugged into is there, and their addresses are free."""
    offer = surroundings.offer
    seen: set[str] = set()
    taken = surroundings.macs
    if not answers.interfaces and answers.source is not SourceKind.NETWORK:
        yield Problem("interfaces", "It will have no network.", Severity.WARNING)
    for index, nic in enumerate(answers.interfaces):
        field = f"interfaces.{index}"
        if nic.kind is NetKind.NETWORK:
            network = surroundings.network(nic.source)
            if network is None:
                yield Problem(f"{field}.source", f"There is no network {nic.source}.")
            elif not network.active:
                text = f"The network {nic.source} is not active: start it first."
                yield Problem(f"{field}.source", text, hint="vmtui doctor starts it.")
        elif nic.kind is NetKind.BRIDGE:
            if not nic.source:
                yield Problem(f"{field}.source", "Name the bridge.")
            elif offer.bridges and nic.source not in offer.bridges:
                text = f"The host tells of no bridge {nic.source}."
                yield Problem(f"{field}.source", text, Severity.WARNING)
        elif not offer.user_network:
            yield Problem(f"{field}.kind", "This host has no user-mode network.")
        if nic.kind is not NetKind.USER and not offer.privileged:
            text = "This connection may not plug guests in there: user mode works."
            yield Problem(f"{field}.kind", text, Severity.WARNING)
        mac = nic.mac.lower()
        if not mac:
            continue
        if not MAC.fullmatch(mac):
            yield Problem(f"{field}.mac", "An address is six pairs of hex digits with colons.")
        elif int(mac[:2], 16) & 1:
            yield Problem(f"{field}.mac", "This is an address of a group, not of one interface.")
        elif mac in taken:
            yield Problem(f"{field}.mac", f"{taken[mac]} has this address.")
        elif mac in seen:
            yield Problem(f"{field}.mac", "Two of its interfaces have this address.")
        seen.add(mac)
