"""Telling a guest how large its console is: through its agent, or by a line typed at its shell.

A serial line carries no size. An agent sets it whatever runs at the console, and what runs there is
told; a typed line needs a shell that waits for one.
"""

from __future__ import annotations

from collections.abc import Sequence

from vmtui.engine import commands
from vmtui.engine.fleet import Fleet
from vmtui.errors import VmtuiError
from vmtui.model.agentfacts import Command
from vmtui.model.device import ConsolePort
from vmtui.model.guest import Guest
from vmtui.model.inventory import HostView
from vmtui.plan import tools
from vmtui.terminal.journal import Size
from vmtui.terminal.session import TerminalSession

PATIENCE = 5.0
"""Seconds after which an agent is taken for silent."""


async def through_agent(
    fleet: Fleet,
    view: HostView | None,
    guest: Guest | None,
    port: ConsolePort | None,
    terminal: TerminalSession,
) -> bool:
    """Have the guest's agent set it; False where none can, or it fails: it is mute, has no stty.

    Args:
        fleet: to reach the guest.
        view: its host.
        guest: whose agent is asked.
        port: whose size it is; None for the guest's first.
        terminal: which shows it, and has the size to be set. Where an agent can be asked, its
            margins are renewed before what runs there is told.
    """
    if guest is None or view is None or tools.why_not_run(guest, view.capabilities):
        return False
    ports = guest.definition.consoles if guest.definition else ()
    # The host may have named it meanwhile.
    known = [p for p in ports if port is None or (p.kind, p.port) == (port.kind, port.port)]
    device = device_file(known[0], ports) if known else None
    if device is None:
        return False
    try:
        command = Command(("stty", "-F", device, *_words(terminal.size)))
        agent = fleet.hypervisor(guest.key.host).agent(guest.key.uuid)
        terminal.renew_margins()
        state = await commands.run(agent, command, timeout=PATIENCE)
    except VmtuiError:
        return False
    return state.code == 0


def device_file(port: ConsolePort, ports: Sequence[ConsolePort]) -> str | None:
    """Where a Linux guest has this one of its ports; None where that is not known."""
    if port.kind == "serial":
        return f"/dev/ttyS{port.port}"
    if port.kind == "virtio":
        # Its own number counts all consoles, the kernel only those of its kind.
        alike = sorted(other.port for other in ports if other.kind == port.kind)
        return f"/dev/hvc{alike.index(port.port)}"
    return None


def typed(size: Size) -> bytes:
    """The line that sets the size of the terminal in which it is typed."""
    return " ".join(("stty", *_words(size))).encode() + b"\r"


def _words(size: Size) -> tuple[str, ...]:
    return "rows", str(size.rows), "cols", str(size.columns)
