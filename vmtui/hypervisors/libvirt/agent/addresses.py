"""A guest's addresses, as its agent tells them."""

from __future__ import annotations

import ipaddress
from typing import Any, cast

import libvirt

from vmtui.hypervisors.libvirt.errors import lost, unsupported
from vmtui.hypervisors.libvirt.text import plain
from vmtui.model.device import Address

MOST_ADDRESSES = 64

_ADDRESSES = libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT
_HOSTNAME = libvirt.VIR_DOMAIN_GET_HOSTNAME_AGENT


def read_now(domain: libvirt.virDomain) -> tuple[str, tuple[Address, ...]]:
    """Host name and addresses of a guest, at once and in this thread.

    By virDomainInterfaceAddresses and virDomainGetHostname, which drivers other than QEMU's know.

    Raises:
        libvirt.libvirtError: The agent is silent, there is none, or the guest is off.
    """
    found = cast("dict[str, Any]", domain.interfaceAddresses(_ADDRESSES))
    try:
        name = domain.hostname(_HOSTNAME)
    except libvirt.libvirtError as error:
        # Drivers and agents that know the addresses but not the name.
        if lost(error) or not unsupported(error):
            raise
        name = ""
    return plain(name, 255), addresses(found)


def addresses(found: dict[str, Any]) -> tuple[Address, ...]:
    """The addresses worth showing: no loopback, no link-local IPv6, no nonsense."""
    kept: list[Address] = []
    for interface in found.values():
        mac = plain(interface.get("hwaddr"), 32).lower()
        for entry in interface.get("addrs") or ():
            address = _address(entry, mac)
            if address is not None:
                kept.append(address)
                if len(kept) == MOST_ADDRESSES:
                    return tuple(kept)
    return tuple(kept)


def _address(entry: dict[str, Any], mac: str) -> Address | None:
    try:
        ip = ipaddress.ip_address(str(entry.get("addr", ""))[:64])
    except ValueError:
        return None
    if ip.is_loopback or ip.is_unspecified or (ip.version == 6 and ip.is_link_local):
        return None
    prefix = entry.get("prefix")
    return Address(str(ip), prefix if isinstance(prefix, int) else None, mac, "agent")
