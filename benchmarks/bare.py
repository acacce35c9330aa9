"""The baseline: a Textual DataTable with as many rows as there are guests, and nothing else.

``python -m benchmarks.bare ROWS [SECONDS]``; with SECONDS, every row's figures change so often.
"""

from __future__ import annotations

import random
import sys

from textual.app import App, ComposeResult
from textual.widgets import DataTable

from benchmarks.names import name_of

COLUMNS = ("STATE", "NAME", "CPU", "MEMORY", "ADDRESS", "UPTIME", "NET", "DISK", "VCPU", "AUTO")


class Bare(App[None]):
    """A table of guests that are not there."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, rows: int, tick: float | None) -> None:
        super().__init__()
        self._rows = rows
        self._tick = tick

    def compose(self) -> ComposeResult:
        """The table alone."""
        yield DataTable[str](cursor_type="row")

    def on_mount(self) -> None:
        """Fill it."""
        table = self._table
        for column in COLUMNS:
            table.add_column(column, width=12, key=column)
        for number in range(self._rows):
            name = name_of(number)
            table.add_row("running", name, *[f"{number % 97}" for _ in COLUMNS[2:]], key=name)
        if self._tick:
            self.set_interval(self._tick, self._change)

    @property
    def _table(self) -> DataTable[str]:
        return self.query_one(DataTable)

    def _change(self) -> None:
        for number in range(self._rows):
            for column in ("CPU", "MEMORY"):
                self._table.update_cell(name_of(number), column, f"{random.random():.3f}")


if __name__ == "__main__":
    Bare(int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else None).run()
