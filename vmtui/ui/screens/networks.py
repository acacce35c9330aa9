"""The virtual networks of all hosts, who is plugged into them, and their leases."""

from __future__ import annotations

import time
from collections import defaultdict

from vmtui.model.guest import HostId
from vmtui.model.inventory import HostView, Inventory
from vmtui.ui.cells import Cell, Role
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.kept import Kept
from vmtui.ui.lines import Line, text
from vmtui.ui.networktree import host_node, network_nodes
from vmtui.ui.screens.treepage import TreePage
from vmtui.ui.tree import Node

AGES = 10.0
"""Seconds after which what is left of a lease is told anew; it is told in minutes."""


class NetworksScreen(TreePage):
    """Networks; unfolded, one shows its guests and leases."""

    searched = "words of a network, a guest or a lease: name, address, MAC"

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self._made: defaultdict[HostId, Kept[list[Node]]] = defaultdict(Kept)

    def roots(self, inventory: Inventory) -> list[Node]:
        """The hosts with their networks; of a single one the networks."""
        views = list(inventory.hosts.values())
        return [node for view in views for node in self._host_nodes(view, alone=len(views) == 1)]

    def _host_nodes(self, view: HostView, *, alone: bool) -> list[Node]:
        """A host's nodes, which a new figure of a guest does not change."""
        now = time.time()
        return self._made[view.id].of(
            alone, view.networks, view.guests, view.link, now // AGES,
            make=lambda: network_nodes(view, now) if alone else [host_node(view, now)],
        )  # fmt: skip

    def headline(self, inventory: Inventory) -> Line:
        """How many networks there are."""
        number = sum(len(view.networks or ()) for view in inventory.hosts.values())
        return (Cell(f" NETWORKS  {number} network{'' if number == 1 else 's'}"),)

    def why_empty(self) -> list[Line]:
        """No host, or none with networks."""
        views = list(self.cockpit.store.inventory.hosts.values())
        if not views:
            return [(), text("   no host", Role.MUTED)]
        if views[0].stale:
            return [(), text("   the host is not up", Role.WARN)]
        if views[0].networks is None:
            return [(), text("   reading…", Role.MUTED)]
        return [(), text("   this host has no virtual networks", Role.MUTED)]
