"""`<serial>`, `<console>` and `<channel>`: text in and out, and the guest agent's line."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

from vmtui.hypervisors.libvirt.xml.build.ground import Ground
from vmtui.model.device import AgentPort
from vmtui.model.spec import DisplayKind, GuestSpec


def add_ports(devices: Element, spec: GuestSpec, ground: Ground) -> None:
    """Always a serial console, then the channels that are wanted."""
    del ground
    serial = ET.SubElement(devices, "serial", type="pty")
    ET.SubElement(serial, "target", port="0")
    console = ET.SubElement(devices, "console", type="pty")
    ET.SubElement(console, "target", type="serial", port="0")
    if spec.agent:
        channel = ET.SubElement(devices, "channel", type="unix")
        ET.SubElement(channel, "target", type="virtio", name=AgentPort.QEMU.value)
    if spec.display is DisplayKind.SPICE:
        channel = ET.SubElement(devices, "channel", type="spicevmc")
        ET.SubElement(channel, "target", type="virtio", name=AgentPort.SPICE.value)
