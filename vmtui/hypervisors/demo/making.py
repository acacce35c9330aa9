"""From a spec to a demo guest."""

from __future__ import annotations

import random

from vmtui.hypervisors.demo.build import DemoGuest, wire
from vmtui.hypervisors.demo.load import make_load
from vmtui.hypervisors.demo.machine import Machine
from vmtui.hypervisors.demo.volumes import path_of
from vmtui.model.device import ConsolePort, Disk, Display, Interface
from vmtui.model.guest import Agent, Definition, Guest, GuestKey, GuestState
from vmtui.model.spec import DiskSpec, Firmware, GuestSpec, InterfaceSpec, NetKind

_PREFIXES = {"virtio": "vd", "ide": "hd", "fdc": "fd"}


def make_from(host: Machine, spec: GuestSpec) -> DemoGuest:
    """The guest that a spec describes: off, and not yet the host's."""
    rng = random.Random(spec.uuid)  # noqa: S311 - a demo's dice
    definition = define_from(spec)
    facts = Guest(
        GuestKey(host.id, spec.uuid), spec.name, GuestState.OFF, persistent=True,
        autostart=spec.autostart, saved=False, snapshots=False, checkpoints=False,
        definition=definition,
    )  # fmt: skip
    ip = f"192.168.{rng.randrange(122, 222)}.{rng.randrange(10, 250)}"
    return DemoGuest(facts, make_load(rng), wire(spec.uuid, definition, rng), ip)


def define_from(spec: GuestSpec) -> Definition:
    """What its definition says."""
    secure = spec.firmware is Firmware.SECURE
    uefi = spec.firmware is not Firmware.BIOS
    return Definition(
        vcpus=spec.vcpus, vcpus_max=spec.vcpus, memory=spec.memory, memory_max=spec.memory,
        engine=spec.engine, arch=spec.arch, machine=spec.machine or "pc-q35-9.2",
        cpu=spec.cpu or "host-passthrough", firmware="uefi" if uefi else "bios",
        secure_boot=secure,
        nvram=f"/var/lib/libvirt/qemu/nvram/{spec.name}_VARS.fd" if uefi else "",
        kernel=path_of(spec.direct.kernel) if spec.direct else "",
        os="".join(spec.os.rstrip("/").split("/")[-2:]), title=spec.title,
        description=spec.description,
        tpm=f"{spec.tpm.model} {spec.tpm.version}" if spec.tpm else "",
        disks=_disks(spec.disks),
        interfaces=tuple(_card(spec, index, card) for index, card in enumerate(spec.interfaces)),
        consoles=(ConsolePort("serial", 0, "serial0"),),
        displays=(Display(spec.display.value, "127.0.0.1"),) if spec.display else (),
        agent=Agent.DISCONNECTED if spec.agent else Agent.NO_CHANNEL,
    )  # fmt: skip


def _disks(specs: tuple[DiskSpec, ...]) -> tuple[Disk, ...]:
    disks: list[Disk] = []
    for disk in specs:
        prefix = _PREFIXES.get(disk.bus, "sd")
        count = sum(other.target.startswith(prefix) for other in disks)
        source = path_of(disk.place) if disk.place else ""
        target = prefix + chr(ord("a") + count)
        read_only = disk.read_only or disk.device == "cdrom"
        disks.append(
            Disk(target, disk.device, disk.bus, source, format=disk.format, read_only=read_only)
        )
    return tuple(disks)


def _card(spec: GuestSpec, index: int, card: InterfaceSpec) -> Interface:
    rng = random.Random(f"{spec.uuid}{index}")  # noqa: S311 - a demo's dice
    made = "52:54:00:" + ":".join(f"{rng.randrange(256):02x}" for _ in range(3))
    source = "" if card.kind is NetKind.USER else card.source
    return Interface(
        card.mac or made, card.kind.value, source, card.model, f"vnet{rng.randrange(900)}"
    )
