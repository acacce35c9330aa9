"""What a new guest is to be: the wizard's result, before any hypervisor's own language.

Complete: whoever renders it decides nothing. How its disks come about is not said here but in
the plan's steps, which run before the guest is defined.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vmtui.errors import Invalid


class Firmware(Enum):
    """What boots it."""

    BIOS = "bios"
    UEFI = "uefi"
    SECURE = "uefi-secure"
    """UEFI that starts only what is signed."""


class NetKind(Enum):
    """Where a network interface is plugged in."""

    NETWORK = "network"
    """A virtual network of the host."""
    BRIDGE = "bridge"
    """A bridge of the host, by its device's name."""
    USER = "user"
    """User-mode: out only, no rights and no set-up needed."""


class DisplayKind(Enum):
    """How its screen is reached."""

    VNC = "vnc"
    SPICE = "spice"


@dataclass(frozen=True, slots=True)
class Place:
    """A file or device on the guest's host: a pool's volume, or a path outside every pool."""

    pool: str = ""
    volume: str = ""
    path: str = ""

    def __str__(self) -> str:
        return self.path or f"{self.pool}/{self.volume}"


@dataclass(frozen=True, slots=True)
class DiskSpec:
    """One disk or drive."""

    place: Place | None
    """None: a drive without a medium."""
    device: str = "disk"
    """disk, cdrom or floppy"""
    bus: str = "virtio"
    """virtio, scsi, sata, ide, usb or fdc"""
    format: str = "qcow2"
    cache: str = ""
    """libvirt's word (none, writeback, unsafe, ...); "" leaves it to the hypervisor."""
    discard: str = ""
    """unmap or ignore; "" leaves it to the hypervisor."""
    read_only: bool = False
    boot: int = 0
    """Its place in the boot order from 1; 0: it is not booted from."""
    temporary: bool = False
    """Only for the first boots: an installer's medium or a seed, taken out afterwards."""


@dataclass(frozen=True, slots=True)
class InterfaceSpec:
    """One network interface."""

    kind: NetKind = NetKind.NETWORK
    source: str = "default"
    """The network's or the bridge's name; "" for user-mode."""
    model: str = "virtio"
    mac: str = ""
    """"" has the hypervisor choose one."""
    boot: int = 0


@dataclass(frozen=True, slots=True)
class Topology:
    """How its vCPUs look to it; the product is their number."""

    sockets: int = 1
    cores: int = 1
    threads: int = 1


@dataclass(frozen=True, slots=True)
class DirectBoot:
    """A kernel that the hypervisor itself loads."""

    kernel: Place
    initrd: Place | None = None
    arguments: str = ""
    """The kernel's command line."""
    once: bool = False
    """Whether it is an installer's: where that reboots the guest goes off instead, or it would
    begin again."""


@dataclass(frozen=True, slots=True)
class Tpm:
    """An emulated TPM."""

    model: str = "tpm-crb"
    version: str = "2.0"


@dataclass(frozen=True, slots=True)
class GuestSpec:
    """One guest that is to be defined. Sizes in bytes."""

    uuid: str
    name: str
    engine: str = "qemu"
    """kvm or qemu (emulated)."""
    arch: str = "x86_64"
    machine: str = ""
    """q35, pc, virt, ...; "" is the hypervisor's default."""
    cpu: str = ""
    """host-passthrough, host-model, maximum or a model's name; "" is the hypervisor's default."""
    vcpus: int = 1
    topology: Topology | None = None
    memory: int = 1 << 30
    firmware: Firmware = Firmware.BIOS
    direct: DirectBoot | None = None
    disks: tuple[DiskSpec, ...] = ()
    interfaces: tuple[InterfaceSpec, ...] = ()
    display: DisplayKind | None = None
    video: str = ""
    """virtio, qxl, vga, ...; "" is what suits the display."""
    sound: bool = False
    agent: bool = True
    """A channel for the guest agent."""
    random: bool = True
    """A random-number device."""
    watchdog: str = ""
    """What it does when the guest hangs: reset, poweroff, pause, ...; "" is none."""
    tpm: Tpm | None = None
    autostart: bool = False
    clock: str = "utc"
    """utc, or localtime for Windows."""
    hyperv: bool = False
    """Tell Windows that it runs on a hypervisor which it knows (enlightenments)."""
    title: str = ""
    description: str = ""
    os: str = ""
    """libosinfo's id (`http://debian.org/debian/12`), kept in the definition's metadata."""

    def check_identity(self, name: str, uuid: str) -> None:
        """Raises Invalid where these are not its own: its volumes and its job go by them."""
        if name != self.name:
            hint = "Change the name among the answers: its volumes are called after it."
            raise Invalid("The definition has another name", f"It is to be {self.name}.", hint)
        if uuid.strip().lower() != self.uuid.lower():
            hint = "Leave the UUID as it was."
            raise Invalid("The definition has another UUID", f"It is to be {self.uuid}.", hint)


@dataclass(frozen=True, slots=True)
class Described:
    """A spec in the hypervisor's own words, to be read, edited and copied."""

    definition: str
    """The text that defines it (libvirt: XML)."""
    command: str
    """A command line that would make the same (libvirt: virt-install), or ""."""
