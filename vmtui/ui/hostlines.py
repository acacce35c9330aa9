"""The host strip: a line or two on each host above the table. Pure: facts to lines."""

from __future__ import annotations

from collections.abc import Sequence

from vmtui.model.guest import GuestState, HostId
from vmtui.model.host import LinkState
from vmtui.model.inventory import HostView, Inventory, tally
from vmtui.model.units import duration, ratio, short_size
from vmtui.ui import cells
from vmtui.ui.cells import Cell, Role
from vmtui.ui.lines import EMPTY, Line, text, width_of

HOSTS_SHOWN = 4
GAP = Cell("  ")


def strip(inventory: Inventory, width: int, now: float) -> list[Line]:
    """The lines of all hosts: two for a single one, one each for several."""
    views = list(inventory.hosts.values())
    if not views:
        return [text(" no host: O adds one, or start with --connect URI", Role.WARN)]
    if len(views) == 1:
        return [_headline(views[0], width, now), _load_line(views[0], width)]
    name_width = min(max(len(view.id) for view in views), 16)
    lines = [_brief(view, name_width, width, now) for view in _first(views)]
    if len(views) > HOSTS_SHOWN:
        up = sum(not view.stale for view in views)
        lines[-1] = text(
            f" and {len(views) - HOSTS_SHOWN + 1} more hosts; {up} of {len(views)} up",
            Role.MUTED,
        )
    return lines


def shown(inventory: Inventory) -> frozenset[HostId]:
    """The hosts that the strip shows."""
    return frozenset(view.id for view in _first(list(inventory.hosts.values())))


def _first(views: list[HostView]) -> list[HostView]:
    if len(views) <= HOSTS_SHOWN:
        return views
    # The hosts that are in trouble must not be the ones that do not fit.
    return sorted(views, key=lambda view: not view.stale)[:HOSTS_SHOWN]


def host_at(inventory: Inventory, y: int) -> HostId | None:
    """The host on the strip's line number `y`."""
    views = list(inventory.hosts.values())
    if len(views) == 1:
        return views[0].id
    first = _first(views)
    several = len(views) > HOSTS_SHOWN
    return first[y].id if 0 <= y < len(first) - several else None


def key_at(line: Line, x: int) -> str:
    """The word of the key that lies `x` cells from the left, itself or what it does; or ""."""
    left, key = 0, ""
    for cell in line:
        left += width_of((cell,))
        if cell.role is Role.KEY:
            key = cell.text.strip()
        elif not cell.text.strip():
            key = key if x < left - 1 else ""
        if x < left:
            return key
    return ""


def flow(parts: Sequence[Line], width: int, gap: Cell = GAP) -> Line:
    """The parts side by side, as many as fit; the first ones are kept longest."""
    made: list[Cell] = []
    left = width
    for part in parts:
        needed = width_of(part) + (len(gap.text) if made else 0)
        if not part or needed > left:
            continue
        if made:
            made.append(gap)
        made.extend(part)
        left -= needed
    return tuple(made)


def _spread(left: Line, right: Line, width: int) -> Line:
    """One part at the left and one at the right end, which goes where both do not fit."""
    space = width - width_of(left) - width_of(right) - 1
    return (*left, Cell(" " * space), *right, Cell(" ")) if space >= 2 else left


def census(view: HostView) -> Line:
    """How many guests are in which state: `3 running  1 paused  6 off`."""
    if not view.listed:
        return EMPTY
    if not view.guests:
        return text("no guests", Role.MUTED)
    counts = tally(view).states
    made: list[Cell] = []
    for state, (glyph, word, role) in cells.STATES.items():
        if counts[state]:
            made.append(Cell(f"{'  ' if made else ''}{glyph} {counts[state]} {word}", role))
    return tuple(made)


def trouble(view: HostView, now: float) -> Line:
    """Why a host is not up, how old what is shown is, and when the next try comes."""
    link = view.link
    parts: list[str] = []
    if link.error is not None:
        parts.append(cells.clean(link.error.title, 200))
    if view.read_at is not None and view.guests:
        parts.append(f"shown as of {cells.moment(view.read_at)}")
    if link.retry_at is not None and link.state is not LinkState.CONNECTING:
        parts.append(f"next try in {duration(max(0, link.retry_at - now))}")
    role = Role.MUTED if link.state is LinkState.CONNECTING else Role.BAD
    return text(" · ".join(parts), role) if parts else EMPTY


def _headline(view: HostView, width: int, now: float) -> Line:
    facts = view.facts
    name = (Cell(" "), Cell(cells.clean(view.id, 40), Role.TITLE), Cell(" "),
            cells.link(view.link, now))  # fmt: skip
    if view.stale:
        return flow([name, trouble(view, now)], width)
    parts: list[Line] = [name]
    if view.production:
        parts.append(text("production", Role.BAD))
    if view.capabilities.read_only:
        parts.append(text("read-only", Role.WARN))
    about = [facts.hypervisor, facts.library]
    parts.append(text(" · ".join(cells.clean(part, 40) for part in about if part), Role.MUTED))
    word, role = cells.VIRTUALIZATION[facts.virtualization]
    if role is not Role.MUTED:
        parts.append(text(word, role))
    if view.figures and view.figures.sample.booted_at:
        parts.append(text(f"host up {duration(now - view.figures.sample.booted_at)}", Role.MUTED))
    right = census(view)
    return _spread(flow(parts, width - width_of(right) - 3), right, width)


def _gauge(label: str, fraction: float | None, shown: str, width: int) -> Line:
    role = Role.MUTED if fraction is None else cells.load_role(fraction)
    bar = cells.bar(fraction, width)
    return (
        Cell(f"{label} ", Role.MUTED),
        Cell(bar, Role.ACCENT if role is Role.TEXT else role),
        Cell(f" {shown}", role),
    )


def _load_line(view: HostView, width: int) -> Line:
    figures = view.figures
    if figures is None:
        return text(" waiting for the first figures", Role.MUTED) if not view.stale else EMPTY
    sample = figures.sample
    gauge = 10 if width < 120 else 20
    cpu = figures.cpu.busy if figures.cpu else None
    total = sample.memory_total
    used = f"{short_size(sample.memory_used)}" if sample.memory_used is not None else "?"
    held = f"{used}/{short_size(total)}" if total else cells.UNKNOWN
    parts = [
        (Cell(" "), *_gauge("CPU", cpu, f"{cells.percent(cpu).text:>4}", gauge)),
        _gauge("MEM", ratio(sample.memory_used, total), held, gauge),
    ]
    if sample.load is not None:
        loads = sample.load if width >= 120 else sample.load[:1]
        parts.append(_fact("LOAD", " ".join(f"{value:.2f}" for value in loads)))
    parts.append(_overcommit(view))
    if figures.received is not None:
        rates = f"↓{cells.rate(figures.received)} ↑{cells.rate(figures.sent)}"
        parts.append(_fact("NET", rates))
    if sample.swap_total:
        swap = ratio(sample.swap_used, sample.swap_total) or 0.0
        parts.append(_fact("SWAP", f"{swap:.0%}", cells.load_role(swap)))
    if figures.cpu and figures.cpu.iowait is not None:
        parts.append(_fact("IOWAIT", f"{figures.cpu.iowait:.0%}"))
    if figures.cpu and figures.cpu.steal:
        parts.append(_fact("STEAL", f"{figures.cpu.steal:.0%}"))
    parts.append(_fullest_pool(view))
    return flow(parts, width)


def _fact(label: str, value: str, role: Role = Role.TEXT) -> Line:
    return Cell(f"{label} ", Role.MUTED), Cell(value, role)


def _overcommit(view: HostView) -> Line:
    promised = tally(view).commitment
    vcpus, memory = (
        ratio(promised.vcpus, promised.cpus),
        ratio(promised.memory, promised.memory_total),
    )
    if vcpus is None or memory is None:
        return EMPTY
    role = Role.WARN if memory > 1 else Role.TEXT
    return (*_fact("vCPU", f"{vcpus:.1f}×"), Cell(" "), *_fact("RAM", f"{memory:.1f}×", role))


def _fullest_pool(view: HostView) -> Line:
    fills = [
        (ratio(pool.allocation, pool.capacity) or 0.0, pool.name)
        for pool in view.pools or ()
        if pool.capacity
    ]
    if not fills:
        return EMPTY
    fill, name = max(fills)
    return _fact("POOL", f"{cells.clean(name, 20)} {fill:.0%}", cells.load_role(fill))


def _brief(view: HostView, name_width: int, width: int, now: float) -> Line:
    name = cells.clean(view.id, 40)[:name_width].ljust(name_width)
    head = (Cell(" "), Cell(name, Role.TITLE), Cell(" "), cells.link(view.link, now))
    if view.stale or view.figures is None:
        return flow([head, trouble(view, now)], width)
    sample = view.figures.sample
    cpu = view.figures.cpu.busy if view.figures.cpu else None
    memory = ratio(sample.memory_used, sample.memory_total)
    on = tally(view).states[GuestState.RUNNING]
    return flow(
        [
            head,
            text("production", Role.BAD) if view.production else EMPTY,
            _gauge("CPU", cpu, f"{cells.percent(cpu).text:>4}", 8),
            _gauge("MEM", memory, f"{cells.percent(memory).text:>4}", 8),
            _fact("GUESTS", f"{on} on of {len(view.guests)}"),
            _fact("LOAD", f"{sample.load[0]:.2f}") if sample.load else EMPTY,
            _overcommit(view),
            text("read-only", Role.WARN) if view.capabilities.read_only else EMPTY,
        ],
        width,
    )
