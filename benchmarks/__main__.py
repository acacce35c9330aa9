"""All benchmarks, one after the other: ``python -m benchmarks``"""

from __future__ import annotations

from benchmarks import calls, event, idle, keys, peers, start
from benchmarks.ground import ground

if __name__ == "__main__":
    with ground(__doc__) as here:
        tables = []
        for benchmark in (start, event, calls, idle, keys, peers):
            tables.append(benchmark.measure(here))
            tables[-1].show()
