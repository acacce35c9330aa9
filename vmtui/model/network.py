"""Virtual networks of a host."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lease:
    """One DHCP lease: `expires` in seconds since the epoch, 0 for never."""

    mac: str
    ip: str
    prefix: int | None = None
    hostname: str = ""
    expires: float = 0.0


@dataclass(frozen=True, slots=True)
class Network:
    """A virtual network."""

    name: str
    uuid: str
    active: bool
    bridge: str = ""
    forward: str = ""
    """nat, route, bridge, open, ... or "" for isolated."""
    autostart: bool | None = None
    persistent: bool | None = None
    leases: tuple[Lease, ...] = ()
