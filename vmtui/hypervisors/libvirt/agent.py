"""What the agent inside a guest tells: untrusted, bounded, and possibly never."""

from __future__ import annotations

import ipaddress
from typing import Any, cast

import libvirt

from vmtui.hypervisors.libvirt.calls import Lane
from vmtui.hypervisors.libvirt.errors import lost, unsupported
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.text import plain
from vmtui.model.device import Address

TIMEOUT = 8.0
"""Seconds; libvirt itself gives up on an agent that does not greet after five."""
MOST_ADDRESSES = 64

_ADDRESSES = libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT
_HOSTNAME = libvirt.VIR_DOMAIN_GET_HOSTNAME_AGENT


async def read_addresses(handle: Handle, uuid: str) -> tuple[str, tuple[Address, ...]]:
    """Host name and addresses of a guest, as its agent tells them.

    Uses virDomainInterfaceAddresses and virDomainGetHostname, in the lane of those that may
    hang: a silent agent delays other agents only, for `TIMEOUT` seconds at most.

    Raises:
        TimedOut: The agent is silent.
        VmtuiError: There is no agent, or the guest is off.
    """
    return await handle.calls.run(_read, handle, uuid, timeout=TIMEOUT, lane=Lane.AGENT)


def _read(handle: Handle, uuid: str) -> tuple[str, tuple[Address, ...]]:
    domain = handle.domain(uuid)
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
