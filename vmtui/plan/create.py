"""From answers to a Plan: what a new guest is, and every step to its login prompt."""

from __future__ import annotations

from dataclasses import replace

from vmtui.model.guest import GuestKey
from vmtui.model.spec import (
    DirectBoot,
    DiskSpec,
    GuestSpec,
    InterfaceSpec,
    Place,
    Tpm,
)
from vmtui.model.steps import Start, Step
from vmtui.model.steps.creation import (
    BootFromDisk,
    DefineGuest,
    EjectMedium,
    WaitReady,
    WriteVolume,
)
from vmtui.model.steps.storage import DeleteVolume
from vmtui.plan import hardware, sources, volumes
from vmtui.plan.answers import Answers, SourceKind
from vmtui.plan.build import count
from vmtui.plan.costs import effects
from vmtui.plan.plan import Plan, Risk, Track
from vmtui.plan.surroundings import Surroundings

BOOT_LIMIT = 600.0
"""Seconds that a first boot is watched; emulated ones take ten times as long as others."""
INSTALL_LIMIT = 120.0
"""Seconds that an installer is watched: it asks, and a person answers."""
PLUGGABLE = frozenset({"virtio", "scsi", "usb"})
"""Buses from which a disk can be taken while the guest runs."""
VERB = "create"


def create(answers: Answers, surroundings: Surroundings) -> Plan:
    """The plan that makes the guests; a track for each.

    Whoever calls this has looked at `rules.problems`: an error there may make a plan that fails.
    Deterministic for one reading of the surroundings.
    """
    names = answers.names
    tracks = tuple(
        Track(
            GuestKey(surroundings.host, surroundings.uuid(name)),
            name,
            steps(answers, surroundings, name, index),
        )
        for index, name in enumerate(names)
    )
    title = f"Create {names[0]}" if len(names) == 1 else f"Create {count(len(names))}"
    return Plan(VERB, title, tracks, tuple(effects(answers, surroundings)), Risk.ASK)


def steps(
    answers: Answers, surroundings: Surroundings, name: str, index: int = 0
) -> tuple[Step, ...]:
    """What is done for the guest of this name, in order; `index` counts it among the others."""
    uuid = surroundings.uuid(name)
    wanted = spec(answers, surroundings, name, index)
    made: list[Step] = [*sources.prepare(answers, surroundings, uuid)]
    made += sources.disks(answers, surroundings, uuid, name)
    seed = seed_place(answers, name)
    if seed is not None:
        from vmtui.plan import seeds

        content = seeds.image(answers, surroundings, name, index)
        made.append(WriteVolume(uuid, seed.pool, seed.volume, content))
    definition = answers.definition if answers.count == 1 else ""
    made.append(DefineGuest(uuid, wanted, definition, answers.autostart))
    if not answers.start:
        return tuple(made)
    made.append(Start(uuid, held=answers.wait))
    if answers.source is SourceKind.TREE:
        # The installer's kernel is for this start only: the next one is from the disk.
        made.append(BootFromDisk(uuid))
    if answers.wait:
        installs = answers.source in (SourceKind.ISO, SourceKind.TREE, SourceKind.NETWORK)
        limit = INSTALL_LIMIT if installs else BOOT_LIMIT
        expects = answers.seeded and answers.agent and answers.access.tools
        made.append(WaitReady(uuid, limit, expects, held=True))
        if seed is not None:
            made.append(EjectMedium(uuid, seed))
            made.append(DeleteVolume(uuid, seed.pool, seed.volume))
    return tuple(made)


def seed_place(answers: Answers, name: str) -> Place | None:
    """Where the cloud-init seed of this guest goes, or None where it gets none."""
    return Place(answers.pool, volumes.seed_name(name)) if answers.seeded else None


def spec(answers: Answers, surroundings: Surroundings, name: str = "", index: int = 0) -> GuestSpec:
    """What the guest of this name is to be; by default the first one."""
    name = name or answers.names[0]
    system = surroundings.system(answers.system)
    return GuestSpec(
        uuid=surroundings.uuid(name),
        name=name,
        engine=answers.engine,
        arch=answers.arch,
        machine=answers.machine,
        cpu=answers.cpu,
        vcpus=answers.vcpus,
        topology=answers.topology,
        memory=answers.memory,
        firmware=answers.firmware,
        direct=_direct(answers, surroundings),
        disks=_disks(answers, surroundings, name),
        interfaces=interfaces(answers, surroundings, name, index),
        display=answers.display,
        video=answers.video,
        sound=answers.sound,
        agent=answers.agent,
        random=answers.random,
        watchdog=answers.watchdog,
        tpm=_tpm(answers, surroundings),
        autostart=answers.autostart,
        clock=answers.clock,
        hyperv=answers.hyperv,
        title=answers.title,
        description=answers.description,
        os=system.id,
    )


def interfaces(
    answers: Answers, surroundings: Surroundings, name: str, index: int
) -> tuple[InterfaceSpec, ...]:
    """Its interfaces, each with an address of its own; a given one is for the first guest."""
    boots = answers.source is SourceKind.NETWORK
    return tuple(
        replace(
            nic,
            mac=nic.mac if nic.mac and index == 0 else surroundings.mac(name, place),
            boot=1 if boots and place == 0 else nic.boot,
        )
        for place, nic in enumerate(answers.interfaces)
    )


def _direct(answers: Answers, surroundings: Surroundings) -> DirectBoot | None:
    kernel = sources.boot_place(answers, surroundings, "kernel")
    if kernel is None:
        return None
    initrd = sources.boot_place(answers, surroundings, "initrd")
    once = answers.source is SourceKind.TREE and answers.start
    return DirectBoot(kernel, initrd, answers.arguments, once)


def _tpm(answers: Answers, surroundings: Surroundings) -> Tpm | None:
    if not answers.tpm:
        return None
    offered = surroundings.offer.tpm
    return Tpm("tpm-crb" if "tpm-crb" in offered or not offered else min(offered))


def _disks(answers: Answers, surroundings: Surroundings, name: str) -> tuple[DiskSpec, ...]:
    made: list[DiskSpec] = []
    boot = 2 if answers.source is SourceKind.NETWORK else 1
    for index, disk in enumerate(answers.disks):
        place = disk.place or Place(disk.pool or answers.pool, volumes.disk_name(name, index, disk))
        form = disk.format
        if index == 0 and volumes.is_in_place(answers):
            place = sources.image_place(answers, surroundings) or place
            form = volumes.image_format(answers, surroundings)
        made.append(
            DiskSpec(
                place,
                bus=disk.bus,
                format=form,
                cache=disk.cache,
                discard=disk.discard,
                boot=boot if index == 0 else 0,
            )
        )
    bus = hardware.cdrom_bus(answers, surroundings.offer)
    if answers.source is SourceKind.ISO:
        medium = sources.image_place(answers, surroundings)
        # An empty disk does not boot: so the medium does, until there is a system on the disk.
        made.append(DiskSpec(medium, "cdrom", bus, "raw", read_only=True, boot=2, temporary=True))
    if seed := seed_place(answers, name):
        made.append(_seed_disk(seed, answers, bus))
    return tuple(made)


def _seed_disk(seed: Place, answers: Answers, cdrom_bus: str) -> DiskSpec:
    """A disk like the system's own, which its kernel can read for certain.

    The small kernels of cloud images have no driver for the drives of many boards. Where such a
    disk could not be unplugged later, it is a medium in a drive.
    """
    bus = answers.disks[0].bus if answers.disks else ""
    if bus in PLUGGABLE:
        return DiskSpec(seed, "disk", bus, "raw", read_only=True, temporary=True)
    return DiskSpec(seed, "cdrom", cdrom_bus, "raw", read_only=True, temporary=True)
