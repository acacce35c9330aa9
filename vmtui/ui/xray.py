"""A guest taken apart: its disks down to the pools, its interfaces up to the addresses. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from vmtui.errors import VmtuiError
from vmtui.model.device import Disk, Interface
from vmtui.model.guest import Definition, Guest
from vmtui.model.inventory import HostView
from vmtui.model.layers import Chain, Found, Layer, Layers, Snapshot
from vmtui.model.units import age, size
from vmtui.model.usage import network_of
from vmtui.ui import cells
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.lines import Line, text
from vmtui.ui.networktree import address_cells, network_line, network_target
from vmtui.ui.storagetree import chain_nodes
from vmtui.ui.targets import Target, to_guest, to_host
from vmtui.ui.tree import Node

Told = Layers | VmtuiError | None
"""What its disks lie on, or why that is not told; None while it is being read."""


def guest_node(view: HostView, guest: Guest, told: Told, now: float) -> Node:
    """All of a guest."""
    state = cells.state(guest)
    line: Line = (
        Cell(clean(guest.name, 300), Role.TITLE),
        Cell(f"  {state.text}", state.role),
        Cell(f"  on {clean(view.id, 60)}", Role.MUTED),
    )
    defined = guest.definition
    me = Target("xray", guest.key.host, guest.key.uuid, "guest")
    if defined is None:
        waiting = Node("reading", text("reading its definition…", Role.MUTED))
        return Node("guest", line, to_guest(guest.key), me, (waiting,))
    children = [
        *_disks(view, defined, told),
        *(_card(view, guest, number, card, now) for number, card in enumerate(defined.interfaces)),
        *_doors(defined),
        *_machine(defined),
        *_snapshots(guest, told, now),
        Node("host", (Cell("host ", Role.MUTED), Cell(clean(view.id, 60), Role.STRONG)),
             to_host(view.id)),
    ]  # fmt: skip
    return Node("guest", line, to_guest(guest.key), me, tuple(children))


# -- disks ---------------------------------------------------------------------------------------


def _disks(view: HostView, defined: Definition, told: Told) -> list[Node]:
    chains = {chain.target: chain for chain in told.chains} if isinstance(told, Layers) else {}
    made = [_disk(view, disk, chains.get(disk.target), told) for disk in defined.disks]
    if isinstance(told, VmtuiError):
        words = " ".join(part for part in (told.title, told.detail) if part)
        shown = f"what the disks lie on is not told: {clean(words, 300)}"
        made.append(Node("layers", text(shown, Role.BAD)))
    return made


def _disk(view: HostView, disk: Disk, chain: Chain | None, told: Told) -> Node:
    about = [clean(part, 40) for part in (disk.device, disk.bus, disk.format) if part]
    about += [word for word, on in (("read-only", disk.read_only), ("shared", disk.shareable),
                                    ("transient", disk.transient)) if on]  # fmt: skip
    line: Line = (
        Cell(clean(disk.target, 40), Role.STRONG),
        Cell(f"  {', '.join(about)}", Role.MUTED),
    )
    if not disk.source and not (chain and chain.layers):
        return Node(f"disk {disk.target}", (*line, Cell("  empty", Role.MUTED)))
    if chain is None:
        # Until the host has answered, the definition says what it can.
        named = tuple(Layer(source, Found.UNSEEN) for source in (disk.source, *disk.backing))
        chain = Chain(disk.target, named)
        if told is None:
            line = (*line, Cell("  reading…", Role.MUTED))
    if chain.broken:
        line = (*line, Cell("  ✗ broken chain", Role.BAD))
    depth = len(chain.layers)
    if depth > 1:
        line = (*line, Cell(f"  {depth} layers", Role.MUTED))
    return Node(f"disk {disk.target}", line, children=chain_nodes(view, chain))


# -- interfaces ----------------------------------------------------------------------------------


def _card(view: HostView, guest: Guest, number: int, card: Interface, now: float) -> Node:
    about = [clean(card.model, 40), "" if card.link_up else "cable unplugged"]
    line: Line = (
        Cell(clean(card.mac, 40) or "interface", Role.STRONG),
        Cell(f"  {', '.join(part for part in about if part)}", Role.MUTED),
    )
    children: list[Node] = []
    network = network_of(view, card)
    if network is not None:
        me = network_target(view.id, network.name)
        lead = (Cell("network ", Role.MUTED), *network_line(network))
        children.append(Node("network", lead, me, me))
    elif card.kind == "network" and view.networks is not None:
        words = f"network {clean(card.source, 60)}"
        missing = (Cell(f"{words}  ", Role.STRONG), Cell("✗ there is no such network", Role.BAD))
        children.append(Node("network", missing))
    else:
        plugged = f"{clean(card.kind, 20)} {clean(card.source, 100)}".strip()
        children.append(Node("plug", text(plugged)))
    leases = network.leases if network is not None else ()
    lease = next((one for one in leases if one.mac == card.mac), None)
    address = address_cells(guest, card, lease, now)
    if address[0].text:
        children.append(Node("address", (Cell("address ", Role.MUTED), *address)))
    more = [one for one in guest.addresses
            if one.mac == card.mac and one.ip != address[0].text]  # fmt: skip
    children += [
        Node(f"address {one.ip}", (Cell("address ", Role.MUTED), Cell(clean(one.ip, 45)),
                                   Cell(f"  {one.source}", Role.MUTED)))
        for one in more
    ]  # fmt: skip
    if card.target:
        side = (Cell("on the host ", Role.MUTED), Cell(clean(card.target, 40)))
        children.append(Node("side", side))
    return Node(f"card {number}", line, children=tuple(children))


# -- the rest ------------------------------------------------------------------------------------


def _leaf(key: str, label: str, words: str, role: Role = Role.TEXT) -> Node:
    return Node(key, (Cell(f"{label} ", Role.MUTED), Cell(words, role)))


def _doors(defined: Definition) -> list[Node]:
    made = []
    for number, port in enumerate(defined.consoles):
        log = f", logged to {clean(port.log, 200)}" if port.log else ""
        words = f"{clean(port.kind, 20)} {port.port} by {clean(port.source, 20)}{log}"
        made.append(_leaf(f"console {number}", "console", words))
    for number, display in enumerate(defined.displays):
        where = f"{clean(display.address, 60)}:{display.port}" if display.port else "no port yet"
        made.append(_leaf(f"display {number}", "display", f"{clean(display.kind, 20)} {where}"))
    for number, channel in enumerate(defined.channels):
        state = f", {clean(channel.state, 20)}" if channel.state else ""
        words = f"{clean(channel.name or channel.kind, 60)}{state}"
        made.append(_leaf(f"channel {number}", "channel", words))
    for number, device in enumerate(defined.host_devices):
        words = f"{clean(device.kind, 20)} {clean(device.address, 80)}"
        made.append(_leaf(f"device {number}", "host device", words, Role.STRONG))
    return made


def _machine(defined: Definition) -> list[Node]:
    made = [_leaf("memory", "memory", f"{size(defined.memory)}, {defined.vcpus} vCPUs")]
    if defined.nvram:
        made.append(_leaf("nvram", "UEFI variables", clean(defined.nvram, 200)))
    if defined.kernel:
        made.append(_leaf("kernel", "kernel", clean(defined.kernel, 200)))
    if defined.tpm:
        made.append(_leaf("tpm", "TPM", clean(defined.tpm, 40)))
    return made


def _snapshots(guest: Guest, told: Told, now: float) -> list[Node]:
    snapshots = told.snapshots if isinstance(told, Layers) else None
    if snapshots is None:
        known = {True: "yes", False: "none", None: cells.UNKNOWN}[guest.snapshots]
        return [_leaf("snapshots", "snapshots", known)]
    if not snapshots:
        return [_leaf("snapshots", "snapshots", "none")]
    line: Line = (Cell("snapshots ", Role.MUTED), Cell(str(len(snapshots))))
    return [Node("snapshots", line, children=_snapshot_nodes(snapshots, now))]


def _snapshot_nodes(snapshots: Sequence[Snapshot], now: float) -> tuple[Node, ...]:
    """Each below its parent; those of a parent that is not there, or in a loop, at the top."""
    names = {one.name for one in snapshots}
    below: dict[str, list[Snapshot]] = {}
    for one in snapshots:
        below.setdefault(one.parent if one.parent in names else "", []).append(one)

    def node(one: Snapshot, above: frozenset[str]) -> Node:
        within = above | {one.name}
        children = [node(child, within) for child in below.get(one.name, ())
                    if child.name not in within]  # fmt: skip
        made = f"  {age(now - one.made)} ago" if one.made else ""
        here = "  ← it runs on this one" if one.current else ""
        line = (Cell(clean(one.name, 100), Role.STRONG), Cell(made, Role.MUTED),
                Cell(here, Role.ACCENT))  # fmt: skip
        return Node(f"snapshot {one.name}", line, children=tuple(children))

    return tuple(node(one, frozenset()) for one in below.get("", ()))
