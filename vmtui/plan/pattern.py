"""A guest made after another one: what its definition says, as far as it is modelled."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from vmtui.model.guest import Agent, Definition, Guest
from vmtui.model.spec import DisplayKind, Firmware, InterfaceSpec, NetKind, Place
from vmtui.model.storage import Volume
from vmtui.plan.answers import Answers, DiskAnswer, Origin
from vmtui.plan.surroundings import Surroundings

_NETS = {"network": NetKind.NETWORK, "bridge": NetKind.BRIDGE, "user": NetKind.USER}


def guest_of(answers: Answers, surroundings: Surroundings) -> Guest | None:
    """The guest that is the pattern."""
    return next((one for one in surroundings.guests if one.key.uuid == answers.pattern), None)


def base_name(answers: Answers, surroundings: Surroundings) -> str:
    """The pattern's name without its number: web of web-1."""
    guest = guest_of(answers, surroundings)
    return re.sub(r"[-_]?\d+$", "", guest.name) if guest else ""


def adapt(answers: Answers, surroundings: Surroundings) -> Answers:
    """The answers with what the pattern has, where nobody chose otherwise."""
    guest = guest_of(answers, surroundings)
    if guest is None or guest.definition is None:
        return answers
    definition = guest.definition
    values: dict[str, Any] = {
        "system": definition.os or answers.system,
        "vcpus": definition.vcpus or answers.vcpus,
        "memory": definition.memory or answers.memory,
        "engine": definition.engine or answers.engine,
        "arch": definition.arch or answers.arch,
        "machine": definition.machine or answers.machine,
        "cpu": definition.cpu if definition.cpu.startswith("host-") else answers.cpu,
        "firmware": _firmware(definition),
        "display": _display(definition),
        "tpm": bool(definition.tpm),
        "agent": definition.agent is not Agent.NO_CHANNEL,
        "interfaces": _interfaces(definition),
        "image": _image(definition, surroundings),
    }
    kept = {name: value for name, value in values.items() if name not in answers.touched}
    made = replace(answers, **kept)
    if not any(name.startswith("disks") for name in answers.touched):
        made = replace(made, disks=_disks(definition, surroundings))
    return made


def _firmware(definition: Definition) -> Firmware:
    if definition.firmware != "uefi":
        return Firmware.BIOS
    return Firmware.SECURE if definition.secure_boot else Firmware.UEFI


def _display(definition: Definition) -> DisplayKind | None:
    kinds = {kind.value: kind for kind in DisplayKind}
    return next((kinds[one.kind] for one in definition.displays if one.kind in kinds), None)


def _interfaces(definition: Definition) -> tuple[InterfaceSpec, ...]:
    return tuple(
        InterfaceSpec(_NETS[nic.kind], nic.source, nic.model or "virtio")
        for nic in definition.interfaces
        if nic.kind in _NETS
    )


def _volume(source: str, surroundings: Surroundings) -> Volume | None:
    """The volume that a disk's source is, as a path or as pool/volume."""
    for volumes in surroundings.volumes.values():
        for volume in volumes:
            if source in (volume.path, f"{volume.pool}/{volume.name}"):
                return volume
    return None


def _image(definition: Definition, surroundings: Surroundings) -> Origin:
    """The pattern's first disk, which is copied; below an overlay lies the image itself."""
    for disk in definition.disks:
        if disk.device != "disk" or not disk.source:
            continue
        volume = _volume(disk.source, surroundings)
        if volume is None:
            return Origin(place=Place(path=disk.source))
        return Origin(place=Place(volume.pool, volume.name))
    return Origin()


def _disks(definition: Definition, surroundings: Surroundings) -> tuple[DiskAnswer, ...]:
    made: list[DiskAnswer] = []
    for disk in definition.disks:
        if disk.device != "disk":
            continue
        volume = _volume(disk.source, surroundings)
        size = (volume.capacity if volume else None) or DiskAnswer().size
        form = disk.format or (volume.format if volume else "") or "qcow2"
        # The first one is a copy of the pattern's; the others are new and empty.
        made.append(DiskAnswer(size if made else 0, "", form, disk.bus or "virtio"))
    return tuple(made)
