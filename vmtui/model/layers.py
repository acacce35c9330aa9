"""What a guest's disks really are: chains of files, each lying on the one below it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vmtui.model.storage import Volume


class Found(Enum):
    """Whether a file of a chain is there."""

    VOLUME = "volume"
    """A volume of an active pool."""
    FILE = "file"
    """It is there, and no active pool has it."""
    MISSING = "missing"
    LOOP = "loop"
    """It is one of those that lie on it: the chain has no end."""
    UNSEEN = "unseen"
    """Nobody can tell from here."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One file of a chain."""

    source: str
    """Its path, `pool/volume`, or the address of a network disk."""
    found: Found
    volume: Volume | None = None
    note: str = ""
    """One sentence on why it is not found, or what is not known of it; "" where all is well."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A disk and all that lies below it, the nearest first; an empty drive has no layers."""

    target: str
    layers: tuple[Layer, ...] = ()

    @property
    def broken(self) -> bool:
        """Whether the guest cannot read all of it."""
        return any(layer.found in (Found.MISSING, Found.LOOP) for layer in self.layers)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A guest's snapshot; `made` in seconds since the epoch, None where that is not told."""

    name: str
    parent: str = ""
    current: bool = False
    made: float | None = None


@dataclass(frozen=True, slots=True)
class Layers:
    """What a guest's disks lie on, and its snapshots; None where the hypervisor has none."""

    chains: tuple[Chain, ...] = ()
    snapshots: tuple[Snapshot, ...] | None = None
