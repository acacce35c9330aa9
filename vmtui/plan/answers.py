"""Answers: all that is asked of a person who makes a guest, and nothing that follows from it.

A page or a command line changes a field with `dataclasses.replace` and calls `defaults.follow`,
which adapts the fields that the person has not touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from vmtui.model.record import SECRET
from vmtui.model.spec import DisplayKind, Firmware, InterfaceSpec, Place, Topology
from vmtui.model.units import GIB

COUNT_MOST = 100
"""Guests that are made at once."""


class SourceKind(Enum):
    """What a guest is made from."""

    CLOUD = "cloud image"
    ISO = "installation ISO"
    DISK = "existing disk"
    NETWORK = "network boot"
    KERNEL = "kernel and initrd"
    TREE = "install tree"
    PATTERN = "existing guest"


class Use(Enum):
    """What becomes of the image that its first disk is made from."""

    OVERLAY = "overlay"
    """The disk holds what differs from the image, which stays as it is and can be shared."""
    COPY = "copy"
    IN_PLACE = "in place"
    """The image itself is the disk."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file is: one of `place`, `file` and `url` is given, or nothing is chosen yet."""

    place: Place | None = None
    """On the guest's host."""
    file: str = ""
    """A path on the machine that vmtui runs on; it is uploaded."""
    url: str = ""
    """It is downloaded, then uploaded."""
    checksum: str = ""
    """`sha256:HEX` or `sha512:HEX`."""
    checksums: str = ""
    """Address of a published list of checksums that has the file."""
    image: str = ""
    """Id in the catalog of cloud images, where it was chosen from there."""

    @property
    def chosen(self) -> bool:
        """Whether anything is given."""
        return bool(self.place or self.file or self.url)

    def __str__(self) -> str:
        return str(self.place) if self.place else self.file or self.url


@dataclass(frozen=True, slots=True)
class DiskAnswer:
    """One disk. The first one is the system's."""

    size: int = 20 * GIB
    """Bytes; of a disk that exists already: what it is to grow to, 0 leaves it."""
    pool: str = ""
    """"" is the one of `Answers.pool`."""
    format: str = "qcow2"
    bus: str = "virtio"
    cache: str = ""
    discard: str = "unmap"
    full: bool = False
    """Whether all its space is taken at once."""
    place: Place | None = None
    """An existing volume that is used as it is; None: it is made."""


@dataclass(frozen=True, slots=True)
class StaticNetwork:
    """A fixed address for the first interface."""

    address: str = ""
    """With its prefix: 192.168.122.10/24."""
    gateway: str = ""
    nameservers: tuple[str, ...] = ()
    search: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """What cloud-init is told."""

    user: str = ""
    password: str = field(default="", repr=False, metadata=SECRET)
    keys: tuple[str, ...] = ()
    """SSH public keys, each a line."""
    root_password: bool = False
    """Whether root can log in with the same password."""
    hostname: str = ""
    """"" is the guest's name."""
    timezone: str = ""
    locale: str = ""
    packages: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    """Shell commands that run as root at the end of the first boot."""
    user_data: str = field(default="", repr=False, metadata=SECRET)
    """The person's own, merged with the rest; it may hold secrets."""
    network: StaticNetwork | None = None
    tools: bool = True
    """Whether the guest agent is installed and enabled."""
    update: bool = False
    """Whether all packages are brought up to date."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person wants. Sizes in bytes. `touched` names the fields that they set."""

    source: SourceKind = SourceKind.CLOUD
    image: Origin = field(default_factory=Origin)
    """The ISO, the cloud image or the disk."""
    use: Use = Use.OVERLAY
    kernel: Origin = field(default_factory=Origin)
    initrd: Origin = field(default_factory=Origin)
    arguments: str = ""
    """The kernel's command line."""
    tree: str = ""
    """Address of an install tree."""
    pattern: str = ""
    """UUID of the guest after which this one is made."""
    system: str = ""
    """Short name; "" is not known."""
    name: str = ""
    """Of several guests: with a pattern such as web-## or web-{}; else a number is added."""
    count: int = 1
    first: int = 1
    """The number of the first of several."""
    title: str = ""
    description: str = ""
    pool: str = ""
    """Where its volumes are made."""
    engine: str = ""
    arch: str = ""
    machine: str = ""
    cpu: str = ""
    vcpus: int = 2
    topology: Topology | None = None
    memory: int = 2 * GIB
    disks: tuple[DiskAnswer, ...] = (DiskAnswer(),)
    interfaces: tuple[InterfaceSpec, ...] = (InterfaceSpec(),)
    firmware: Firmware = Firmware.BIOS
    display: DisplayKind | None = None
    video: str = ""
    sound: bool = False
    agent: bool = True
    random: bool = True
    watchdog: str = ""
    tpm: bool = False
    clock: str = "utc"
    hyperv: bool = False
    autostart: bool = False
    access: Access = field(default_factory=Access)
    start: bool = True
    wait: bool = True
    """Whether its first boot is watched; the seed is cleaned up after it."""
    definition: str = ""
    """The text that a person edited; it wins over all that it says."""
    touched: frozenset[str] = frozenset()
    """Fields, with those of `access` as `access.user`."""

    @property
    def names(self) -> tuple[str, ...]:
        """The guests' names."""
        return tuple(expand(self.name, self.count, self.first))

    @property
    def seeded(self) -> bool:
        """Whether cloud-init gets a seed."""
        return self.source is SourceKind.CLOUD


def expand(pattern: str, count: int, first: int = 1) -> list[str]:
    """`web` is itself; two of `web` are web-1, web-2; of `web-##` web-01, web-02; of `w{}` w1, w2.

    One guest of a pattern with a place for its number gets the number too. There are at most
    COUNT_MOST of them: a number that was mistyped costs neither time nor memory.
    """
    count = min(count, COUNT_MOST)
    marks = pattern.count("#")
    if "{}" in pattern:
        return [pattern.replace("{}", str(number)) for number in range(first, first + count)]
    if marks and "#" * marks in pattern:
        return [
            pattern.replace("#" * marks, str(number).zfill(marks))
            for number in range(first, first + count)
        ]
    if count <= 1:
        return [pattern]
    return [f"{pattern}-{number}" for number in range(first, first + count)]
