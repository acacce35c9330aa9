"""Files for libvirt's test driver: a whole made-up host, without a daemon or a process."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TEST = "http://libvirt.org/schemas/domain/test/1.0"
RUNNING, PAUSED, OFF = 1, 3, 5
"""The states as the test driver counts them."""

ODD_NAMES = (
    "web[prod]", "[bold", "$HOME", "a b  c", "ünïcödé", "日本語", "-rf", "%s%n", "'; drop",
    "e\u0301", "x" * 120,
)  # fmt: skip
"""Names that libvirt takes and that a careless program stumbles over."""


@dataclass(frozen=True)
class Host:
    """What a made-up host holds."""

    running: int = 2
    paused: int = 1
    off: int = 2
    names: Sequence[str] = ()
    """More guests, which are off, under these names."""
    pools: int = 1
    """Each with two volumes."""
    networks: int = 1
    snapshots: int = 0
    """How many snapshots the first guest has, each the parent of the next."""

    def xml(self) -> str:
        """The file's text."""
        ET.register_namespace("test", TEST)
        node = ET.Element("node")
        states = [RUNNING] * self.running + [PAUSED] * self.paused + [OFF] * self.off
        guests = [(f"guest-{number + 1:03}", state) for number, state in enumerate(states)]
        guests += [(name, OFF) for name in self.names]
        for number, (name, state) in enumerate(guests):
            snapshots = self.snapshots if number == 0 else 0
            node.append(guest(number, name, state, snapshots))
        for number in range(self.networks):
            node.append(network(number))
        for number in range(self.pools):
            node.append(pool(number))
        return ET.tostring(node, encoding="unicode")

    def write(self, path: Path) -> str:
        """Write the file and give the address of the host; a second open shares its state."""
        path.write_text(self.xml(), encoding="utf-8")
        return f"test://{path.absolute()}"


def element(parent: ET.Element, tag: str, text: object = None, **attributes: str) -> ET.Element:
    """Add a child with a text and attributes."""
    child = ET.SubElement(parent, tag, attributes)
    if text is not None:
        child.text = str(text)
    return child


def guest(number: int, name: str, state: int, snapshots: int = 0) -> ET.Element:
    """A guest with a disk, a network card and a serial line."""
    domain = ET.Element("domain", type="test")
    element(domain, "name", name)
    element(domain, "uuid", f"00000000-0000-4000-8000-{number + 1:012}")
    element(domain, "memory", 1024 * (1 + number % 4), unit="MiB")
    element(domain, "vcpu", 1 + number % 4)
    element(element(domain, "os"), "type", "hvm", arch="x86_64")
    devices = element(domain, "devices")
    disk = element(devices, "disk", type="file", device="disk")
    element(disk, "source", file=f"/pool-1/{number + 1}.qcow2")
    element(disk, "target", dev="vda", bus="virtio")
    card = element(devices, "interface", type="network")
    element(card, "mac", address=f"52:54:00:00:{number // 256:02x}:{number % 256:02x}")
    element(card, "source", network="net-1")
    element(element(devices, "serial", type="pty"), "target", port="0")
    element(domain, f"{{{TEST}}}runstate", state)
    for count in range(snapshots):
        domain.append(snapshot(domain, count, current=count == snapshots - 1))
    return domain


def snapshot(domain: ET.Element, number: int, *, current: bool) -> ET.Element:
    """One snapshot of a guest that is off."""
    taken = ET.Element(f"{{{TEST}}}domainsnapshot")
    element(taken, "name", f"snapshot-{number + 1}")
    element(taken, "state", "shutoff")
    element(taken, "creationTime", 1_700_000_000 + number)
    if number:
        element(element(taken, "parent"), "name", f"snapshot-{number}")
    of = element(taken, "domain", type="test")
    for child in domain:
        if child.tag in {"name", "uuid", "memory", "vcpu", "os", "devices"}:
            of.append(child)
    element(taken, "active", int(current))
    return taken


def network(number: int) -> ET.Element:
    """A NAT network with addresses of its own."""
    made = ET.Element("network")
    element(made, "name", f"net-{number + 1}")
    element(made, "uuid", f"00000000-0000-4000-9000-{number + 1:012}")
    element(made, "bridge", name=f"virbr{number}")
    element(made, "forward", mode="nat")
    address = element(made, "ip", address=f"10.{number}.0.1", netmask="255.255.255.0")
    element(element(address, "dhcp"), "range", start=f"10.{number}.0.2", end=f"10.{number}.0.254")
    return made


def pool(number: int) -> ET.Element:
    """A folder of volumes: a disk and an image."""
    made = ET.Element("pool", type="dir")
    path = f"/pool-{number + 1}"
    element(made, "name", f"pool-{number + 1}")
    element(made, "uuid", f"00000000-0000-4000-a000-{number + 1:012}")
    element(element(made, "target"), "path", path)
    for name, kind, size in (("1.qcow2", "qcow2", 10), ("install.iso", "iso", 1)):
        volume = element(made, "volume", type="file")
        element(volume, "name", name)
        element(volume, "capacity", size, unit="GiB")
        element(volume, "allocation", 1, unit="GiB")
        target = element(volume, "target")
        element(target, "path", f"{path}/{name}")
        element(target, "format", type=kind)
    return made
