"""`<input>`, `<graphics>`, `<sound>` and `<video>`: for a person who looks at it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

from vmtui.hypervisors.libvirt.xml.build.ground import Ground
from vmtui.model.spec import DisplayKind, GuestSpec

LISTEN = "127.0.0.1"
"""Displays have no password: they are for the host itself, or for a tunnel to it."""


def add_screen(devices: Element, spec: GuestSpec, ground: Ground) -> None:
    """Nothing where it has no display, but a video card that was asked for."""
    if spec.display is not None:
        # A tablet tells where the pointer is, a mouse only how it moved.
        ET.SubElement(devices, "input", type="tablet", bus="usb")
        if not ground.offered.x86:
            ET.SubElement(devices, "input", type="keyboard", bus="usb")
        _add_graphics(devices, spec.display)
    if spec.sound:
        ET.SubElement(devices, "sound", model=choose_sound(ground))
    if video := choose_video(spec, ground):
        ET.SubElement(ET.SubElement(devices, "video"), "model", type=video)


def _add_graphics(devices: Element, display: DisplayKind) -> None:
    graphics = ET.SubElement(devices, "graphics", type=display.value, autoport="yes")
    if display is DisplayKind.VNC:
        graphics.set("port", "-1")
    ET.SubElement(graphics, "listen", type="address", address=LISTEN)
    if display is DisplayKind.SPICE:
        ET.SubElement(graphics, "image", compression="off")


def choose_sound(ground: Ground) -> str:
    """The card that the machine's own systems know."""
    return "ich9" if ground.offered.pcie else "ac97"


def choose_video(spec: GuestSpec, ground: Ground) -> str:
    """The spec's own, else what suits the display, or "" without one."""
    if spec.video or spec.display is None:
        return spec.video
    if not spec.hyperv:
        wanted = ["virtio", "vga"]
    elif spec.display is DisplayKind.SPICE:
        wanted = ["qxl", "vga"]
    else:
        # Windows has a driver for it from the first moment.
        wanted = ["vga", "virtio"]
    return next((name for name in wanted if name in ground.offered.videos), wanted[-1])
