"""What a host can make guests of: `<guest>` of its capabilities, and `<domainCapabilities>`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from vmtui.hypervisors.libvirt.text import number
from vmtui.hypervisors.libvirt.xml.tree import attribute, parse, words

MOST_MACHINES = 500
_SECRECY = {"sev": "SEV", "sev-snp": "SEV-SNP", "tdx": "TDX", "s390-pv": "Secure Execution"}
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class GuestArch:
    """An architecture for which there are engines."""

    name: str
    engines: frozenset[str]
    machines: tuple[str, ...]
    """Short names first, then the versions, newest first."""


@dataclass(frozen=True, slots=True)
class DomainCapabilities:
    """What one engine can give a guest of one architecture and machine."""

    emulator: str
    engine: str
    arch: str
    machine: str
    """Its canonical name: pc-q35-7.2."""
    vcpus_max: int
    efi: bool
    """Whether the host itself can find a UEFI firmware."""
    secure: bool
    cpu_modes: frozenset[str]
    buses: frozenset[str]
    videos: frozenset[str]
    displays: frozenset[str]
    tpm: frozenset[str]
    """Models with an emulator behind them."""
    random: bool
    file_systems: frozenset[str]
    hyperv: frozenset[str] | None
    """Enlightenments; None where it does not tell."""
    user_backends: frozenset[str] | None
    """What carries user-mode networking: default, passt; None where it does not tell."""
    secrecy: frozenset[str] = frozenset()
    """How guests can be kept from their host: SEV, SEV-SNP, TDX, Secure Execution."""

    @property
    def x86(self) -> bool:
        """Whether it is a PC."""
        return self.arch in ("x86_64", "i686")

    @property
    def pcie(self) -> bool:
        """Whether its machine has PCI Express."""
        return "q35" in self.machine or self.machine.startswith("virt")


def read_arches(text: str) -> tuple[str, dict[str, GuestArch]]:
    """The host's own architecture, and what the XML of virConnectGetCapabilities offers by name.

    Raises:
        Invalid: It is too large or no XML.
    """
    root = parse(text)
    arches = {}
    for arch in root.iterfind("guest/arch"):
        if words(root, "guest/os_type") and (name := attribute(arch, "name")):
            engines = frozenset(attribute(kind, "type") for kind in arch.iterfind("domain"))
            arches[name] = GuestArch(name, engines, _machines(arch))
    return words(root, "host/cpu/arch"), arches


def _machines(arch: Element) -> tuple[str, ...]:
    short: list[str] = []
    full: list[tuple[bool, list[int], str]] = []
    for machine in (*arch.iterfind("machine"), *arch.iterfind("domain/machine")):
        name = (machine.text or "").strip()
        if machine.get("canonical"):
            short.append(name)
        elif name:
            version = [int(part) for part in _NUMBERS.findall(name.rpartition("-")[2])]
            full.append((machine.get("deprecated") != "yes", version, name))
    newest = [name for _supported, _version, name in sorted(full, reverse=True)]
    return tuple(dict.fromkeys((*sorted(short, reverse=True), *newest)))[:MOST_MACHINES]


def read_domain_capabilities(text: str) -> DomainCapabilities:
    """What the XML of virConnectGetDomainCapabilities says.

    Raises:
        Invalid: It is too large or no XML.
    """
    root = parse(text)
    devices = root.find("devices")
    devices = Element("devices") if devices is None else devices
    tpm = devices.find("tpm")
    return DomainCapabilities(
        emulator=words(root, "path"),
        engine=words(root, "domain"),
        arch=words(root, "arch"),
        machine=words(root, "machine"),
        vcpus_max=number(attribute(root.find("vcpu"), "max")),
        efi="efi" in _values(root.find("os"), "firmware"),
        secure="yes" in _values(root.find("os/loader"), "secure"),
        cpu_modes=frozenset(
            attribute(mode, "name") for mode in root.iterfind("cpu/mode") if _is_there(mode)
        ),
        buses=_values(devices.find("disk"), "bus"),
        videos=_values(devices.find("video"), "modelType") - {"none"},
        displays=_values(devices.find("graphics"), "type"),
        tpm=_values(tpm, "model") if "emulator" in _values(tpm, "backendModel") else frozenset(),
        random="virtio" in _values(devices.find("rng"), "model"),
        file_systems=_values(devices.find("filesystem"), "driverType"),
        hyperv=_told(root.find("features/hyperv"), "features"),
        user_backends=_told(devices.find("interface"), "backendType"),
        secrecy=_secrecy(root),
    )


def _secrecy(root: Element) -> frozenset[str]:
    kinds = _values(root.find("features/launchSecurity"), "sectype")
    return frozenset(
        name
        for tag, name in _SECRECY.items()
        if tag in kinds or _is_there(root.find(f"features/{tag}"))
    )


def _is_there(element: Element | None) -> bool:
    return element is not None and element.get("supported") == "yes"


def _values(element: Element | None, enum: str) -> frozenset[str]:
    """The values of an enum of an element that is supported."""
    return _told(element, enum) or frozenset()


def _told(element: Element | None, enum: str) -> frozenset[str] | None:
    """The same; None where the host, being older, says nothing of it."""
    if element is None or not _is_there(element):
        return None if element is None else frozenset()
    found = list(_named(element, enum))
    if not found:
        return None
    return frozenset((value.text or "").strip() for value in found[0].iterfind("value"))


def _named(element: Element, enum: str) -> Iterator[Element]:
    return (each for each in element.iterfind("enum") if each.get("name") == enum)
