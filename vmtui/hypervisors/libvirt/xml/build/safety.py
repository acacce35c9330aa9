"""`<tpm>`, `<watchdog>`, `<memballoon>` and `<rng>`: what keeps it safe and measured."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

from vmtui.hypervisors.libvirt.xml.build.ground import Ground
from vmtui.model.spec import GuestSpec

STATS_PERIOD = "10"
"""Seconds between two reports of the guest's memory; without, they are never renewed."""
_ENTROPY = "/dev/urandom"


def add_safety(devices: Element, spec: GuestSpec, ground: Ground) -> None:
    """What is asked for; a balloon always, for the figures of its memory."""
    if spec.tpm is not None:
        tpm = ET.SubElement(devices, "tpm", model=spec.tpm.model)
        ET.SubElement(tpm, "backend", type="emulator", version=spec.tpm.version)
    if spec.watchdog:
        model = choose_watchdog(ground)
        ET.SubElement(devices, "watchdog", model=model, action=spec.watchdog)
    balloon = ET.SubElement(devices, "memballoon", model="virtio")
    ET.SubElement(balloon, "stats", period=STATS_PERIOD)
    if spec.random and ground.offered.random:
        rng = ET.SubElement(devices, "rng", model="virtio")
        ET.SubElement(rng, "backend", model="random").text = _ENTROPY


def choose_watchdog(ground: Ground) -> str:
    """The one that its machine can have."""
    return "diag288" if ground.offered.arch.startswith("s390") else "i6300esb"
