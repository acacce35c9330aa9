"""The details of one guest as lines: who it is, what it uses, what it is made of. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from vmtui.engine.history import Metric, Series
from vmtui.model.device import Disk
from vmtui.model.guest import Definition, Labels
from vmtui.model.stats import DiskFigures, GuestFigures
from vmtui.model.units import duration, ratio, short_size, size
from vmtui.ui import cells, graph
from vmtui.ui.cells import Cell, Role
from vmtui.ui.columns import Row
from vmtui.ui.lines import EMPTY, Line, fit, text
from vmtui.ui.tooldetail import LABEL, tools_lines
from vmtui.ui.tooldetail import fact as _fact

SeriesOf = Callable[[Metric], Series]
QUIET_RATE = 100 * 1024.0
"""Bytes a second below which a rate's graph stays low: noise is no mountain."""


def detail(row: Row, series_of: SeriesOf, width: int, now: float) -> list[Line]:
    """All that is known of a guest, `width` cells wide."""
    lines = [*_identity(row, width, now), EMPTY, *_graphs(row, series_of, width), EMPTY]
    definition = row.guest.definition
    if definition is None:
        return [*lines, text("reading its definition…", Role.MUTED)]
    return [
        *lines,
        *tools_lines(row.guest, width, _head("guest tools", width), row.verb),
        *_disks(definition, row.figures, width),
        *_interfaces(row, definition, width),
        *_machine(definition, width),
        *_doors(definition, width),
    ]


def _head(words: str, width: int) -> Line:
    return Cell(f"{words} ", Role.TITLE), Cell("─" * max(width - len(words) - 1, 0), Role.MUTED)


def _identity(row: Row, width: int, now: float) -> list[Line]:
    guest, definition = row.guest, row.guest.definition
    state = row.overlay or cells.state(guest)
    why = f" ({cells.clean(guest.reason, 60)})" if guest.reason else ""
    lines: list[Line] = [
        (Cell(fit(cells.clean(guest.name, 300), width).rstrip(), Role.STRONG),),
        (state, Cell(fit(why, max(width - len(state.text), 0)).rstrip(), Role.MUTED)),
    ]
    if definition and definition.title:
        lines += _fact("title", cells.clean(definition.title, 300), width)
    if definition and definition.description:
        lines += _fact("notes", cells.clean(definition.description, 400), width, Role.MUTED)
    if definition:
        lines += _labels(definition.labels, width)
    up = cells.uptime(guest, now).text
    if up:
        lines += _fact("uptime", up, width)
    if definition and definition.os:
        lines += _fact("os", cells.os_name(definition.os), width)
    if guest.hostname:
        lines += _fact("hostname", cells.clean(guest.hostname, 100), width)
    if guest.addresses:
        said = [
            f"{cells.clean(address.ip, 45)} ({address.source})" for address in guest.addresses[:8]
        ]
        lines += _fact("address", ", ".join(said), width)
    kind = {True: "persistent", False: "transient", None: "kind not known"}[guest.persistent]
    auto = {True: "starts with the host", False: "no autostart", None: ""}[guest.autostart]
    lines += _fact("kind", ", ".join(part for part in (kind, auto) if part), width)
    if guest.saved:
        lines += _fact("saved", "resumes from its saved state", width, Role.WARN)
    if guest.snapshots:
        lines += _fact("snapshots", "yes", width)
    lines.append(text(fit(guest.key.uuid, width).rstrip(), Role.MUTED))
    if len(guest.key.host) and row.stale:
        lines += _fact("host", f"{cells.clean(guest.key.host, 40)}: not up", width, Role.BAD)
    return lines


def _labels(labels: Labels, width: int) -> list[Line]:
    """What people wrote on it."""
    lines: list[Line] = []
    if labels.tags:
        lines += _fact("tags", cells.clean(" ".join(labels.tags)), width, Role.ACCENT)
    if labels.group:
        lines += _fact("group", cells.clean(labels.group), width)
    if labels.order is not None:
        wait = f", those after it wait at most {duration(labels.delay)}" if labels.delay else ""
        lines += _fact("order", f"{labels.order}{wait}", width)
    if labels.note:
        lines += _fact("note", cells.clean(labels.note, 600), width, Role.WARN)
    return lines


def _graphs(row: Row, series_of: SeriesOf, width: int) -> list[Line]:
    figures = row.figures
    if figures is None and all(math.isnan(v) for v in series_of(Metric.CPU).values):
        words = "no figures yet" if row.guest.state.active else "no figures: it does not run"
        return [text(words, Role.MUTED)]
    definition = row.guest.definition
    top_memory = float(definition.memory if definition and definition.memory else 1)
    cpu = cells.percent(figures.cpu if figures else None, 1)
    memory = cells.memory(
        figures.memory if figures else None, definition.memory if definition else None
    )
    lines: list[Line] = []
    lines += _graph("CPU", cpu.text, series_of(Metric.CPU), width, lambda values: 1.0)
    lines += _graph("memory", memory.text, series_of(Metric.MEMORY), width, lambda _: top_memory)
    lines += _graph("disk", cells.disk_rates(figures).text.strip(), series_of(Metric.DISK), width,
                    lambda values: graph.peak(values, QUIET_RATE))  # fmt: skip
    lines += _graph("network", cells.net_rates(figures).text.strip(), series_of(Metric.NET), width,
                    lambda values: graph.peak(values, QUIET_RATE))  # fmt: skip
    return lines


def _graph(
    label: str,
    value: str,
    series: Series,
    width: int,
    top_of: Callable[[Sequence[float]], float],
) -> list[Line]:
    values = series.values
    span = duration(len(values) * series.step)
    known = sum(1 for value_ in values if not math.isnan(value_))
    head = f"{label:<8} {' '.join(value.split())}"
    right = f"last {span}" if known else "no history yet"
    space = max(1, width - len(head) - len(right))
    lines: list[Line] = [(Cell(head), Cell(" " * space + right, Role.MUTED))]
    top = top_of(values)
    rows = graph.area(values, width, 2, top)
    return lines + [(Cell(row, Role.BUSY),) for row in rows]


def _disks(definition: Definition, figures: GuestFigures | None, width: int) -> list[Line]:
    if not definition.disks:
        return [_head("disks", width), text("none", Role.MUTED)]
    by_target = {disk.target: disk for disk in figures.disks} if figures else {}
    lines: list[Line] = [_head("disks", width)]
    for disk in definition.disks:
        lines += _disk(disk, by_target.get(disk.target), width)
    return lines


def _disk(disk: Disk, figures: DiskFigures | None, width: int) -> list[Line]:
    about = [cells.clean(part, 20) for part in (disk.device, disk.bus, disk.format) if part]
    if disk.read_only:
        about.append("read-only")
    head = Cell(fit(cells.clean(disk.target, 8), LABEL - 1) + " ", Role.STRONG)
    source = cells.clean(disk.source, 300) or "(empty)"
    lines: list[Line] = [(head, Cell(", ".join(about), Role.MUTED))]
    indent = Cell(" " * LABEL)
    if len(source) > width - LABEL:
        source = "…" + source[-(width - LABEL - 1) :]
    lines.append((indent, Cell(source)))
    if figures and figures.capacity:
        fill = ratio(figures.allocation, figures.capacity)
        held = f"{short_size(figures.allocation or 0)} of {size(figures.capacity)}"
        role = cells.load_role(fill) if fill is not None else Role.MUTED
        lines.append((indent, Cell(cells.bar(fill, 10), Role.ACCENT), Cell(f" {held}", role)))
        if figures.read is not None or figures.written is not None:
            moved = f"read {cells.rate(figures.read)}/s, written {cells.rate(figures.written)}/s"
            lines.append((indent, Cell(moved, Role.MUTED)))
    return lines


def _interfaces(row: Row, definition: Definition, width: int) -> list[Line]:
    lines: list[Line] = [_head("network interfaces", width)]
    if not definition.interfaces:
        return [*lines, text("none", Role.MUTED)]
    by_name = {one.name: one for one in row.figures.interfaces} if row.figures else {}
    for one in definition.interfaces:
        source = f"{one.kind} {cells.clean(one.source, 60)}".strip()
        about = ", ".join(part for part in (source, cells.clean(one.model, 20)) if part)
        cable = "" if one.link_up else ", cable unplugged"
        lines += _fact(cells.clean(one.target, 8) or "nic", about + cable, width)
        lines.append((Cell(" " * LABEL), Cell(cells.clean(one.mac, 20), Role.MUTED)))
        figures = by_name.get(one.target)
        if figures and figures.received is not None:
            moved = f"received {cells.rate(figures.received)}/s, sent {cells.rate(figures.sent)}/s"
            lines.append((Cell(" " * LABEL), Cell(moved, Role.MUTED)))
    return lines


def _machine(definition: Definition, width: int) -> list[Line]:
    plugged = f"{definition.vcpus} of {definition.vcpus_max}"
    vcpus = plugged if definition.vcpus != definition.vcpus_max else str(definition.vcpus)
    memory = size(definition.memory)
    if definition.memory_max != definition.memory:
        memory += f" of {size(definition.memory_max)}"
    firmware = {"uefi": "UEFI", "bios": "BIOS", "none": "none"}.get(
        definition.firmware, definition.firmware
    )
    if definition.secure_boot:
        firmware += " with secure boot"
    lines = [_head("machine", width)]
    lines += _fact("vCPUs", vcpus, width) + _fact("memory", memory, width)
    kind = ", ".join(
        cells.clean(part, 60)
        for part in (definition.engine, definition.arch, definition.machine, definition.cpu)
        if part
    )
    lines += _fact("type", kind, width) + _fact("firmware", firmware, width)
    if definition.kernel:
        lines += _fact("kernel", cells.clean(definition.kernel, 200), width)
    if definition.boot:
        lines += _fact("boot", ", ".join(cells.clean(one, 30) for one in definition.boot), width)
    if definition.tpm:
        lines += _fact("TPM", cells.clean(definition.tpm, 30), width)
    return lines


def _doors(definition: Definition, width: int) -> list[Line]:
    lines = [_head("consoles and displays", width)]
    for console in definition.consoles:
        log = f", logged to {cells.clean(console.log, 200)}" if console.log else ""
        lines += _fact("console", f"{console.kind} {console.port}{log}", width)
    if not definition.consoles:
        lines += _fact("console", "none", width, Role.MUTED)
    for display in definition.displays:
        where = f"{cells.clean(display.address, 60) or 'any'}:{display.port or '(not assigned)'}"
        lines += _fact("display", f"{display.kind} on {where}", width)
    if not definition.displays:
        lines += _fact("display", "none", width, Role.MUTED)
    return lines
