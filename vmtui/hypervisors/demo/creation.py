"""How a demo host makes guests: its time passes, its pool fills, and what is cancelled is gone."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from vmtui import paths
from vmtui.errors import Conflict, Invalid, NotFound
from vmtui.hypervisor import Progress
from vmtui.hypervisors.demo.definition import spec_of
from vmtui.hypervisors.demo.machine import Machine
from vmtui.hypervisors.demo.making import make_from
from vmtui.hypervisors.demo.volumes import (
    check_pool,
    drop_volume,
    find_volume,
    grow,
    path_of,
    put_volume,
)
from vmtui.model.change import Change, ChangeKind, Happened
from vmtui.model.device import Disk, Interface
from vmtui.model.spec import Place
from vmtui.model.steps import (
    BootFromDisk,
    CopyVolume,
    CreateVolume,
    DefineGuest,
    DeleteVolume,
    EjectMedium,
    InsertMedium,
    ResizeVolume,
    Step,
    Undefine,
    UploadVolume,
    WriteVolume,
)
from vmtui.model.storage import Volume
from vmtui.model.units import size

Makes = (
    BootFromDisk | CopyVolume | CreateVolume | DefineGuest | EjectMedium | InsertMedium
    | ResizeVolume
    | UploadVolume
    | WriteVolume
)  # fmt: skip
MAKES = (
    BootFromDisk,
    CopyVolume, CreateVolume, DefineGuest, EjectMedium, InsertMedium, ResizeVolume, UploadVolume,
    WriteVolume,
)  # fmt: skip
"""The steps that are done here."""

RATE = 120 << 20
"""Bytes a second that a demo host takes or copies."""
PARTS = 20
"""How often progress is told of what takes long."""
LONGEST = 8.0
"""Seconds that anything takes at most: a demo is to be looked at, not to be waited for."""
HEAD = 1 << 16
"""Bytes of an uploaded file that the demo remembers."""


async def make(host: Machine, step: Makes, progress: Progress) -> Step | None:
    """Do one of these steps; returns the one that undoes it, if any."""
    match step:
        case UploadVolume() | WriteVolume() | CopyVolume() | CreateVolume():
            return await _make_volume(host, step, progress)
        case ResizeVolume():
            await host.take(0.2)
            volume = find_volume(host, Place(step.pool, step.volume))
            if (volume.capacity or 0) < step.capacity:
                grow(host, volume, step.capacity)
            return None
        case DefineGuest():
            await host.take(0.3)
            return _define(host, step)
        case EjectMedium():
            await host.take(0.2)
            _eject(host, step)
            return None
        case InsertMedium():
            await host.take(0.2)
            return _insert(host, step)
        case BootFromDisk():
            await host.take(0.2)
            guest = host.guest(step.uuid)
            booted = replace(guest.definition, kernel="")
            guest.facts = replace(guest.facts, definition=booted)
            host.announce_change(Change(ChangeKind.GUEST, step.uuid))
            return None


def foresee(host: Machine, step: Step) -> Step | None:
    """The step that will undo this one; None where it makes nothing, or what is there already."""
    match step:
        case UploadVolume() | WriteVolume() | CopyVolume() | CreateVolume():
            path = path_of(Place(step.pool, step.volume))
            return None if path in host.world.volumes else _undo(step, path)
        case DefineGuest(spec=spec):
            name = spec.name if spec is not None else ""
            return None if step.uuid in host.guests else Undefine(step.uuid, name)
        case _:
            return None


VolumeStep = UploadVolume | WriteVolume | CopyVolume | CreateVolume


def _undo(step: VolumeStep, path: str) -> Step:
    shared = isinstance(step, UploadVolume) and step.shared
    return DeleteVolume(step.uuid, step.pool, step.volume, path, unless_used=shared)


async def _make_volume(host: Machine, step: VolumeStep, progress: Progress) -> Step | None:
    place = Place(step.pool, step.volume)
    check_pool(host, step.pool)
    path = path_of(place)
    if path in host.world.volumes:
        if isinstance(step, UploadVolume) and step.shared:
            await _others(host, path, progress)
            return None
        raise Conflict(
            f"There is a volume {step.volume} in the pool {step.pool} already",
            hint="Choose another name, or delete that volume first.",
        )
    volume, content, words = _described(host, step, path)
    host.world.unfinished.add(path)
    async with _half_made(host, path):
        await _fill(host, volume, content, progress, words)
    return _undo(step, path)


@asynccontextmanager
async def _half_made(host: Machine, path: str) -> AsyncIterator[None]:
    """Takes the volume away where what fills it fails or is cancelled."""
    try:
        yield
    except BaseException:
        drop_volume(host, path)
        raise
    finally:
        host.world.unfinished.discard(path)


async def _others(host: Machine, path: str, progress: Progress) -> None:
    """Wait until whoever uploads it is done."""
    while path in host.world.unfinished:
        progress(None, "it is being uploaded already")
        await host.take(0.2)


def _described(host: Machine, step: VolumeStep, path: str) -> tuple[Volume, bytes | None, str]:
    """The volume as it is to be, what it begins with, and the words while it is made."""
    match step:
        case UploadVolume(file=file):
            length, head = _look_at(file)
            capacity = int.from_bytes(head[24:32], "big") if head[:4] == b"QFI\xfb" else length
            made = Volume(step.pool, step.volume, path, step.format, capacity, length)
            return made, head, "uploading"
        case WriteVolume(content=content):
            length = len(content)
            return Volume(step.pool, step.volume, path, "raw", length, length), content, "writing"
        case CopyVolume(source=source):
            found = find_volume(host, source)
            copied = replace(found, pool=step.pool, name=step.volume, path=path, format=step.format)
            return copied, None, "copying"
        case CreateVolume(capacity=capacity, backing=backing):
            below = find_volume(host, backing) if backing is not None else None
            capacity = capacity or (below.capacity or 0 if below is not None else 0)
            return (
                Volume(
                    step.pool, step.volume, path, step.format, capacity,
                    capacity if step.full else 200_704, below.path if below is not None else "",
                ),
                None,
                "making",
            )  # fmt: skip


def _look_at(file: str) -> tuple[int, bytes]:
    try:
        with paths.expanded(file).open("rb") as opened:
            head = opened.read(HEAD)
            return opened.seek(0, os.SEEK_END), head
    except OSError as error:
        raise NotFound(f"{file} cannot be read", str(error)) from None


async def _fill(
    host: Machine, volume: Volume, content: bytes | None, progress: Progress, words: str
) -> None:
    total = volume.allocation or 0
    parts = PARTS if total > RATE // 10 else 1
    put_volume(host, replace(volume, allocation=0), content)
    for part in range(parts):
        await host.take(max(0.1, min(LONGEST, total / RATE)) / parts)
        done = total * (part + 1) // parts
        progress((part + 1) / parts, f"{words} {volume.name}: {size(done)} of {size(total)}")
        if part + 1 < parts:
            put_volume(host, replace(volume, allocation=done))
    put_volume(host, volume)


def _define(host: Machine, step: DefineGuest) -> Step:
    spec = step.spec
    if step.definition:
        spec = spec_of(step.definition, spec)
    if spec is None:
        raise Invalid("There is nothing to define the guest from")
    taken = {mac for guest in host.guests.values() for mac in _macs(guest.definition.interfaces)}
    for card in spec.interfaces:
        if card.mac and card.mac.lower() in taken:
            raise Conflict(f"The MAC address {card.mac} is taken", hint="Choose another one.")
    if step.uuid in host.guests:
        raise Conflict("The guest is defined already", spec.name)
    if any(guest.facts.name == spec.name for guest in host.guests.values()):
        raise Conflict(f"There is a guest {spec.name} already", hint="Choose another name.")
    guest = make_from(host, replace(spec, uuid=step.uuid))
    guest.facts = replace(guest.facts, autostart=step.autostart)
    host.guests[guest.uuid] = guest
    host.announce(Happened.DEFINED, guest)
    return Undefine(guest.uuid, spec.name)


def _macs(cards: tuple[Interface, ...]) -> list[str]:
    return [card.mac.lower() for card in cards]


def _eject(host: Machine, step: EjectMedium) -> None:
    guest = host.guest(step.uuid)
    path = path_of(step.place)
    disks = tuple(
        replace(disk, source="") if disk.source == path else disk
        for disk in guest.definition.disks
        if disk.source != path or disk.device in ("cdrom", "floppy")
    )
    guest.facts = replace(guest.facts, definition=replace(guest.definition, disks=disks))
    host.announce_change(Change(ChangeKind.GUEST, step.uuid))


def _insert(host: Machine, step: InsertMedium) -> Step:
    guest = host.guest(step.uuid)
    disk = Disk("sdz", "cdrom", "usb", path_of(step.place), read_only=True)
    disks = (*guest.definition.disks, disk)
    guest.facts = replace(guest.facts, definition=replace(guest.definition, disks=disks))
    host.announce_change(Change(ChangeKind.GUEST, step.uuid))
    return EjectMedium(step.uuid, step.place)


def is_used(host: Machine, path: str) -> bool:
    """Whether a guest has the volume, or another volume lies on it."""
    by_guest = any(
        disk.source == path for guest in host.guests.values() for disk in guest.definition.disks
    )
    return by_guest or any(volume.backing == path for volume in host.world.volumes.values())
