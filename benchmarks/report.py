"""Tables on standard output, and the figures in them."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.driven import NoAnswer


@dataclass(slots=True)
class Table:
    """What one benchmark found. `target` says what is aimed at; nothing is asserted."""

    title: str
    header: Sequence[str]
    target: str = ""
    rows: list[Sequence[str]] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Add a row."""
        self.rows.append(cells)

    def show(self) -> None:
        """Print it."""
        lines = [self.header, *self.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.header))]
        print(f"\n{self.title}" + (f"   (target: {self.target})" if self.target else ""))
        for number, line in enumerate(lines):
            cells = [line[0].ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
            print("  " + "  ".join(cells).rstrip())
            if not number:
                print("  " + "  ".join("-" * width for width in widths))


@contextlib.contextmanager
def forgiving(name: str) -> Iterator[None]:
    """Go on where a program gives no answer, and say so."""
    try:
        yield
    except NoAnswer as error:
        print(f"{name}: {error}", file=sys.stderr)


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least `part` (0 to 1) of all do not exceed; NaN of none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(math.ceil(part * len(ordered)) - 1, 0)]


def median(values: Sequence[float]) -> float:
    """The value in the middle."""
    return percentile(values, 0.5)


def seconds(value: float) -> str:
    """`0.42`; `-` where there is none."""
    return "-" if math.isnan(value) else f"{value:.2f}"


def millis(value: float) -> str:
    """Seconds as milliseconds: `12.3`; `-` where there is none."""
    return "-" if math.isnan(value) else f"{value * 1000:.1f}"


def ratio(value: float, base: float) -> str:
    """`1.4x`; `-` where either is missing."""
    return f"{value / base:.1f}x" if base > 0 and not math.isnan(value) else "-"
