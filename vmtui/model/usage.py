"""Who uses what: volumes by guests and by the overlays on them, networks by interfaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from vmtui.model.device import Interface
from vmtui.model.guest import Guest
from vmtui.model.inventory import HostView
from vmtui.model.network import Lease, Network
from vmtui.model.storage import Volume

MOST_DEEP = 200
"""Overlays on overlays that are followed at most, as libvirt itself bounds a chain."""


class Use(NamedTuple):
    """A guest that uses a file, and as what: a disk's target, `kernel` or `nvram`."""

    guest: Guest
    target: str


@dataclass(frozen=True, slots=True)
class Uses:
    """Who uses which file of a host, by its path (or `pool/volume` where a guest names it so)."""

    directly: Mapping[str, tuple[Use, ...]] = field(default_factory=dict)
    below: Mapping[str, tuple[Use, ...]] = field(default_factory=dict)
    """Those of which a running guest's definition says that a disk lies on it."""

    def of(self, volume: Volume) -> tuple[Use, ...]:
        """Who uses that volume itself."""
        named = self.directly.get(f"{volume.pool}/{volume.name}", ()) if volume.pool else ()
        return (*self.directly.get(volume.path, ()), *named)


def uses_of(guests: Iterable[Guest]) -> Uses:
    """Who uses what among these guests, as far as their definitions say."""
    directly: dict[str, list[Use]] = {}
    below: dict[str, list[Use]] = {}
    for guest in guests:
        defined = guest.definition
        if defined is None:
            continue
        for disk in defined.disks:
            if disk.source:
                directly.setdefault(disk.source, []).append(Use(guest, disk.target))
            for path in disk.backing:
                below.setdefault(path, []).append(Use(guest, disk.target))
        for path, target in ((defined.kernel, "kernel"), (defined.nvram, "nvram")):
            if path:
                directly.setdefault(path, []).append(Use(guest, target))
    return Uses(
        {path: tuple(uses) for path, uses in directly.items()},
        {path: tuple(uses) for path, uses in below.items()},
    )


def overlays(volumes: Iterable[Volume]) -> dict[str, tuple[Volume, ...]]:
    """Which volumes lie right on a file, by its path."""
    made: dict[str, list[Volume]] = {}
    for volume in volumes:
        if volume.backing:
            made.setdefault(volume.backing, []).append(volume)
    return {path: tuple(found) for path, found in made.items()}


def users(volume: Volume, uses: Uses, on: Mapping[str, tuple[Volume, ...]]) -> tuple[Use, ...]:
    """Every guest that needs a volume: that uses it, or an overlay on it, at any depth."""
    found: dict[Use, None] = {}
    seen = {volume.path}
    layer = [volume]
    for _ in range(MOST_DEEP):
        for one in layer:
            found |= dict.fromkeys(uses.of(one))
            found |= dict.fromkeys(uses.below.get(one.path, ()))
        layer = [upper for one in layer for upper in on.get(one.path, ()) if upper.path not in seen]
        if not layer:
            break
        seen |= {one.path for one in layer}
    return tuple(found)


def network_of(view: HostView, card: Interface) -> Network | None:
    """The network that an interface is plugged into, by its name or by its bridge."""
    return next((one for one in view.networks or () if _plugged(card, one)), None)


def _plugged(card: Interface, network: Network) -> bool:
    if card.kind == "bridge":
        return bool(network.bridge) and card.source == network.bridge
    return card.kind == "network" and card.source == network.name


def cards_on(view: HostView, network: Network) -> Iterator[tuple[Guest, Interface]]:
    """The interfaces that are plugged into a network, or into its bridge."""
    for guest in view.guests.values():
        for card in guest.definition.interfaces if guest.definition else ():
            if _plugged(card, network):
                yield guest, card


def strangers(view: HostView, network: Network) -> list[Lease]:
    """Leases that no interface of a known guest has."""
    macs = {
        card.mac
        for guest in view.guests.values()
        for card in (guest.definition.interfaces if guest.definition else ())
    }
    return [lease for lease in network.leases if lease.mac not in macs]
