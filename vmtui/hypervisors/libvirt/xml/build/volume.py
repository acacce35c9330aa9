"""A new `<volume>`."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element


def build_volume(
    name: str,
    capacity: int,
    form: str = "",
    *,
    allocation: int | None = None,
    backing: str = "",
    backing_form: str = "",
) -> Element:
    """The `<volume>` of that name; sizes in bytes.

    Args:
        name: The volume's.
        capacity: What a guest sees.
        form: raw, qcow2, ...; "" where the pool has but one.
        allocation: What is taken at once; None leaves it to the pool.
        backing: The path of what lies below an overlay, or "".
        backing_form: Its format.
    """
    volume = Element("volume")
    ET.SubElement(volume, "name").text = name
    ET.SubElement(volume, "capacity", unit="bytes").text = str(capacity)
    if allocation is not None:
        ET.SubElement(volume, "allocation", unit="bytes").text = str(allocation)
    target = ET.SubElement(volume, "target")
    if form:
        ET.SubElement(target, "format", type=form)
    if form == "qcow2":
        # The format that every QEMU since 2012 reads; libvirt's own default is older still.
        ET.SubElement(target, "compat").text = "1.1"
    if backing:
        below = ET.SubElement(volume, "backingStore")
        ET.SubElement(below, "path").text = backing
        if backing_form:
            ET.SubElement(below, "format", type=backing_form)
    return volume
