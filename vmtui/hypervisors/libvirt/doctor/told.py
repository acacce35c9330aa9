"""What the hypervisor tells the check; a question that it does not answer is None."""

from __future__ import annotations

import logging
import shlex
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

import libvirt

from vmtui.errors import ConnectionLost, VmtuiError
from vmtui.hypervisors.libvirt.calls import Lane
from vmtui.hypervisors.libvirt.doctor.versions import Version, parts
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.local import is_session
from vmtui.hypervisors.libvirt.network import read_networks
from vmtui.hypervisors.libvirt.storage import read_pools
from vmtui.hypervisors.libvirt.text import number
from vmtui.hypervisors.libvirt.xml.offered import DomainCapabilities, read_domain_capabilities
from vmtui.hypervisors.libvirt.xml.tree import amount, attribute, parse
from vmtui.model.network import Network
from vmtui.model.storage import Pool
from vmtui.model.units import KIB

logger = logging.getLogger(__name__)

QUICK, SLOW = 10.0, 20.0
"""Seconds; a daemon that was just started probes its emulators before it answers some questions."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class HostOffer:
    """What `<capabilities>` says of the host."""

    engines: frozenset[str]
    features: frozenset[str]
    """Of its processor, beyond the model's own."""
    arch: str
    iommu: bool | None
    pages: frozenset[int]
    """Sizes in bytes of huge pages in reserve."""


@dataclass(frozen=True, slots=True)
class Told:
    """All of it."""

    host: HostOffer | None = None
    offer: DomainCapabilities | None = None
    hypervisor: Version | None = None
    daemon: Version | None = None
    library: Version | None = None
    pools: tuple[Pool, ...] | None = None
    networks: tuple[Network, ...] | None = None
    memory_free: int | None = None
    memory_total: int | None = None
    home: str | None = None
    """The folder of the person whose guests it runs; of a person's own hypervisor only."""


async def ask(handle: Handle) -> Told:
    """Ask it all.

    Raises ConnectionLost where the connection broke meanwhile.
    """
    host = await _patiently(handle, _capabilities, SLOW)
    arch = host.arch if host else ""
    offer = await _patiently(handle, lambda conn: _offer(conn, arch), SLOW if host else QUICK)
    memory = await _patiently(handle, _memory, QUICK) or (None, None)
    return Told(
        host=host,
        offer=offer,
        hypervisor=await _patiently(handle, lambda conn: _version(conn.getVersion()), QUICK),
        daemon=await _patiently(handle, lambda conn: _version(conn.getLibVersion()), QUICK),
        library=_version(libvirt.getVersion()),
        pools=await _patiently(handle, read_pools, QUICK),
        networks=await _patiently(handle, read_networks, QUICK),
        memory_free=memory[0],
        memory_total=memory[1],
        home=await _patiently(handle, lambda conn: _home(conn, host), QUICK)
        if is_session(handle.uri)
        else None,
    )


async def _patiently(
    handle: Handle, question: Callable[[libvirt.virConnect], Result], seconds: float
) -> Result | None:
    try:
        return await handle.calls.run(
            lambda: question(handle.conn), timeout=seconds, lane=Lane.LONG
        )
    except ConnectionLost:
        raise
    except VmtuiError as error:
        logger.info("%s: %s", handle.host, error)
        return None


def _version(told: int) -> Version | None:
    return parts(told) if told else None


def _capabilities(conn: libvirt.virConnect) -> HostOffer:
    return read_host(conn.getCapabilities())


def read_host(text: str) -> HostOffer:
    """What the XML of virConnectGetCapabilities says.

    Raises:
        Invalid: It is no XML.
    """
    root = parse(text)
    iommu = root.find("host/iommu")
    # Each NUMA cell counts its pages by size; the smallest is no huge one.
    reserved = {
        amount_of: number((page.text or "").strip())
        for page in root.iterfind("host/topology/cells/cell/pages")
        if (amount_of := _page_size(attribute(page, "size"), attribute(page, "unit", "KiB")))
    }
    small = min(reserved, default=0)
    return HostOffer(
        engines=frozenset(attribute(kind, "type") for kind in root.iterfind("guest/arch/domain")),
        features=frozenset(attribute(one, "name") for one in root.iterfind("host/cpu/feature")),
        arch=(root.findtext("host/cpu/arch") or "").strip(),
        iommu=None if iommu is None else attribute(iommu, "support") == "yes",
        pages=frozenset(size for size, count in reserved.items() if count and size != small),
    )


def _page_size(number: str, unit: str) -> int:
    element = ET.Element("size", {"unit": unit})
    element.text = number
    return amount(element)


def _offer(conn: libvirt.virConnect, arch: str) -> DomainCapabilities:
    # Secure boot is a matter of q35; the machine that PCs get by default does not have it.
    machine = "q35" if arch in ("", "x86_64", "i686") else None
    text = conn.getDomainCapabilities(None, arch or None, machine, None, 0)
    return read_domain_capabilities(text)


def _home(conn: libvirt.virConnect, host: HostOffer | None) -> str | None:
    """By the surroundings that it would give to QEMU (virConnectDomainXMLToNative)."""
    engine = min(host.engines, default="qemu") if host is not None else "qemu"
    return read_home(conn.domainXMLToNative("qemu-argv", guest_xml(engine)))


def guest_xml(engine: str) -> str:
    """A guest that nobody defines, for that engine (qemu, kvm, ...)."""
    domain = ET.Element("domain", type=engine)
    ET.SubElement(domain, "name").text = "home"
    ET.SubElement(domain, "memory").text = "65536"
    ET.SubElement(ET.SubElement(domain, "os"), "type").text = "hvm"
    return ET.tostring(domain, encoding="unicode")


def read_home(command: str) -> str | None:
    """HOME of a command line that begins with its environment; None where it is no such line."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            return None
        if name == "HOME" and value.startswith("/"):
            return value
    return None


def _memory(conn: libvirt.virConnect) -> tuple[int | None, int | None]:
    """Bytes that guests could have, and all (virNodeGetMemoryStats)."""
    stats = cast("dict[str, int]", conn.getMemoryStats(libvirt.VIR_NODE_MEMORY_STATS_ALL_CELLS, 0))
    if "free" not in stats:
        return None, None
    free = sum(stats.get(name, 0) for name in ("free", "buffers", "cached"))
    return free * KIB, stats["total"] * KIB if "total" in stats else None
