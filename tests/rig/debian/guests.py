"""The Debian guest as the rig starts it, and the disks that it runs from."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.rig.console import Console
from tests.rig.daemon import Daemon
from tests.rig.debian.disk import image, run
from tests.rig.guests import add, add_disks, add_nic, found, shell
from tests.rig.needs import program
from tests.rig.process import RigError

USER = PASSWORD = "vmtui"
LOGIN = "debian login: "
PROMPT = "vmtui@debian:~$ "
ASK = 30.0
"""Seconds after which a guest that asks for no name is pressed Enter."""


def overlay(daemon: Daemon, name: str, *, size: int | None = None) -> Path:
    """A disk among the daemon's volumes that begins as the image does.

    Args:
        daemon: Whose volumes.
        name: The disk's name.
        size: In GiB; None is the image's own.
    """
    path = daemon.volumes / f"{name}.qcow2"
    words = [program("qemu-img"), "create", "-q", "-f", "qcow2", "-F", "qcow2"]
    words += ["-b", str(image()), str(path), *([f"{size}G"] if size else [])]
    subprocess.run(words, check=True)
    daemon.keeper.give(path)
    return path


def guest(
    name: str,
    disk: Path,
    *,
    seed: Path | None = None,
    memory: int = 512,
    vcpus: int = 1,
    agent: bool = True,
    log: Path | None = None,
    nic: str | None = "user",
    machine: str = "pc",
    uefi: bool = False,
) -> ET.Element:
    """A whole Debian 12 with systemd that boots from its disk, with a login on its serial line.

    Args:
        name: The guest's name; its host name is ``debian`` unless a seed says otherwise.
        disk: A qcow2 file, such as an `overlay`.
        seed: A NoCloud seed, an ISO image, attached as a second disk.
        memory: In MiB.
        vcpus: How many processors.
        agent: Whether it has the channel of the guest agent.
        log: Where the hypervisor writes what comes over the serial line.
        nic: None, ``user``, or the name of a network.
        machine: ``pc`` or ``q35``.
        uefi: Whether it boots through UEFI.
    """
    domain = shell(name, memory, vcpus)
    system = found(domain, "os")
    found(system, "type").set("machine", machine)
    if uefi:
        system.set("firmware", "efi")
        ET.SubElement(
            ET.SubElement(system, "firmware"), "feature", enabled="no", name="secure-boot"
        )
    devices = found(domain, "devices")
    add_disks(devices, [disk])
    if seed is not None:
        second = ET.SubElement(devices, "disk", type="file", device="disk")
        ET.SubElement(second, "driver", name="qemu", type="raw")
        ET.SubElement(second, "source", file=str(seed))
        ET.SubElement(second, "target", dev="vdz", bus="virtio")
        ET.SubElement(second, "readonly")
    serial = ET.SubElement(devices, "serial", type="pty")
    if log is not None:
        ET.SubElement(serial, "log", file=str(log), append="on")
    ET.SubElement(ET.SubElement(devices, "console", type="pty"), "target", type="serial")
    if agent:
        channel = ET.SubElement(devices, "channel", type="unix")
        ET.SubElement(channel, "target", type="virtio", name="org.qemu.guest_agent.0")
    add_nic(devices, nic)
    add(ET.SubElement(devices, "rng", model="virtio"), "backend", "/dev/urandom").set(
        "model", "random"
    )
    return domain


def seed(path: Path, user_data: str, name: str = "debian") -> Path:
    """Write a NoCloud seed: a small FAT image that cloud-init finds by its label.

    Args:
        path: Where.
        user_data: Such as ``#cloud-config`` and what follows.
        name: The host name.
    """
    with path.open("wb") as image_file:
        image_file.truncate(1 << 20)
    run("mformat", "-i", str(path), "-v", "cidata", "::")
    meta_data = f"instance-id: {name}\nlocal-hostname: {name}\n"
    for file_name, text in (("user-data", user_data), ("meta-data", meta_data)):
        run("mcopy", "-i", str(path), "-", f"::/{file_name}", given=text)
    return path


def until_login(console: Console, seconds: float) -> None:
    """Wait until a guest asks for a name, and ask for that now and then.

    What getty wrote is lost where systemd resets the terminal right after it.
    """
    for left in reversed(range(max(int(seconds // ASK), 1))):
        try:
            console.expect(LOGIN, ASK)
        except RigError:
            if not left:
                raise
            console.send("\n")
        else:
            return
