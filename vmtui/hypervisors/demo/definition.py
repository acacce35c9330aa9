"""A demo guest's definition as text."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from vmtui.hypervisors.demo.build import DemoGuest


def definition_text(guest: DemoGuest) -> str:
    """The guest's definition as a libvirt-like XML."""
    definition = guest.definition
    domain = ET.Element("domain", type=definition.engine)
    ET.SubElement(domain, "name").text = guest.facts.name
    ET.SubElement(domain, "uuid").text = guest.uuid
    ET.SubElement(domain, "memory", unit="b").text = str(definition.memory_max)
    ET.SubElement(domain, "vcpu").text = str(definition.vcpus)
    devices = ET.SubElement(domain, "devices")
    for disk in definition.disks:
        element = ET.SubElement(devices, "disk", type="file", device=disk.device)
        if disk.source:
            ET.SubElement(element, "source", file=disk.source)
        ET.SubElement(element, "target", dev=disk.target, bus=disk.bus)
    for card in definition.interfaces:
        element = ET.SubElement(devices, "interface", type=card.kind)
        ET.SubElement(element, "mac", address=card.mac)
        ET.SubElement(element, "source", {card.kind: card.source})
    ET.indent(domain)
    return ET.tostring(domain, encoding="unicode") + "\n"
