"""What a host offers to new guests, as it tells itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from xml.etree.ElementTree import Element

import libvirt

from vmtui.errors import Invalid, Unsupported
from vmtui.hypervisors.libvirt.doctor.verdict import judge, look
from vmtui.hypervisors.libvirt.errors import lost
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.local import is_local, is_session
from vmtui.hypervisors.libvirt.text import plain
from vmtui.hypervisors.libvirt.xml.offered import (
    DomainCapabilities,
    GuestArch,
    read_arches,
    read_domain_capabilities,
)
from vmtui.hypervisors.libvirt.xml.tree import attribute, parse
from vmtui.model.host import Virtualization
from vmtui.model.offer import Offer
from vmtui.model.spec import DisplayKind, Firmware

T = TypeVar("T")

PATIENCE = 90.0
"""Seconds: a daemon that was just started probes every emulator first."""

BRIDGES = Path("/sys/class/net")
_PREFERRED = ("q35", "virt")
"""Machines that are chosen where they are offered; elsewhere the host's own default."""
_BIOSLESS = frozenset({"aarch64", "armv7l", "riscv64", "loongarch64"})


async def read_offer(handle: Handle, engine: str, arch: str, machine: str) -> Offer:
    """What new guests can be made of; "" asks for the host's own choice.

    virConnectGetCapabilities, virConnectGetDomainCapabilities, virConnectListAllInterfaces.

    Raises:
        Unsupported: The host runs no such guests.
    """
    return await handle.calls.run(lambda: _read(handle, engine, arch, machine), timeout=PATIENCE)


def _read(handle: Handle, engine: str, arch: str, machine: str) -> Offer:
    own, arches = read_arches(handle.conn.getCapabilities())
    chosen = choose_arch(arches, arch or own)
    engine = engine or choose_engine(handle.uri, chosen)
    machine = machine or choose_machine(chosen)
    found = ask(handle.conn, engine, chosen.name, machine)
    return Offer(
        arch=chosen.name,
        arches=frozenset(arches),
        engine=engine,
        engines=chosen.engines,
        machine=machine or found.machine,
        machines=chosen.machines,
        cpu_modes=found.cpu_modes,
        vcpus_max=found.vcpus_max,
        firmware=firmware_of(found),
        buses=found.buses,
        videos=found.videos,
        displays=frozenset(kind for kind in DisplayKind if kind.value in found.displays),
        tpm=found.tpm,
        random=found.random,
        file_systems=found.file_systems & {"virtiofs", "path"},
        bridges=_bridges(handle),
        user_network=engine in ("kvm", "qemu"),
        privileged=not is_session(handle.uri),
    )


def choose_arch(arches: dict[str, GuestArch], wanted: str) -> GuestArch:
    """The architecture that is wanted, else any.

    Raises:
        Unsupported: There is none.
    """
    if wanted in arches:
        return arches[wanted]
    if not arches:
        raise Unsupported(
            "The host can run no guests",
            "libvirt found no emulator on it.",
            "Install QEMU there (Debian: qemu-system-x86), then restart libvirtd.",
        )
    raise Unsupported(
        f"The host has no emulator for {plain(wanted)}",
        f"It has: {', '.join(sorted(arches))}",
        "Choose another architecture, or install QEMU for this one.",
    )


def choose_engine(uri: str, arch: GuestArch) -> str:
    """kvm where it is offered and not known to be broken, else what there is."""
    if "kvm" in arch.engines and (not is_local(uri) or _works_here(uri)):
        return "kvm"
    return "qemu" if "qemu" in arch.engines else min(arch.engines, default="qemu")


def _works_here(uri: str) -> bool:
    verdict, _note = judge(look(), own=is_session(uri))
    return verdict is Virtualization.USABLE


def choose_machine(arch: GuestArch) -> str:
    """The machine that new guests get, or "" for the host's own default."""
    return next((name for name in _PREFERRED if name in arch.machines), "")


def ask(conn: libvirt.virConnect, engine: str, arch: str, machine: str) -> DomainCapabilities:
    """What the host says of such guests. May block.

    Raises:
        Unsupported: It has none such.
    """
    try:
        text = conn.getDomainCapabilities(None, arch or None, machine or None, engine)
    except libvirt.libvirtError as error:
        if lost(error):
            raise
        if error.get_error_code() == libvirt.VIR_ERR_NO_SUPPORT:
            raise Unsupported(
                "No guests can be made here",
                f"This kind of hypervisor ({plain(conn.getType())}) does not tell what they can "
                "be made of.",
                "QEMU's hosts do.",
            ) from error
        what = " ".join(filter(None, (engine, arch, machine)))
        raise Unsupported(
            f"The host does not offer guests of the kind {plain(what)}",
            plain(error.get_error_message()),
            _NO_KVM if engine == "kvm" else "",
        ) from error
    return read_domain_capabilities(text)


_NO_KVM = "Without KVM choose the engine qemu (emulation), or run: vmtui doctor"


def firmware_of(found: DomainCapabilities) -> frozenset[Firmware]:
    """What can boot such a guest."""
    kinds = set() if found.arch in _BIOSLESS else {Firmware.BIOS}
    if found.efi:
        kinds.add(Firmware.UEFI)
        # A PC keeps the keys safe in its system management mode, which only q35 has.
        if found.secure and (not found.x86 or "q35" in found.machine):
            kinds.add(Firmware.SECURE)
    return frozenset(kinds)


def _bridges(handle: Handle) -> tuple[str, ...]:
    """Bridges that no virtual network made, as far as the host tells."""
    found: set[str] = set()
    if is_local(handle.uri) and BRIDGES.is_dir():
        found.update(path.parent.name for path in BRIDGES.glob("*/bridge"))
    conn = handle.conn
    for interface in _all(conn.listAllInterfaces):
        root = _tree(interface.XMLDesc)
        if root is not None and attribute(root, "type") == "bridge":
            found.add(attribute(root, "name"))
    for network in _all(conn.listAllNetworks):
        root = _tree(network.XMLDesc)
        # A network over a bridge of the host leaves the bridge the host's own.
        if root is not None and attribute(root.find("forward"), "mode") != "bridge":
            found.discard(attribute(root.find("bridge"), "name"))
    return tuple(sorted(found - {""}))


def _all(function: Callable[[], list[T]]) -> list[T]:
    """What a call lists; nothing where the host's driver does not know it."""
    try:
        return function()
    except libvirt.libvirtError as error:
        if lost(error):
            raise
        return []


def _tree(describe: Callable[[], str]) -> Element | None:
    """An object's XML; None where it is gone by now or makes no sense."""
    try:
        return parse(describe())
    except Invalid:
        return None
    except libvirt.libvirtError as error:
        if lost(error):
            raise
        return None
