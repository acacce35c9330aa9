"""Images and media: what their first bytes say, and which ones are published."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vmtui.errors import VmtuiError


class ImageKind(Enum):
    """What a file is, by its content."""

    ISO = "ISO 9660 image"
    QCOW2 = "qcow2 image"
    RAW = "raw disk image"
    VMDK = "VMDK image"
    VDI = "VDI image"
    VHDX = "VHDX image"
    VHD = "VHD image"
    KERNEL = "Linux kernel"
    PACKED = "compressed file"
    ARCHIVE = "archive"
    PAGE = "web page"
    TEXT = "text file"
    EMPTY = "empty file"
    UNKNOWN = "file of an unknown kind"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at an image's first bytes (and its name) showed."""

    kind: ImageKind = ImageKind.UNKNOWN
    size: int | None = None
    """Bytes of the file."""
    capacity: int | None = None
    """Bytes that a guest would see of it, where it is a disk."""
    format: str = ""
    """qcow2, raw, vmdk, vdi, vhdx, vpc; "" where it is no disk."""
    backing: str = ""
    """The file below it, where it is an overlay."""
    encrypted: bool = False
    label: str = ""
    """An ISO's volume id."""
    publisher: str = ""
    application: str = ""
    bootable: bool | None = None
    """Whether an ISO has a boot record (El Torito); None: not looked for."""
    system: str = ""
    """Short name of the system that it holds or installs, or ""."""
    cloud: bool | None = None
    """Whether cloud-init is in it; None: cannot be told."""
    error: VmtuiError | None = None
    """Why it could not be read."""


@dataclass(frozen=True, slots=True)
class CloudImage:
    """A published cloud image; the address stays, what it yields is the newest build."""

    id: str
    label: str
    system: str
    """Short name."""
    url: str
    checksums: str = ""
    """Address of the list of checksums that has it, or ""."""
    arch: str = "x86_64"
    format: str = "qcow2"
    size: int = 0
    """Bytes to download, about."""
    capacity: int = 0
    """Bytes that its disk has at least, about."""
    firmware: str = ""
    """uefi where it boots in no other way."""
