"""A guest whose disc shows GRUB's menu on the serial line, and boots nothing."""

from __future__ import annotations

import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.rig import cache
from tests.rig.debian.disk import run
from tests.rig.guests import found, shell

MENU = """\
serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
set timeout=-1
menuentry "first choice" { echo "this was the first"; sleep --interruptible 999; }
menuentry "second choice" { echo "this was the second"; sleep --interruptible 999; }
menuentry "third choice" { echo "this was the third"; sleep --interruptible 999; }
"""


def disc() -> Path:
    """An ISO image that boots through BIOS, from the cache or made now, in a second."""

    def make(path: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            settings = Path(folder) / "boot" / "grub" / "grub.cfg"
            settings.parent.mkdir(parents=True)
            settings.write_text(MENU, encoding="utf-8")
            run("grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", "-o", str(path), folder)

    return cache.entry("grub.iso", cache.key(MENU), make)


def menu(name: str) -> ET.Element:
    """A guest with GRUB's menu of three entries on its serial line."""
    domain = shell(name, 64, 1)
    devices = found(domain, "devices")
    disk = ET.SubElement(devices, "disk", type="file", device="cdrom")
    ET.SubElement(disk, "driver", name="qemu", type="raw")
    ET.SubElement(disk, "source", file=str(disc()))
    ET.SubElement(disk, "target", dev="hda", bus="ide")
    ET.SubElement(disk, "readonly")
    ET.SubElement(found(domain, "os"), "boot", dev="cdrom")
    ET.SubElement(devices, "serial", type="pty")
    ET.SubElement(ET.SubElement(devices, "console", type="pty"), "target", type="serial")
    return domain
