"""The `<channel>` elements through which a guest's agents are reached."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

from vmtui.errors import Invalid
from vmtui.model.device import AgentPort

_KINDS = {AgentPort.QEMU: "unix", AgentPort.SPICE: "spicevmc"}


def channel_text(port: AgentPort) -> str:
    """The element of a port. libvirt chooses a socket's path."""
    return f"<channel type='{_KINDS[port]}'><target type='virtio' name='{port.value}'/></channel>"


def find_channel(root: Element, port: AgentPort) -> Element | None:
    """The channel of that port in a `<domain>`; None where it has none."""
    for channel in root.iterfind("devices/channel"):
        target = channel.find("target")
        if target is not None and target.get("name") == port.value:
            return channel
    return None


def add_channel(root: Element, port: AgentPort) -> bool:
    """Give a `<domain>` the channel of that port; false where it has one.

    Raises:
        Invalid: It has no `<devices>`.
    """
    if find_channel(root, port) is not None:
        return False
    devices = root.find("devices")
    if devices is None:
        raise Invalid("The host sent a definition without devices")
    devices.append(ET.fromstring(channel_text(port)))  # noqa: S314 - of constants
    return True


def remove_channel(root: Element, port: AgentPort) -> bool:
    """Take the channel of that port from a `<domain>`; false where it has none."""
    channel, devices = find_channel(root, port), root.find("devices")
    if channel is None or devices is None:
        return False
    devices.remove(channel)
    return True
