"""What a demo host offers to new guests, and a spec in its words."""

from __future__ import annotations

import shlex
import xml.etree.ElementTree as ET

from vmtui.errors import Invalid, Unsupported
from vmtui.hypervisors.demo.definition import definition_text
from vmtui.hypervisors.demo.machine import Machine
from vmtui.hypervisors.demo.making import make_from
from vmtui.model.offer import Offer
from vmtui.model.spec import Described, DisplayKind, Firmware, GuestSpec

_MACHINES = {
    "x86_64": ("q35", "pc", "pc-q35-9.2", "pc-q35-7.2", "pc-i440fx-9.2"),
    "aarch64": ("virt", "virt-9.2"),
}


def offer(host: Machine, engine: str, arch: str, machine: str) -> Offer:
    """What new guests can be made of. Raises Unsupported for what a demo host has not."""
    arch = arch or "x86_64"
    machines = _MACHINES.get(arch)
    if machines is None:
        raise Unsupported(
            f"{host.id} has no emulator for {arch}", f"It has: {', '.join(_MACHINES)}"
        )
    machine = machine or machines[0]
    engines = frozenset({"kvm", "qemu"} if arch == "x86_64" else {"qemu"})
    engine = engine or ("kvm" if "kvm" in engines else "qemu")
    if machine not in machines or engine not in engines:
        raise Unsupported(f"{host.id} has no guests of the kind {engine} {arch} {machine}")
    firmware = {Firmware.UEFI, Firmware.BIOS} if arch == "x86_64" else {Firmware.UEFI}
    if "q35" in machine:
        firmware.add(Firmware.SECURE)
    old = {"ide"} if machine.startswith("pc") and "q35" not in machine else set[str]()
    return Offer(
        arch=arch, arches=frozenset(_MACHINES), engine=engine, engines=engines, machine=machine,
        machines=machines,
        cpu_modes=frozenset({"host-model", "custom", "maximum"})
        | ({"host-passthrough"} if engine == "kvm" else set()),
        vcpus_max=288, firmware=frozenset(firmware),
        buses=frozenset({"virtio", "scsi", "sata", "usb", "fdc"} | old),
        videos=frozenset({"virtio", "qxl", "vga", "bochs"}), displays=frozenset(DisplayKind),
        tpm=frozenset({"tpm-crb", "tpm-tis"}), file_systems=frozenset({"virtiofs", "path"}),
        bridges=("br0",),
    )  # fmt: skip


def describe(host: Machine, spec: GuestSpec) -> Described:
    """The spec as a short XML, and as a command line."""
    words = ["virt-install", "--name", spec.name, "--memory", str(spec.memory >> 20)]
    words += ["--vcpus", str(spec.vcpus), "--virt-type", spec.engine]
    for disk in spec.disks:
        where = f"vol={disk.place}" if disk.place and disk.place.pool else f"path={disk.place}"
        words += ["--disk", f"{where if disk.place else ''},device={disk.device},bus={disk.bus}"]
    for card in spec.interfaces:
        words += ["--network", f"{card.kind.value}={card.source},model={card.model}"]
    words += ["--graphics", spec.display.value if spec.display else "none", "--import"]
    return Described(definition_text(make_from(host, spec)), shlex.join(words))


def check(definition: str) -> ET.Element:
    """The root of a definition. Raises Invalid, with the line where it is no XML."""
    try:
        root = ET.fromstring(definition)  # noqa: S314 - the person's own text
    except ET.ParseError as error:
        raise Invalid(f"The definition is not XML: line {error.position[0]}", str(error)) from None
    if root.tag != "domain" or not root.findtext("name"):
        raise Invalid("The definition is not one of a guest", f"It begins with <{root.tag}>.")
    return root
