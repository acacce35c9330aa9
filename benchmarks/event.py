"""Event: from a change that somebody else made to its place on the screen.

``python -m benchmarks.event``: a real guest is paused and resumed over another connection.
"""

from __future__ import annotations

import random
import time

import libvirt

from benchmarks.driven import Driven
from benchmarks.ground import Case, Ground, ground
from benchmarks.names import name_of
from benchmarks.report import Table, forgiving, millis, percentile
from benchmarks.storm import Storm

SETTLE = 6.0
PATIENCE = 5.0
ROUNDS = 30
GUEST = name_of(5)
"""On the first page, and not the one under the cursor."""
ROW = r"{state}[^\n]{{0,80}}?{name}|{name}[^\n]{{0,80}}?{state}"


def measure(where: Ground) -> Table:
    """Ours and the peers, with quiet guests; ours again in a storm."""
    table = Table(
        "Event: from the return of virDomainSuspend or Resume to the row on the screen, ms",
        ("program", "changes", "p50", "p95", "p99", "worst"),
        "below 100",
    )
    if not where.real:
        return table
    for case in where.connected(f"real guests {where.options.guests}", where.daemon.uri):
        change(table, where, case, "")
    with Storm(where.daemon.connect()):
        case = where.connected(f"real guests {where.options.guests}", where.daemon.uri)[0]
        change(table, where, case, ", storm")
    return table


def change(table: Table, where: Ground, case: Case, note: str) -> None:
    """Pause and resume the guest while the program shows it."""
    domain = where.daemon.connect().lookupByName(GUEST)
    times: list[float] = []
    with case.run() as program, forgiving(case.name):
        program.wait_for(case.first, 60.0)
        program.watch(SETTLE)
        for _ in range(ROUNDS):
            for act, state in ((domain.suspend, "paused"), (domain.resume, "running")):
                program.watch(random.uniform(0.2, 0.6))
                program.forget()
                act()
                times.append(until(program, state, time.perf_counter()))
    if int(domain.info()[0]) == libvirt.VIR_DOMAIN_PAUSED:
        domain.resume()
    parts = [millis(percentile(times, part)) for part in (0.5, 0.95, 0.99, 1.0)]
    table.add(case.name + note, f"{len(times)}/{2 * ROUNDS}", *parts)


def until(program: Driven, state: str, since: float) -> float:
    """Seconds since then until the guest's row says that it is in this state."""
    return program.wait_for(ROW.format(state=state, name=GUEST), PATIENCE) - since


if __name__ == "__main__":
    with ground(__doc__) as here:
        measure(here).show()
