"""Operating systems: what a guest that runs one wants of its virtual hardware."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vmtui.model.spec import Firmware
from vmtui.model.units import GIB, MIB


class Family(Enum):
    """What kind of system, as far as hardware and set-up differ."""

    LINUX = "linux"
    WINDOWS = "windows"
    BSD = "bsd"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class System:
    """One release of one operating system. Sizes in bytes."""

    short: str
    """The short name: debian12. Unique."""
    label: str
    """For a person: Debian 12 (bookworm)."""
    id: str = ""
    """libosinfo's id (`http://debian.org/debian/12`), or ""."""
    family: Family = Family.LINUX
    vcpus: int = 2
    """Recommended."""
    vcpus_min: int = 1
    memory: int = 2 * GIB
    memory_min: int = 256 * MIB
    disk: int = 20 * GIB
    disk_min: int = 2 * GIB
    bus: str = "virtio"
    """The best that it drives without help: virtio, sata or ide."""
    network: str = "virtio"
    """Model of its network interfaces: virtio, e1000e, e1000, rtl8139."""
    video: str = ""
    """"" is what suits the display."""
    sound: bool = False
    firmware: Firmware | None = None
    """The one that it insists on; None takes what the host prefers."""
    machine: str = ""
    """The one that it insists on (pc for what is older than PCI Express)."""
    clock: str = "utc"
    hyperv: bool = False
    tpm: bool = False
    """Whether it will not install without a TPM 2.0."""
    graphical: bool = False
    """Whether it cannot be used or installed over a serial console."""
    user: str = ""
    """Who can log in to its cloud image when nothing else is said."""
    packages: str = ""
    """Its package tool: apt, dnf, zypper, pacman, apk, pkg, or ""."""
    agent_package: str = ""
    """The guest agent's package; "" where it has none."""
    console: str = ""
    """What its kernel wants to be told to speak on the serial console."""
    volumes: tuple[str, ...] = ()
    """Regular expressions of its media's volume ids, as in libosinfo's database."""
    files: tuple[str, ...] = ()
    """Regular expressions of the file names of its published media and images."""
    released: str = ""
    """Date, YYYY-MM-DD, or ""."""
    words: tuple[str, ...] = ()
    """Other names under which it is looked for."""


GENERIC = System("", "An unknown system", family=Family.OTHER, memory=2 * GIB)
"""What nobody recognized: it gets what suits a recent Linux."""
