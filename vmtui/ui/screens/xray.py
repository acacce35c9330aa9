"""X-ray: a guest down to its pools and up to its addresses, or who uses a volume or a network."""

from __future__ import annotations

import time

from textual import work

from vmtui.engine.bounded import bounded
from vmtui.engine.shelves import Shelves
from vmtui.errors import VmtuiError
from vmtui.model.inventory import HostView, Inventory
from vmtui.model.storage import Volume
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.lines import Line, text
from vmtui.ui.networktree import network_node, network_target
from vmtui.ui.screens.treepage import TreePage
from vmtui.ui.storagetree import shelf, volume_tree
from vmtui.ui.targets import Target
from vmtui.ui.tree import Node
from vmtui.ui.xray import Told, guest_node

ANSWER = 30.0
"""Seconds that a host has to tell what a guest's disks lie on."""
AGAIN = 10.0
"""Seconds after which that is read again where the guest changed."""
KINDS = {"guest": "guest", "volume": "volume", "network": "network"}


class XrayScreen(TreePage):
    """One guest, volume or network taken apart."""

    searched = "words of a line: a name, a path, an address"

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self._subject = Target("xray")
        self._told: Told = None
        self._told_of: object = None
        self._told_at = 0.0
        self._shelves = Shelves(cockpit.fleet, self._more)

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self._shelves.close()

    def _more(self) -> None:
        if self.is_mounted:
            self.redraw()

    def arrive(self, target: Target) -> None:
        """Take that thing apart."""
        self._subject = target._replace(place="xray")

    def whereabouts(self) -> Target | None:
        """What is taken apart."""
        return self._subject

    # -- what is shown -------------------------------------------------------------------------

    def headline(self, inventory: Inventory) -> Line:
        """What is looked at."""
        subject = self._subject
        several = len(inventory.hosts) > 1
        where = f" on {clean(subject.host, 60)}" if several and subject.host else ""
        kind = KINDS.get(subject.kind, "")
        return (Cell(f" X-RAY  {kind}{where}"),)

    def roots(self, inventory: Inventory) -> list[Node]:
        """The tree of the subject; nothing where it is gone."""
        view = inventory.hosts.get(self._subject.host)
        if view is None:
            return []
        match self._subject.kind:
            case "volume":
                return self._volume(view)
            case "network":
                return self._network(view)
            case _:
                return self._guest(view, inventory)

    def _guest(self, view: HostView, inventory: Inventory) -> list[Node]:
        guest = inventory.guest(self._subject.guest)
        if guest is None:
            return []
        definition = guest.definition
        state = (definition.disks if definition else None, guest.state, guest.snapshots)
        changed = state != self._told_of and time.monotonic() - self._told_at > AGAIN
        if definition is not None and (not self._told_at or changed):
            self._told_of, self._told_at = state, time.monotonic()
            self._look()
        return [guest_node(view, guest, self._told, time.time())]

    @work(exclusive=True, group="layers")
    async def _look(self) -> None:
        key = self._subject.guest
        try:
            hypervisor = self.cockpit.fleet.hypervisor(key.host)
            self._told = await bounded(hypervisor.read_layers(key.uuid), ANSWER, "The host")
        except VmtuiError as error:
            self._told = error
        self._more()

    def _volume(self, view: HostView) -> list[Node]:
        if not view.stale:
            self._shelves.want(view.id, view.pools or ())
        told = self._shelves.told(view.id)
        made = shelf(view, dict(told))
        path = self._subject.what
        volume = made.by_path.get(path) or Volume("", path, path)
        waiting = len(told) < sum(pool.capacity is not None for pool in view.pools or ())
        return [volume_tree(made, volume, reading=waiting and not view.stale)]

    def _network(self, view: HostView) -> list[Node]:
        network = next((n for n in view.networks or () if n.name == self._subject.what), None)
        if network is None:
            return []
        node = network_node(view, network, time.time(), folded=False)
        target = network_target(view.id, network.name)
        return [Node(node.key, node.line, target, node.me, node.children)]

    def why_empty(self) -> list[Line]:
        """It is gone, or was never there."""
        subject = self._subject
        if not subject.what:
            words = "nothing to look at: choose a guest, a volume or a network first"
        else:
            words = f"this {subject.kind or 'thing'} is gone, or not known yet"
        return [(), text(f"   {words}", Role.WARN)]
