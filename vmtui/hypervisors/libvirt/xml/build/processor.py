"""`<features>`, `<cpu>` and `<clock>`: the board that its vCPUs sit on."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

from vmtui.hypervisors.libvirt.xml.build.ground import Ground
from vmtui.model.spec import Firmware, GuestSpec

_ENLIGHTENMENTS = (
    "relaxed", "vapic", "spinlocks", "vpindex", "runtime", "synic", "stimer", "reset",
    "frequencies", "tlbflush", "ipi",
)  # fmt: skip
"""Those that cost nothing and that every Windows since 2008 gains from, in libvirt's order."""
_ALWAYS = frozenset({"relaxed", "vapic", "spinlocks"})
"""Known to every libvirt that cannot tell which it knows."""
_RETRIES = "8191"
"""How often a vCPU tries a spin lock before it tells the hypervisor; Microsoft's advice."""
_NAMED_MODES = frozenset({"host-passthrough", "host-model", "maximum"})


def add_processor(domain: Element, spec: GuestSpec, ground: Ground) -> None:
    """Its features, its CPU and its clock."""
    _add_features(domain, spec, ground)
    _add_cpu(domain, spec, ground)
    _add_clock(domain, spec, ground)


def _add_features(domain: Element, spec: GuestSpec, ground: Ground) -> None:
    features = ET.SubElement(domain, "features")
    if ground.offered.x86:
        ET.SubElement(features, "acpi")
        ET.SubElement(features, "apic")
    elif spec.firmware is not Firmware.BIOS:
        ET.SubElement(features, "acpi")
    # Emulation has no enlightenments: they are the real hypervisor's.
    if spec.hyperv and spec.engine == "kvm":
        _add_enlightenments(features, ground)
    if ground.offered.x86 and spec.engine == "kvm":
        # VMware's port, which most guests take for a sign that they run on VMware.
        ET.SubElement(features, "vmport", state="off")
    if spec.firmware is Firmware.SECURE and ground.offered.x86:
        ET.SubElement(features, "smm", state="on")
    if not len(features):
        domain.remove(features)


def _add_enlightenments(features: Element, ground: Ground) -> None:
    offered = ground.offered.hyperv
    offered = _ALWAYS if offered is None else offered
    hyperv = ET.SubElement(features, "hyperv")
    for name in _ENLIGHTENMENTS:
        if name in offered:
            element = ET.SubElement(hyperv, name, state="on")
            if name == "spinlocks":
                element.set("retries", _RETRIES)


def choose_cpu(spec: GuestSpec, ground: Ground) -> str:
    """The spec's own, else the best that the engine has, or ""."""
    if spec.cpu:
        return spec.cpu
    wanted = ("host-passthrough",) if spec.engine == "kvm" else ("maximum",)
    return next((mode for mode in wanted if mode in ground.offered.cpu_modes), "")


def _add_cpu(domain: Element, spec: GuestSpec, ground: Ground) -> None:
    name = choose_cpu(spec, ground)
    if not name and spec.topology is None:
        return
    cpu = ET.SubElement(domain, "cpu")
    if name in ("host-passthrough", "maximum"):
        cpu.attrib.update(mode=name, check="none", migratable="on")
    elif name in _NAMED_MODES:
        cpu.attrib.update(mode=name, check="partial")
    elif name:
        cpu.attrib.update(mode="custom", match="exact", check="partial")
        ET.SubElement(cpu, "model", fallback="allow").text = name
    if (look := spec.topology) is not None:
        ET.SubElement(
            cpu, "topology", sockets=str(look.sockets), cores=str(look.cores),
            threads=str(look.threads),
        )  # fmt: skip


def _add_clock(domain: Element, spec: GuestSpec, ground: Ground) -> None:
    clock = ET.SubElement(domain, "clock", offset=spec.clock)
    if not ground.offered.x86:
        return
    ET.SubElement(clock, "timer", name="rtc", tickpolicy="catchup")
    ET.SubElement(clock, "timer", name="pit", tickpolicy="delay")
    ET.SubElement(clock, "timer", name="hpet", present="no")
    if spec.hyperv and spec.engine == "kvm":
        ET.SubElement(clock, "timer", name="hypervclock", present="yes")
