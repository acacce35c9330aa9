"""`<domain>` -> Definition. What it does not know, it passes over; it never fails on a value."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from vmtui.hypervisors.libvirt.text import number
from vmtui.hypervisors.libvirt.xml.device import (
    agent_state,
    read_channel,
    read_consoles,
    read_disk,
    read_display,
    read_host_device,
    read_interface,
)
from vmtui.hypervisors.libvirt.xml.labels import read_labels
from vmtui.hypervisors.libvirt.xml.tree import amount, attribute, parse, words
from vmtui.model.guest import Agent, Definition

_LIBOSINFO = "{http://libosinfo.org/xmlns/libvirt/domain/1.0}"
# Rolling releases carry no number in their short names.
_NAMELESS_RELEASES = frozenset({"rolling", "unknown"})


@dataclass(frozen=True, slots=True)
class Described:
    """What a domain's XML says of it: identity and definition."""

    name: str
    uuid: str
    run: int | None
    """libvirt's `id`, another number at every start; None while it is off."""
    definition: Definition


def read_domain(text: str) -> Described:
    """What the XML of virDomainGetXMLDesc says.

    Raises:
        Invalid: It is no XML, too large, or no `<domain>`'s.
    """
    root = parse(text)
    run = attribute(root, "id")
    return Described(
        # As it is: a name that was mended would be another guest's in a command.
        name=root.findtext("name") or "",
        uuid=words(root, "uuid").lower(),
        run=number(run, -1) if run else None,
        definition=read_definition(root),
    )


def read_definition(root: Element) -> Definition:
    """What a `<domain>` element defines."""
    devices = root.find("devices")
    empty = Element("devices")
    devices = empty if devices is None else devices
    vcpu = root.find("vcpu")
    vcpus_max = number((vcpu.text or "").strip(), 1) if vcpu is not None else 1
    kind = root.find("os/type")
    maximum = amount(root.find("memory"))
    current = root.find("currentMemory")
    firmware, secure = _read_firmware(root)
    return Definition(
        vcpus=number(vcpu.get("current"), vcpus_max) if vcpu is not None else vcpus_max,
        vcpus_max=vcpus_max,
        memory=amount(current) if current is not None else maximum,
        memory_max=maximum,
        engine=attribute(root, "type"),
        arch=attribute(kind, "arch"),
        machine=attribute(kind, "machine"),
        cpu=_read_cpu(root.find("cpu")),
        firmware=firmware,
        secure_boot=secure,
        nvram=words(root, "os/nvram") or attribute(root.find("os/nvram/source"), "file"),
        kernel=words(root, "os/kernel"),
        boot=_read_boot(root, devices),
        os=_read_os(root),
        title=words(root, "title", 500),
        description=words(root, "description", 8000),
        tpm=_read_tpm(devices.find("tpm")),
        disks=tuple(read_disk(disk) for disk in devices.iterfind("disk")),
        interfaces=tuple(read_interface(card) for card in devices.iterfind("interface")),
        consoles=read_consoles(devices),
        displays=tuple(read_display(display) for display in devices.iterfind("graphics")),
        channels=tuple(read_channel(channel) for channel in devices.iterfind("channel")),
        host_devices=tuple(read_host_device(device) for device in devices.iterfind("hostdev")),
        agent=_read_agent(devices),
        labels=read_labels(root),
    )


def _read_cpu(cpu: Element | None) -> str:
    """host-passthrough, host-model, maximum, or the model's name."""
    if cpu is None:
        return ""
    mode = attribute(cpu, "mode", "custom")
    return words(cpu, "model") if mode == "custom" else mode


def _read_firmware(root: Element) -> tuple[str, bool]:
    """Which firmware boots it, and whether that insists on signed boot loaders."""
    if words(root, "os/type") in ("exe", "linux", "xen"):
        return "none", False
    loader = root.find("os/loader")
    efi = attribute(root.find("os"), "firmware") == "efi" or attribute(loader, "type") == "pflash"
    if loader is not None and any(s in (loader.text or "").lower() for s in ("ovmf", "edk2")):
        efi = True
    features = {
        attribute(feature, "name"): attribute(feature, "enabled")
        for feature in root.iterfind("os/firmware/feature")
    }
    secure = (
        features.get("secure-boot", attribute(loader, "secure")) == "yes"
        and features.get("enrolled-keys", "yes") == "yes"
    )
    return ("uefi" if efi else "bios"), efi and secure


def _read_boot(root: Element, devices: Element) -> tuple[str, ...]:
    """What it boots from, in order; devices with an order of their own win over `<os>`."""
    ordered: list[tuple[int, str]] = []
    for device in devices:
        boot = device.find("boot")
        if boot is None:
            continue
        name = attribute(device.find("target"), "dev") if device.tag == "disk" else ""
        name = name or attribute(device.find("mac"), "address").lower() or device.tag
        ordered.append((number(boot.get("order"), 1 << 16), name))
    if ordered:
        return tuple(name for _, name in sorted(ordered, key=lambda item: item[0]))
    return tuple(attribute(boot, "dev") for boot in root.iterfind("os/boot"))


def _read_os(root: Element) -> str:
    """The short name in libosinfo's metadata: `http://debian.org/debian/12` is debian12."""
    system = root.find(f"metadata/{_LIBOSINFO}libosinfo/{_LIBOSINFO}os")
    try:
        path = urlsplit(attribute(system, "id")).path
    except ValueError:
        return ""
    parts = [part for part in path.split("/") if part][-2:]
    if len(parts) == 2 and parts[1] in _NAMELESS_RELEASES:
        parts.pop()
    return "".join(parts)


def _read_tpm(tpm: Element | None) -> str:
    """Model and version, as far as they are given: `tpm-crb 2.0`."""
    if tpm is None:
        return ""
    backend = tpm.find("backend")
    parts = (attribute(tpm, "model"), attribute(backend, "version"))
    return " ".join(part for part in parts if part) or attribute(backend, "type") or "tpm"


def _read_agent(devices: Element) -> Agent:
    """What the guest agent's channel tells."""
    for channel in devices.iterfind("channel"):
        state = agent_state(channel)
        if state is not None:
            return state
    return Agent.NO_CHANNEL
