"""Changing the smallest thing in a document that the host gave: what we do not model survives."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

from vmtui.errors import Invalid
from vmtui.hypervisors.libvirt.xml.tree import attribute, parse

_PREFIX = re.compile(r"""\sxmlns:([\w.-]+)\s*=\s*(["'])([^"']*)\2""")
_RESERVED = re.compile(r"ns\d+|xml.*", re.IGNORECASE)


def open_document(text: str) -> Element:
    """The root of a document that is to be written again, with its own prefixes.

    Raises:
        Invalid: As `tree.parse`.
    """
    root = parse(text)
    for prefix, _quote, address in _PREFIX.findall(text):
        # Otherwise the writer makes up prefixes of its own; some may not be chosen.
        if not _RESERVED.fullmatch(prefix):
            ET.register_namespace(prefix, address)
    return root


def write_document(root: Element) -> str:
    """The document as text."""
    return ET.tostring(root, encoding="unicode")


def add_serial(root: Element) -> bool:
    """Give a `<domain>` its first serial port on a pty; false where it has a console.

    libvirt adds the `<console>` that stands for the first port where it misses; it is written
    here as well for the drivers that do not.

    Raises:
        Invalid: It has no `<devices>`.
    """
    devices = _devices(root)
    if devices.find("serial") is not None or devices.find("console") is not None:
        return False
    serial = ET.SubElement(devices, "serial", {"type": "pty"})
    ET.SubElement(serial, "target", {"port": "0"})
    console = ET.SubElement(devices, "console", {"type": "pty"})
    ET.SubElement(console, "target", {"type": "serial", "port": "0"})
    return True


def add_log(root: Element, file: str) -> bool:
    """Have the first console of a `<domain>` logged to a file; false where it is logged already.

    Raises:
        Invalid: It has no console.
    """
    devices = _devices(root)
    port = devices.find("serial")
    port = devices.find("console") if port is None else port
    if port is None:
        raise Invalid("The guest has no console")
    if attribute(port.find("log"), "file"):
        return False
    for empty in port.findall("log"):
        port.remove(empty)
    ET.SubElement(port, "log", {"file": file, "append": "on"})
    return True


def boot_from_disk(root: Element) -> bool:
    """Have a `<domain>` boot by its firmware, and again when it reboots; false where it does."""
    system = root.find("os")
    direct = [
        child
        for child in (system if system is not None else ())
        if child.tag in ("kernel", "initrd", "cmdline")
    ]
    if system is None or not direct:
        return False
    for child in direct:
        system.remove(child)
    for reboot in root.iterfind("on_reboot"):
        reboot.text = "restart"
    return True


def _devices(root: Element) -> Element:
    devices = root.find("devices")
    if devices is None:
        raise Invalid("The host sent a definition without devices")
    return devices
