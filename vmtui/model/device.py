"""A guest's devices, as its definition and its running state name them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Disk:
    """One `<disk>`; `source` is a path, `pool/volume`, a network address, or "" for empty media."""

    target: str
    device: str = "disk"
    """disk, cdrom, floppy or lun"""
    bus: str = ""
    source: str = ""
    source_kind: str = "file"
    """file, block, volume, network, dir, nvme, vhostuser, vhostvdpa"""
    format: str = ""
    read_only: bool = False
    shareable: bool = False
    transient: bool = False
    backing: tuple[str, ...] = ()
    """The files below an overlay, nearest first, where the hypervisor names them."""


@dataclass(frozen=True, slots=True)
class Interface:
    """One network `<interface>`."""

    mac: str
    kind: str = "network"
    """network, bridge, user, direct, ethernet, hostdev, vdpa, mcast, ..."""
    source: str = ""
    model: str = ""
    target: str = ""
    """The host's side of the cable (vnet0), known while the guest runs."""
    link_up: bool = True


@dataclass(frozen=True, slots=True)
class ConsolePort:
    """One character device to which a console can be opened."""

    kind: str
    """serial, virtio, xen, lxc, sclp, ..."""
    port: int
    alias: str = ""
    """The name by which libvirt opens it (serial0, console1); "" while none is given."""
    source: str = "pty"
    log: str = ""
    """The host's file that records what it prints, or ""."""


@dataclass(frozen=True, slots=True)
class Display:
    """One graphical display."""

    kind: str
    """vnc, spice, rdp, sdl, egl-headless, dbus"""
    address: str = ""
    port: int | None = None
    """None where none is assigned yet."""
    tls_port: int | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A `<channel>`: a byte stream between the host and something in the guest."""

    name: str = ""
    """The port's name in the guest: `org.qemu.guest_agent.0`."""
    kind: str = ""
    """The host's side: unix, spicevmc, pty, ..."""
    state: str = ""
    """connected or disconnected, where the hypervisor tells."""


class AgentPort(Enum):
    """By these names the agents inside a guest know the ports that are theirs."""

    QEMU = "org.qemu.guest_agent.0"
    SPICE = "com.redhat.spice.0"
    """For spice-vdagent: clipboard, mouse and the size of a SPICE display."""


@dataclass(frozen=True, slots=True)
class HostDevice:
    """A device of the host that the guest has for itself."""

    kind: str
    """pci, usb, mdev, scsi, ..."""
    address: str = ""
    """Its address or its numbers, as lspci and lsusb write them."""
    managed: bool = False
    """Whether libvirt takes it from the host's driver and gives it back."""


@dataclass(frozen=True, slots=True)
class Address:
    """One IP address of a guest, and who says so."""

    ip: str
    prefix: int | None = None
    mac: str = ""
    source: str = "lease"
    """lease, agent or arp"""
