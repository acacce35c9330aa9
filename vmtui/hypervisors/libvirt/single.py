"""Readings guest by guest, for drivers without bulk statistics (xen, lxc, ...).

What a driver does not know is asked once and then left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar, cast

import libvirt

from vmtui.hypervisors.libvirt.errors import lost, unsupported
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.records import memory_sample
from vmtui.hypervisors.libvirt.states import guest_state, reason_words, state_of
from vmtui.model.device import Disk, Interface
from vmtui.model.stats import (
    DiskSample,
    GuestSample,
    InterfaceSample,
    MemorySample,
    StatGroup,
)

Result = TypeVar("Result")


class Targets:
    """Which devices a guest has: one that is asked one by one must be named. Fed by reading."""

    def __init__(self) -> None:
        self._devices: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def learn(self, uuid: str, disks: tuple[Disk, ...], interfaces: tuple[Interface, ...]) -> None:
        """Keep a guest's devices, as its definition names them."""
        self._devices[uuid] = (
            tuple(disk.target for disk in disks if disk.target),
            tuple(interface.target for interface in interfaces if interface.target),
        )

    def forget(self, uuid: str) -> None:
        """The guest is gone."""
        self._devices.pop(uuid, None)

    def of(self, uuid: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of its disks and of its interfaces; none while it was not read."""
        return self._devices.get(uuid, ((), ()))


class SingleStats:
    """Asks each guest by itself."""

    def __init__(self, handle: Handle, clock: Callable[[], float], targets: Targets) -> None:
        self._handle = handle
        self._clock = clock
        self._targets = targets
        self._lacking: set[str] = set()

    def sample(self, groups: StatGroup, uuids: Collection[str] | None = None) -> list[GuestSample]:
        """Readings of the active guests; with `StatGroup.STATE` of the others too. May block.

        With `uuids` of those only.
        """
        flags = 0 if StatGroup.STATE in groups else libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE
        samples = []
        for domain in self._handle.conn.listAllDomains(flags):
            if uuids is not None and domain.UUIDString() not in uuids:
                continue
            try:
                samples.append(self._sample(domain, groups))
            except libvirt.libvirtError as error:
                if lost(error):
                    raise
        return samples

    def _sample(self, domain: libvirt.virDomain, groups: StatGroup) -> GuestSample:
        uuid, at = domain.UUIDString(), self._clock()
        # virDomainGetInfo: state, most memory, memory, vCPUs, CPU time.
        info = cast("list[int]", domain.info())
        state: int | None = None
        reason: int | None = None
        if StatGroup.STATE in groups:
            state, reason = state_of(domain)
        active = guest_state(info[0]).active
        disks, interfaces = self._targets.of(uuid) if active else ((), ())
        return GuestSample(
            uuid=uuid,
            at=at,
            state=guest_state(state) if state is not None else None,
            reason=reason_words(state, reason),
            cpu_ns=info[4] if active and StatGroup.CPU in groups else None,
            vcpus=info[3] if active else None,
            memory=self._memory(domain, info) if active and StatGroup.MEMORY in groups else None,
            disks=self._disks(domain, disks) if disks and StatGroup.DISK in groups else None,
            interfaces=(
                self._interfaces(domain, interfaces)
                if interfaces and StatGroup.NETWORK in groups
                else None
            ),
        )

    def _memory(self, domain: libvirt.virDomain, info: list[int]) -> MemorySample:
        stats = cast("dict[str, Any]", self._ask("memoryStats", domain.memoryStats)) or {}
        report = {
            key: stats.get(key)
            for key in ("available", "unused", "disk_caches", "rss", "swap_in", "swap_out")
        }
        reported = stats.get("last_update")
        return memory_sample(
            stats.get("actual", info[2]), info[1], report, reported_at=reported, fresh=True
        )

    def _disks(
        self, domain: libvirt.virDomain, targets: tuple[str, ...]
    ) -> tuple[DiskSample, ...] | None:
        found = []
        for target in targets:
            # virDomainBlockStats: read requests and bytes, write requests and bytes, errors.
            stats = cast("tuple[int, ...]", self._ask("blockStats", domain.blockStats, target))
            if stats:
                found.append(DiskSample(target, stats[1], stats[3], stats[0], stats[2]))
        return tuple(found) if found else None

    def _interfaces(
        self, domain: libvirt.virDomain, names: tuple[str, ...]
    ) -> tuple[InterfaceSample, ...] | None:
        found = []
        for name in names:
            # virDomainInterfaceStats: bytes, packets, errors, drops; received, then sent.
            asked = self._ask("interfaceStats", domain.interfaceStats, name)
            if asked:
                received, _, *wrong, sent, _, errors, drops = cast("tuple[int, ...]", asked)
                found.append(
                    InterfaceSample(name, received, sent, wrong[1] + drops, wrong[0] + errors)
                )
        return tuple(found) if found else None

    def _ask(self, name: str, function: Callable[..., Result], *args: object) -> Result | None:
        if name in self._lacking:
            return None
        try:
            return function(*args)
        except libvirt.libvirtError as error:
            if lost(error):
                raise
            if unsupported(error):
                self._lacking.add(name)
            return None
