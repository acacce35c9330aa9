"""`<controller>`: the buses that libvirt would not choose well by itself."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

from vmtui.hypervisors.libvirt.xml.build.ground import Ground
from vmtui.model.spec import GuestSpec

_SPARE_PORTS = 14
"""PCI Express ports: each takes one device, and none can be added while the guest runs."""


def add_controllers(devices: Element, spec: GuestSpec, ground: Ground) -> None:
    """USB, PCI Express ports enough to plug something in later, and SCSI where it is used."""
    if ground.offered.pcie:
        ET.SubElement(devices, "controller", type="usb", model="qemu-xhci", ports="15")
        ET.SubElement(devices, "controller", type="pci", model="pcie-root")
        for _ in range(_SPARE_PORTS):
            ET.SubElement(devices, "controller", type="pci", model="pcie-root-port")
    elif ground.offered.x86:
        _add_usb2(devices)
    else:
        ET.SubElement(devices, "controller", type="usb")
    if any(disk.bus == "scsi" for disk in spec.disks):
        ET.SubElement(devices, "controller", type="scsi", model="virtio-scsi")


def _add_usb2(devices: Element) -> None:
    """What a PC of its time had: systems as old as Windows XP have the drivers."""
    ET.SubElement(devices, "controller", type="usb", model="ich9-ehci1")
    for number in range(3):
        companion = ET.SubElement(devices, "controller", type="usb", model=f"ich9-uhci{number + 1}")
        ET.SubElement(companion, "master", startport=str(2 * number))
