"""Showing a guest a medium: in an empty drive, else as a read-only disk plugged in."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from string import ascii_lowercase
from xml.etree.ElementTree import Element

import libvirt

from vmtui.errors import Conflict
from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt.calls import Lane
from vmtui.hypervisors.libvirt.creation.places import find_media
from vmtui.hypervisors.libvirt.errors import lost
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.text import plain
from vmtui.hypervisors.libvirt.xml.build.disk import add_source
from vmtui.hypervisors.libvirt.xml.build.ground import Medium
from vmtui.hypervisors.libvirt.xml.tree import parse
from vmtui.model.change import Change, ChangeKind
from vmtui.model.steps import EjectMedium, InsertMedium, Step

PATIENCE = 90.0
DISK_BUSES = (("virtio", "vd"), ("scsi", "sd"), ("usb", "sd"))
DRIVE_BUSES = (("usb", "sd"), ("scsi", "sd"))
"""On these a drive can be plugged into a running guest."""
COLD_BUSES = (("sata", "sd"), ("ide", "hd"), ("scsi", "sd"))


async def insert_medium(handle: Handle, step: InsertMedium, progress: Progress) -> Step:
    """Put it into an empty drive (virDomainUpdateDeviceFlags), else plug it in
    (virDomainAttachDeviceFlags).

    Raises:
        Conflict: The running guest takes neither; `drive` has it take one at its next start.
        NotFound: The pool or the guest is not there.
    """
    progress(None, f"showing it {plain(str(step.place))}")

    def insert() -> None:
        domain = handle.domain(step.uuid)
        medium = find_media(handle.conn, [step.place])[step.place]
        if domain.isActive():
            _into_running(domain, medium, drive=step.drive)
        else:
            _into_definition(domain, medium)

    await handle.calls.run(insert, timeout=PATIENCE, lane=Lane.LONG)
    handle.announce(Change(ChangeKind.GUEST, step.uuid))
    return EjectMedium(step.uuid, step.place)


def _into_running(domain: libvirt.virDomain, medium: Medium, *, drive: bool) -> None:
    root = parse(domain.XMLDesc())
    if _into_drive(domain, root, medium, libvirt.VIR_DOMAIN_AFFECT_LIVE):
        return
    reasons = []
    for bus, prefix in DRIVE_BUSES if drive else DISK_BUSES:
        if not _has_bus(root, bus):
            # A controller that libvirt would add may be one that the guest has no driver for.
            reasons.append(f"it has no {bus} controller")
            continue
        disk = _disk(medium, "cdrom" if drive else "disk", bus, _free_target(root, prefix))
        try:
            domain.attachDeviceFlags(disk, libvirt.VIR_DOMAIN_AFFECT_LIVE)
        except libvirt.libvirtError as error:
            if lost(error):
                raise
            reasons.append(f"{bus}: {plain(error.get_error_message() or '')}")
        else:
            return
    if drive and domain.isPersistent():
        # It is there when the guest is started again.
        _into_definition(domain, medium)
        return
    raise Conflict(
        "The running guest takes no medium", "; ".join(reasons),
        "Shut it down, give it a CD-ROM drive, and start it again.",
    )  # fmt: skip


def _into_definition(domain: libvirt.virDomain, medium: Medium) -> None:
    flags = libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE
    root = parse(domain.XMLDesc(flags))
    if _into_drive(domain, root, medium, libvirt.VIR_DOMAIN_AFFECT_CONFIG):
        return
    problem: libvirt.libvirtError | None = None
    for bus, prefix in _cold_buses(root):
        # From the first on: each controller takes few drives, and libvirt would add more of them.
        disk = _disk(medium, "cdrom", bus, _free_target(root, prefix, ascii_lowercase))
        try:
            domain.attachDeviceFlags(disk, libvirt.VIR_DOMAIN_AFFECT_CONFIG)
        except libvirt.libvirtError as error:
            problem = error
        else:
            return
    if problem is not None:
        raise problem


def _into_drive(domain: libvirt.virDomain, root: Element, medium: Medium, where: int) -> bool:
    """Whether it has an empty drive, which now holds the medium."""
    for drive in root.iterfind("devices/disk[@device='cdrom']"):
        if drive.find("source") is not None:
            continue
        drive.set("type", medium.kind)
        add_source(drive, medium)
        domain.updateDeviceFlags(ET.tostring(drive, encoding="unicode"), where)
        return True
    return False


def _cold_buses(root: Element) -> list[tuple[str, str]]:
    """Where a drive can be in its definition: first what its machine has without another device."""
    kind = root.find("os/type")
    model = kind.get("machine", "") if kind is not None else ""
    own = "ide" if model.startswith("pc") and "q35" not in model else "sata"
    return sorted(COLD_BUSES, key=lambda bus: bus[0] != own)


def _has_bus(root: Element, bus: str) -> bool:
    found = root.iterfind(f"devices/controller[@type='{bus}']")
    return bus == "virtio" or any(one.get("model") != "none" for one in found)


def _disk(medium: Medium, device: str, bus: str, target: str) -> str:
    element = ET.Element("disk", type=medium.kind, device=device)
    ET.SubElement(element, "driver", name="qemu", type="raw")
    add_source(element, medium)
    ET.SubElement(element, "target", dev=target, bus=bus)
    ET.SubElement(element, "readonly")
    return ET.tostring(element, encoding="unicode")


def _free_target(root: Element, prefix: str, letters: str = ascii_lowercase[::-1]) -> str:
    """A name that no disk has; from the end, lest the names of its first disks change."""
    taken = {target.get("dev", "") for target in root.iterfind("devices/disk/target")}
    names = (f"{prefix}{letter}" for letter in letters)
    return next((name for name in names if name not in taken), f"{prefix}aa")
