"""Calls: what a refresh asks of libvirt, as libvirt logs it. ``python -m benchmarks.calls``

Counted in the log of the library inside the program, so that any program can be counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.ground import Case, Ground, ground, real_guests
from benchmarks.report import Table, forgiving, median

SMALL = 10
SETTLED = 8.0
"""Seconds after the first guest from which on a program is in its steady state."""
REFRESH = 0.4
"""Seconds between two calls that part one refresh from the next."""

LINE = re.compile(
    r"^(\S+ \S+?)\+0000: \d+: debug : (vir(?:Domain|Connect|Node|Network|Storage)\w+):"
)
LOCAL = re.compile(
    r"Free$|Ref$|GetName$|GetUUID(String)?$|GetConnect$|DomainGetID$|RegisterAny$|OpenInternal$"
    r"|RecordListFree$|GetType$"
)
"""Calls that a library answers by itself: they never reach the host."""


def measure(where: Ground) -> Table:
    """The calls of each program with few and with many guests."""
    table = Table(
        f"Calls: to libvirt in a steady state of {where.options.seconds:g} s",
        ("program", "guests", "a refresh", "at most", "a minute", "a minute and guest", "mostly"),
        "at most 6 a refresh, none a guest",
    )
    counts = [(SMALL, where.test_uri(SMALL)), (100, where.test_uri(100))]
    compare(table, where, "test driver", counts)
    if where.real:
        with real_guests(SMALL) as few:
            counts = [(SMALL, few.uri), (where.options.guests, where.daemon.uri)]
            compare(table, where, "real guests", counts)
    return table


def compare(table: Table, where: Ground, what: str, fleets: Sequence[tuple[int, str]]) -> None:
    """A row for each program and fleet; the last one says what a further guest costs."""
    cases = [(guests, where.connected(what, uri)) for guests, uri in fleets]
    for programs in zip(*(some for _, some in cases), strict=True):
        before: tuple[int, float] | None = None
        for (guests, _), case in zip(cases, programs, strict=True):
            found: list[tuple[float, str]] = []
            with forgiving(case.name):
                found = count(where, case)
            minute = len(found) * 60 / where.options.seconds
            each = (
                f"{(minute - before[1]) / (guests - before[0]):+.2f}"
                if before and guests > before[0]
                else "-"
            )
            sizes = [float(size) for size in refreshes(found)]
            names = Counter(name for _, name in found).most_common(2)
            table.add(
                case.name, f"{guests:,}", f"{median(sizes):.0f}", f"{max(sizes, default=0):.0f}",
                f"{minute:.0f}", each,
                ", ".join(f"{name.removeprefix('vir')} {times}" for name, times in names),
            )  # fmt: skip
            before = guests, minute


def count(where: Ground, case: Case) -> list[tuple[float, str]]:
    """The calls of a steady state: moment and name."""
    log = where.folder / f"calls-{len(list(where.folder.iterdir()))}.log"
    logged = {"LIBVIRT_LOG_FILTERS": "1:libvirt", "LIBVIRT_LOG_OUTPUTS": f"1:file:{log}"}
    with case.run(**logged) as program:
        program.wait_for(case.first, 60.0)
        program.watch(SETTLED)
        begun = datetime.now(UTC).timestamp()
        program.watch(where.options.seconds)
        ended = datetime.now(UTC).timestamp()
    return [call for call in calls(log) if begun <= call[0] < ended]


def calls(log: Path) -> list[tuple[float, str]]:
    """Moment and name of each call in a log that reaches the host."""
    found: list[tuple[float, str]] = []
    with log.open(errors="replace") as lines:
        for line in lines:
            if (match := LINE.match(line)) and not LOCAL.search(match[2]):
                at = datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)
                found.append((at.timestamp(), match[2]))
    return found


def refreshes(found: Sequence[tuple[float, str]]) -> list[int]:
    """How many calls came together."""
    sizes: list[int] = []
    last = float("-inf")
    for at, _ in found:
        if at - last > REFRESH:
            sizes.append(0)
        sizes[-1] += 1
        last = at
    return sizes


if __name__ == "__main__":
    with ground(__doc__) as here:
        measure(here).show()
