"""Which files and volumes a `<domain>` uses, exactly as it names them.

The model's disks are for the screen, made plain and short; here a name decides over deleting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree.ElementTree import Element

from vmtui.hypervisors.libvirt.xml.device import read_disk
from vmtui.hypervisors.libvirt.xml.tree import parse, words
from vmtui.model.device import Disk

_PATHS = ("file", "dev", "dir")
"""The attributes of a `<source>` that hold a path on the host."""
_BESIDE_DISKS = ("os/kernel", "os/initrd", "os/dtb", "os/loader", "os/nvram")


class Source(NamedTuple):
    """What a `<source>` names: a path on the host, a volume of a pool, or neither."""

    path: str = ""
    pool: str = ""
    volume: str = ""


@dataclass(frozen=True, slots=True)
class DiskSources:
    """A disk that has a medium, and all that it reads."""

    disk: Disk
    source: Source
    below: tuple[Source, ...]
    """What lies below it or is copied from it, where the XML names it."""
    complete: bool
    """Whether nothing else can lie below."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one XML of a guest uses."""

    uuid: str
    name: str
    disks: tuple[DiskSources, ...]
    others: tuple[Source, ...]
    """Used otherwise: kernels, firmware, file systems of containers."""


def read_usage(text: str) -> Usage:
    """What the XML of virDomainGetXMLDesc uses.

    Raises:
        Invalid: It is no XML.
    """
    root = parse(text)
    others = [
        Source(path=path) for place in _BESIDE_DISKS if (path := (root.findtext(place) or ""))
    ]
    for element in (*root.iterfind("os/nvram"), *root.iterfind("devices/filesystem")):
        others.extend(_sources(element))
    return Usage(
        uuid=words(root, "uuid").lower(),
        name=words(root, "name"),
        disks=tuple(
            found
            for disk in root.iterfind("devices/disk")
            if (found := _read_sources(disk)) is not None
        ),
        others=tuple(others),
    )


def _read_sources(disk: Element) -> DiskSources | None:
    """None where the drive is empty."""
    medium = disk.find("source")
    if medium is None or not medium.attrib:
        return None
    facts = read_disk(disk)
    named = list(_sources(disk))
    return DiskSources(
        disk=facts,
        source=named[0],
        below=tuple(named[1:]),
        complete=facts.format == "raw" or _is_terminated(disk),
    )


def _is_terminated(disk: Element) -> bool:
    """Whether libvirt followed the chain to its end, which it marks with an empty element."""
    below = disk.find("backingStore")
    while below is not None and len(below):
        below = below.find("backingStore")
    return below is not None


def _sources(element: Element) -> Iterator[Source]:
    """Every `<source>` in it, at any depth, the outermost first."""
    for source in element.iter("source"):
        yield source_of(source)


def source_of(element: Element) -> Source:
    """What one `<source>` names."""
    path = next((value for key in _PATHS if (value := element.get(key))), "")
    pool, volume = element.get("pool", ""), element.get("volume", "")
    return Source(path) if path or not (pool and volume) else Source("", pool, volume)
