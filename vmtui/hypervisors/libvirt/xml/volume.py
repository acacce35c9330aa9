"""`<volume>` -> what a pool knows of a volume. Paths and names are kept exactly as they are."""

from __future__ import annotations

from dataclasses import dataclass

from vmtui.hypervisors.libvirt.xml.tree import amount, attribute, parse


@dataclass(frozen=True, slots=True)
class VolumeXML:
    """One volume; sizes in bytes."""

    name: str
    key: str
    path: str
    kind: str
    """file, block, dir, network, netdir or ploop"""
    format: str
    capacity: int
    allocation: int
    backing: str
    """The path of what lies below an overlay, as of the pool's last refresh, or ""."""


def read_volume(text: str) -> VolumeXML:
    """What the XML of virStorageVolGetXMLDesc says.

    Raises:
        Invalid: It is no XML.
    """
    root = parse(text)
    return VolumeXML(
        name=root.findtext("name", ""),
        key=root.findtext("key", ""),
        path=root.findtext("target/path", ""),
        kind=attribute(root, "type", "file"),
        format=attribute(root.find("target/format"), "type"),
        capacity=amount(root.find("capacity"), "bytes"),
        allocation=amount(root.find("allocation"), "bytes"),
        backing=root.findtext("backingStore/path", ""),
    )
