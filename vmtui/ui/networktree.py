"""Virtual networks, their leases and who is plugged into them, as nodes of a tree. Pure."""

from __future__ import annotations

from vmtui.model.device import Interface
from vmtui.model.guest import Guest, HostId
from vmtui.model.inventory import HostView
from vmtui.model.network import Lease, Network
from vmtui.model.units import age
from vmtui.model.usage import cards_on, strangers
from vmtui.ui import cells
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.columns import natural
from vmtui.ui.lines import Line, fit
from vmtui.ui.targets import Target
from vmtui.ui.tree import Node


def network_target(host: HostId, name: str, place: str = "networks") -> Target:
    """A network on its page, or in X-ray."""
    return Target(place, host, name, "network")


def host_node(view: HostView, now: float) -> Node:
    """A host with its networks."""
    glyph, _, role = cells.LINKS[view.link.state]
    line: Line = (Cell(f"{glyph} ", role), Cell(clean(view.id, 60), Role.TITLE))
    children = tuple(network_nodes(view, now))
    if view.networks is None:
        word = "  networks not known yet" if not view.stale else "  not up"
        line = (*line, Cell(word, Role.MUTED))
    elif not children:
        line = (*line, Cell("  no networks", Role.MUTED))
    return Node(f"host {view.id}", line, Target("host", view.id), children=children)


def network_nodes(view: HostView, now: float) -> list[Node]:
    """The networks of a host by name."""
    networks = sorted(view.networks or (), key=lambda network: natural(network.name))
    width = min(max((len(network.name) for network in networks), default=0), 24)
    return [network_node(view, network, now, width) for network in networks]


def network_node(
    view: HostView, network: Network, now: float, width: int = 0, *, folded: bool = True
) -> Node:
    """A network, the interfaces that are plugged into it, and leases of nobody known."""
    cards = sorted(cards_on(view, network), key=lambda pair: natural(pair[0].name))
    leases = {lease.mac: lease for lease in network.leases}
    children = [
        card_node(guest, card, leases.get(card.mac), now, number)
        for number, (guest, card) in enumerate(cards)
    ]
    children += [lease_node(lease, now) for lease in strangers(view, network)]
    guests = len({guest.key for guest, _ in cards})
    count = f"  {guests} guest{'' if guests == 1 else 's'}" if guests else "  no guest"
    line = (*network_line(network, width), Cell(count, Role.ACCENT if guests else Role.MUTED))
    me = network_target(view.id, network.name)
    return Node(f"network {network.uuid}", line, None, me, tuple(children), folded=folded)


def network_line(network: Network, width: int = 0) -> Line:
    """A network's name, state and kind."""
    word, role = ("● active", Role.RUNNING) if network.active else ("○ inactive", Role.OFF)
    name = clean(network.name, 60)
    parts = [clean(network.forward, 20) or "isolated", clean(network.bridge, 20)]
    if network.active:
        parts.append(f"{len(network.leases)} lease{'' if len(network.leases) == 1 else 's'}")
    if network.autostart is False:
        parts.append("does not start with the host")
    return (
        Cell(fit(name, width) if width else name, Role.STRONG),
        Cell(f"  {word}", role),
        Cell(f"  {', '.join(part for part in parts if part)}"),
    )


def card_node(guest: Guest, card: Interface, lease: Lease | None, now: float, number: int) -> Node:
    """A guest's interface on a network, with its address."""
    state = cells.state(guest)
    me = Target("xray", guest.key.host, guest.key.uuid, "guest")
    line: Line = (
        Cell(f"{state.text.partition(' ')[0]} ", state.role),
        Cell(f"{clean(guest.name, 200)}  ", Role.STRONG),
        Cell(f"{clean(card.mac, 40)}  ", Role.MUTED),
        *address_cells(guest, card, lease, now),
    )
    return Node(f"card {guest.key.uuid} {number}", line, me, me)


def address_cells(guest: Guest, card: Interface, lease: Lease | None, now: float) -> Line:
    """The address of an interface, and who says so."""
    if lease is not None:
        return (Cell(clean(lease.ip, 45)), Cell(f"  {lease_words(lease, now)}", Role.MUTED))
    known = [one for one in guest.addresses if one.mac == card.mac]
    if known:
        first = min(known, key=lambda one: ":" in one.ip)
        return (Cell(clean(first.ip, 45)), Cell(f"  {first.source}", Role.MUTED))
    return (Cell("no lease" if guest.state.active else "", Role.MUTED),)


def lease_words(lease: Lease, now: float) -> str:
    """Until when a lease holds."""
    if not lease.expires:
        return "lease, for ever"
    left = lease.expires - now
    return f"lease, {age(left)} left" if left > 0 else "lease, expired"


def lease_node(lease: Lease, now: float) -> Node:
    """A lease of an interface that no guest here has."""
    line = (
        Cell(f"{clean(lease.ip, 45)}  ", Role.STRONG),
        Cell(f"{clean(lease.mac, 40)}  {clean(lease.hostname, 60)}  ", Role.MUTED),
        Cell(f"{lease_words(lease, now)} to no guest that is known here", Role.WARN),
    )
    return Node(f"lease {lease.mac} {lease.ip}", line)
