"""A demo guest's definition as text."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

from vmtui.errors import Invalid
from vmtui.hypervisors.demo.build import DemoGuest
from vmtui.model.device import ConsolePort
from vmtui.model.spec import GuestSpec


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
    for port in definition.consoles:
        element = ET.SubElement(devices, "serial", type="pty")
        ET.SubElement(element, "target", port=str(port.port))
        if port.log:
            ET.SubElement(element, "log", file=port.log, append="on")
    ET.indent(domain)
    return ET.tostring(domain, encoding="unicode") + "\n"


def consoles_of(text: str) -> tuple[ConsolePort, ...]:
    """The consoles in a definition that `definition_text` made."""
    ports = []
    for number, element in enumerate(ET.fromstring(text).iter("serial")):  # noqa: S314 - our own
        log = element.find("log")
        file = log.get("file", "") if log is not None else ""
        ports.append(ConsolePort("serial", number, f"serial{number}", log=file))
    return tuple(ports)


def spec_of(text: str, spec: GuestSpec | None) -> GuestSpec:
    """The spec with what a person may have changed in its text: name, memory, vCPUs."""
    try:
        root = ET.fromstring(text)  # noqa: S314 - the person's own text
        given = spec or GuestSpec(root.findtext("uuid", ""), "")
        return replace(
            given,
            name=root.findtext("name") or given.name,
            memory=int(root.findtext("memory") or given.memory),
            vcpus=int(root.findtext("vcpu") or given.vcpus),
        )
    except (ET.ParseError, ValueError) as error:
        raise Invalid("The definition is not accepted", str(error)) from None
