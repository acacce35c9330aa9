"""Virtual networks and their leases, as the host reports them."""

from __future__ import annotations

import logging
from typing import Any, cast

import libvirt

from vmtui.errors import Invalid
from vmtui.hypervisors.libvirt.errors import lost, unsupported
from vmtui.hypervisors.libvirt.text import plain
from vmtui.hypervisors.libvirt.xml.tree import attribute, parse
from vmtui.model.network import Lease, Network

logger = logging.getLogger(__name__)

MOST_LEASES = 10_000
"""Leases of one network that are read at most."""


def read_networks(conn: libvirt.virConnect) -> tuple[Network, ...]:
    """Every network by name (virConnectListAllNetworks), with leases where it is active.

    None from a driver without networks. May block.
    """
    try:
        found = conn.listAllNetworks()
    except libvirt.libvirtError as error:
        if not unsupported(error):
            raise
        return ()
    networks = [network for one in found if (network := _read(one)) is not None]
    return tuple(sorted(networks, key=lambda network: network.name))


def _read(network: libvirt.virNetwork) -> Network | None:
    """One network; None where it went away meanwhile or cannot be read."""
    try:
        active = bool(network.isActive())
        bridge, forward = _describe(network)
        return Network(
            name=plain(network.name()),
            uuid=network.UUIDString(),
            active=active,
            bridge=bridge,
            forward=forward,
            autostart=bool(network.autostart()),
            persistent=bool(network.isPersistent()),
            leases=_leases(network) if active else (),
        )
    except libvirt.libvirtError as error:
        if lost(error):
            raise
        logger.debug("a network cannot be read: %s", error)
        return None


def _describe(network: libvirt.virNetwork) -> tuple[str, str]:
    """Its bridge, and how it forwards."""
    try:
        root = parse(network.XMLDesc())
    except Invalid as error:
        logger.warning("network %s: %s", network.UUIDString(), error)
        return "", ""
    forward = root.find("forward")
    # Without a mode, `<forward/>` is NAT.
    mode = attribute(forward, "mode", "nat") if forward is not None else ""
    return attribute(root.find("bridge"), "name"), mode


def _leases(network: libvirt.virNetwork) -> tuple[Lease, ...]:
    """Its leases (virNetworkGetDHCPLeases); none where the driver keeps none."""
    try:
        leases = cast("list[dict[str, Any]]", network.DHCPLeases())
    except libvirt.libvirtError as error:
        if lost(error):
            raise
        return ()
    return tuple(
        Lease(
            mac=plain(lease.get("mac")).lower(),
            ip=plain(lease.get("ipaddr")),
            prefix=lease.get("prefix"),
            # A guest chooses what it calls itself.
            hostname=plain(lease.get("hostname"), 255),
            expires=float(lease.get("expirytime") or 0),
        )
        for lease in leases[:MOST_LEASES]
    )
