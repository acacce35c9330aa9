"""What each of libvirt's drivers lacks, so that its verbs are greyed before they fail."""

from __future__ import annotations

import re

import libvirt

from vmtui.hypervisors.libvirt.errors import unsupported
from vmtui.model.capabilities import Capabilities, Feature

_NEITHER = frozenset({Feature.SEND_KEYS, Feature.CONSOLE_LOG})
"""virDomainSendKey and `<log>` on a character device are rare outside of QEMU."""

_LACKS: dict[str, frozenset[Feature]] = {
    "QEMU": frozenset(),
    "TEST": frozenset(
        {Feature.CONSOLE, Feature.CONSOLE_LOG, Feature.MEMORY_STATS, Feature.SHUTDOWN_AGENT}
    ),
    "LXC": _NEITHER | {
        Feature.MANAGED_SAVE, Feature.RESET, Feature.RENAME, Feature.SHUTDOWN_AGENT,
    },
    "XEN": _NEITHER | {Feature.RESET, Feature.RENAME, Feature.SHUTDOWN_AGENT},
    "ESX": _NEITHER | {
        Feature.MANAGED_SAVE, Feature.RENAME, Feature.SHUTDOWN_AGENT, Feature.CONSOLE,
        Feature.MEMORY_STATS, Feature.LABELS,
    },
    "VBOX": frozenset(
        {
            Feature.AUTOSTART, Feature.RENAME, Feature.SHUTDOWN_AGENT, Feature.CONSOLE,
            Feature.CONSOLE_LOG, Feature.MEMORY_STATS, Feature.RESET, Feature.LABELS,
        }
    ),
    "BHYVE": _NEITHER | {
        Feature.SUSPEND, Feature.MANAGED_SAVE, Feature.RENAME, Feature.SHUTDOWN_AGENT,
    },
    "CH": _NEITHER | {Feature.RENAME, Feature.SHUTDOWN_AGENT, Feature.RESET},
}  # fmt: skip
"""By virConnectGetType's name for it, in capitals; a driver that is not listed may have all."""


_PTY_LAG = 1.2
"""QEMU looks once a second whether a pty has a reader, and drops what is printed before; since
8.2 it looks as well whenever something is printed (chardev/char-pty.c)."""
_PTY_SEES_AT_ONCE = (8, 2)


def find_capabilities(
    conn: libvirt.virConnect,
    *,
    read_only: bool,
    events: bool,
    bulk: bool,
    host_stats: bool,
    hypervisor: str = "",
) -> Capabilities:
    """What this connection can do. May block: it asks the driver for pools and networks once.

    Args:
        conn: The connection.
        read_only: Whether it was opened so.
        events: Whether the driver announces its guests' changes.
        bulk: Whether it has bulk readings.
        host_stats: Whether it tells anything of the host's load.
        hypervisor: Its name and version; "" where they are not known.
    """
    driver = conn.getType()
    lacks = set(_LACKS.get(driver.upper(), frozenset()))
    for there, feature in (
        (events, Feature.EVENTS),
        (bulk, Feature.BULK_STATS),
        (host_stats, Feature.HOST_STATS),
        (_knows(conn.numOfStoragePools), Feature.VOLUMES),
        (_knows(conn.numOfNetworks), Feature.NETWORKS),
    ):
        if not there:
            lacks.add(feature)
    if Feature.SHUTDOWN_AGENT in lacks:
        lacks.add(Feature.AGENT)
    return Capabilities(
        driver=driver,
        read_only=read_only,
        lacks=frozenset(lacks),
        console_lag=console_lag(driver, hypervisor),
    )


def console_lag(driver: str, hypervisor: str) -> float:
    """Seconds after a console was opened in which a guest's output may still be lost.

    Args:
        driver: As virConnectGetType names it.
        hypervisor: Name and version; an unknown one counts as old.
    """
    if driver.upper() != "QEMU":
        return 0.0
    found = re.search(r"(\d+)\.(\d+)", hypervisor)
    sees = found is not None and tuple(map(int, found.groups())) >= _PTY_SEES_AT_ONCE
    return 0.0 if sees else _PTY_LAG


def _knows(function: object) -> bool:
    try:
        function()  # type: ignore[operator]
    except libvirt.libvirtError as error:
        return not unsupported(error)
    return True
