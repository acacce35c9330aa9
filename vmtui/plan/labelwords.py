"""Labels as they are written on a guest, in a namespace of vmtui's own, and the words for it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

from vmtui.model.guest import Labels

LABELS_URI = "urn:vmtui:labels:1"
LABELS_KEY = "vmtui"
"""The prefix that libvirt gives to the element."""


def write_labels(labels: Labels) -> str | None:
    """The element for virDomainSetMetadata, which adds the namespace; None where there is none."""
    if labels == Labels():
        return None
    made = Element("labels")
    for tag in labels.tags:
        ET.SubElement(made, "tag").text = tag
    for kind, text in (("group", labels.group), ("note", labels.note)):
        if text:
            ET.SubElement(made, kind).text = text
    if labels.order is not None:
        place = ET.SubElement(made, "order")
        place.text = str(labels.order)
        if labels.delay:
            place.set("delay", str(labels.delay))
    return ET.tostring(made, encoding="unicode")


def metadata_options(labels: Labels) -> tuple[str, ...]:
    """What follows `virsh metadata DOMAIN` to write these, in place of those there were."""
    text = write_labels(labels)
    what = ("--remove",) if text is None else ("--key", LABELS_KEY, "--set", text)
    # Without it virsh would write on a running guest alone, until it is off.
    return ("--uri", LABELS_URI, *what, "--config")
