"""The pulses as lines: health in a few panes, each row with the place that it leads to. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vmtui.engine.history import Metric, Series
from vmtui.engine.pulse import Fault, FaultKind, Fill, FillKind, Load, Pulse
from vmtui.model.change import Event, Happened
from vmtui.model.guest import Guest, GuestKey, GuestState, HostId
from vmtui.model.inventory import HostView, Inventory, tally
from vmtui.model.stats import GuestFigures
from vmtui.model.units import duration, ratio, short_size, size
from vmtui.ui import cells, graph
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.hostlines import flow
from vmtui.ui.lines import Line, fit, text
from vmtui.ui.targets import Target, to_guest, to_host

SeriesOf = Callable[[GuestKey | HostId, Metric], Series]

BAD = frozenset({Happened.CRASHED, Happened.FAILED, Happened.IO_ERROR, Happened.WATCHDOG,
                 Happened.HOST_LOST})  # fmt: skip
GOOD = frozenset({Happened.STARTED, Happened.RESUMED, Happened.RESTORED, Happened.HOST_UP,
                  Happened.MIGRATED_IN, Happened.WOKEN})  # fmt: skip
SPARK_FROM = 62
"""A pane of this width has room for longer words."""
PAIRS_FROM = 72
"""A pane of this width has room for rates both ways."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: how it looks, and where it leads."""

    line: Line
    target: Target


@dataclass(frozen=True, slots=True)
class Ranking:
    """A measure that guests are ranked by."""

    id: str
    label: str
    measure: Callable[[GuestFigures], float | None]


def _both(first: float | None, second: float | None) -> float | None:
    return None if first is None and second is None else (first or 0.0) + (second or 0.0)


RANKINGS: tuple[Ranking, ...] = (
    Ranking("cpu", "CPU", lambda f: f.cpu),
    Ranking("memory", "memory", lambda f: ratio(f.memory.used, f.memory.current)
            if f.memory else None),
    Ranking("disk", "disk", lambda f: _both(f.disk_read, f.disk_written)),
    Ranking("net", "network", lambda f: _both(f.received, f.sent)),
)  # fmt: skip
METRICS: Mapping[str, Metric] = {
    "cpu": Metric.CPU, "memory": Metric.MEMORY, "disk": Metric.DISK, "net": Metric.NET
}  # fmt: skip


def verdict(taken: Pulse, inventory: Inventory, width: int) -> Line:
    """All of it in one line."""
    views = inventory.hosts.values()
    parts: list[Line] = []
    failed, full = len(taken.faults), len(taken.fills)
    parts.append(
        text(f" ✗ {failed} failed", Role.BAD) if failed else text(" ✓ nothing failed", Role.GOOD)
    )
    if full:
        parts.append(text(f"▲ {full} nearly full", Role.WARN))
    up, total = sum(not view.stale for view in views), len(inventory.hosts)
    hosts = f"{total} host{'' if total == 1 else 's'} up" if up == total else f"{up} of {total} up"
    parts.append(text(hosts, Role.TEXT if up == total else Role.BAD))
    counted = [tally(view).states for view in views]
    guests = sum(len(view.guests) for view in views)
    running = sum(states[GuestState.RUNNING] for states in counted)
    parts.append(text(f"{running} of {guests} guests run", Role.TEXT))
    return flow(parts, width)


# -- what failed, and what is nearly full --------------------------------------------------------


def faults(taken: Pulse, now: float, several: bool) -> list[Entry]:
    """What failed."""
    return [Entry(_fault(one, now, several), _fault_target(one)) for one in taken.faults]


def _fault(fault: Fault, now: float, several: bool) -> Line:
    since = duration(now - fault.at).split(" ")[0] if fault.at else ""
    word = {FaultKind.HOST: "host", FaultKind.JOB: "job", FaultKind.CHECK: "check"}.get(fault.kind)
    where = f" on {clean(fault.host, 40)}" if several and fault.kind is FaultKind.GUEST else ""
    name = f"{word} {clean(fault.name, 100)}" if word else clean(fault.name, 100)
    return (
        Cell(" ✗ ", Role.BAD),
        Cell(f"{since:>4} ", Role.MUTED),
        Cell(f"{name}{where}  ", Role.STRONG),
        Cell(clean(fault.words, 400), Role.BAD),
    )


def _fault_target(fault: Fault) -> Target:
    match fault.kind:
        case FaultKind.HOST:
            return to_host(fault.host)
        case FaultKind.JOB:
            return Target("jobs", fault.host, str(fault.job))
        case FaultKind.CHECK:
            return Target("doctor", fault.host)
        case FaultKind.GUEST:
            return to_guest(GuestKey(fault.host, fault.uuid))


_FILL_WORDS: dict[FillKind, str] = {
    FillKind.POOL: "pool {name}", FillKind.MEMORY: "memory", FillKind.SWAP: "swap",
    FillKind.HOST_FILES: "{name}", FillKind.GUEST_FILES: "{name} in {of}",
    FillKind.PROMISED: "memory promised", FillKind.VCPUS: "vCPUs promised",
}  # fmt: skip


def fills(taken: Pulse, width: int, several: bool) -> list[Entry]:
    """What is nearly full."""
    return [Entry(_fill(one, width, several), _fill_target(one)) for one in taken.fills]


def _fill(fill: Fill, width: int, several: bool) -> Line:
    words = _FILL_WORDS[fill.kind].format(name=clean(fill.name, 100), of=clean(fill.of, 100))
    on_host = fill.kind in (FillKind.MEMORY, FillKind.SWAP, FillKind.PROMISED, FillKind.VCPUS)
    on_host = on_host or fill.kind is FillKind.HOST_FILES
    where = f" on {clean(fill.host, 40)}" if several or on_host else ""
    promised = fill.kind in (FillKind.PROMISED, FillKind.VCPUS)
    role = Role.BAD if fill.fraction >= 0.9 and not promised else Role.WARN
    shown = f"{fill.fraction:.1f}×" if promised else f"{fill.fraction:.0%}"
    left = (
        f"{fill.used} of {fill.total}"
        if fill.kind is FillKind.VCPUS
        else f"{size(fill.used)} of {size(fill.total)}"
        if promised
        else f"{short_size(max(fill.total - fill.used, 0))} free of {short_size(fill.total)}"
    )
    gauge = 6 if width < SPARK_FROM else 10
    return (
        Cell(f" {cells.bar(fill.fraction, gauge)}", role),
        Cell(f" {shown:>5}  ", role),
        Cell(f"{words}{where}  ", Role.STRONG),
        Cell(left, Role.MUTED),
    )


def _fill_target(fill: Fill) -> Target:
    if fill.kind is FillKind.GUEST_FILES:
        return to_guest(GuestKey(fill.host, fill.uuid))
    return to_host(fill.host)


# -- who is loaded -------------------------------------------------------------------------------


def hosts(taken: Pulse, width: int, now: float, series_of: SeriesOf) -> list[Entry]:
    """Each host, those that are not up first, then the busiest."""
    name_width = min(max((len(view.id) for view in taken.hosts), default=0), 16)
    return [
        Entry(_host(view, name_width, width, now, series_of), to_host(view.id))
        for view in taken.hosts
    ]


def _host(view: HostView, name_width: int, width: int, now: float, series_of: SeriesOf) -> Line:
    glyph, _, role = cells.LINKS[view.link.state]
    head = (
        Cell(f" {glyph} ", role),
        Cell(fit(clean(view.id, 40), name_width), Role.STRONG),
    )
    figures = view.figures
    if view.stale or figures is None:
        title = view.link.error.title if view.link.error else "waiting for the first figures"
        state = cells.link(view.link, now) if view.stale else Cell("")
        words = f"  {state.text[2:]}  " if view.stale else "  "
        return (*head, Cell(words, state.role), Cell(clean(title, 200), Role.MUTED))
    sample = figures.sample
    cpu = figures.cpu.busy if figures.cpu else None
    memory = ratio(sample.memory_used, sample.memory_total)
    on, all_ = tally(view).states[GuestState.RUNNING], len(view.guests)
    gauge = 5 if width < SPARK_FROM else 8
    net = _both(figures.received, figures.sent)
    load = f"{sample.load[0]:>5.2f}" if sample.load is not None else f"{cells.UNKNOWN:>5}"
    parts = [
        head,
        _gauge("CPU", cpu, gauge),
        _gauge("MEM", memory, gauge),
        text(f"{on:>3}/{all_} on", Role.MUTED),
        (Cell("net ", Role.MUTED), Cell(f"{cells.rate(net):>5}")),
        (Cell("load ", Role.MUTED), Cell(load)),
    ]
    made = flow(parts, width)
    return (*made, *_spark(made, width, series_of(view.id, Metric.CPU), 1.0))


def _gauge(label: str, fraction: float | None, width: int) -> Line:
    shown = cells.percent(fraction)
    role = Role.ACCENT if shown.role in (Role.TEXT, Role.MUTED) else shown.role
    return (
        Cell(f"{label} ", Role.MUTED),
        Cell(cells.bar(fraction, width), role),
        Cell(f"{shown.text:>4}", shown.role),
    )


def _spark(made: Line, width: int, series: Series, top: float) -> list[Cell]:
    """The last five minutes in what is left of the line, where that is enough to see something."""
    room = min(width - sum(len(cell.text) for cell in made) - 2, 30)
    if room < 8:
        return []
    values = graph.resample(series.values, room)
    return [Cell(" " + cells.sparkline(list(values), top), Role.BUSY)]


def guests_header(ranking: Ranking, width: int, several: bool) -> Line:
    """The heads of the columns of `guests`: the first one, then one a ranking."""
    name, host = _guest_widths(width, several)
    heads = ("   CPU", "         MEM", "   READ WRITE", "    RX    TX")
    if width < PAIRS_FROM:
        heads = ("   CPU", "         MEM", "  DISK", "   NET")
    return (
        Cell(f" {fit(f'TOP {ranking.label}'.upper(), name)} {fit('HOST' if host else '', host)}"),
        *(Cell(words, Role.ACCENT if one is ranking else Role.TEXT)
          for words, one in zip(heads, RANKINGS, strict=True)),
    )  # fmt: skip


def _guest_widths(width: int, several: bool) -> tuple[int, int]:
    host = 10 if several else 0
    taken = 45 if width >= PAIRS_FROM else 32
    return max(min(width - taken - host, 28), 8), host


def guests(
    loads: Sequence[Load], ranking: Ranking, width: int, several: bool, series_of: SeriesOf
) -> list[Entry]:
    """The guests that use most of one thing."""
    return [
        Entry(_guest(view, guest, figures, ranking, width, several, series_of),
              to_guest(guest.key))
        for view, guest, figures in loads
    ]  # fmt: skip


def _guest(
    view: HostView, guest: Guest, figures: GuestFigures, ranking: Ranking, width: int,
    several: bool, series_of: SeriesOf,
) -> Line:  # fmt: skip
    name, host = _guest_widths(width, several)
    cpu, memory = cells.percent(figures.cpu), cells.memory(figures.memory, None)
    made = (
        Cell(f" {fit(clean(guest.name, 200), name)} ", Role.STRONG),
        Cell(fit(clean(view.id, 40), host), Role.MUTED),
        Cell(f"{cpu.text:>6}", cpu.role),
        Cell(f"{memory.text:>12}", memory.role),
        *_rates(figures, width),
    )
    metric = METRICS[ranking.id]
    series = series_of(guest.key, metric)
    known = [value for value in series.values if not math.isnan(value)]
    top = 1.0 if metric is Metric.CPU else max([*known, 1.0])
    return (*made, *_spark(made, width, series, top))


def _rates(figures: GuestFigures, width: int) -> Line:
    """Disk and network: both ways where there is room, else together."""
    if width >= PAIRS_FROM:
        disk, net = cells.disk_rates(figures), cells.net_rates(figures)
        return Cell(f"{disk.text:>13}", disk.role), Cell(f"{net.text:>12}", net.role)
    sums = (
        _both(figures.disk_read, figures.disk_written),
        _both(figures.received, figures.sent),
    )
    return tuple(
        Cell(f"{cells.rate(value):>6}", Role.TEXT if value and value >= 1 else Role.MUTED)
        for value in sums
    )


# -- what changed --------------------------------------------------------------------------------


def changes(
    taken: Pulse, inventory: Inventory, width: int, now: float, several: bool
) -> list[Entry]:
    """What happened lately, the newest first."""
    return [
        Entry(_change(event, width, now, several), _change_target(event, inventory))
        for event in taken.changes
    ]


def _change(event: Event, width: int, now: float, several: bool) -> Line:
    role = Role.BAD if event.what in BAD else Role.GOOD if event.what in GOOD else Role.TEXT
    glyph = "✗" if event.what in BAD else "+" if event.what in GOOD else "·"
    name = clean(event.name or event.host, 200)
    where = f"  on {clean(event.host, 40)}" if several and event.name else ""
    at = f" {cells.moment(event.at)}" if width >= SPARK_FROM else ""
    return (
        Cell(f" {glyph} ", role),
        Cell(f"{duration(now - event.at).split(' ')[0]:>4}{at} ", Role.MUTED),
        Cell(f"{fit(name, 22 if width >= SPARK_FROM else 18)} ", Role.STRONG),
        Cell(event.what.value, role),
        Cell(f"{where}  {clean(event.detail, 200)}", Role.MUTED),
    )


def _change_target(event: Event, inventory: Inventory) -> Target:
    key = GuestKey(event.host, event.uuid)
    if event.uuid and inventory.guest(key) is not None:
        return to_guest(key)
    if event.uuid:
        return Target("events", event.host, event.uuid)
    return to_host(event.host) if event.host in inventory.hosts else Target("events")
