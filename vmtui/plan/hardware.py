"""Which virtual hardware a system gets on this host: the one place that decides it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from vmtui.model.offer import Offer
from vmtui.model.spec import DisplayKind, Firmware
from vmtui.model.system import System
from vmtui.model.units import MIB
from vmtui.plan.answers import Answers, SourceKind
from vmtui.plan.surroundings import Surroundings

UEFI_ONLY = ("aarch64", "riscv64", "loongarch64", "armv7l")
"""Architectures that have no BIOS."""
_MACHINES: dict[str, tuple[str, ...]] = {
    "x86_64": ("q35", "pc"),
    "i686": ("pc", "q35"),
    "ppc64le": ("pseries",),
    "s390x": ("s390-ccw-virtio",),
}
_BUSES = ("virtio", "scsi", "sata", "ide")
_SCREENS = (SourceKind.ISO, SourceKind.NETWORK, SourceKind.DISK)


def adapt(answers: Answers, surroundings: Surroundings, system: System) -> Answers:
    """The answers with the hardware that suits the system, where nobody chose otherwise."""
    made = answers
    # In this order: what comes later looks at what comes before.
    for name, choose in _CHOICES.items():
        if name not in made.touched:
            change: dict[str, Any] = {name: choose(made, surroundings, system)}
            made = replace(made, **change)
    return made


def machine(answers: Answers, surroundings: Surroundings, system: System) -> str:
    """The newest that the host has and the system can drive."""
    offered = surroundings.offer.machines
    wanted = [system.machine, *_MACHINES.get(answers.arch, ("virt",))]
    for name in wanted:
        if name in offered:
            return name
    return surroundings.offer.machine


def cpu(answers: Answers, surroundings: Surroundings, _: System) -> str:
    """All that the host's CPU can do, or under emulation all that QEMU can."""
    modes = surroundings.offer.cpu_modes
    foreign = surroundings.facts.arch and answers.arch != surroundings.facts.arch
    wanted = ("host-passthrough", "host-model") if answers.engine == "kvm" else ("maximum",)
    if foreign:
        wanted = ("maximum",)
    return next((mode for mode in wanted if mode in modes), "")


def firmware(answers: Answers, surroundings: Surroundings, system: System) -> Firmware:
    """What the system insists on where the host has it; else what always boots."""
    offered = surroundings.offer.firmware
    image = next((one for one in surroundings.images if one.id == answers.image.image), None)
    wanted = system.firmware or Firmware.BIOS
    if answers.arch in UEFI_ONLY or (image is not None and image.firmware == "uefi"):
        wanted = Firmware.UEFI if wanted is Firmware.BIOS else wanted
    if wanted in offered:
        return wanted
    if wanted is Firmware.SECURE and Firmware.UEFI in offered:
        return Firmware.UEFI
    if Firmware.BIOS in offered or not offered:
        return Firmware.BIOS
    return min(offered, key=lambda one: one.value)


def bus(answers: Answers, surroundings: Surroundings, system: System) -> str:
    """The best that both the system and the machine have."""
    offered = surroundings.offer.buses
    wanted = system.bus
    if wanted == "ide" and has_pcie(answers.machine):
        wanted = "sata"
    if not offered or wanted in offered:
        return wanted
    return next((one for one in _BUSES if one in offered), wanted)


def cdrom_bus(answers: Answers, offer: Offer) -> str:
    """What a CD drive is connected to: the one that every system reads on that machine."""
    wanted = ("sata", "scsi", "ide") if has_pcie(answers.machine) else ("ide", "sata", "scsi")
    if answers.arch not in ("x86_64", "i686", ""):
        wanted = ("scsi", "usb", "sata")
    return next((one for one in wanted if not offer.buses or one in offer.buses), wanted[0])


def has_pcie(name: str) -> bool:
    """Whether a machine is of PCI Express, and so has no IDE."""
    return "q35" in name or name.startswith("virt")


def network_model(answers: Answers, _: Surroundings, system: System) -> str:
    """What the system has a driver for."""
    if answers.arch in ("s390x", *UEFI_ONLY):
        return "virtio"
    return system.network


def display(answers: Answers, surroundings: Surroundings, system: System) -> DisplayKind | None:
    """None for what is at home on a serial console."""
    offered = surroundings.offer.displays
    if not system.graphical and answers.source not in _SCREENS:
        return None
    return next((one for one in (DisplayKind.VNC, DisplayKind.SPICE) if one in offered), None)


def video(answers: Answers, surroundings: Surroundings, system: System) -> str:
    """What the system insists on; "" is what suits the display."""
    if answers.display is None or not system.video:
        return ""
    videos = surroundings.offer.videos
    return system.video if not videos or system.video in videos else ""


def memory(_: Answers, surroundings: Surroundings, system: System) -> int:
    """What is recommended, at most half of what the host has, at least what it needs."""
    total = surroundings.facts.memory or 0
    made = min(system.memory, total // 2) if total else system.memory
    made = max(made, system.memory_min)
    return made // MIB * MIB


def vcpus(_: Answers, surroundings: Surroundings, system: System) -> int:
    """What is recommended, at most what the host has."""
    most = [count for count in (surroundings.facts.cpus, surroundings.offer.vcpus_max) if count]
    return max(system.vcpus_min, min([system.vcpus, *most]))


_CHOICES: dict[str, Callable[[Answers, Surroundings, System], Any]] = {
    "arch": lambda a, s, _: s.offer.arch,
    "engine": lambda a, s, _: s.offer.engine,
    "machine": machine,
    "cpu": cpu,
    "vcpus": vcpus,
    "memory": memory,
    "firmware": firmware,
    "display": display,
    "video": video,
    "sound": lambda a, s, system: system.sound and a.display is not None,
    "random": lambda a, s, _: s.offer.random,
    "tpm": lambda a, s, system: system.tpm,
    "clock": lambda a, s, system: system.clock,
    "hyperv": lambda a, s, system: system.hyperv,
}
