"""Peers: one table of all that matters, for every program on the same guests.

``python -m benchmarks.peers --peer NAME=COMMAND ...``: the guests are libvirt's test driver's, in a
private daemon behind a line that counts and delays what goes through.
"""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import libvirt

from benchmarks.calls import refreshes
from benchmarks.driven import Driven, NoAnswer
from benchmarks.ground import Case, Ground, ground, test_guest
from benchmarks.keys import KEYS, keys, once
from benchmarks.line import Line
from benchmarks.report import Table, forgiving, median, millis, percentile, seconds
from benchmarks.storm import Storm
from benchmarks.usage import usage

DELAYS = (0.02, 0.05)
"""Seconds that a round trip takes longer."""
PATIENCE = 120.0
SETTLE = 12.0
ROUND, ROUNDS = 6.0, 12
"""Seconds in which calls are counted to see whether they become fewer, and how often at most."""
STORMY = 20
"""Guests that come and go in the storm."""
DELAYED_PRESSES = 60
TAB = (b"\t", b"\x1b[Z", 4)
_numbers = itertools.count()


@dataclass(slots=True)
class Found:
    """What was measured of one program; NaN where it was not, or the program has no such thing."""

    first: float = math.nan
    keys: list[float] = field(default_factory=list)
    idle: float = math.nan
    storm: float = math.nan
    memory: float = math.nan
    calls: float = math.nan
    bytes: float = math.nan
    written: float = math.nan
    delayed: dict[float, tuple[float, float]] = field(default_factory=dict)
    """By delay: seconds to the first guest, and p95 of the keys."""


def measure(where: Ground) -> Table:
    """Each program with few, many and very many guests."""
    delayed = [f"{delay * 1000:.0f} ms: {what}" for delay in DELAYS for what in ("first", "key")]
    table = Table(
        "Peers: seconds to the first guest, ms from a key to its paint, and what it costs",
        ("program", "guests", "first", "key p50", "p95", "p99", "idle CPU %", "storm CPU %", "MiB",
         "calls", "KiB a refresh", "KiB painted a minute", *delayed),
        "ahead of every peer; with 10,000 a p95 of 50 ms, 15 % of a core, 250 MiB",
    )  # fmt: skip
    for count in map(int, where.options.fleets.split(",")):
        with fleet(where, count) as conn:
            for name, case_of in programs(where):
                found = Found()
                with forgiving(name):
                    look(where, conn, case_of, found)
                add(table, name, count, found)
        name, found = f"vmtui, demo on {hosts_for(count)} hosts", Found()
        with forgiving(name):
            alone(where, where.demo(count, hosts_for(count)), found)
        add(table, name, count, found)
        name, found = "bare table", Found()
        with forgiving(name):
            alone(where, where.bare(count), found)
        add(table, name, count, found)
    return table


def hosts_for(count: int) -> int:
    """On how many imaginary hosts so many guests live."""
    return max(1, count // 100)


def programs(where: Ground) -> Iterator[tuple[str, CaseOf]]:
    """Ours, the peers, and virsh, by name."""
    for index, case in enumerate(where.connected("", "")):
        yield case.name.removesuffix(", "), CaseOf(where, index)
    yield "virsh list", CaseOf(where, None)


@dataclass(frozen=True, slots=True)
class CaseOf:
    """A program for whatever address; `index` None is virsh."""

    where: Ground
    index: int | None

    def __call__(self, uri: str) -> Case:
        if self.index is None:
            words = ("virsh", "-c", uri, "list", "--all")
            return Case("virsh list", words, self.where.environment)
        return self.where.connected("", uri)[self.index]


@contextlib.contextmanager
def fleet(where: Ground, count: int) -> Iterator[libvirt.virConnect]:
    """So many running guests of the test driver in the daemon, as long as this is entered.

    They are those of ``test:///default``, which all connections to one daemon share.
    """
    conn = libvirt.open(f"test+unix:///default?socket={where.daemon.socket}")
    made = []
    try:
        for number in range(count):
            domain = conn.defineXML(test_guest(number))
            made.append(domain)
            if number % 2 == 0:
                domain.create()
        yield conn
    finally:
        for domain in made:
            with contextlib.suppress(libvirt.libvirtError):
                if domain.isActive():
                    domain.destroy()
                domain.undefine()
        conn.close()


@contextlib.contextmanager
def line(where: Ground, delay: float = 0.0) -> Iterator[tuple[Line, str]]:
    """A line to the guests, and their address at its near end."""
    path = Path(where.daemon.folder) / f"line-{next(_numbers)}"
    with Line(where.daemon.socket, path, delay) as made:
        yield made, f"test+unix:///default?socket={path}"


def look(where: Ground, conn: libvirt.virConnect, case_of: CaseOf, found: Found) -> None:
    """All of one program."""
    with line(where) as (counted, uri), case_of(uri).run() as program:
        found.first = program.wait_for(case_of(uri).first, PATIENCE) - program.began
        if case_of.index is None:
            program.settle(0.5, PATIENCE)
            found.calls, found.bytes = len(counted.calls), counted.bytes / 1024
        else:
            settle(program, counted)
            rest(where, program, found, counted)
            found.keys = press(program, where.options.presses)
            texts = [test_guest(-number) for number in range(1, STORMY)]
            with Storm(conn, texts):
                program.watch(3.0)
                found.storm, _ = idleness(program, where.options.seconds)
    for delay in DELAYS:
        with line(where, delay) as (_, uri), case_of(uri).run() as program:
            first, slow = math.nan, [math.nan]
            with contextlib.suppress(NoAnswer):
                first = program.wait_for(case_of(uri).first, PATIENCE) - program.began
                if case_of.index is not None:
                    program.watch(SETTLE)
                    slow = press(program, min(where.options.presses, DELAYED_PRESSES))
            found.delayed[delay] = first, percentile(slow, 0.95)


def alone(where: Ground, case: Case, found: Found) -> None:
    """A program that needs no hypervisor."""
    with case.run() as program:
        found.first = program.wait_for(case.first, PATIENCE) - program.began
        program.watch(SETTLE)
        rest(where, program, found, None)
        found.keys = press(program, where.options.presses)


def rest(where: Ground, program: Driven, found: Found, counted: Line | None) -> None:
    """Let it be, and count what it does."""
    calls, sent = (len(counted.calls), counted.bytes) if counted else (0, 0)
    length = where.options.seconds
    found.idle, painted = idleness(program, length)
    found.written = painted * 60 / length / 1024
    found.memory = usage(program.pid).rss
    if counted is not None:
        sizes = refreshes([(at, "") for at in counted.calls[calls:]])
        found.calls = max(sizes, default=0)
        found.bytes = (counted.bytes - sent) / max(len(sizes), 1) / 1024


def settle(program: Driven, counted: Line) -> None:
    """Let it read all that it reads at its start: until it asks no less than just before, and
    pauses; who goes through ten thousand guests for the first time does not."""
    program.watch(SETTLE)
    before = math.inf
    for _ in range(ROUNDS):
        begun = len(counted.calls)
        program.watch(ROUND)
        asked = len(counted.calls) - begun
        pauses = len(refreshes([(at, "") for at in counted.calls[begun:]])) > 1
        if asked >= 0.7 * before and pauses:
            return
        before = asked


def idleness(program: Driven, length: float) -> tuple[float, int]:
    """Percent of a core that it takes for so many seconds, and the bytes that it paints."""
    before = usage(program.pid).cpu
    painted = program.watch(length)
    return (usage(program.pid).cpu - before) / length * 100, painted


def press(program: Driven, presses: int) -> list[float]:
    """Seconds from each press to the end of what it paints.

    Down, or Tab in a program where Down does nothing; none where that does not either.
    """
    for there, back, run in (KEYS["down"], TAB):
        if once(program, there) is not None:
            once(program, back)
            pressed = [once(program, key) for key in keys(there, back, run, presses)]
            return [one[1] for one in pressed if one is not None]
    return []


def add(table: Table, name: str, count: int, found: Found) -> None:
    """A row."""
    figures: Sequence[float] = (found.idle, found.storm, found.memory, found.calls, found.bytes,
                                found.written)  # fmt: skip
    late = [
        text
        for delay in DELAYS
        for first, key in (found.delayed.get(delay, (math.nan, math.nan)),)
        for text in (seconds(first), millis(key))
    ]
    table.add(
        name, f"{count:,}", seconds(found.first), millis(median(found.keys)),
        millis(percentile(found.keys, 0.95)), millis(percentile(found.keys, 0.99)),
        *("-" if math.isnan(one) else f"{one:.1f}" for one in figures), *late,
    )  # fmt: skip


if __name__ == "__main__":
    with ground(__doc__) as here:
        measure(here).show()
