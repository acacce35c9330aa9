"""Keys: from a key to what it paints. ``python -m benchmarks.keys``"""

from __future__ import annotations

import random

from benchmarks.driven import Driven
from benchmarks.ground import Case, Ground, ground
from benchmarks.report import Table, forgiving, millis, percentile, ratio
from benchmarks.storm import Storm

COUNTS = (100, 1_000, 10_000)
KEYS = {"down": (b"\x1b[B", b"\x1b[A", 80), "page down": (b"\x1b[6~", b"\x1b[5~", 2)}
"""A key, the one back, and how often one is pressed before the other."""
PAUSE = (0.03, 0.12)
"""Seconds between two presses: at random, so that they meet every moment of a refresh."""
LONGEST = 2.0
"""Seconds after which a key is taken to have had no effect."""
SETTLE = 6.0


def measure(where: Ground) -> Table:
    """Each key in each program."""
    table = Table(
        "Keys: from the key to its first byte and to the end of what it paints, milliseconds",
        ("program", "key", "presses", "first p50", "p95", "p99", "whole p50", "p95", "p99",
         "p95 over bare"),
        "p95 below 30 with 1,000 guests",
    )  # fmt: skip
    for count in COUNTS:
        bases: dict[str, float] = {}
        what = f"test driver {count:,}"
        cases = [where.bare(count), *where.connected(what, where.test_uri(count))]
        cases.append(where.demo(count))
        if count == COUNTS[-1]:
            cases += [where.grouped(count, by) for by in ("host", "state")]
        for case in cases:
            press(table, where, case, "", bases)
    if where.real:
        cases = where.connected(f"real guests {where.options.guests}", where.daemon.uri)
        for case in cases:
            press(table, where, case, "", {})
        with Storm(where.daemon.connect()):
            press(table, where, cases[0], ", storm", {})
    return table


def press(table: Table, where: Ground, case: Case, note: str, bases: dict[str, float]) -> None:
    """Press the keys in one program; the first program's figures are put into `bases`."""
    with case.run() as program, forgiving(case.name):
        program.wait_for(case.first, 60.0)
        program.watch(SETTLE)
        for name, (there, back, run) in KEYS.items():
            pressed = keys(there, back, run, where.options.presses)
            found = [one for key in pressed if (one := once(program, key))]
            first, whole = [one[0] for one in found], [one[1] for one in found]
            base = bases.setdefault(name, percentile(whole, 0.95))
            parts = [
                millis(percentile(times, part))
                for times in (first, whole)
                for part in (0.5, 0.95, 0.99)
            ]
            table.add(
                case.name + note, name, f"{len(found)}/{len(pressed)}", *parts,
                ratio(percentile(whole, 0.95), base),
            )  # fmt: skip


def keys(there: bytes, back: bytes, run: int, presses: int) -> list[bytes]:
    """The keys to press, at most so many: they end where they began, and never at an edge."""
    run = min(run, max(presses // 2, 1))
    return ([there] * run + [back] * run) * max(presses // (2 * run), 1)


def once(program: Driven, key: bytes) -> tuple[float, float] | None:
    """Seconds from one press to the first byte and to the last."""
    program.watch(random.uniform(*PAUSE))
    at = program.send(key)
    burst = program.burst(LONGEST)
    return (burst[0] - at, burst[1] - at) if burst else None


if __name__ == "__main__":
    with ground(__doc__) as here:
        measure(here).show()
