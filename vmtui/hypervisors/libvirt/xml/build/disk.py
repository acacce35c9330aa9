"""`<disk>`: disks and drives, their targets' names, and what they hold."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from string import ascii_lowercase
from xml.etree.ElementTree import Element

from vmtui.hypervisors.libvirt.xml.build.ground import Ground, Medium
from vmtui.model.spec import DiskSpec, GuestSpec

_PREFIXES = {"virtio": "vd", "ide": "hd", "fdc": "fd"}
"""What a target's name begins with; the other buses are SCSI's to the guest."""


def add_disks(devices: Element, spec: GuestSpec, ground: Ground) -> None:
    """Every disk and drive."""
    for disk, target in zip(spec.disks, name_targets(spec.disks), strict=True):
        medium = ground.medium(disk.place) if disk.place is not None else None
        _add_disk(devices, disk, target, medium)


def name_targets(disks: tuple[DiskSpec, ...]) -> Iterator[str]:
    """A name for each: vda, vdb, sda, hda, fda, ..."""
    count: Counter[str] = Counter()
    for disk in disks:
        prefix = _PREFIXES.get(disk.bus, "sd")
        yield prefix + _letters(count[prefix])
        count[prefix] += 1


def _letters(index: int) -> str:
    """a to z, then aa, ab, ..."""
    name = ""
    while index >= 0:
        index, rest = divmod(index, len(ascii_lowercase))
        name = ascii_lowercase[rest] + name
        index -= 1
    return name


def _add_disk(devices: Element, disk: DiskSpec, target: str, medium: Medium | None) -> None:
    kind = "file" if medium is None else medium.kind
    element = ET.SubElement(devices, "disk", type=kind, device=disk.device)
    driver = ET.SubElement(element, "driver", name="qemu", type=disk.format)
    if disk.cache:
        driver.set("cache", disk.cache)
    if disk.discard:
        driver.set("discard", disk.discard)
    if medium is not None:
        add_source(element, medium)
    ET.SubElement(element, "target", dev=target, bus=disk.bus)
    if disk.read_only or disk.device == "cdrom":
        ET.SubElement(element, "readonly")
    if disk.boot:
        ET.SubElement(element, "boot", order=str(disk.boot))


def add_source(element: Element, medium: Medium) -> None:
    """What holds a disk's bytes, and how one logs in there."""
    if medium.user:
        login = ET.SubElement(element, "auth", username=medium.user)
        ET.SubElement(login, "secret", type=medium.secret_kind, uuid=medium.secret)
    source = ET.SubElement(element, "source", dict(medium.attributes))
    for name, port in medium.hosts:
        host = ET.SubElement(source, "host", name=name)
        if port:
            host.set("port", port)
