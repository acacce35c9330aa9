"""Readings guest by guest, on libvirt's test driver, which knows the calls of each."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.hypervisors.libvirt.bench import UUID, fleet, opened
from vmtui.hypervisors.libvirt.single import SingleStats, Targets
from vmtui.model.device import Disk, Interface
from vmtui.model.guest import GuestState
from vmtui.model.stats import StatGroup

DEVICES = (
    "<devices><disk type='file'><source file='/a'/><target dev='vda'/></disk>"
    "<interface type='network'><source network='default'/><target dev='testnet7'/></interface>"
    "</devices>"
)


async def test_all_that_it_tells(tmp_path: Path) -> None:
    uri = fleet(tmp_path, f"on|{DEVICES}", "off|<test:runstate>5</test:runstate>")
    targets = Targets()
    targets.learn(
        UUID.format(0), (Disk("vda"), Disk("")), (Interface("", target="testnet7"), Interface(""))
    )
    async with opened(uri) as bench:
        single = SingleStats(bench.handle, time.monotonic, targets)
        on, off = sorted(single.sample(StatGroup.ALL), key=lambda sample: sample.uuid)
        assert (on.state, off.state) == (GuestState.RUNNING, GuestState.OFF)
        assert on.cpu_ns
        assert on.vcpus == 1
        assert on.memory is not None
        assert on.memory.maximum == 8192 * 1024
        assert on.disks is not None
        assert on.disks[0].target == "vda"
        assert on.disks[0].read > 0
        assert on.interfaces is not None
        assert on.interfaces[0].received > 0
        assert (off.cpu_ns, off.memory, off.disks, off.interfaces) == (None, None, None, None)
        (only,) = single.sample(StatGroup.CPU)
        assert (only.state, only.memory, only.disks) == (None, None, None)


@pytest.mark.parametrize("group", [StatGroup.DISK, StatGroup.NETWORK])
async def test_devices_that_are_not_known_are_not_asked_for(
    tmp_path: Path, group: StatGroup
) -> None:
    async with opened(fleet(tmp_path, f"on|{DEVICES}")) as bench:
        (sample,) = SingleStats(bench.handle, time.monotonic, Targets()).sample(group)
        assert (sample.disks, sample.interfaces) == (None, None)
