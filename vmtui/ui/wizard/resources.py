"""The third page: processors, memory, disks, network, and whatever else is plugged in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vmtui.model.spec import DisplayKind, Firmware, NetKind, Topology
from vmtui.model.units import size
from vmtui.plan.answers import SourceKind
from vmtui.ui.dialogs.choose import Option
from vmtui.ui.form.fields import ButtonField, ChoiceField, Field, TextField, ToggleField
from vmtui.ui.wizard import check
from vmtui.ui.wizard.draft import (
    Draft,
    amount,
    amount_text,
    put,
    put_disk,
    put_interface,
    whole,
)

BUSES = ("virtio", "scsi", "sata", "ide", "usb")
FIRMWARE: dict[Firmware, tuple[str, str]] = {
    Firmware.BIOS: ("BIOS", "boots everything old, and most of what is new"),
    Firmware.UEFI: ("UEFI", ""),
    Firmware.SECURE: ("UEFI, secure boot", "starts only what is signed"),
}
DISPLAYS: dict[DisplayKind | None, tuple[str, str]] = {
    None: ("none", "the serial console is there in any case"),
    DisplayKind.VNC: ("VNC", "on the host's loopback"),
    DisplayKind.SPICE: ("SPICE", "on the host's loopback"),
}


def fields(draft: Draft) -> list[Field[Draft]]:
    """The page's fields for this draft."""
    made: list[Field[Draft]] = [
        TextField(
            id="vcpus", label="vCPUs", help="Virtual processors.",
            read=lambda d: str(d.answers.vcpus),
            write=lambda d, text: put(d, vcpus=whole(text, 1)), note=_cpus,
        ),
        TextField(
            id="memory", label="Memory", help="Such as 2G or 512M.",
            read=lambda d: amount_text(d.answers.memory),
            write=lambda d, text: put(d, memory=amount(text)), note=_memory,
        ),
    ]  # fmt: skip
    for index in range(len(draft.answers.disks)):
        first, *others = disk_fields(draft, index)
        pool = [check.button()] if index == 0 and not draft.around.active_pools else []
        made += [first, others[0], *pool, *others[1:]]
    made.append(ButtonField(id="add-disk", label="", words=lambda d: "one more disk", expert=True))
    if len(draft.answers.disks) > 1:
        made.append(ButtonField(id="drop-disk", label="", expert=True,
                                words=lambda d: "without the last disk"))  # fmt: skip
    for index in range(len(draft.answers.interfaces)):
        plug, *others = interface_fields(index)
        made += [plug, *([check.button()] if _unplugged(draft, index) else []), *others]
    made.append(ButtonField(id="add-interface", label="", expert=True,
                            words=lambda d: "one more network interface"))  # fmt: skip
    if draft.answers.interfaces:
        made.append(ButtonField(id="drop-interface", label="", expert=True,
                                words=lambda d: "without the last interface"))  # fmt: skip
    return [*made, *_board(), *_machine(), *_extras()]


def disk_fields(draft: Draft, index: int) -> list[Field[Draft]]:
    """One disk's."""
    number = "" if len(draft.answers.disks) == 1 else f" {index + 1}"
    first = index == 0

    def read(name: str) -> Any:
        return lambda d: getattr(d.answers.disks[index], name)

    def write(name: str) -> Any:
        return lambda d, value: put_disk(d, index, **{name: value})

    return [
        TextField(
            id=f"disks.{index}.size", label=f"Disk{number}",
            help="Its size, such as 20G; an existing disk grows to it, 0 leaves it as it is.",
            read=lambda d: amount_text(d.answers.disks[index].size),
            write=lambda d, text: put_disk(d, index, size=amount(text)),
            note=lambda d: _disk(d, index),
        ),
        ChoiceField(
            id="pool" if first else f"disks.{index}.pool", label="in pool", choices=_pools,
            help="Where its volumes are made.", expert=not first,
            read=(lambda d: d.answers.pool) if first else read("pool"),
            write=(lambda d, id_: put(d, pool=id_)) if first else write("pool"),
        ),
        ChoiceField(
            id=f"disks.{index}.bus", label="on bus", expert=True, read=read("bus"),
            write=write("bus"), help="VirtIO is the quickest; old systems want SATA or IDE.",
            choices=lambda d: [_offered(bus, d.around.offer.buses) for bus in BUSES],
        ),
        ChoiceField(
            id=f"disks.{index}.format", label="format", expert=True, read=read("format"),
            write=write("format"), help="qcow2 grows as it fills and can have snapshots.",
            choices=lambda d: [Option("qcow2", "qcow2", "grows as it fills"),
                               Option("raw", "raw", "a little quicker")],
        ),
        ChoiceField(
            id=f"disks.{index}.cache", label="cache", expert=True, read=read("cache"),
            write=write("cache"), help="How the host caches it.",
            choices=lambda d: [Option("", "the hypervisor's choice"), Option("none", "none"),
                               Option("writeback", "writeback"), Option("writethrough",
                               "writethrough"), Option("directsync", "directsync"),
                               Option("unsafe", "unsafe", "loses data when the host crashes")],
        ),
        ChoiceField(
            id=f"disks.{index}.discard", label="discard", expert=True, read=read("discard"),
            write=write("discard"), help="Whether what the guest deletes is given back.",
            choices=lambda d: [Option("unmap", "give back what is deleted"),
                               Option("ignore", "keep it"), Option("", "the hypervisor's choice")],
        ),
        ToggleField(
            id=f"disks.{index}.full", label="full at once", expert=True, read=read("full"),
            write=write("full"), help="Take all of its space now.",
        ),
    ]  # fmt: skip


def interface_fields(index: int) -> list[Field[Draft]]:
    """One network interface's."""
    number = "" if index == 0 else f" {index + 1}"

    def read_plug(draft: Draft) -> str:
        nic = draft.answers.interfaces[index]
        return f"{nic.kind.value}:{nic.source}"

    def write_plug(draft: Draft, id_: str) -> Draft:
        kind, _, source = id_.partition(":")
        return put_interface(draft, index, kind=NetKind(kind), source=source)

    return [
        ChoiceField(
            id=f"interfaces.{index}.source", label=f"Network{number}", read=read_plug,
            write=write_plug, choices=_plugs, help="Where its network interface is plugged in.",
        ),
        ChoiceField(
            id=f"interfaces.{index}.model", label="model", expert=True,
            read=lambda d: d.answers.interfaces[index].model,
            write=lambda d, id_: put_interface(d, index, model=id_),
            choices=lambda d: [Option("virtio", "virtio", "the quickest"),
                               Option("e1000e", "e1000e"), Option("e1000", "e1000"),
                               Option("rtl8139", "rtl8139", "for what is very old")],
            help="What kind of card the guest sees.",
        ),
        TextField(
            id=f"interfaces.{index}.mac", label="MAC", expert=True, placeholder="made up",
            read=lambda d: d.answers.interfaces[index].mac,
            write=lambda d, text: put_interface(d, index, mac=text.strip().lower()),
            help="Its address; left empty, one that is free is made up.",
        ),
    ]  # fmt: skip


def _board() -> list[Field[Draft]]:
    return [
        ChoiceField(
            id="firmware", label="Firmware", help="What boots it.",
            read=lambda d: d.answers.firmware.value,
            write=lambda d, id_: put(d, firmware=Firmware(id_)),
            choices=lambda d: [
                Option(kind.value, label, about, why_not=None
                       if kind in d.around.offer.firmware else "this host has no such firmware")
                for kind, (label, about) in FIRMWARE.items()
            ],
        ),
        ChoiceField(
            id="display", label="Display", help="Servers need none.",
            read=lambda d: d.answers.display.value if d.answers.display else "",
            write=lambda d, id_: put(d, display=DisplayKind(id_) if id_ else None),
            choices=lambda d: [
                Option(kind.value if kind else "", label, about, why_not=None
                       if kind is None or kind in d.around.offer.displays
                       else "this host cannot do it")
                for kind, (label, about) in DISPLAYS.items()
            ],
        ),
        ToggleField(
            id="autostart", label="Autostart", help="Start it with its host.",
            read=lambda d: d.answers.autostart, write=lambda d, on: put(d, autostart=on),
        ),
    ]  # fmt: skip


def _machine() -> list[Field[Draft]]:
    return [
        ChoiceField(
            id="engine", label="Type", expert=True,
            help="KVM runs on the processor itself; emulation is 10 to 50 times slower.",
            read=lambda d: d.answers.engine, write=lambda d, id_: put(d, engine=id_),
            choices=lambda d: [Option("kvm", "KVM", why_not=None if "kvm" in d.around.offer.engines
                                      else "this host does not offer it"),
                               Option("qemu", "emulation", "slow")],
        ),
        ChoiceField(
            id="machine", label="Machine", expert=True, help="The board it is built on.",
            read=lambda d: d.answers.machine, write=lambda d, id_: put(d, machine=id_),
            choices=lambda d: [Option("", "the hypervisor's choice"),
                               *(Option(name, name) for name in d.around.offer.machines)],
        ),
        ChoiceField(
            id="cpu", label="CPU model", expert=True, help="What processor it sees.",
            read=lambda d: d.answers.cpu, write=lambda d, id_: put(d, cpu=id_),
            choices=lambda d: [Option("", "the hypervisor's choice"),
                               *(Option(mode, mode) for mode in sorted(d.around.offer.cpu_modes)
                                 if mode != "custom")],
        ),
        TextField(
            id="topology", label="Topology", expert=True, placeholder="sockets×cores×threads",
            help="Such as 1x2x2; empty: as many sockets as vCPUs.",
            read=_topology, write=_write_topology,
        ),
    ]  # fmt: skip


def _extras() -> list[Field[Draft]]:
    def toggle(name: str, label: str, help_: str) -> Field[Draft]:
        return ToggleField(
            id=name, label=label, help=help_, expert=True,
            read=lambda d: getattr(d.answers, name),
            write=lambda d, on: put(d, **{name: on}),
        )  # fmt: skip

    return [
        ChoiceField(
            id="video", label="Video", expert=True, help="The graphics card.",
            read=lambda d: d.answers.video, write=lambda d, id_: put(d, video=id_),
            choices=lambda d: [Option("", "what suits the display"),
                               *(Option(name, name) for name in sorted(d.around.offer.videos))],
            shown=lambda d: d.answers.display is not None,
        ),
        toggle("sound", "Sound", "A sound card."),
        toggle("agent", "Agent channel", "So that the guest agent can be talked to."),
        toggle("random", "Random numbers", "A device that gives it entropy."),
        toggle("tpm", "TPM", "An emulated TPM 2.0; the host needs swtpm."),
        toggle("hyperv", "Hyper-V hints", "Windows runs better when it is told so."),
        ChoiceField(
            id="watchdog", label="Watchdog", expert=True, help="What happens when it hangs.",
            read=lambda d: d.answers.watchdog, write=lambda d, id_: put(d, watchdog=id_),
            choices=lambda d: [Option("", "none"), *(Option(word, word) for word in (
                "reset", "poweroff", "shutdown", "pause", "inject-nmi", "dump"))],
        ),
        ChoiceField(
            id="clock", label="Clock", expert=True, help="Windows wants the local time.",
            read=lambda d: d.answers.clock, write=lambda d, id_: put(d, clock=id_),
            choices=lambda d: [Option("utc", "UTC"), Option("localtime", "local time")],
        ),
    ]  # fmt: skip


def _offered(name: str, offered: frozenset[str]) -> Option:
    why = None if not offered or name in offered else "this host does not offer it"
    return Option(name, name, why_not=why)


def _pools(draft: Draft) -> Sequence[Option]:
    return [
        Option(pool.name, pool.name, f"{size(pool.available)} free" if pool.available else "",
               why_not=None if pool in draft.around.active_pools else f"it is {pool.state.value}")
        for pool in draft.around.pools
    ]  # fmt: skip


def _plugs(draft: Draft) -> Sequence[Option]:
    offer = draft.around.offer
    alone = None if offer.privileged else "only the system's own hypervisor may plug guests in"
    made = [
        Option(f"network:{net.name}", net.name, f"virtual network, {net.forward or 'isolated'}",
               why_not=alone or (None if net.active else "it is not active"))
        for net in draft.around.networks
    ]  # fmt: skip
    made += [Option(f"bridge:{name}", name, "bridge", why_not=alone) for name in offer.bridges]
    why = None if offer.user_network else "this host cannot do it"
    made.append(Option("user:", "user mode", "out only; needs no rights", why_not=why))
    return made


def _unplugged(draft: Draft, index: int) -> bool:
    """Whether it is the first one whose network is not active: the check's page starts it."""
    if not draft.around.active_pools:
        return False  # that button is there already
    off = [
        place
        for place, nic in enumerate(draft.answers.interfaces)
        if nic.kind is NetKind.NETWORK
        and (net := draft.around.network(nic.source)) is not None
        and not net.active
    ]
    return off[:1] == [index]


def _cpus(draft: Draft) -> str:
    cpus = draft.around.facts.cpus
    return f"host: {cpus}" if cpus else ""


def _memory(draft: Draft) -> str:
    free = draft.around.memory_free
    return f"host: {size(free)} free" if free else ""


def _disk(draft: Draft, index: int) -> str:
    if index == 0 and draft.answers.source is SourceKind.DISK and not draft.answers.disks[0].size:
        return "as it is"
    name = draft.answers.disks[index].pool or draft.answers.pool
    pool = draft.around.pool(name)
    return f"{size(pool.available)} free" if pool is not None and pool.available else ""


def _topology(draft: Draft) -> str:
    top = draft.answers.topology
    return f"{top.sockets}x{top.cores}x{top.threads}" if top else ""


def _write_topology(draft: Draft, text: str) -> Draft:
    if not text.strip():
        return put(draft, topology=None)
    parts = [whole(part, 1) for part in text.lower().replace("×", "x").split("x")]
    made = Topology(*[*parts, 1, 1, 1][:3])
    return put(draft, topology=made)
