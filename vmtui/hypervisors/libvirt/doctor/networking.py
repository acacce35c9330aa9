"""Whether guests can be connected: the default network, bridges, forwarding."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from vmtui.hypervisors.libvirt.doctor.site import Site
from vmtui.model.finding import Finding, Level
from vmtui.model.network import Network
from vmtui.model.steps.mending import DefineNetwork, StartNetwork

DEFAULT = "default"
_FORWARDED = ("nat", "route")
OWN = "Guests of your own session reach out by user-mode networking, and cannot be reached."


def check_default(networks: tuple[Network, ...] | None, *, own: bool, taken: Iterable[str] = ()
                  ) -> Finding:  # fmt: skip
    """The network `default`, which most guides and tools count on.

    Args:
        networks: What the hypervisor has; None where it does not tell.
        own: Whether it is a person's own session, which may make no bridge.
        taken: Networks that the host's interfaces are in, as 192.168.122.1/24.
    """
    id_, title = "network", "Guest network"
    if networks is None:
        return Finding(id_, title, Level.UNKNOWN, "the hypervisor does not tell its networks")
    active = [network.name for network in networks if network.active]
    if own:
        # A session's daemon has no right to make bridges: user-mode is what its guests have.
        words = f"active: {', '.join(active)}" if active else "none of its own"
        return Finding(id_, title, Level.PASS, f"a session; {words}", OWN)
    found = next((network for network in networks if network.name == DEFAULT), None)
    if found is None and active:
        return Finding(id_, title, Level.PASS, f"no “{DEFAULT}”, but active: {', '.join(active)}",
                       "Guests can be connected to those.")  # fmt: skip
    if found is None:
        return _missing(id_, title, taken)
    if not found.active:
        commands = (f"virsh net-start {DEFAULT}", f"virsh net-autostart {DEFAULT}")
        return Finding(
            id_, title, Level.FAILURE, f"“{DEFAULT}” is defined, and not active",
            "Guests on it cannot be started.",
            "Start it, now and with the host.", commands,
            "start-network", (StartNetwork(name=DEFAULT),),
        )  # fmt: skip
    where = ", ".join(part for part in (found.forward or "isolated", found.bridge) if part)
    if found.autostart is False:
        return Finding(
            id_,
            title,
            Level.WARNING,
            f"“{DEFAULT}” is active ({where}), and does not start by itself",
            "After the next start of the host, guests on it cannot be started.",
            "Have it started with the host.",
            (f"virsh net-autostart {DEFAULT}",),
            "start-network",
            (StartNetwork(name=DEFAULT),),
        )
    return Finding(id_, title, Level.PASS, f"“{DEFAULT}” is active ({where})")


def _missing(id_: str, title: str, taken: Iterable[str]) -> Finding:
    address = free_address(taken)
    steps = (DefineNetwork(name=DEFAULT, address=address), StartNetwork(name=DEFAULT))
    return Finding(
        id_, title, Level.FAILURE, "there is no virtual network",
        "Guests can be connected to a bridge of the host only, if it has one.",
        f"Define the network “{DEFAULT}” (NAT, {address}) and start it.",
        ("virsh net-define /usr/share/libvirt/networks/default.xml",
         f"virsh net-start {DEFAULT}", f"virsh net-autostart {DEFAULT}"),
        "define-network", steps,
    )  # fmt: skip


def free_address(taken: Iterable[str]) -> str:
    """The host's address in a network that overlaps none of these; libvirt's own if it can."""
    used = []
    for text in taken:
        try:
            used.append(ipaddress.ip_interface(text).network)
        except ValueError:
            continue
    for third in range(122, 255):
        network = ipaddress.ip_network(f"192.168.{third}.0/24")
        if not any(one.version == 4 and one.prefixlen and one.overlaps(network) for one in used):
            return f"192.168.{third}.1/24"
    return "192.168.122.1/24"


def own_addresses() -> list[str]:
    """The networks that this machine's interfaces are in, as address and length of prefix."""
    import socket

    import psutil

    made = []
    for addresses in psutil.net_if_addrs().values():
        for one in addresses:
            if one.family is socket.AF_INET and one.netmask:
                made.append(f"{one.address}/{one.netmask}")
    return made


def check_bridges(site: Site) -> Finding:
    """Bridges of this machine that guests could be put on."""
    id_, title = "bridges", "Bridges"
    try:
        names = sorted(
            entry.name
            for entry in (site.sys / "class/net").iterdir()
            if (entry / "bridge").is_dir()
        )
    except OSError:
        names = []
    outside = [name for name in names if _has_card(site, name)]
    if outside:
        return Finding(
            id_,
            title,
            Level.PASS,
            ", ".join(outside),
            "Guests on it are in the host's own network, with addresses of it.",
        )
    words = f"only inner ones: {', '.join(names)}" if names else "none"
    return Finding(
        id_,
        title,
        Level.PASS,
        words,
        "Guests reach out through the host's address (NAT), and are not reached from outside. "
        "That is enough for most.",
        "To put guests on the host's own network, make a bridge of its network card; over "
        "SSH that can "
        "cut you off.",
        ("nmcli connection add type bridge ifname br0",),
    )


def _has_card(site: Site, bridge: str) -> bool:
    try:
        ports = list((site.sys / "class/net" / bridge / "brif").iterdir())
    except OSError:
        return False
    return any((site.sys / "class/net" / port.name / "device").exists() for port in ports)


def check_forwarding(site: Site, networks: tuple[Network, ...] | None) -> Finding:
    """Whether the kernel passes guests' packets on."""
    id_, title = "forwarding", "IP forwarding"
    value = site.text(site.proc / "sys/net/ipv4/ip_forward")
    if value == "1":
        return Finding(id_, title, Level.PASS, "on")
    if value != "0":
        return Finding(id_, title, Level.UNKNOWN, "the kernel does not tell")
    needing = [
        network for network in networks or () if network.active and network.forward in _FORWARDED
    ]
    here = [one for one in needing if (site.sys / "class/net" / one.bridge).exists()]
    if needing and not here:
        return Finding(id_, title, Level.UNKNOWN, "off here, where the networks are not")
    if here:
        names = ", ".join(network.name for network in here)
        return Finding(
            id_, title, Level.FAILURE, f"off, though {names} needs it",
            "Guests on it reach the host, and nothing beyond it.",
            "Switch it on; something on this host has switched it off.",
            ("sudo sysctl -w net.ipv4.ip_forward=1",),
        )  # fmt: skip
    return Finding(id_, title, Level.PASS, "off",
                   "libvirt switches it on when it starts a network that needs it.")  # fmt: skip
