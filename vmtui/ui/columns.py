"""The columns of the guests' table: one row here is a column, wherever it is shown or sorted by."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from vmtui.model.guest import Guest, GuestKey, Labels
from vmtui.model.stats import GuestFigures
from vmtui.model.units import age, ratio
from vmtui.ui import cells
from vmtui.ui.cells import NOTHING, Cell, Role
from vmtui.ui.tooldetail import tools_cell, tools_order

NAME_MIN = 12
GAP = 1
WIDTH_LEAST, WIDTH_MOST = 3, 200
"""Cells that a person can give to a column."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a row of the table is made of."""

    guest: Guest
    figures: GuestFigures | None = None
    stale: bool = False
    """Whether it is as it was when its host was last heard. Of the host no more than that: a row
    lives longer than the facts beside it, and must not hold those of ten thousand guests."""
    overlay: Cell | None = None
    """What a running job says in place of the state."""
    verb: str = ""
    """The running job's."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column, `width` cells wide; of the lowest `rank` stays longest in a narrow terminal."""

    id: str
    label: str
    help: str
    width: int
    rank: int
    cell: Callable[[Row, float], Cell]
    """From a row and the time (seconds since the epoch)."""
    order: Callable[[Row], Any]
    """What it sorts by; None sorts last either way round."""
    right: bool = False
    falling: bool = False
    """Whether the first sort by it puts the greatest first."""
    live: bool = False
    """Whether what it sorts by changes with every reading."""


_DIGITS = re.compile(r"(\d+)")


@lru_cache(maxsize=32768)
def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Orders `web2` before `web10`, and small before capital letters only as a last resort."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in _DIGITS.split(text.casefold())
        if part
    )


_STATE_ORDER = {state: place for place, state in enumerate(cells.STATES)}


def _state_order(row: Row) -> int:
    return _STATE_ORDER[row.guest.state]


def _name(row: Row, _now: float) -> Cell:
    role = Role.STRONG if row.guest.state.active else Role.TEXT
    return Cell(cells.clean(row.guest.name, 300), role)


def _state(row: Row, _now: float) -> Cell:
    return row.overlay or cells.state(row.guest)


def _cpu(row: Row, _now: float) -> Cell:
    if not row.guest.state.active:
        return Cell("")
    if row.figures is None:
        return NOTHING
    return cells.percent(row.figures.cpu, 1)


def _memory(row: Row, _now: float) -> Cell:
    definition = row.guest.definition
    # What has just gone off still has the figures of the last tick.
    figure = row.figures.memory if row.figures and row.guest.state.active else None
    return cells.memory(figure, definition.memory if definition else None)


def _memory_order(row: Row) -> float | None:
    figure = row.figures.memory if row.figures and row.guest.state.active else None
    return ratio(figure.used, figure.current) if figure else None


def _when_active(cell: Callable[[GuestFigures | None], Cell]) -> Callable[[Row, float], Cell]:
    return lambda row, _now: cell(row.figures) if row.guest.state.active else Cell("")


def _sum(first: float | None, second: float | None) -> float | None:
    return None if first is None and second is None else (first or 0) + (second or 0)


def _vcpus(row: Row, _now: float) -> Cell:
    definition = row.guest.definition
    return Cell(str(definition.vcpus), Role.TEXT) if definition else NOTHING


def _os(row: Row, _now: float) -> Cell:
    definition = row.guest.definition
    return Cell(cells.os_name(definition.os), Role.MUTED) if definition else NOTHING


def _autostart(row: Row, _now: float) -> Cell:
    if row.guest.autostart is None:
        return NOTHING
    return Cell("auto") if row.guest.autostart else Cell("")


def _lasting(row: Row, _now: float) -> Cell:
    if row.guest.persistent is None:
        return NOTHING
    return Cell("persist", Role.MUTED) if row.guest.persistent else Cell("transnt", Role.WARN)


def _labels(row: Row) -> Labels:
    return row.guest.definition.labels if row.guest.definition else Labels()


def _host(row: Row, now: float) -> Cell:
    del now
    return Cell(cells.clean(row.guest.key.host, 40), Role.BAD if row.stale else Role.MUTED)


def _started(row: Row) -> float | None:
    guest = row.guest
    return guest.started_at if guest.started_at is not None else guest.started_by


def _first_address(row: Row) -> tuple[tuple[int, int, str], ...] | None:
    text = cells.addresses(row.guest).text
    return natural(text) if text not in ("", cells.UNKNOWN) else None


def _figure(pick: Callable[[GuestFigures], float | None]) -> Callable[[Row], float | None]:
    # What has just gone off still has the figures of its last turn.
    return lambda row: pick(row.figures) if row.figures and row.guest.state.active else None


COLUMNS: tuple[Column, ...] = (
    Column("name", "NAME", "the guest's name", NAME_MIN, 0, _name, lambda r: natural(r.guest.name)),
    Column("host", "HOST", "the host it lives on", 12, 3, _host,
           lambda r: natural(r.guest.key.host)),
    Column("state", "STATE", "what it does", 11, 1, _state, _state_order),
    Column("cpu", "CPU", "CPU used, of its own vCPUs", 6, 2, _cpu, _figure(lambda f: f.cpu),
           right=True, falling=True, live=True),
    Column("memory", "MEM", "memory used of allocated, as the guest reports it", 11, 4, _memory,
           _memory_order, right=True, falling=True, live=True),
    Column("ip", "IP", "its first address; + where it has more", 16, 5,
           lambda r, _: cells.addresses(r.guest),
           _first_address),
    Column("uptime", "UPTIME", "since when it runs", 7, 6,
           lambda r, now: cells.uptime(r.guest, now, age), _started, right=True),
    Column("net", "  RX    TX", "network, received and sent a second", 11, 7,
           _when_active(cells.net_rates), _figure(lambda f: _sum(f.received, f.sent)),
           right=True, falling=True, live=True),
    Column("disk", " READ WRITE", "disks, read and written a second", 11, 8,
           _when_active(cells.disk_rates), _figure(lambda f: _sum(f.disk_read, f.disk_written)),
           right=True, falling=True, live=True),
    Column("vcpus", "VCPU", "its vCPUs", 4, 9, _vcpus,
           lambda r: r.guest.definition.vcpus if r.guest.definition else None,
           right=True, falling=True),
    Column("autostart", "AUTO", "whether it starts with the host", 4, 10, _autostart,
           lambda r: not r.guest.autostart if r.guest.autostart is not None else None),
    Column("os", "OS", "its operating system", 14, 11, _os,
           lambda r: (r.guest.definition.os or None) if r.guest.definition else None),
    Column("tags", "TAGS", "its tags", 16, 13,
           lambda r, _: Cell(cells.clean(" ".join(_labels(r).tags), 200), Role.ACCENT),
           lambda r: natural(" ".join(_labels(r).tags)) or None),
    Column("group", "GROUP", "the group it was put into", 12, 14,
           lambda r, _: Cell(cells.clean(_labels(r).group, 60)),
           lambda r: natural(_labels(r).group) or None),
    Column("order", "ORDER", "its place where many are started in order, and its delay", 9, 15,
           lambda r, _: cells.order(_labels(r)), lambda r: _labels(r).order, right=True),
    Column("lasting", "KIND", "persistent, or transient: gone when it stops", 7, 12, _lasting,
           lambda r: r.guest.persistent),
    Column("tools", "TOOLS", "its guest agent: version, or why it does not answer", 12, 13,
           lambda r, _: tools_cell(r.guest, r.verb), lambda r: tools_order(r.guest)),
)  # fmt: skip

BY_ID = {column.id: column for column in COLUMNS}


def fit(
    width: int, name_width: int, host_width: int, wanted: Sequence[str] = ()
) -> list[tuple[Column, int]]:
    """The columns that fit into `width` cells with their widths; NAME takes what is left over.

    `name_width` is the widest name: NAME never grows past it, nor columns give way for more.
    `host_width` is the widest host's name, 0 for a single host, which needs no column. Of the
    `wanted` columns (`name`, `tags:30` with a width of one's own), in their order, the last ones
    give way; without, those of the highest rank.
    """
    host = replace(BY_ID["host"], width=max(4, min(host_width, 16)))
    own = wanted_columns(wanted)
    usable = []
    for one in own or BY_ID:
        column = host if one == "host" else BY_ID[one]
        if host_width or one != "host":
            hint = own.get(one, 0)
            usable.append(replace(column, width=hint) if hint else column)
    chosen: list[Column] = []
    left = width
    own_name = own.get("name", 0)
    wanted_name = own_name or max(NAME_MIN, min(name_width, 18))
    for column in usable if own else sorted(usable, key=lambda column: column.rank):
        cost = (wanted_name if column.id == "name" else column.width) + GAP
        if cost <= left or not chosen:
            chosen.append(column)
            left -= cost
        elif own or column.rank > 2:
            break
    grow = 0 if own_name else max(0, min(left, name_width - wanted_name))
    return [
        (column, wanted_name + grow if column.id == "name" else column.width)
        for column in usable
        if column in chosen
    ]


def wanted_columns(wanted: Sequence[str]) -> dict[str, int]:
    """Those that there are, with the width that each is to have, 0 for its usual one.

    The name is always among them, unless none is left.
    """
    known = dict(parts(one) for one in wanted if parts(one)[0] in BY_ID)
    return known if not known or "name" in known else {"name": 0, **known}


def parts(word: str) -> tuple[str, int]:
    """The id and the width in `tags:30`; 0 where no width is said that a column can have."""
    id_, _, width = word.partition(":")
    good = width.isascii() and width.isdecimal() and len(width) <= 4
    return id_, int(width) if good and WIDTH_LEAST <= int(width) <= WIDTH_MOST else 0


def sorted_rows(rows: Sequence[Row], by: Column, falling: bool) -> list[Row]:
    """Rows in order; unknown ones last, equal ones by name, so that nothing ever jumps about."""
    known: list[tuple[Any, Any, GuestKey, Row]] = []
    unknown: list[tuple[Any, GuestKey, Row]] = []
    for row in rows:
        value = by.order(row)
        name = natural(row.guest.name)
        if value is None:
            unknown.append((name, row.guest.key, row))
        else:
            known.append((value, name, row.guest.key, row))
    unknown.sort(key=lambda entry: entry[:2])
    known.sort(key=lambda entry: entry[1:3])
    known.sort(key=lambda entry: entry[0], reverse=falling)
    return [entry[-1] for entry in known] + [entry[-1] for entry in unknown]
