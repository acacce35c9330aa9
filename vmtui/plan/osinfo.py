"""libosinfo's database: one file's XML to systems.

Source: the schema of osinfo-db (osinfo.rng).
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from vmtui.errors import Invalid
from vmtui.model.system import Family, System

_FAMILIES = {
    "linux": Family.LINUX, "winnt": Family.WINDOWS, "win9x": Family.WINDOWS,
    "freebsd": Family.BSD, "openbsd": Family.BSD, "netbsd": Family.BSD, "dragonflybsd": Family.BSD,
}  # fmt: skip
_PACKAGES = {
    "debian": "apt", "ubuntu": "apt", "fedora": "dnf", "rhel": "dnf", "centos": "dnf",
    "opensuse": "zypper", "sle": "zypper", "archlinux": "pacman", "alpinelinux": "apk",
    "freebsd": "pkg",
}  # fmt: skip


def parse(data: bytes) -> tuple[System, ...]:
    """The systems in one file. Raises Invalid where it cannot be read."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Invalid("A file of the database has a document type, which none has")
    try:
        root = ET.fromstring(data)  # noqa: S314 - without entities, and installed by root
    except ET.ParseError as error:
        raise Invalid("A file of the database is no XML", str(error)) from None
    return tuple(_systems(root))


def _systems(root: ET.Element) -> Iterator[System]:
    for node in root.iter("os"):
        short, label = node.findtext("short-id", ""), node.findtext("name", "")
        if not short or not label:
            continue
        family = _FAMILIES.get(node.findtext("family", ""), Family.OTHER)
        usual, least = _resources(node, "recommended"), _resources(node, "minimum")
        windows = family is Family.WINDOWS
        plain = System(short, label)
        memory = usual.get("ram") or least.get("ram") or plain.memory
        disk = usual.get("storage") or least.get("storage") or plain.disk
        # Devices are told by difference to an earlier release, so that only the family is sure.
        linux = family in (Family.LINUX, Family.BSD)
        yield System(
            short,
            label,
            node.get("id", ""),
            family,
            vcpus=usual.get("n-cpus", 1),
            vcpus_min=least.get("n-cpus", 1),
            memory=max(memory, least.get("ram", 0)),
            memory_min=least.get("ram", memory // 2),
            disk=max(disk, least.get("storage", 0)),
            disk_min=least.get("storage", disk // 2),
            bus="virtio" if linux else "sata",
            network="virtio" if linux else "e1000",
            clock="localtime" if windows else "utc",
            hyperv=windows,
            graphical=windows,
            packages=_PACKAGES.get(node.findtext("distro", ""), ""),
            console="console=ttyS0" if family is Family.LINUX else "",
            volumes=tuple(_volumes(node)),
            released=node.findtext("release-date", ""),
        )


def _resources(node: ET.Element, kind: str) -> dict[str, int]:
    made: dict[str, int] = {}
    for group in node.iter("resources"):
        part = group.find(kind)
        for item in part if part is not None else ():
            text = (item.text or "").strip()
            if text.isdigit():
                # Several architectures: the most is enough for each.
                made[item.tag] = max(made.get(item.tag, 0), int(text))
    return made


def _volumes(node: ET.Element) -> Iterator[str]:
    for media in node.iter("media"):
        iso = media.find("iso")
        pattern = iso.findtext("volume-id", "") if iso is not None else ""
        if pattern:
            yield pattern
