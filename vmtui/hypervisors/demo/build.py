"""Makes a demo host's guests, pools and networks from a seed."""

from __future__ import annotations

import random
import uuid as uuids
from dataclasses import dataclass, field, replace

from vmtui.hypervisors.demo.inside import Inside
from vmtui.hypervisors.demo.load import DEFAULT_DISK, Load, Wiring, make_load
from vmtui.hypervisors.demo.names import System, name_of, system_of
from vmtui.model.device import Channel, ConsolePort, Disk, Display, HostDevice, Interface
from vmtui.model.guest import Agent, Definition, Guest, GuestKey, GuestState, HostId
from vmtui.model.host import HostFacts, Virtualization
from vmtui.model.storage import Volume
from vmtui.model.units import GIB

IMAGES = "/var/lib/libvirt/images"
POOL = "default"
"""The pool whose folder that is."""
MEDIA = (
    ("debian-13.1.0-amd64-netinst.iso", "raw", 784 << 20, 784 << 20),
    ("debian-13-genericcloud-amd64.qcow2", "qcow2", 3 << 30, 331 << 20),
)
"""What lies in the pool for new guests: name, format, capacity and allocation in bytes."""
CLOUD = f"{IMAGES}/{MEDIA[1][0]}"
BASES = {
    "k8s-node": f"{IMAGES}/k8s-golden.qcow2",
    "k8s-master": f"{IMAGES}/k8s-golden.qcow2",
    "mail": f"{IMAGES}/removed-base.qcow2",
}
"""What the disks of guests of these roles lie on."""
BROKEN = frozenset({BASES["mail"]})
"""Those of them that are not there."""
SPECIALS = ("", "stubborn", "saved", "crashed", "transient", "paused", "mute", "bracket", "shared")
"""What the first guests of a host show, by number; the others are left to chance."""
FIRST_UPTIMES = (3_600.0, 60 * 86_400.0)
"""Seconds for which guests that run at the beginning have been up, at least and at most."""


@dataclass(slots=True)
class DemoGuest:
    """A guest of the demo. `up_since` is seconds of the monotonic clock."""

    facts: Guest
    load: Load
    wiring: Wiring
    ip: str
    up_since: float = 0.0
    obeys: bool = True
    """Whether it shuts down when the power button asks it to."""
    agent_answers: bool = True
    shutdown_takes: float = 3.0
    """Seconds from being asked until it is off."""
    inside: Inside = field(default_factory=Inside)
    held_at: float | None = None
    """When it was paused, seconds of the monotonic clock; its counters stand still."""

    def up(self, at: float) -> float:
        """For how many seconds it has run, at `at` of the monotonic clock."""
        return (at if self.held_at is None else self.held_at) - self.up_since

    @property
    def uuid(self) -> str:
        """The guest's."""
        return self.facts.key.uuid

    @property
    def definition(self) -> Definition:
        """What its definition says."""
        return self.facts.definition or Definition()

    def set_agent(self, agent: Agent) -> None:
        """Its agent's channel changed."""
        if self.definition.agent is not Agent.NO_CHANNEL:
            self.facts = replace(self.facts, definition=replace(self.definition, agent=agent))


@dataclass(slots=True)
class World:
    """What a demo host has."""

    facts: HostFacts
    guests: dict[str, DemoGuest] = field(default_factory=dict)
    volumes: dict[str, Volume] = field(default_factory=dict)
    """By path."""
    contents: dict[str, bytes] = field(default_factory=dict)
    """What volumes that were written to begin with, by path."""
    unfinished: set[str] = field(default_factory=set)
    """Paths of volumes that are being made."""


def make_world(host: HostId, count: int, seed: int, at: float, wall: float) -> World:
    """A host with `count` guests; `at` monotonic and `wall` epoch seconds of its beginning."""
    rng = random.Random(seed)  # noqa: S311 - a demo's dice
    cpus = rng.choice((16, 32, 64))
    world = World(
        HostFacts(
            hostname=f"{host}.example.net", model="AMD EPYC 7443P", arch="x86_64", cpus=cpus,
            sockets=1, cores=cpus // 2, threads=2, mhz=2850,
            memory=max(64, cpus * 4, count // 100 * 64) * GIB, hypervisor="Demo 1.0",
            library="demo", virtualization=Virtualization.USABLE,
        )
    )  # fmt: skip
    for index in range(count):
        special = SPECIALS[index] if index < len(SPECIALS) else ""
        guest = make_guest(host, index, rng, special)
        if guest.facts.state.active:
            up = rng.uniform(*FIRST_UPTIMES)
            guest.up_since = at - up
            guest.held_at = at if guest.facts.state is GuestState.PAUSED else None
            guest.facts = replace(guest.facts, started_at=wall - up)
        add_guest(world, guest)
    for name, form, size, taken in MEDIA:
        path = f"{IMAGES}/{name}"
        world.volumes[path] = Volume(POOL, name, path, form, size, taken)
    return world


def add_guest(world: World, guest: DemoGuest) -> None:
    """Put a guest and its volumes into the world."""
    world.guests[guest.uuid] = guest
    for target, path, capacity in guest.wiring.disks:
        if path.startswith(IMAGES) and path not in world.volumes:
            allocation = int(capacity * (0.4 if target == "vda" else 0.1))
            name = path.removeprefix(IMAGES + "/")
            below = _below(guest, target)
            made = Volume(POOL, name, path, "qcow2", capacity, allocation, below)
            world.volumes[path] = made
            if below and below not in BROKEN and below not in world.volumes:
                base = below.removeprefix(IMAGES + "/")
                world.volumes[below] = Volume(POOL, base, below, "qcow2", 20 * GIB, 2 * GIB, CLOUD)


def _below(guest: DemoGuest, target: str) -> str:
    """What a guest's volume lies on: that of clones on a golden image, most on nothing."""
    role = guest.facts.name.rstrip("0123456789")
    return BASES.get(role, "") if target == "vda" else ""


def make_guest(host: HostId, index: int, rng: random.Random, special: str = "") -> DemoGuest:
    """The host's guest number `index`."""
    uuid = str(uuids.UUID(int=rng.getrandbits(128), version=4))
    name = "web[prod]" if special == "bracket" else name_of(index)
    system = system_of(name, rng)
    definition = _definition(name, index, system, rng, special)
    state = _state(rng, special)
    if state is not GuestState.RUNNING and definition.agent is Agent.CONNECTED:
        definition = replace(definition, agent=Agent.DISCONNECTED)
    third, fourth = divmod(index, 200)
    facts = Guest(
        GuestKey(host, uuid), name, state, reason=_REASONS[state],
        persistent=special != "transient", autostart=special != "transient" and rng.random() < 0.3,
        saved=special == "saved", snapshots=rng.random() < 0.15, checkpoints=False,
        definition=definition,
    )  # fmt: skip
    return DemoGuest(
        facts, make_load(rng), wire(uuid, definition, rng),
        f"192.168.{122 + third % 100}.{fourth + 10}",
        obeys=special != "stubborn", agent_answers=special != "mute",
        shutdown_takes=rng.uniform(2, 6),
    )  # fmt: skip


_REASONS = {
    GuestState.RUNNING: "booted", GuestState.OFF: "shutdown", GuestState.PAUSED: "user",
    GuestState.CRASHED: "panicked",
}  # fmt: skip


def _state(rng: random.Random, special: str) -> GuestState:
    dice = rng.random()
    if special == "crashed":
        return GuestState.CRASHED
    if special == "paused":
        return GuestState.PAUSED
    if special == "saved" or (not special and dice < 0.25):
        return GuestState.OFF
    return GuestState.RUNNING


def _definition(
    name: str, index: int, system: System, rng: random.Random, special: str
) -> Definition:
    vcpus = rng.choice((1, 2, 2, 4, 4, 8))
    memory = vcpus * rng.choice((1, 2, 4)) * GIB
    file = name.replace("[", "-").replace("]", "")
    disks = [Disk("vda", bus="virtio", source=f"{IMAGES}/{file}.qcow2", format="qcow2")]
    if rng.random() < 0.25:
        disks.append(
            Disk("vdb", bus="virtio", source=f"{IMAGES}/{file}-data.qcow2", format="qcow2")
        )
    if special == "shared":
        shared = f"{IMAGES}/web1.qcow2"
        disks.append(Disk("vdb", bus="virtio", source=shared, format="qcow2", shareable=True))
    disks.append(Disk("sda", "cdrom", "sata", read_only=True))
    bridged = index % 5 == 4
    mac = f"52:54:00:{index >> 16 & 255:02x}:{index >> 8 & 255:02x}:{index & 255:02x}"
    card = Interface(
        mac, "bridge" if bridged else "network", "br0" if bridged else "default", "virtio",
        f"vnet{index}",
    )  # fmt: skip
    passes = name.startswith(("proxy", "router"))
    return Definition(
        vcpus=vcpus, vcpus_max=vcpus, memory=memory, memory_max=memory, engine="kvm",
        arch="x86_64", machine="pc-q35-7.2", cpu="host-passthrough",
        firmware="uefi" if system.uefi else "bios", secure_boot=system.id == "win11",
        nvram=f"/var/lib/libvirt/qemu/nvram/{file}_VARS.fd" if system.uefi else "",
        boot=("hd",), os=system.id, tpm="2.0" if system.id == "win11" else "",
        disks=tuple(disks), interfaces=(card,),
        consoles=() if system.id == "win11" else (ConsolePort("serial", 0, "serial0"),),
        displays=(Display("vnc", "127.0.0.1", 5900 + index),),
        channels=(Channel("org.qemu.guest_agent.0", "unix"),) if system.agent else (),
        host_devices=(HostDevice("pci", "0000:3b:02.1", managed=True),) if passes else (),
        agent=Agent.CONNECTED if system.agent or special == "mute" else Agent.NO_CHANNEL,
    )  # fmt: skip


def wire(uuid: str, definition: Definition, rng: random.Random) -> Wiring:
    """What its samples need."""
    capacity = DEFAULT_DISK * rng.choice((1, 2, 5))
    return Wiring(
        uuid, definition.vcpus, definition.memory, definition.memory_max,
        tuple((disk.target, disk.source, capacity) for disk in definition.disks if disk.source),
        tuple(card.target for card in definition.interfaces),
    )  # fmt: skip
