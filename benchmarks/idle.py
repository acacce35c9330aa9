"""Idle: what a program costs while nobody presses a key. ``python -m benchmarks.idle``"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from benchmarks.ground import Case, Ground, ground
from benchmarks.report import Table, forgiving
from benchmarks.storm import Storm
from benchmarks.usage import cpu_seconds, usage

if TYPE_CHECKING:
    from tests.rig import Daemon

MANY, MOST = 1_000, 10_000
TICK = "2"
SETTLE = 12.0


def measure(where: Ground) -> Table:
    """Each program, left alone; then ours in a storm of events."""
    table = Table(
        f"Idle: {where.options.seconds:g} s without a key, a tick of {TICK} s",
        ("program", "CPU %", "daemon's CPU %", "RSS MiB", "PSS MiB", "KiB written a minute"),
        "below 2 % of a core with 100 real guests; below 90 MiB with 1,000; 15 % and 250 MiB with "
        "10,000",
    )
    for rows in (where.options.guests or 100, MANY):
        rest(table, where, where.bare(rows))
        rest(table, where, where.bare(rows, TICK, what=", all changing"))
    groups = [where.grouped(MOST, by) for by in ("host", "state")]
    for case in (where.demo(MANY), where.demo(MOST), *groups):
        rest(table, where, case)
    for case in where.connected(f"test driver {MANY:,}", where.test_uri(MANY)):
        rest(table, where, case)
    if where.real:
        daemon = where.daemon
        far = where.far_test_uri(MANY)
        for case in where.connected(f"test driver in the daemon {MANY:,}", far):
            rest(table, where, case, daemon)
        for case in where.connected(f"real guests {where.options.guests}", daemon.uri):
            rest(table, where, case, daemon)
            storm = Storm(daemon.connect())
            rest(table, where, case, daemon, storm)
    return table


def rest(
    table: Table,
    where: Ground,
    case: Case,
    daemon: Daemon | None = None,
    storm: Storm | None = None,
) -> None:
    """Let one program be."""
    seconds = where.options.seconds
    with case.run() as program, forgiving(case.name), contextlib.ExitStack() as stack:
        program.wait_for(case.first, 60.0)
        program.watch(SETTLE)
        if storm is not None:
            stack.enter_context(storm)
        before = usage(program.pid)
        daemon_before = cpu_seconds(daemon.pid) if daemon else 0.0
        written = program.watch(seconds)
        daemon_used = (cpu_seconds(daemon.pid) if daemon else 0.0) - daemon_before
        after = usage(program.pid)
        stack.close()
        table.add(
            case.name + (f", {storm.rate:.0f} events a second" if storm else ""),
            f"{(after.cpu - before.cpu) / seconds * 100:.1f}",
            f"{daemon_used / seconds * 100:.1f}" if daemon else "-",
            f"{after.rss:.0f}", f"{after.pss:.0f}", f"{written * 60 / seconds / 1024:.1f}",
        )  # fmt: skip


if __name__ == "__main__":
    with ground(__doc__) as here:
        measure(here).show()
