"""The `<channel>` through which a guest's agent is reached."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

from vmtui.errors import Invalid

NAME = "org.qemu.guest_agent.0"
CHANNEL = f"<channel type='unix'><target type='virtio' name='{NAME}'/></channel>"
"""libvirt chooses the socket's path."""


def find_channel(root: Element) -> Element | None:
    """The agent's channel of a `<domain>`; None where it has none."""
    for channel in root.iterfind("devices/channel"):
        target = channel.find("target")
        if target is not None and target.get("name") == NAME:
            return channel
    return None


def add_channel(root: Element) -> bool:
    """Give a `<domain>` the agent's channel; false where it has one.

    Raises:
        Invalid: It has no `<devices>`.
    """
    if find_channel(root) is not None:
        return False
    devices = root.find("devices")
    if devices is None:
        raise Invalid("The host sent a definition without devices")
    devices.append(ET.fromstring(CHANNEL))  # noqa: S314 - a constant
    return True


def remove_channel(root: Element) -> bool:
    """Take the agent's channel from a `<domain>`; false where it has none."""
    channel, devices = find_channel(root), root.find("devices")
    if channel is None or devices is None:
        return False
    devices.remove(channel)
    return True
