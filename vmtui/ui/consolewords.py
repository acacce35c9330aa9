"""What is said about consoles: why there is none, and what the guest behind one uses. Pure."""

from __future__ import annotations

from vmtui.model.guest import Guest
from vmtui.ui import cells
from vmtui.ui.cells import Cell, Role
from vmtui.ui.columns import Row
from vmtui.ui.lines import Line


def why_no_console(guest: Guest) -> str | None:
    """None where a console can be opened, else the reason in one sentence."""
    if guest.definition is not None and not guest.definition.consoles:
        return "it has no serial or virtio console"
    return None


def figures_line(row: Row) -> Line:
    """CPU, memory and network of a guest, beside its console."""
    definition = row.guest.definition
    figures = row.figures
    memory = cells.memory(
        figures.memory if figures else None, definition.memory if definition else None
    )
    cpu = cells.percent(figures.cpu if figures else None, 1)
    return (
        Cell("CPU ", Role.MUTED), cpu,
        Cell("  MEM ", Role.MUTED), memory,
        Cell("  NET ", Role.MUTED), Cell(" ".join(cells.net_rates(figures).text.split())),
    )  # fmt: skip
