"""The verbs on a container: a driver that knows fewer of them, and fewer flags."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.hypervisors.libvirt.bench import opened
from tests.rig import Privileged, container, define
from vmtui.errors import Unsupported
from vmtui.hypervisors.libvirt.definition import read_definition
from vmtui.hypervisors.libvirt.volumes import read_disk_use
from vmtui.model.steps import (
    DeleteSnapshots,
    Destroy,
    ManagedSave,
    Reboot,
    Rename,
    Reset,
    Resume,
    SetAutostart,
    Shutdown,
    Start,
    Suspend,
    Undefine,
    Via,
)

pytestmark = [pytest.mark.rig, pytest.mark.root]


@pytest.fixture(scope="module")
def host() -> Iterator[Privileged]:
    """One for this file."""
    with Privileged() as host:
        yield host


async def test_a_containers_life(host: Privileged) -> None:
    async with opened(host.lxc_uri) as bench:
        tree = await asyncio.to_thread(container, "box", host.folder / "box")
        domain = define(bench.conn, tree)
        uuid = domain.UUIDString()
        await bench.run(Start(uuid))
        assert await bench.run(Suspend(uuid)) == Resume(uuid)
        assert await bench.run(Resume(uuid)) == Suspend(uuid)
        assert await bench.run(SetAutostart(uuid, on=True)) == SetAutostart(uuid, on=False)
        for step in (
            Reset(uuid), ManagedSave(uuid), Rename(uuid, new="x"),
            Shutdown(uuid, via=Via.AGENT),
        ):  # fmt: skip
            with pytest.raises(Unsupported):
                await bench.run(step)
        # Its shell ignores the signal; what counts is that the driver took it.
        await bench.run(Shutdown(uuid, via=Via.ACPI))
        await bench.run(Reboot(uuid, via=Via.ACPI))
        await bench.run(Destroy(uuid))
        await bench.run(Destroy(uuid))
        assert await read_disk_use(bench.handle, [uuid]) == []
        await bench.run(DeleteSnapshots(uuid))
        before = await read_definition(bench.handle, uuid)
        undo = await bench.run(Undefine(uuid, name="box"))
        assert bench.conn.listAllDomains() == []
        assert undo is not None
        await bench.run(undo)
        assert await read_definition(bench.handle, uuid) == before
        assert domain.autostart()
