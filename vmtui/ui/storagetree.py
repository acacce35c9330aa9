"""Pools, volumes and who uses them, as nodes of a tree. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from vmtui.errors import VmtuiError
from vmtui.model.guest import HostId
from vmtui.model.inventory import HostView
from vmtui.model.layers import Chain, Found, Layer
from vmtui.model.storage import Pool, Volume
from vmtui.model.units import ratio, short_size
from vmtui.model.usage import Use, Uses, overlays, users, uses_of
from vmtui.ui import cells
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.columns import natural
from vmtui.ui.lines import Line, fit, text
from vmtui.ui.targets import Target
from vmtui.ui.tree import Node

BAR = 10
NAMED = 3
"""Users that a line names; more are counted."""
MOST_DEEP = 50

Told = tuple[Volume, ...] | VmtuiError | None
"""A pool's volumes, or why they are not told; None while they are being read."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A host's volumes as far as they were read, and who uses them."""

    view: HostView
    pools: Mapping[str, Told]
    """By the pool's name; one that is not in it was not read."""
    uses: Uses
    on: Mapping[str, tuple[Volume, ...]] = field(default_factory=dict)
    """Which volumes lie on a file, by its path."""
    by_path: Mapping[str, Volume] = field(default_factory=dict)


def shelf(view: HostView, pools: Mapping[str, Told]) -> Shelf:
    """The shelf of a host."""
    known = [one for told in pools.values() if isinstance(told, tuple) for one in told]
    return Shelf(
        view, pools, uses_of(view.guests.values()), overlays(known),
        {volume.path: volume for volume in known},
    )  # fmt: skip


def pool_target(host: HostId, pool: str) -> Target:
    """A pool on the page of pools."""
    return Target("storage", host, pool, "pool")


def volume_target(host: HostId, path: str, place: str = "xray") -> Target:
    """A volume, by its path."""
    return Target(place, host, path, "volume")


# -- pools ---------------------------------------------------------------------------------------


def host_node(made: Shelf) -> Node:
    """A host with its pools."""
    view = made.view
    glyph, _, role = cells.LINKS[view.link.state]
    line: Line = (Cell(f"{glyph} ", role), Cell(clean(view.id, 60), Role.TITLE))
    children = tuple(pool_nodes(made))
    if view.pools is None:
        line = (*line, Cell("  pools not known yet" if not view.stale else "  not up", Role.MUTED))
    elif not children:
        line = (*line, Cell("  no pools", Role.MUTED))
    return Node(f"host {view.id}", line, Target("host", view.id), children=children)


def pool_nodes(made: Shelf) -> list[Node]:
    """The pools of a host by name."""
    pools = sorted(made.view.pools or (), key=lambda pool: natural(pool.name))
    width = min(max((len(pool.name) for pool in pools), default=0), 24)
    return [pool_node(made, pool, width) for pool in pools]


def pool_node(made: Shelf, pool: Pool, width: int = 0) -> Node:
    """A pool with its volumes, or with why they are not told."""
    told = made.pools.get(pool.name)
    children: tuple[Node, ...] = ()
    if isinstance(told, VmtuiError):
        children = (Node("error", text(clean(str(told), 300), Role.BAD)),)
    elif told is not None:
        children = tuple(volume_node(made, one, set(), place="storage")
                         for one in sorted(told, key=lambda one: natural(one.name)))  # fmt: skip
        children = children or (Node("empty", text("no volumes", Role.MUTED)),)
    elif pool.capacity is not None:
        children = (Node("reading", text("reading…", Role.MUTED)),)
    count = (
        f"  {len(told)} volume{'' if len(told) == 1 else 's'}" if isinstance(told, tuple) else ""
    )
    line = (*pool_line(pool, width), Cell(count, Role.TEXT))
    me = pool_target(made.view.id, pool.name)
    return Node(f"pool {pool.uuid}", line, None, me, children, folded=True)


def pool_line(pool: Pool, width: int = 0) -> Line:
    """A pool's name, fill and place."""
    word, role = cells.POOLS[pool.state]
    name = Cell(fit(clean(pool.name, 60), max(width, 1)) if width else clean(pool.name, 60),
                Role.STRONG)  # fmt: skip
    place = " ".join(part for part in (clean(pool.kind, 20), clean(pool.path, 200)) if part)
    fill = ratio(pool.allocation, pool.capacity)
    if fill is None or pool.capacity is None:
        return (name, Cell(f"  {word}", role), Cell(f"  {place}", Role.MUTED))
    shown = cells.percent(fill)
    warm = cells.load_role(fill)
    state: Line = () if role is Role.RUNNING else (Cell(f"  {word}", role),)
    return (
        name,
        Cell(f"  {cells.bar(fill, BAR)}", Role.ACCENT if warm is Role.TEXT else warm),
        Cell(f"{shown.text:>5}", shown.role),
        Cell(f"  {short_size(pool.available or 0)} free of {short_size(pool.capacity)}"),
        *state,
        Cell(f"  {place}", Role.MUTED),
    )


# -- volumes -------------------------------------------------------------------------------------


def volume_node(made: Shelf, volume: Volume, above: set[str], place: str = "xray") -> Node:
    """A volume, who uses it and what lies on it; `above` are the paths that led here."""
    seen = above | {volume.path}
    host = made.view.id
    children = [use_node(use) for use in made.uses.of(volume)]
    lying = sorted(made.on.get(volume.path, ()), key=lambda one: natural(one.name))
    for upper in lying:
        if upper.path in seen or len(seen) > MOST_DEEP:
            children.append(Node(f"loop {upper.path}", loop_line(upper)))
        else:
            node = volume_node(made, upper, seen)
            lead = (Cell("overlay ", Role.MUTED), *node.line)
            children.append(Node(node.key, lead, node.target, node.me, node.children))
    line = (*volume_line(volume), *used_line(users(volume, made.uses, made.on)))
    return Node(
        f"volume {volume.path}", line, volume_target(host, volume.path),
        volume_target(host, volume.path, place), tuple(children), folded=True,
    )  # fmt: skip


def volume_line(volume: Volume) -> Line:
    """A volume's name, format and sizes."""
    capacity, taken = volume.capacity, volume.allocation
    sizes = ""
    if capacity:
        sizes = f"{short_size(taken)} of {short_size(capacity)}" if taken is not None else (
            short_size(capacity)
        )  # fmt: skip
    about = ", ".join(part for part in (clean(volume.format, 20), sizes) if part)
    return (Cell(clean(volume.name or volume.path, 200), Role.STRONG), Cell(f"  {about}"))


def loop_line(volume: Volume) -> Line:
    """A volume that lies on itself."""
    return (
        Cell(f"{clean(volume.name, 200)}  ", Role.STRONG),
        Cell("✗ a loop: it is one of those that lie on it", Role.BAD),
    )


def used_line(found: Sequence[Use]) -> Line:
    """Who uses a thing, in few words."""
    names = list(dict.fromkeys(clean(use.guest.name, 40) for use in found))
    if not names:
        return (Cell("  unused", Role.MUTED),)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return (Cell(f"  ← {', '.join(names[:NAMED])}{more}", Role.ACCENT),)


def use_node(use: Use) -> Node:
    """A guest that uses a thing."""
    guest = use.guest
    state = cells.state(guest)
    what = {"kernel": "boots it as its kernel", "nvram": "keeps its UEFI variables in it"}
    about = what.get(use.target, f"as {clean(use.target, 20)}")
    me = Target("xray", guest.key.host, guest.key.uuid, "guest")
    line = (
        Cell(f"{state.text.partition(' ')[0]} ", state.role),
        Cell(clean(guest.name, 200), Role.STRONG),
        Cell(f"  {about}", Role.MUTED),
    )
    return Node(f"guest {guest.key.uuid} {use.target}", line, me, me)


def volume_tree(made: Shelf, volume: Volume, *, reading: bool = False) -> Node:
    """A volume as a root: what it lies on, its pool, who uses it and what lies on it.

    `reading` says that not all pools were read yet: more overlays may come.
    """
    view, base = made.view, volume_node(made, volume, set())
    children: list[Node] = []
    seen = {volume.path}
    path = volume.backing
    while path and path not in seen and len(seen) <= MOST_DEEP:
        seen.add(path)
        lower = made.by_path.get(path)
        line = volume_line(lower) if lower is not None else (
            Cell(clean(path, 300), Role.STRONG), Cell("  in no pool that was read", Role.WARN)
        )  # fmt: skip
        me = volume_target(view.id, path)
        children.append(Node(f"below {path}", (Cell("lies on ", Role.MUTED), *line), me, me))
        path = lower.backing if lower is not None else ""
    if path in seen:
        children.append(Node("loop", text("✗ a loop: the chain has no end", Role.BAD)))
    children += pool_leaf(view, volume.pool)
    children += base.children
    below = [use for use in made.uses.below.get(volume.path, ())
             if not made.on.get(volume.path)]  # fmt: skip
    children += [use_node(use) for use in below]
    if reading:
        children.append(Node("reading", text("reading the pools…", Role.MUTED)))
    elif volume.path not in made.by_path:
        children.append(Node("outside", text("in no active pool of the host", Role.WARN)))
    target = pool_target(view.id, volume.pool) if volume.pool else None
    return Node("volume", base.line, target, base.me, tuple(children))


# -- chains --------------------------------------------------------------------------------------

_FOUND: Mapping[Found, tuple[str, Role]] = {
    Found.VOLUME: ("", Role.TEXT),
    Found.FILE: ("", Role.WARN),
    Found.MISSING: ("✗ missing: ", Role.BAD),
    Found.LOOP: ("✗ a loop: ", Role.BAD),
    Found.UNSEEN: ("? ", Role.WARN),
}


def chain_nodes(view: HostView, chain: Chain) -> tuple[Node, ...]:
    """The files of a chain, each below the one that lies on it, and the pools that they are in."""
    below: tuple[Node, ...] = ()
    for number in range(len(chain.layers) - 1, -1, -1):
        layer = chain.layers[number]
        upper = chain.layers[number - 1] if number else None
        below = (layer_node(view, number, layer, upper, below),)
    return below


def layer_node(
    view: HostView, number: int, layer: Layer, upper: Layer | None, below: tuple[Node, ...]
) -> Node:
    """One file of a chain; its pool stands below it where the file above has another one."""
    volume = layer.volume
    word, role = _FOUND[layer.found]
    if volume is not None:
        line = (*volume_line(volume), Cell(f"  in pool {clean(volume.pool, 60)}", Role.MUTED))
    else:
        line = (Cell(clean(layer.source, 300), Role.STRONG),)
    if layer.note:
        line = (*line, Cell(f"  {word}{clean(layer.note, 300)}", role))
    if upper is not None:
        line = (Cell("lies on ", Role.MUTED), *line)
    above = upper.volume.pool if upper is not None and upper.volume is not None else None
    children = below
    if volume is not None and volume.pool != above:
        children = (*pool_leaf(view, volume.pool), *below)
    me = volume_target(view.id, volume.path if volume is not None else layer.source)
    return Node(f"layer {number}", line, me, me, children)


def pool_leaf(view: HostView, name: str) -> tuple[Node, ...]:
    """The pool of that name, to go to."""
    me = pool_target(view.id, name)
    found: Iterable[Pool] = (pool for pool in view.pools or () if pool.name == name)
    return tuple(
        Node(f"pool {name}", (Cell("pool ", Role.MUTED), *pool_line(pool)), me, me)
        for pool in found
    )
