"""Start: from exec to the first guest on the screen. ``python -m benchmarks.start``"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

from benchmarks.ground import Case, Ground, ground
from benchmarks.report import Table, forgiving, median, percentile, ratio, seconds
from benchmarks.usage import usage

COUNT = 100
PATIENCE = 60.0
Started = tuple[float, float]
"""Seconds until the first guest, and of processor time until then."""
REST = 0.3
"""Seconds that a program may go on after its first guest, so that none ends in the middle."""


def measure(where: Ground) -> Table:
    """Starts of each program in turn, so that a busy moment of the machine meets all alike."""
    baseline = where.bare(COUNT)
    cases = [baseline, *where.connected("test driver", where.test_uri(COUNT))]
    cases.append(where.demo(COUNT))
    if where.real:
        cases += where.connected("real guests", where.daemon.uri)
    found: dict[str, list[Started]] = {case.name: [] for case in cases}
    for _ in range(where.options.runs):
        for case in cases:
            with forgiving(case.name):
                found[case.name].append(once(where, case))
    table = Table(
        f"Start: from exec to the first of {COUNT} guests, seconds",
        ("program", "runs", "best", "median", "worst", "over bare", "CPU", "over bare",
         "uncompiled"),
        "the bare table's + 0.2 s",
    )  # fmt: skip
    base = found[baseline.name]
    for case in cases:
        times, cpu = ([one[place] for one in found[case.name]] for place in (0, 1))
        python = case.argv[0] == sys.executable
        table.add(
            case.name, str(len(times)), seconds(percentile(times, 0)), seconds(median(times)),
            seconds(percentile(times, 1)), over(times, [one[0] for one in base]),
            seconds(median(cpu)), over(cpu, [one[1] for one in base]),
            seconds(uncompiled(where, case)) if python else "-",
        )  # fmt: skip
    return table


def over(values: Sequence[float], bases: Sequence[float]) -> str:
    """How much more that is: `1.3x +0.12`."""
    if not values:
        return "-"
    value, base = median(values), median(bases)
    return f"{ratio(value, base)} {value - base:+.2f}"


def once(where: Ground, case: Case, **more: str) -> Started:
    """One start."""
    with case.run(**more) as program:
        took = program.wait_for(case.first, PATIENCE) - program.began
        cpu = usage(program.pid).cpu
        program.watch(REST)
        return took, cpu


def uncompiled(where: Ground, case: Case) -> float:
    """Seconds of one start of a Python program without compiled modules at hand."""
    cache = where.folder / f"pyc-{len(list(where.folder.iterdir()))}"
    cache.mkdir()
    took = math.nan
    with forgiving(case.name):
        took = once(where, case, PYTHONPYCACHEPREFIX=str(cache))[0]
    return took  # noqa: RET504 - it stays unknown where the start failed


if __name__ == "__main__":
    with ground(__doc__) as here:
        measure(here).show()
