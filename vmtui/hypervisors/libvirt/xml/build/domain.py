"""A GuestSpec as a `<domain>`: what it is, and its devices in libvirt's order."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

from vmtui.hypervisors.libvirt.xml.build.boot import add_boot
from vmtui.hypervisors.libvirt.xml.build.controller import add_controllers
from vmtui.hypervisors.libvirt.xml.build.disk import add_disks
from vmtui.hypervisors.libvirt.xml.build.ground import Ground
from vmtui.hypervisors.libvirt.xml.build.interface import add_interfaces
from vmtui.hypervisors.libvirt.xml.build.port import add_ports
from vmtui.hypervisors.libvirt.xml.build.processor import add_processor
from vmtui.hypervisors.libvirt.xml.build.safety import add_safety
from vmtui.hypervisors.libvirt.xml.build.screen import add_screen
from vmtui.model.spec import GuestSpec

LIBOSINFO = "http://libosinfo.org/xmlns/libvirt/domain/1.0"

ET.register_namespace("libosinfo", LIBOSINFO)


def build_domain(spec: GuestSpec, ground: Ground) -> Element:
    """The `<domain>` of a new guest.

    Raises:
        NotFound: A disk's place was not looked up.
    """
    domain = Element("domain", type=spec.engine)
    text(domain, "name", spec.name)
    text(domain, "uuid", spec.uuid)
    if spec.title:
        text(domain, "title", spec.title)
    if spec.description:
        text(domain, "description", spec.description)
    if spec.os:
        system = ET.SubElement(ET.SubElement(domain, "metadata"), f"{{{LIBOSINFO}}}libosinfo")
        ET.SubElement(system, f"{{{LIBOSINFO}}}os", id=spec.os)
    # libvirt counts in KiB; a part of one is given too.
    memory = str(-(-spec.memory // 1024))
    text(domain, "memory", memory).set("unit", "KiB")
    text(domain, "currentMemory", memory).set("unit", "KiB")
    text(domain, "vcpu", str(spec.vcpus)).set("placement", "static")
    add_boot(domain, spec, ground)
    add_processor(domain, spec, ground)
    text(domain, "on_poweroff", "destroy")
    once = spec.direct is not None and spec.direct.once
    text(domain, "on_reboot", "destroy" if once else "restart")
    text(domain, "on_crash", "destroy")
    _add_power(domain, ground)
    _add_devices(domain, spec, ground)
    return domain


def _add_power(domain: Element, ground: Ground) -> None:
    """A guest that sleeps does not wake by itself: it is not offered to."""
    if ground.offered.x86:
        power = ET.SubElement(domain, "pm")
        ET.SubElement(power, "suspend-to-mem", enabled="no")
        ET.SubElement(power, "suspend-to-disk", enabled="no")


def _add_devices(domain: Element, spec: GuestSpec, ground: Ground) -> None:
    devices = ET.SubElement(domain, "devices")
    if ground.offered.emulator:
        text(devices, "emulator", ground.offered.emulator)
    add_disks(devices, spec, ground)
    add_controllers(devices, spec, ground)
    add_interfaces(devices, spec, ground)
    add_ports(devices, spec, ground)
    add_screen(devices, spec, ground)
    add_safety(devices, spec, ground)


def text(parent: Element, tag: str, words: str) -> Element:
    """A child that holds these words."""
    child = ET.SubElement(parent, tag)
    child.text = words
    return child
