"""A dozen guests that people make, as specs; their definitions are kept in tests/data/build.

``python -m tests.hypervisors.libvirt.creation.specs`` writes those anew.
"""

from __future__ import annotations

from pathlib import Path

from vmtui.hypervisors.libvirt.creation.describing import write_definition
from vmtui.hypervisors.libvirt.xml.build.ground import Ground, Medium
from vmtui.hypervisors.libvirt.xml.offered import DomainCapabilities
from vmtui.model.spec import (
    DirectBoot,
    DiskSpec,
    DisplayKind,
    Firmware,
    GuestSpec,
    InterfaceSpec,
    NetKind,
    Place,
    Topology,
    Tpm,
)

FOLDER = Path(__file__).resolve().parents[3] / "data" / "build"
UUID = "0d2f4b52-6f8e-4b0a-9a3c-000000000001"
GIB = 1 << 30
DISK = DiskSpec(Place("images", "x.qcow2"), boot=1, discard="unmap")
IDE_DISK = DiskSpec(Place("images", "x.qcow2"), bus="ide", boot=1)
SATA_DISK = DiskSpec(Place("images", "x.qcow2"), bus="sata", boot=1)
SEED = DiskSpec(Place("images", "x-seed.iso"), "cdrom", "sata", "raw", temporary=True)
ISO = DiskSpec(Place("images", "x.iso"), "cdrom", "sata", "raw", boot=2, temporary=True)
USER = InterfaceSpec(NetKind.USER, "")


def windows(name: str, **changes: object) -> GuestSpec:
    """What Windows of any age has in common."""
    fixed: dict[str, object] = {
        "memory": 4 * GIB, "vcpus": 2, "display": DisplayKind.SPICE, "clock": "localtime",
        "hyperv": True, "random": False, "sound": True,
    }  # fmt: skip
    return GuestSpec(UUID, name, **{**fixed, **changes})  # type: ignore[arg-type]


SPECS = {
    spec.name: spec
    for spec in (
        GuestSpec(
            UUID, "debian", vcpus=2, disks=(DISK, SEED), interfaces=(USER,),
            os="http://debian.org/debian/11",
        ),
        GuestSpec(
            UUID, "ubuntu-kvm", engine="kvm", vcpus=4, topology=Topology(1, 2, 2),
            memory=2 * GIB, disks=(DISK, SEED), interfaces=(InterfaceSpec(),),
            os="http://ubuntu.com/ubuntu/22.04",
        ),
        GuestSpec(
            UUID, "fedora-uefi", firmware=Firmware.UEFI, memory=2 * GIB, vcpus=2,
            disks=(DISK, ISO), interfaces=(InterfaceSpec(NetKind.BRIDGE, "br0", boot=3),),
            display=DisplayKind.VNC, os="http://fedoraproject.org/fedora/37",
        ),
        windows(
            "win11", engine="kvm", firmware=Firmware.SECURE, tpm=Tpm(), disks=(SATA_DISK, ISO),
            interfaces=(InterfaceSpec(model="e1000e"),), os="http://microsoft.com/win/11",
        ),
        windows(
            "win10", disks=(SATA_DISK, ISO),
            interfaces=(InterfaceSpec(NetKind.USER, "", "e1000e"),),
            os="http://microsoft.com/win/10",
        ),
        windows(
            "winxp", machine="pc", memory=GIB // 2, vcpus=1, display=DisplayKind.VNC, agent=False,
            disks=(
                IDE_DISK,
                DiskSpec(Place("images", "x.iso"), "cdrom", "ide", "raw", boot=2, temporary=True),
                DiskSpec(Place("images", "x.img"), "floppy", "fdc", "raw"),
            ),
            interfaces=(InterfaceSpec(NetKind.USER, "", "e1000"),), video="vga",
            os="http://microsoft.com/win/xp",
        ),
        GuestSpec(
            UUID, "freebsd", disks=(DISK, ISO), interfaces=(USER,), agent=False,
            os="http://freebsd.org/freebsd/13.1",
        ),
        GuestSpec(
            UUID, "alpine-scsi", memory=GIB // 4,
            disks=(
                DiskSpec(Place("images", "x.qcow2"), bus="scsi", boot=1, cache="none"),
                DiskSpec(Place(path="/dev/vg/data"), bus="scsi", format="raw"),
            ),
            interfaces=(USER,), watchdog="reset", os="http://alpinelinux.org/alpinelinux/3.17",
        ),
        GuestSpec(UUID, "linux", disks=(DISK,), interfaces=(USER, USER), autostart=True),
        GuestSpec(
            UUID, "pxe", disks=(DiskSpec(Place("images", "x.qcow2"), boot=2),),
            interfaces=(InterfaceSpec(boot=1),), display=DisplayKind.VNC,
        ),
        GuestSpec(
            UUID, "direct", disks=(DISK,), interfaces=(),
            direct=DirectBoot(
                Place("images", "vmlinuz"), Place("images", "initrd.gz"), "console=ttyS0 a=<&>"
            ),
        ),
        GuestSpec(
            UUID, "名前[x]", title="a <title> & more", description="two\nlines, with a comma",
            disks=(DiskSpec(None, "cdrom", "sata", "raw"),), sound=True, display=DisplayKind.SPICE,
        ),
    )
}  # fmt: skip


def offered(spec: GuestSpec) -> DomainCapabilities:
    """What a host offers such a guest, as one of 2023 tells it."""
    pc = spec.machine == "pc"
    kvm = spec.engine == "kvm"
    return DomainCapabilities(
        emulator="/usr/bin/qemu-system-x86_64", engine=spec.engine, arch="x86_64",
        machine="pc-i440fx-7.2" if pc else "pc-q35-7.2", vcpus_max=255, efi=True, secure=not pc,
        cpu_modes=frozenset({"custom", "maximum"} | ({"host-passthrough"} if kvm else set())),
        buses=frozenset({"virtio", "scsi", "sata", "usb", "fdc"}),
        videos=frozenset({"virtio", "qxl", "vga"}), displays=frozenset({"vnc", "spice"}),
        tpm=frozenset({"tpm-crb", "tpm-tis"}), random=True, file_systems=frozenset(),
        hyperv=frozenset({"relaxed", "vapic", "spinlocks", "vpindex", "synic", "stimer", "evmcs"}),
        user_backends=None,
    )  # fmt: skip


def ground(spec: GuestSpec) -> Ground:
    """A host whose pool `images` is the usual folder."""
    places = [disk.place for disk in spec.disks if disk.place is not None]
    if spec.direct is not None and spec.direct.initrd is not None:
        places += [spec.direct.kernel, spec.direct.initrd]
    return Ground(offered(spec), "q35", {place: medium(place) for place in places})


def medium(place: Place) -> Medium:
    """A volume of the pool, or a device."""
    if place.path:
        return Medium("block", {"dev": place.path})
    return Medium("file", {"file": f"/var/lib/libvirt/images/{place.volume}"})


def golden(name: str) -> Path:
    """Where a definition is kept."""
    return FOLDER / f"{name}.xml"


if __name__ == "__main__":
    for each in SPECS.values():
        golden(each.name).write_text(write_definition(each, ground(each)), encoding="utf-8")
