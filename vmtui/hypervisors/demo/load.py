"""How busy a demo guest is: smooth, deterministic, and as cheap as a few sines.

Activity is a rate that swings around its mean; its integral is in closed form, so counters need
no state and a thousand of them cost next to nothing.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import NamedTuple

from vmtui.model.guest import GuestState
from vmtui.model.stats import (
    DiskSample,
    GuestSample,
    InterfaceSample,
    MemorySample,
    StatGroup,
)
from vmtui.model.units import GIB, MIB


@dataclass(frozen=True, slots=True)
class Load:
    """A guest's habits. Rates are bytes a second while it is as busy as it can be."""

    mean: float
    """Fraction of its vCPUs, 0 to 1."""
    swing: float
    """How far it swings around the mean, 0 to 1 of it."""
    slow: float
    quick: float
    """Angular speeds of the two swings, radians a second."""
    phase: float
    disk: float
    net: float
    memory: float
    """Fraction of its memory in use."""
    reports: bool
    """Whether its balloon driver reports."""

    def work(self, at: float) -> float:
        """Activity summed up until `at`: seconds of full load."""
        swings = 0.6 / self.slow * math.cos(self.slow * at + self.phase)
        swings += 0.4 / self.quick * math.cos(self.quick * at - self.phase)
        return self.mean * (at - self.swing * swings)

    def now(self, at: float) -> float:
        """Activity at this moment, 0 to 1."""
        swings = 0.6 * math.sin(self.slow * at + self.phase)
        swings += 0.4 * math.sin(self.quick * at - self.phase)
        return self.mean * (1.0 + self.swing * swings)


def make_load(rng: random.Random) -> Load:
    """Most guests idle, some work, a few toil."""
    kind = rng.random()
    if kind < 0.6:
        mean, swing = rng.uniform(0.002, 0.02), 0.3
    elif kind < 0.9:
        mean, swing = rng.uniform(0.05, 0.35), 0.9
    else:
        mean, swing = rng.uniform(0.45, 0.6), 0.6
    return Load(
        mean,
        swing,
        slow=2 * math.pi / rng.uniform(60, 400),
        quick=2 * math.pi / rng.uniform(7, 25),
        phase=rng.uniform(0, 6),
        disk=rng.choice((2, 8, 30, 120)) * MIB,
        net=rng.choice((1, 4, 20, 60)) * MIB,
        memory=rng.uniform(0.2, 0.85),
        reports=rng.random() < 0.8,
    )


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a sample needs of a guest, made ready once for each definition."""

    uuid: str
    vcpus: int
    memory: int
    memory_max: int
    disks: tuple[tuple[str, str, int], ...]
    """Target, path and capacity (bytes) of each disk."""
    interfaces: tuple[str, ...]


class Parts(NamedTuple):
    """Which parts a reading has: the groups asked, taken apart once for all guests."""

    state: bool
    cpu: bool
    memory: bool
    disk: bool
    network: bool

    @classmethod
    def of(cls, groups: StatGroup) -> Parts:
        """Those of `groups`."""
        order = (
            StatGroup.STATE, StatGroup.CPU, StatGroup.MEMORY, StatGroup.DISK, StatGroup.NETWORK
        )  # fmt: skip
        return cls(*(bool(groups & group) for group in order))


def sample(
    load: Load, wiring: Wiring, state: GuestState, up: float, at: float, parts: Parts
) -> GuestSample:
    """A reading of a guest that has been up for `up` seconds, at `at` of the monotonic clock."""
    work = load.work(up) - load.work(0.0)
    return GuestSample(
        wiring.uuid,
        at,
        state if parts.state else None,
        "",
        int(work * 1e9 * wiring.vcpus) if parts.cpu else None,
        wiring.vcpus if parts.cpu else None,
        _memory(load, wiring, up) if parts.memory else None,
        _disks(load, wiring, work) if parts.disk else None,
        _interfaces(load, wiring, work) if parts.network else None,
    )


def _memory(load: Load, wiring: Wiring, up: float) -> MemorySample:
    level = load.memory * min(1.0, 0.3 + up / 60) * (1 + 0.1 * math.sin(load.slow * up))
    used = int(wiring.memory * level) if load.reports else None
    resident = min(wiring.memory, int(wiring.memory * (load.memory + 0.1)))
    return MemorySample(wiring.memory, wiring.memory_max, used, resident)


def _disks(load: Load, wiring: Wiring, work: float) -> tuple[DiskSample, ...]:
    disks = []
    weight = load.disk
    for target, path, capacity in wiring.disks:
        read, written = int(work * weight * 0.7), int(work * weight * 0.3)
        allocation = min(capacity, int(capacity * load.memory) + written // 64)
        disks.append(
            DiskSample(
                target, read, written, read >> 14, written >> 13,
                capacity, allocation, allocation, path,
            )
        )  # fmt: skip
        weight /= 4
    return tuple(disks)


def _interfaces(load: Load, wiring: Wiring, work: float) -> tuple[InterfaceSample, ...]:
    received = int(work * load.net)
    return tuple(InterfaceSample(name, received, received // 3) for name in wiring.interfaces)


DEFAULT_DISK = 20 * GIB
