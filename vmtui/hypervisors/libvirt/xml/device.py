"""The elements under `<devices>`, each read into its model."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from vmtui.hypervisors.libvirt.text import number
from vmtui.hypervisors.libvirt.xml.tree import attribute, words
from vmtui.model.device import (
    AgentPort,
    Channel,
    ConsolePort,
    Disk,
    Display,
    HostDevice,
    Interface,
)
from vmtui.model.guest import Agent

MOST_BACKING = 200
"""Files of a backing chain that are read at most, as libvirt itself bounds it."""


def read_disk(disk: Element) -> Disk:
    """One `<disk>`."""
    target = disk.find("target")
    kind = attribute(disk, "type", "file")
    return Disk(
        target=attribute(target, "dev"),
        device=attribute(disk, "device", "disk"),
        bus=attribute(target, "bus"),
        source=_read_source(kind, disk.find("source")),
        source_kind=kind,
        format=attribute(disk.find("driver"), "type"),
        read_only=disk.find("readonly") is not None,
        shareable=disk.find("shareable") is not None,
        transient=disk.find("transient") is not None,
        backing=_read_backing(disk),
    )


def _read_source(kind: str, source: Element | None) -> str:
    """A disk's `<source>` in one word: path, pool/volume or address."""
    if source is None:
        return ""
    match kind:
        case "block" | "vhostvdpa":
            return attribute(source, "dev")
        case "dir":
            return attribute(source, "dir")
        case "volume":
            parts = (attribute(source, "pool"), attribute(source, "volume"))
            return "/".join(parts) if all(parts) else ""
        case "network":
            return _read_address(source)
        case "vhostuser":
            return attribute(source, "path")
        case "nvme":
            return ":".join((_read_pci(source), attribute(source, "namespace")))
        case _:
            return attribute(source, "file")


def _read_address(source: Element) -> str:
    """A network disk: `rbd://host:port/pool/image`, as far as it is given."""
    host = source.find("host")
    address = attribute(host, "name") or attribute(host, "socket")
    if port := attribute(host, "port"):
        address += f":{port}"
    name = attribute(source, "name")
    return f"{attribute(source, 'protocol', 'network')}://{address}/{name.lstrip('/')}"


def _read_pci(source: Element) -> str:
    """A PCI address as lspci writes it: `0000:01:00.0`."""
    address = source.find("address")
    if address is None:
        return ""
    domain, bus, slot, function = (
        number(address.get(part)) for part in ("domain", "bus", "slot", "function")
    )
    return f"{domain:04x}:{bus:02x}:{slot:02x}.{function:x}"


def _read_backing(disk: Element) -> tuple[str, ...]:
    """The files below an overlay, nearest first."""
    chain: list[str] = []
    below = disk.find("backingStore")
    while below is not None and len(chain) < MOST_BACKING:
        source = _read_source(attribute(below, "type", "file"), below.find("source"))
        if source:
            chain.append(source)
        below = below.find("backingStore")
    return tuple(chain)


def read_interface(card: Element) -> Interface:
    """One network `<interface>`."""
    source = card.find("source")
    kind = attribute(card, "type", "network")
    if kind == "hostdev" and source is not None:
        name = _read_pci(source)
    else:
        names = ("network", "bridge", "dev", "path", "switchid", "mode", "name", "address")
        name = next((text for key in names if (text := attribute(source, key))), "")
    return Interface(
        mac=attribute(card.find("mac"), "address").lower(),
        kind=kind,
        source=name,
        model=attribute(card.find("model"), "type"),
        target=attribute(card.find("target"), "dev"),
        link_up=attribute(card.find("link"), "state") != "down",
    )


def read_consoles(devices: Element) -> tuple[ConsolePort, ...]:
    """Every character device to which a console can be opened.

    libvirt repeats the first `<serial>` as a `<console>` of type serial: it is listed once.
    """
    serials = [_read_port(port, "serial") for port in devices.iterfind("serial")]
    others = [
        _read_port(port, attribute(port.find("target"), "type", "serial"))
        for port in devices.iterfind("console")
    ]
    if serials:
        others = [port for port in others if port.kind != "serial"]
    return (*serials, *others)


def _read_port(port: Element, kind: str) -> ConsolePort:
    return ConsolePort(
        kind=kind,
        port=number(attribute(port.find("target"), "port")),
        alias=attribute(port.find("alias"), "name"),
        source=attribute(port, "type", "pty"),
        log=attribute(port.find("log"), "file"),
    )


def read_display(graphics: Element) -> Display:
    """One `<graphics>`; a port below 1 is one that is not assigned yet."""
    listen = graphics.find("listen")
    address = (
        attribute(listen, "address")
        or attribute(listen, "socket")
        or attribute(graphics, "listen")
        or attribute(graphics, "socket")
    )
    port, tls_port = number(graphics.get("port")), number(graphics.get("tlsPort"))
    return Display(
        kind=attribute(graphics, "type"),
        address=address,
        port=port if port > 0 else None,
        tls_port=tls_port if tls_port > 0 else None,
    )


def read_channel(channel: Element) -> Channel:
    """One `<channel>`."""
    target = channel.find("target")
    return Channel(
        name=attribute(target, "name"),
        kind=attribute(channel, "type"),
        state=attribute(target, "state"),
    )


def read_host_device(device: Element) -> HostDevice:
    """One `<hostdev>`."""
    kind, source = attribute(device, "type"), device.find("source")
    address = ""
    if source is not None:
        match kind:
            case "pci":
                address = _read_pci(source)
            case "usb":
                address = _read_usb(source)
            case "scsi":
                address = _read_scsi(source)
            case _:
                # An mdev by its UUID, a scsi_host by its WWPN, a container's by its path.
                address = attribute(source.find("address"), "uuid") or attribute(source, "wwpn")
                address = address or next((words(source, tag) for tag in ("block", "char")
                                           if words(source, tag)), "")  # fmt: skip
    return HostDevice(kind, address, attribute(device, "managed") == "yes")


def _read_usb(source: Element) -> str:
    """`046d:c52b` by its numbers, else where it is plugged in: `bus 1, device 3`."""
    vendor, product = source.find("vendor"), source.find("product")
    if vendor is not None and product is not None:
        return f"{number(vendor.get('id')):04x}:{number(product.get('id')):04x}"
    address = source.find("address")
    if address is None:
        return ""
    return f"bus {number(address.get('bus'))}, device {number(address.get('device'))}"


def _read_scsi(source: Element) -> str:
    """`scsi_host0:0:0:0`: adapter, bus, target, unit."""
    adapter, address = attribute(source.find("adapter"), "name"), source.find("address")
    if address is None:
        return adapter
    return ":".join([adapter, *(str(number(address.get(part)))
                                for part in ("bus", "target", "unit"))])  # fmt: skip


def agent_state(channel: Element) -> Agent | None:
    """What a `<channel>` says of the guest agent; None where it is not the agent's."""
    target = channel.find("target")
    if attribute(target, "name") != AgentPort.QEMU.value:
        return None
    # While the guest is off there is no state, and nobody at the other end either.
    connected = attribute(target, "state", "disconnected") == "connected"
    return Agent.CONNECTED if connected else Agent.DISCONNECTED
