"""`<interface>`: network cards and where they are plugged in."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

from vmtui.hypervisors.libvirt.xml.build.ground import Ground
from vmtui.model.spec import GuestSpec, InterfaceSpec, NetKind


def add_interfaces(devices: Element, spec: GuestSpec, ground: Ground) -> None:
    """Every network card."""
    for card in spec.interfaces:
        _add_interface(devices, card, ground)


def _add_interface(devices: Element, card: InterfaceSpec, ground: Ground) -> None:
    element = ET.SubElement(devices, "interface", type=card.kind.value)
    if card.mac:
        ET.SubElement(element, "mac", address=card.mac)
    if card.kind is not NetKind.USER:
        ET.SubElement(element, "source", {card.kind.value: card.source})
    if card.model:
        ET.SubElement(element, "model", type=card.model)
    if card.kind is NetKind.USER and needs_passt(ground):
        ET.SubElement(element, "backend", type="passt")
    if card.boot:
        ET.SubElement(element, "boot", order=str(card.boot))


def needs_passt(ground: Ground) -> bool:
    """Whether QEMU's own user network was left out of it, as some distributions do."""
    backends = ground.offered.user_backends
    return backends is not None and "passt" in backends and "default" not in backends
