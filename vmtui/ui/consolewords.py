"""What is said about consoles: why there is none, and what the guest behind one uses. Pure."""

from __future__ import annotations

from vmtui.model.device import ConsolePort
from vmtui.model.guest import Guest
from vmtui.ui import cells
from vmtui.ui.cells import Cell, Role
from vmtui.ui.columns import Row
from vmtui.ui.lines import Line


def why_no_console(guest: Guest, add_key: str = "") -> str | None:
    """None where a console can be opened, else the reason and what to do; `add_key` adds one."""
    if guest.definition is None or guest.definition.consoles:
        return None
    words = "it has no serial or virtio console"
    if add_key:
        words += f"; {add_key} adds one"
    return f"{words}. A Linux guest prints there with console=ttyS0 on its kernel's command line"


def ports(guest: Guest) -> list[tuple[str, ConsolePort]]:
    """The guest's ports, each under the name by which its console is known here: "" is the first.

    The names stay the same when the guest starts and its host names the devices.
    """
    found = guest.definition.consoles if guest.definition else ()
    return [(f"{port.kind}{port.port}" if n else "", port) for n, port in enumerate(found)]


def port_words(port: ConsolePort, device: str, is_open: bool) -> tuple[str, str]:
    """Label and description of a port in a list."""
    about = [f"device {port.alias}" if port.alias else "named by the host when the guest runs"]
    if not device:
        about.append("the first")
    if is_open:
        about.append("open here")
    if port.log:
        about.append(f"logged to {port.log}")
    return f"{port.kind} {port.port}", ", ".join(about)


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
