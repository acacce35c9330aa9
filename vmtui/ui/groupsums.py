"""What the guests of a group are and use together, and how that stands in the group's row. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from vmtui.model.guest import GuestState
from vmtui.model.units import short_size, size
from vmtui.ui import cells
from vmtui.ui.cells import NOTHING, Cell, Role
from vmtui.ui.columns import Column, Row
from vmtui.ui.lines import EMPTY, Line, fit, text, width_of
from vmtui.ui.tooldetail import fact

FOLDED, UNFOLDED = "▸", "▾"
ALL_MARKED, SOME_MARKED = "▌", "▏"


@dataclass(slots=True)
class Sums:
    """Figures are of those guests that run and tell them; None where none does."""

    guests: int = 0
    states: dict[GuestState, int] = field(default_factory=dict)
    stale: bool = False
    """Whether all of them are as they were when their hosts were lost."""
    hosts: int = 0
    cores: float | None = None
    """CPUs' worth of time that they use."""
    vcpus: int = 0
    """vCPUs of those of which `cores` is known."""
    vcpus_all: int = 0
    memory: int = 0
    """Bytes that those have that run."""
    used: int | None = None
    """Bytes used of `used_of`, those of the guests that report it."""
    used_of: int = 0
    received: float | None = None
    sent: float | None = None
    disk_read: float | None = None
    disk_written: float | None = None

    @property
    def cpu(self) -> float | None:
        """Fraction of their vCPUs that is used."""
        return self.cores / self.vcpus if self.cores is not None and self.vcpus else None


def sums_of(rows: Sequence[Row]) -> Sums:
    """The sums of these guests."""
    made = Sums(len(rows), stale=bool(rows))
    states = made.states
    hosts = set()
    for row in rows:
        guest = row.guest
        states[guest.state] = states.get(guest.state, 0) + 1
        hosts.add(guest.key.host)
        if made.stale and not row.stale:
            made.stale = False
        definition = guest.definition
        vcpus = definition.vcpus if definition is not None else 0
        made.vcpus_all += vcpus
        figures = row.figures
        if figures is None or not guest.state.active:
            continue
        if figures.cpu is not None:
            made.cores = (made.cores or 0.0) + figures.cpu * (vcpus or 1)
            made.vcpus += vcpus or 1
        memory = figures.memory
        if memory is not None:
            made.memory += memory.current
            if memory.used is not None:
                made.used = (made.used or 0) + memory.used
                made.used_of += memory.current
        if figures.received is not None:
            made.received = (made.received or 0.0) + figures.received
        if figures.sent is not None:
            made.sent = (made.sent or 0.0) + figures.sent
        if figures.disk_read is not None:
            made.disk_read = (made.disk_read or 0.0) + figures.disk_read
        if figures.disk_written is not None:
            made.disk_written = (made.disk_written or 0.0) + figures.disk_written
    made.hosts = len(hosts)
    return made


# -- the group's row ---------------------------------------------------------------------------


def _memory(sums: Sums) -> Cell:
    if not sums.memory:
        return Cell("")
    if sums.used is None:
        return Cell(f"?/{short_size(sums.memory)}", Role.MUTED)
    role = cells.load_role(sums.used / sums.used_of) if sums.used_of else Role.TEXT
    at_least = ">" if sums.used_of < sums.memory else ""
    return Cell(f"{at_least}{short_size(sums.used)}/{short_size(sums.memory)}", role)


def _rates(first: float | None, second: float | None) -> Cell:
    return Cell("") if first is None and second is None else cells.rates(first, second)


TOTALS: Mapping[str, Callable[[Sums], Cell]] = {
    "cpu": lambda s: cells.percent(s.cpu, 1) if s.cores is not None else Cell(""),
    "memory": _memory,
    "net": lambda s: _rates(s.received, s.sent),
    "disk": lambda s: _rates(s.disk_read, s.disk_written),
    "vcpus": lambda s: Cell(str(s.vcpus_all), Role.TEXT) if s.vcpus_all else NOTHING,
}
"""What stands in a group's row, by column; the others stay empty."""


def heading(
    title: str, sums: Sums, marked: int, folded: bool, layout: Sequence[tuple[Column, int]]
) -> Line:
    """A group's row in the table."""
    mark = (ALL_MARKED if marked >= sums.guests else SOME_MARKED) if marked else " "
    made = [Cell(mark, Role.KEY)]
    # The name takes the empty columns beside it too: it is written when that room is known.
    label, room = "", 0
    for column, width in layout:
        if column.id == "name":
            label = f"{FOLDED if folded else UNFOLDED} {cells.clean(title, 200)}"
            room = width
            continue
        if label and column.id not in (*TOTALS, "state"):
            room += width + 1
            continue
        if label:
            made.append(_name(label, sums.guests, room))
            label = ""
        if column.id == "state":
            made += [*states(sums.states, width), Cell(" ")]
        else:
            cell = TOTALS[column.id](sums) if column.id in TOTALS else Cell("")
            made.append(Cell(fit(cell.text, width, right=column.right) + " ", cell.role))
    if label:
        made.append(_name(label, sums.guests, room))
    if sums.stale:
        return tuple(Cell(cell.text, Role.MUTED) for cell in made)
    return tuple(made)


def _name(label: str, guests: int, room: int) -> Cell:
    number = f" {guests}"
    words = fit(label, max(room - len(number), 1)).rstrip() + number
    return Cell(fit(words, room) + " ", Role.TITLE)


def states(counts: Mapping[GuestState, int], room: int) -> list[Cell]:
    """How many are in each state, in exactly `room` cells; `+` where not all have room."""
    made = [
        Cell(f"{glyph}{counts[state]}", role)
        for state, (glyph, _word, role) in cells.STATES.items()
        if counts.get(state)
    ]
    if width_of(tuple(made)) + len(made) - 1 <= room:
        made = [Cell(f"{' ' if number else ''}{one.text}", one.role)
                for number, one in enumerate(made)]  # fmt: skip
    while width_of(tuple(made)) > room:
        made = made[:-2] if made[-1].text == "+" else made[:-1]
        made.append(Cell("+", Role.MUTED))
    return [*made, Cell(" " * (room - width_of(tuple(made))))]


# -- the group's details -----------------------------------------------------------------------


def group_detail(title: str, by: str, sums: Sums, marked: int, width: int) -> list[Line]:
    """All that is known of a group, `width` cells wide."""
    number = f"{sums.guests} guest{'' if sums.guests == 1 else 's'}"
    lines: list[Line] = [
        (Cell(fit(cells.clean(title, 300), width).rstrip(), Role.STRONG),),
        text(f"{number}, grouped by {by}", Role.MUTED),
        EMPTY,
    ]
    for state, (glyph, word, role) in cells.STATES.items():
        if count := sums.states.get(state):
            lines.append((Cell(f"{count:>5} ", Role.TEXT), Cell(f"{glyph} {word}", role)))
    lines.append(EMPTY)
    if sums.hosts > 1:
        lines += fact("hosts", str(sums.hosts), width)
    if sums.cores is not None:
        share = cells.percent(sums.cpu, 1).text
        lines += fact("cpu", f"{sums.cores:.1f} of {sums.vcpus} vCPUs, {share}", width)
    if sums.memory:
        at_least = "at least " if sums.used_of < sums.memory else ""
        used = f"{at_least}{size(sums.used)} used of " if sums.used is not None else ""
        lines += fact("memory", f"{used}{size(sums.memory)}", width)
    for name, first, second, words in (
        ("network", sums.received, sums.sent, ("received", "sent")),
        ("disks", sums.disk_read, sums.disk_written, ("read", "written")),
    ):
        if first is not None or second is not None:
            said = f"{words[0]} {cells.rate(first)}, {words[1]} {cells.rate(second)} a second"
            lines += fact(name, said, width)
    if marked:
        lines += [EMPTY, text(f"{marked} of them marked", Role.KEY)]
    return lines
