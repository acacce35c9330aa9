"""What a file is, from its first bytes: a medium, a disk image, or not what it says it is.

Sources: ECMA-119 (ISO 9660) for volume descriptors, QEMU's docs/interop/qcow2.txt, and the
published descriptions of VMDK, VDI, VHD and VHDX.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from vmtui.model.image import ImageKind, Seen
from vmtui.model.system import System
from vmtui.plan import systems as known

HEAD = 64 * 1024
"""Bytes from the beginning that `look` wants."""
SECTOR = 2048
_PACKED = (
    (b"\x1f\x8b", "gzip"), (b"\xfd7zXZ\x00", "xz"), (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)  # fmt: skip
_ARCHIVES = (b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"Rar!")
_FORMATS = {"qcow2": ImageKind.QCOW2, "vmdk": ImageKind.VMDK, "vdi": ImageKind.VDI}


def look(head: bytes, name: str, systems: Sequence[System], size: int | None = None) -> Seen:
    """What the file is. `head` is its first HEAD bytes, or all where it has fewer."""
    seen = replace(by_content(head, size), size=size)
    base = file_name(name)
    system = known.by_volume(systems, seen.label)
    system = system or known.by_file(systems, base)
    return replace(seen, system=system, cloud=_has_cloud_init(seen, base))


def by_content(head: bytes, size: int | None = None) -> Seen:
    """What the first bytes alone tell."""
    if not head or size == 0:
        return Seen(ImageKind.EMPTY)
    if head[SECTOR * 16 + 1 : SECTOR * 16 + 6] == b"CD001":
        return _iso(head)
    if head[:4] == b"QFI\xfb":
        return _qcow(head)
    if head[:4] == b"KDMV" or head[:21] == b"# Disk DescriptorFile":
        return _vmdk(head)
    if head[64:68] == b"\x7f\x10\xda\xbe":
        (capacity,) = struct.unpack_from("<Q", head.ljust(512, b"\0"), 368)
        return Seen(ImageKind.VDI, capacity=capacity, format="vdi")
    if head[:8] == b"vhdxfile":
        return Seen(ImageKind.VHDX, format="vhdx")
    if head[:8] == b"conectix":
        (capacity,) = struct.unpack_from(">Q", head.ljust(64, b"\0"), 48)
        return Seen(ImageKind.VHD, capacity=capacity, format="vpc")
    if head[514:518] == b"HdrS":
        return Seen(ImageKind.KERNEL)
    if any(head.startswith(magic) for magic, _ in _PACKED):
        return Seen(ImageKind.PACKED)
    if head.startswith(_ARCHIVES) or head[257:262] == b"ustar":
        return Seen(ImageKind.ARCHIVE)
    if head[510:512] == b"\x55\xaa" or head[512:520] == b"EFI PART":
        return Seen(ImageKind.RAW, capacity=size, format="raw")
    return _text(head) or Seen(ImageKind.UNKNOWN, capacity=size, format="raw")


def packing(head: bytes) -> str:
    """How it is compressed: gzip, xz, bzip2, zstd or ""."""
    return next((name for magic, name in _PACKED if head.startswith(magic)), "")


def file_name(where: str) -> str:
    """The last part of a path or of an address."""
    path = unquote(urlsplit(where).path) if "://" in where else where
    return PurePosixPath(path).name


def format_of(name: str) -> str:
    """The format that a file's name promises: qcow2, raw, vmdk, vdi, or "" for none."""
    base = file_name(name).lower()
    for packed in (".xz", ".gz", ".bz2", ".zst"):
        base = base.removesuffix(packed)
    ending = base.rpartition(".")[2]
    # Ubuntu's images are qcow2 and are called .img.
    return {"qcow2": "qcow2", "img": "qcow2", "raw": "raw", "vmdk": "vmdk", "vdi": "vdi"}.get(
        ending, ""
    )


def _iso(head: bytes) -> Seen:
    sector = head[SECTOR * 16 : SECTOR * 17].ljust(SECTOR, b"\0")

    def text(start: int, length: int) -> str:
        field = sector[start : start + length].decode("ascii", "replace")
        return "".join(c if c.isprintable() else " " for c in field).rstrip()

    record = head[SECTOR * 17 : SECTOR * 17 + 64]
    bootable = record[7:30] == b"EL TORITO SPECIFICATION" if len(record) == 64 else None
    return Seen(
        ImageKind.ISO,
        label=text(40, 32),
        publisher=text(318, 128),
        application=text(574, 128),
        bootable=bootable,
    )


def _qcow(head: bytes) -> Seen:
    head = head.ljust(HEAD, b"\0")
    version, start, length = struct.unpack_from(">IQI", head, 4)
    capacity, method = struct.unpack_from(">QI", head, 24)
    backing = head[start : start + min(length, 1023)] if start and version in (2, 3) else b""
    return Seen(
        ImageKind.QCOW2,
        capacity=capacity,
        format="qcow2",
        backing=backing.decode("utf-8", "replace"),
        encrypted=bool(method),
    )


def _vmdk(head: bytes) -> Seen:
    if head[:4] != b"KDMV":
        return Seen(ImageKind.VMDK, format="vmdk")
    (sectors,) = struct.unpack_from("<Q", head.ljust(512, b"\0"), 12)
    return Seen(ImageKind.VMDK, capacity=sectors * 512, format="vmdk")


def _text(head: bytes) -> Seen | None:
    start = head[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return Seen(ImageKind.PAGE)
    sample = head[:2048]
    if sample and all(byte >= 32 or byte in b"\t\r\n" for byte in sample):
        return Seen(ImageKind.TEXT)
    return None


def _has_cloud_init(seen: Seen, name: str) -> bool | None:
    """By how publishers call their files: the file system inside cannot be looked into."""
    if not seen.format and seen.kind is not ImageKind.PACKED:
        return False if seen.kind is ImageKind.ISO else None
    lower = name.lower()
    if "nocloud" in lower and lower.startswith("debian"):
        return False  # Debian's nocloud images have no cloud-init, whatever it sounds like
    marks = ("cloudimg", "genericcloud", "generic", "cloud-base", "cloudinit", "-cloud", "cirros")
    return True if any(mark in lower for mark in marks) else None
