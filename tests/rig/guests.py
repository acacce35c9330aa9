"""Builders of guests: what the private hypervisors run."""

from __future__ import annotations

import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import libvirt

from tests.rig import cache
from tests.rig.initramfs import boot
from tests.rig.needs import program

PROMPT = "{name}:~# "
"""What the shell of a tiny guest says when it waits for a line."""


def tiny(
    name: str,
    *,
    memory: int = 96,
    vcpus: int = 1,
    obeys_acpi: bool = True,
    agent: bool = True,
    log: Path | None = None,
    disks: Sequence[Path] = (),
    nic: str | None = None,
    graphics: bool = False,
    kernel_words: str = "",
) -> ET.Element:
    """A Linux with a shell on its serial line and on its virtio console.

    Args:
        name: The guest's name, and its host name: the prompt is ``name:~# ``.
        memory: In MiB.
        vcpus: How many processors.
        obeys_acpi: Whether it shuts down when its power button is pressed.
        agent: Whether it has the channel of the guest agent, which runs inside.
        log: Where the hypervisor writes what comes over the serial line.
        disks: qcow2 files, on virtio.
        nic: None, ``user``, or the name of a network.
        graphics: Whether it has a VGA screen, on VNC on a socket.
        kernel_words: More words for the kernel's command line.
    """
    files = boot()
    domain = shell(name, memory, vcpus)
    words = [
        "console=tty0", "console=ttyS0", "tsc=unstable", "no_timer_check", "mitigations=off",
        "panic=-1", f"tiny.name={name}", *kernel_words.split(),
    ]  # fmt: skip
    if not obeys_acpi:
        words.append("tiny.acpi=ignore")
    system = found(domain, "os")
    add(system, "kernel", str(files.kernel))
    add(system, "initrd", str(files.initramfs))
    add(system, "cmdline", " ".join(words))
    devices = found(domain, "devices")
    serial = ET.SubElement(devices, "serial", type="pty")
    if log is not None:
        ET.SubElement(serial, "log", file=str(log), append="on")
    ET.SubElement(ET.SubElement(devices, "console", type="pty"), "target", type="serial")
    ET.SubElement(ET.SubElement(devices, "console", type="pty"), "target", type="virtio")
    if agent:
        channel = ET.SubElement(devices, "channel", type="unix")
        ET.SubElement(channel, "target", type="virtio", name="org.qemu.guest_agent.0")
    add_disks(devices, disks)
    add_nic(devices, nic)
    ET.SubElement(devices, "memballoon", model="virtio")
    if graphics:
        screen = ET.SubElement(devices, "graphics", type="vnc")
        ET.SubElement(screen, "listen", type="socket")
        ET.SubElement(ET.SubElement(devices, "video"), "model", type="vga")
    return domain


def idle(
    name: str,
    *,
    memory: int = 16,
    vcpus: int = 1,
    disks: Sequence[Path] = (),
    nic: str | None = None,
) -> ET.Element:
    """The smallest guest: its firmware halts the processor, so it runs and costs nothing."""
    domain = shell(name, memory, vcpus)
    loader = add(found(domain, "os"), "loader", str(halting_firmware()))
    loader.set("type", "rom")
    loader.set("readonly", "yes")
    devices = found(domain, "devices")
    add_disks(devices, disks)
    add_nic(devices, nic)
    ET.SubElement(devices, "memballoon", model="none")
    return domain


def container(name: str, root: Path) -> ET.Element:
    """A container with a busybox shell on its console; `root` becomes its whole file system."""
    (root / "bin").mkdir(parents=True, exist_ok=True)
    for folder in ("dev", "proc", "sys", "tmp", "root"):
        (root / folder).mkdir(exist_ok=True)
    busybox = program("busybox")
    shutil.copy2(busybox, root / "bin" / "busybox")
    subprocess.run([busybox, "--install", "-s", str(root / "bin")], check=True)
    for link in (root / "bin").iterdir():
        if link.is_symlink():
            link.unlink()
            link.symlink_to("busybox")
    domain = ET.Element("domain", type="lxc")
    add(domain, "name", name)
    add(domain, "memory", "64").set("unit", "MiB")
    system = ET.SubElement(domain, "os")
    add(system, "type", "exe")
    add(system, "init", "/bin/sh")
    devices = ET.SubElement(domain, "devices")
    files = ET.SubElement(devices, "filesystem", type="mount")
    ET.SubElement(files, "source", dir=str(root))
    ET.SubElement(files, "target", dir="/")
    ET.SubElement(devices, "console", type="pty")
    return domain


def shell(name: str, memory: int, vcpus: int) -> ET.Element:
    """What every guest of the rig has in common."""
    domain = ET.Element("domain", type="qemu")
    add(domain, "name", name)
    add(domain, "memory", str(memory)).set("unit", "MiB")
    add(domain, "vcpu", str(vcpus))
    system = ET.SubElement(domain, "os")
    add(system, "type", "hvm").set("machine", "pc")
    features = ET.SubElement(domain, "features")
    ET.SubElement(features, "acpi")
    ET.SubElement(features, "apic")
    add(domain, "on_crash", "destroy")
    devices = ET.SubElement(domain, "devices")
    # The default USB controller polls all the time.
    ET.SubElement(devices, "controller", type="usb", model="none")
    return domain


def add(parent: ET.Element, tag: str, text: str) -> ET.Element:
    """Add a child that holds a text."""
    child = ET.SubElement(parent, tag)
    child.text = text
    return child


def found(parent: ET.Element, tag: str) -> ET.Element:
    """A child that is known to be there."""
    child = parent.find(tag)
    assert child is not None, tag
    return child


def add_disks(devices: ET.Element, paths: Sequence[Path]) -> None:
    """Add qcow2 files as virtio disks: vda, vdb and so on."""
    for letter, path in zip("abcdefghijklmnopqrstuvwxyz", paths, strict=False):
        disk = ET.SubElement(devices, "disk", type="file", device="disk")
        ET.SubElement(disk, "driver", name="qemu", type="qcow2")
        ET.SubElement(disk, "source", file=str(path))
        ET.SubElement(disk, "target", dev=f"vd{letter}", bus="virtio")


def add_nic(devices: ET.Element, network: str | None) -> None:
    """Add a virtio network card, on QEMU's own user network or on a libvirt network."""
    if network is None:
        return
    kind = "user" if network == "user" else "network"
    card = ET.SubElement(devices, "interface", type=kind)
    if kind == "network":
        ET.SubElement(card, "source", network=network)
    ET.SubElement(card, "model", type="virtio")


def halting_firmware() -> Path:
    """A 64 KiB firmware that begins 16 bytes before its end, as every one does, and stops.

    It sets the timer to wait for a count that never comes, or QEMU would serve its ticks for ever.
    """
    code = b"\xb0\x30\xe6\x43"  # mov al, 0x30; out 0x43, al: channel 0, one shot
    code += b"\xfa\xf4\xeb\xfd"  # cli; hlt; jmp to the hlt
    image = code.rjust(0x10000 - 16 + len(code), b"\x90").ljust(0x10000, b"\0")
    return cache.entry("halt.rom", cache.key(image), lambda path: void(path.write_bytes(image)))


def void(_result: object) -> None:
    """Drop a result."""


def define(connection: libvirt.virConnect, guest: ET.Element) -> libvirt.virDomain:
    """Define a guest."""
    return connection.defineXML(ET.tostring(guest, encoding="unicode"))


def start(connection: libvirt.virConnect, guest: ET.Element) -> libvirt.virDomain:
    """Define and start a guest."""
    domain = define(connection, guest)
    domain.create()
    return domain


def start_all(
    connection: libvirt.virConnect, guests: Iterable[ET.Element], at_once: int = 8
) -> list[libvirt.virDomain]:
    """Define and start many guests, a few at once."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda guest: start(connection, guest), guests))
