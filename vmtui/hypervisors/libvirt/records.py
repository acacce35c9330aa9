"""The records of virConnectGetAllDomainStats -> GuestSample.

A thousand guests pass here at every tick: keys are made once, not for every guest.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import libvirt

from vmtui.hypervisors.libvirt.states import guest_state, reason_words
from vmtui.hypervisors.libvirt.text import plain
from vmtui.model.stats import DiskSample, GuestSample, InterfaceSample, MemorySample

KIB = 1024
MOST_DEVICES = 512
"""Disks or interfaces of one guest that are read at most."""
STILL = 120.0
"""Seconds without a fresh report after which a guest's own memory figures are no more believed."""


class Parser:
    """Reads the records of one connection, and remembers when each guest last reported."""

    def __init__(self) -> None:
        self._reported: dict[str, tuple[int, float]] = {}

    def parse(
        self,
        records: Sequence[tuple[libvirt.virDomain, dict[str, Any]]],
        wanted: int,
        at: float,
        *,
        whole: bool = True,
    ) -> list[GuestSample]:
        """A sample of each record. `wanted` are libvirt's groups, `at` is of a monotonic clock.

        `whole` says that guests without a record are gone.
        """
        want_state = bool(wanted & libvirt.VIR_DOMAIN_STATS_STATE)
        want_memory = bool(wanted & libvirt.VIR_DOMAIN_STATS_BALLOON)
        want_disks = bool(wanted & libvirt.VIR_DOMAIN_STATS_BLOCK)
        want_interfaces = bool(wanted & libvirt.VIR_DOMAIN_STATS_INTERFACE)
        samples = []
        for domain, stats in records:
            uuid = domain.UUIDString()
            state = stats.get("state.state") if want_state else None
            samples.append(
                GuestSample(
                    uuid,
                    at,
                    guest_state(state) if state is not None else None,
                    reason_words(state, stats.get("state.reason")),
                    stats.get("cpu.time"),
                    stats.get("vcpu.current"),
                    self._memory(uuid, stats, at) if want_memory else None,
                    _disks(stats) if want_disks else None,
                    _interfaces(stats) if want_interfaces else None,
                )
            )
        if whole and want_memory and len(self._reported) > len(records):
            there = {sample.uuid for sample in samples}
            self._reported = {k: v for k, v in self._reported.items() if k in there}
        return samples

    def _memory(self, uuid: str, stats: dict[str, Any], at: float) -> MemorySample | None:
        current = stats.get("balloon.current")
        if current is None:
            return None
        fresh = self._fresh(uuid, stats.get("balloon.last-update", 0), at)
        return memory_sample(
            current,
            stats.get("balloon.maximum", current),
            {key: stats.get(name) for key, name in _BALLOON},
            reported_at=stats.get("balloon.last-update"),
            fresh=fresh,
        )

    def _fresh(self, uuid: str, reported: int, at: float) -> bool:
        """Whether a report of that time is one to believe: its clock is not ours."""
        if not reported:
            return False
        before = self._reported.get(uuid)
        if before is None or before[0] != reported:
            self._reported[uuid] = (reported, at)
            return True
        return at - before[1] < STILL


def memory_sample(
    current: int,
    maximum: int,
    report: dict[str, int | None],
    *,
    reported_at: int | None,
    fresh: bool,
) -> MemorySample:
    """A sample from the balloon's figures, all in KiB; `fresh`: the guest's own count today."""
    available, unused = report["available"], report["unused"]
    used = None
    if fresh and available is not None and unused is not None:
        used = max(0, available - unused - (report["disk_caches"] or 0)) * KIB
    return MemorySample(
        current=current * KIB,
        maximum=maximum * KIB,
        used=used,
        resident=_bytes(report["rss"]),
        swap_in=_bytes(report["swap_in"]),
        swap_out=_bytes(report["swap_out"]),
        reported_at=float(reported_at) if reported_at else None,
    )


_BALLOON = tuple(
    (key, f"balloon.{key}")
    for key in ("available", "unused", "disk_caches", "rss", "swap_in", "swap_out")
)


def _bytes(kib: int | None) -> int | None:
    return kib * KIB if kib is not None else None


class _DiskKeys(NamedTuple):
    name: str
    backing_index: str
    read: str
    written: str
    read_requests: str
    write_requests: str
    capacity: str
    allocation: str
    physical: str
    path: str


@lru_cache(maxsize=MOST_DEVICES)
def _disk_keys(index: int) -> _DiskKeys:
    return _DiskKeys(
        *(
            f"block.{index}.{field}"
            for field in (
                "name", "backingIndex", "rd.bytes", "wr.bytes", "rd.reqs", "wr.reqs",
                "capacity", "allocation", "physical", "path",
            )
        )
    )  # fmt: skip


# The same paths come again at every tick.
_path = lru_cache(maxsize=8192)(plain)


def _disks(stats: dict[str, Any]) -> tuple[DiskSample, ...] | None:
    """None where the guest did not tell (it hangs, or its driver cannot)."""
    count = stats.get("block.count")
    if count is None:
        return None
    get = stats.get
    disks = []
    for index in range(min(count, MOST_DEVICES)):
        keys = _disk_keys(index)
        name = get(keys.name)
        if name is None or (keys.read not in stats and keys.capacity not in stats):
            continue
        disks.append(
            DiskSample(
                target=name,
                read=get(keys.read, 0),
                written=get(keys.written, 0),
                read_requests=get(keys.read_requests, 0),
                write_requests=get(keys.write_requests, 0),
                capacity=get(keys.capacity),
                allocation=get(keys.allocation),
                physical=get(keys.physical),
                path=_path(get(keys.path)),
                backing_index=get(keys.backing_index),
            )
        )
    return tuple(disks)


class _InterfaceKeys(NamedTuple):
    name: str
    received: str
    sent: str
    received_dropped: str
    sent_dropped: str
    received_errors: str
    sent_errors: str


@lru_cache(maxsize=MOST_DEVICES)
def _interface_keys(index: int) -> _InterfaceKeys:
    fields = ("name", "rx.bytes", "tx.bytes", "rx.drop", "tx.drop", "rx.errs", "tx.errs")
    return _InterfaceKeys(*(f"net.{index}.{field}" for field in fields))


def _interfaces(stats: dict[str, Any]) -> tuple[InterfaceSample, ...] | None:
    count = stats.get("net.count")
    if count is None:
        return None
    get = stats.get
    interfaces = []
    for index in range(min(count, MOST_DEVICES)):
        keys = _interface_keys(index)
        name = get(keys.name)
        # Interfaces without a device on the host (user networks) are counted and not told.
        if name is None or keys.received not in stats:
            continue
        interfaces.append(
            InterfaceSample(
                name=name,
                received=get(keys.received, 0),
                sent=get(keys.sent, 0),
                dropped=get(keys.received_dropped, 0) + get(keys.sent_dropped, 0),
                errors=get(keys.received_errors, 0) + get(keys.sent_errors, 0),
            )
        )
    return tuple(interfaces)
