"""`<os>`: the firmware, or the kernel that the hypervisor itself loads."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

from vmtui.hypervisors.libvirt.xml.build.ground import Ground
from vmtui.model.spec import DirectBoot, Firmware, GuestSpec


def add_boot(domain: Element, spec: GuestSpec, ground: Ground) -> None:
    """What boots it. The order of its disks and interfaces is said at each of them."""
    system = ET.SubElement(domain, "os")
    kind = ET.SubElement(system, "type", arch=spec.arch)
    kind.text = "hvm"
    if machine := spec.machine or ground.machine:
        kind.set("machine", machine)
    if spec.firmware is not Firmware.BIOS:
        _add_firmware(system, spec.firmware)
    if spec.direct is not None:
        _add_direct(system, spec.direct, ground)


def _add_firmware(system: Element, firmware: Firmware) -> None:
    """The host finds the file; said is only what it must be able to do."""
    secure = firmware is Firmware.SECURE
    system.set("firmware", "efi")
    wanted = ET.SubElement(system, "firmware")
    if secure:
        ET.SubElement(wanted, "feature", enabled="yes", name="enrolled-keys")
    ET.SubElement(wanted, "feature", enabled="yes" if secure else "no", name="secure-boot")
    if secure:
        ET.SubElement(system, "loader", secure="yes")


def _add_direct(system: Element, direct: DirectBoot, ground: Ground) -> None:
    for tag, place in (("kernel", direct.kernel), ("initrd", direct.initrd)):
        if place is not None:
            ET.SubElement(system, tag).text = ground.medium(place).path
    if direct.arguments:
        ET.SubElement(system, "cmdline").text = direct.arguments
