"""One host in full as lines: processors, memory, disks, pools, networks, versions. Pure."""

from __future__ import annotations

from vmtui.engine.history import Metric
from vmtui.model.host import CpuShare, HostFacts, HostFigures, HostSample
from vmtui.model.inventory import HostView, tally
from vmtui.model.network import Network
from vmtui.model.storage import Pool
from vmtui.model.units import duration, ratio, short_size, size
from vmtui.ui import cells, graph
from vmtui.ui.cells import UNKNOWN, Cell, Role
from vmtui.ui.detail import SeriesOf
from vmtui.ui.hostlines import census, trouble
from vmtui.ui.lines import EMPTY, Line, fit, text, wrap

LABEL = 16
BAR = 20


def page(
    view: HostView, series_of: SeriesOf, width: int, now: float, check: Line = EMPTY
) -> list[Line]:
    """All that is known of a host, `width` cells wide; what is not known says so.

    `check` is what its check found, in one line.
    """
    lines: list[Line] = [
        (Cell(cells.clean(view.id, 60), Role.TITLE), Cell(f"  {cells.clean(view.uri, 200)}  ",
         Role.MUTED), cells.link(view.link, now)),
    ]  # fmt: skip
    if view.stale:
        lines += _trouble(view, width, now)
    lines += [EMPTY, *_about(view, width, now, check)]
    if view.figures is not None:
        lines += [EMPTY, *_processors(view.figures, series_of, width)]
        lines += [EMPTY, *_memory(view, view.figures.sample, width)]
        lines += [EMPTY, *_disks(view.figures.sample, width)]
    lines += [EMPTY, *_pools(view.pools, width), EMPTY, *_networks(view.networks, width)]
    return lines


def _trouble(view: HostView, width: int, now: float) -> list[Line]:
    lines: list[Line] = [trouble(view, now)]
    error = view.link.error
    if error is not None:
        for words, role in ((error.detail, Role.TEXT), (error.hint, Role.ACCENT)):
            if words:
                shown = "\n".join(cells.clean(part, 500) for part in words.split("\n"))
                lines += [text(part, role) for part in wrap(shown, width)]
    return lines


def _head(words: str, width: int) -> Line:
    return Cell(f"{words} ", Role.TITLE), Cell("─" * max(width - len(words) - 1, 0), Role.MUTED)


def _fact(label: str, value: str, role: Role = Role.TEXT) -> Line:
    return (Cell(fit(label, LABEL), Role.MUTED),
            Cell(value or UNKNOWN, role if value else Role.MUTED))  # fmt: skip


def _about(view: HostView, width: int, now: float, check: Line) -> list[Line]:
    facts = view.facts
    booted = view.figures.sample.booted_at if view.figures else None
    word, role = cells.VIRTUALIZATION[facts.virtualization]
    lines = [
        _fact("host name", cells.clean(facts.hostname, 100)),
        _fact("processor", _processor(facts)),
        _fact("memory", size(facts.memory) if facts.memory else ""),
        _fact("hypervisor", ", ".join(cells.clean(part, 60)
              for part in (facts.hypervisor, facts.library) if part)),
        _fact("virtualization", word, role),
    ]  # fmt: skip
    for part in wrap(cells.clean(facts.virtualization_note, 600), max(width - LABEL, 20)):
        if part:
            lines.append((Cell(" " * LABEL), Cell(part, Role.MUTED)))
    if check:
        lines.append((Cell(fit("check", LABEL), Role.MUTED), *check))
    lines.append(_fact("up", duration(now - booted) if booted else ""))
    lines.append((Cell(fit("guests", LABEL), Role.MUTED), *census(view)))
    lines.append(_fact("promised", *_promised(view)))
    return lines


def _processor(facts: HostFacts) -> str:
    counts = []
    if facts.cpus:
        counts.append(f"{facts.cpus} CPUs")
    if facts.sockets and facts.cores and facts.threads:
        counts.append(f"{facts.sockets}×{facts.cores}×{facts.threads}")
    if facts.mhz:
        counts.append(f"{facts.mhz} MHz")
    return ", ".join(part for part in (cells.clean(facts.model, 100), facts.arch, *counts) if part)


def _promised(view: HostView) -> tuple[str, Role]:
    promised = tally(view).commitment
    vcpus = ratio(promised.vcpus, promised.cpus)
    memory = ratio(promised.memory, promised.memory_total)
    if vcpus is None or memory is None:
        return "", Role.MUTED
    words = (
        f"{promised.vcpus} vCPUs on {promised.cpus} CPUs ({vcpus:.1f}×), "
        f"{size(promised.memory)} of {size(promised.memory_total or 0)} RAM ({memory:.1f}×)"
    )
    return words, Role.WARN if memory > 1 else Role.TEXT


def _share(share: CpuShare | None) -> str:
    if share is None:
        return UNKNOWN
    parts = [f"user {share.user:4.0%}", f"system {share.system:4.0%}"]
    parts.append(f"iowait {share.iowait:4.0%}" if share.iowait is not None else "iowait –")
    parts.append(f"steal {share.steal:4.0%}" if share.steal is not None else "steal –")
    return "  ".join(parts)


def _bar(label: str, fraction: float | None, words: str) -> Line:
    role = cells.load_role(fraction) if fraction is not None else Role.MUTED
    return (
        Cell(fit(label, LABEL), Role.MUTED),
        Cell(cells.bar(fraction, BAR), Role.ACCENT if role is Role.TEXT else role),
        Cell(f" {cells.percent(fraction).text:>4}  ", role),
        Cell(words),
    )


def _processors(figures: HostFigures, series_of: SeriesOf, width: int) -> list[Line]:
    load = figures.sample.load
    lines = [
        _head("processors", width),
        _bar("all", figures.cpu.busy if figures.cpu else None, _share(figures.cpu)),
    ]
    lines += [
        _bar(f"CPU {number}", share.busy, _share(share))
        for number, share in enumerate(figures.cores)
    ]
    if not figures.cores:
        lines.append(_fact("each CPU", ""))
    loads = " ".join(f"{value:.2f}" for value in load) if load else ""
    lines.append(_fact("load", f"{loads}  (1, 5, 15 minutes)" if loads else ""))
    values = series_of(Metric.CPU).values
    rows = graph.area(values, max(width - LABEL, 10), 3, 1.0)
    return lines + [(Cell(" " * LABEL), Cell(row, Role.BUSY)) for row in rows]


def _memory(view: HostView, sample: HostSample, width: int) -> list[Line]:
    total = sample.memory_total
    parts = [
        f"{name} {short_size(value)}" if value is not None else f"{name} –"
        for name, value in (("used", sample.memory_used), ("cache", sample.memory_cache),
                            ("free", sample.memory_free))
    ]  # fmt: skip
    lines = [
        _head("memory and network", width),
        _bar("memory", ratio(sample.memory_used, total),
             "  ".join(parts) + (f"  of {short_size(total)}" if total else "")),
    ]  # fmt: skip
    if sample.swap_total is None:
        lines.append(_fact("swap", ""))
    elif sample.swap_total == 0:
        lines.append(_fact("swap", "none", Role.MUTED))
    else:
        words = f"{short_size(sample.swap_used or 0)} of {short_size(sample.swap_total)}"
        lines.append(_bar("swap", ratio(sample.swap_used, sample.swap_total), words))
    if sample.hugepages_total is None:
        lines.append(_fact("huge pages", ""))
    else:
        pages = f" of {short_size(sample.hugepage_size)}" if sample.hugepage_size else ""
        words = f"{sample.hugepages_free} free of {sample.hugepages_total}{pages}"
        lines.append(_fact("huge pages", words if sample.hugepages_total else "none reserved",
                           Role.TEXT if sample.hugepages_total else Role.MUTED))  # fmt: skip
    figures = view.figures
    received = figures.received if figures else None
    words = (
        f"received {cells.rate(received)}/s, sent {cells.rate(figures.sent if figures else None)}/s"
    )
    lines.append(_fact("network", words if received is not None else ""))
    return lines


def _disks(sample: HostSample, width: int) -> list[Line]:
    lines = [_head("file systems", width)]
    if not sample.mounts:
        return [*lines, text("not told by this host", Role.MUTED)]
    for mount in sorted(sample.mounts, key=lambda m: -(ratio(m.used, m.total) or 0.0)):
        words = f"{short_size(mount.used)} of {short_size(mount.total)}"
        name = cells.clean(mount.mount, 200)
        label = name if len(name) < LABEL else "…" + name[-(LABEL - 2) :]
        lines.append(_bar(label, ratio(mount.used, mount.total), words))
    return lines


def _pools(pools: tuple[Pool, ...] | None, width: int) -> list[Line]:
    lines = [_head("storage pools", width)]
    if pools is None:
        return [*lines, text("not known", Role.MUTED)]
    if not pools:
        return [*lines, text("none", Role.MUTED)]
    for pool in pools:
        word, role = cells.POOLS[pool.state]
        name = cells.clean(pool.name, 60)
        where = f"{cells.clean(pool.kind, 20)} {cells.clean(pool.path, 200)}".strip()
        if pool.capacity:
            words = f"{short_size(pool.available or 0)} free of {size(pool.capacity)}  {where}"
            lines.append(_bar(name, ratio(pool.allocation, pool.capacity), words))
        else:
            lines.append((Cell(fit(name, LABEL), Role.MUTED), Cell(f"{word}  ", role),
                          Cell(where, Role.MUTED)))  # fmt: skip
    return lines


def _networks(networks: tuple[Network, ...] | None, width: int) -> list[Line]:
    lines = [_head("virtual networks", width)]
    if networks is None:
        return [*lines, text("not known", Role.MUTED)]
    if not networks:
        return [*lines, text("none", Role.MUTED)]
    for network in networks:
        word, role = ("active", Role.RUNNING) if network.active else ("inactive", Role.OFF)
        leases = f"{len(network.leases)} leases" if network.active else ""
        kind = cells.clean(network.forward, 20) or "isolated"
        about = ", ".join(part for part in (kind, cells.clean(network.bridge, 20), leases) if part)
        lines.append((Cell(fit(cells.clean(network.name, 60), LABEL), Role.MUTED),
                      Cell(f"{word}  ", role), Cell(about)))  # fmt: skip
    return lines
