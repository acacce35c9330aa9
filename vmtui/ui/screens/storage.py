"""The pools of all hosts with their fill, their volumes, and who uses those."""

from __future__ import annotations

from collections import defaultdict

from vmtui.engine.shelves import Shelves
from vmtui.model.guest import HostId
from vmtui.model.inventory import HostView, Inventory
from vmtui.model.storage import Pool
from vmtui.ui.cells import Cell, Role
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.kept import Kept
from vmtui.ui.lines import Line, text
from vmtui.ui.screens.treepage import TreePage
from vmtui.ui.storagetree import Shelf, host_node, pool_nodes, shelf
from vmtui.ui.tree import Node, NodeKey


class StorageScreen(TreePage):
    """Pools; a pool's volumes are read when it is unfolded."""

    searched = "words of a pool or a volume: its name, its path, who uses it; of unfolded pools"

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self._shelves = Shelves(cockpit.fleet, self._more)
        self._made: defaultdict[HostId, Kept[Shelf]] = defaultdict(Kept)
        self._drawn: defaultdict[HostId, Kept[list[Node]]] = defaultdict(Kept)

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self._shelves.close()

    def _more(self) -> None:
        if self.is_mounted:
            self.redraw()

    # -- what is shown -------------------------------------------------------------------------

    def roots(self, inventory: Inventory) -> list[Node]:
        """The hosts with their pools; of a single one the pools."""
        views = list(inventory.hosts.values())
        self._read(inventory)
        return [node for view in views for node in self._of(view, alone=len(views) == 1)]

    def _of(self, view: HostView, *, alone: bool) -> list[Node]:
        """A host's nodes, made anew only where something of its shelf changed."""
        told = self._shelves.told(view.id)
        made = self._made[view.id].of(
            view.pools, view.guests, view.link, *told.values(),
            make=lambda: shelf(view, dict(told)),
        )  # fmt: skip
        return self._drawn[view.id].of(
            alone, made, make=lambda: pool_nodes(made) if alone else [host_node(made)]
        )

    def _read(self, inventory: Inventory) -> None:
        """Have the unfolded pools read, and the one that is gone to."""
        for view in inventory.hosts.values():
            if view.stale:
                continue
            above: NodeKey = () if len(inventory.hosts) == 1 else (f"host {view.id}",)
            pools = [
                pool
                for pool in view.pools or ()
                if self.tree_.is_open((*above, f"pool {pool.uuid}")) or self._is_sought(view, pool)
            ]
            self._shelves.want(view.id, pools)

    def _is_sought(self, view: HostView, pool: Pool) -> bool:
        """Whether the volume that is gone to may lie in that pool."""
        wanted = self._wanted
        if wanted is None or wanted.kind != "volume" or wanted.host != view.id:
            return False
        return bool(pool.path) and wanted.what.startswith(pool.path)

    def turn(self, key: NodeKey) -> None:
        """Fold or unfold; what is unfolded is read."""
        super().turn(key)
        self._read(self.cockpit.store.inventory)

    def headline(self, inventory: Inventory) -> Line:
        """How many pools there are."""
        pools = [pool for view in inventory.hosts.values() for pool in view.pools or ()]
        return (Cell(f" STORAGE  {len(pools)} pool{'' if len(pools) == 1 else 's'}"),)

    def why_empty(self) -> list[Line]:
        """No host, or none with pools."""
        views = list(self.cockpit.store.inventory.hosts.values())
        if not views:
            return [(), text("   no host", Role.MUTED)]
        view = views[0]
        if view.stale:
            return [(), text("   the host is not up", Role.WARN)]
        if view.pools is None:
            return [(), text("   reading…", Role.MUTED)]
        return [(), text("   this host has no storage pools", Role.MUTED)]
