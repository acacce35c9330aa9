"""Deleting snapshots and volumes, on libvirt's test driver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hypervisors.libvirt.bench import UUID, Bench, fleet, opened
from vmtui.errors import Conflict, NotFound, Refused
from vmtui.model.change import ChangeKind
from vmtui.model.steps import DeleteSnapshots, DeleteVolume

ON, OFF = UUID.format(0), UUID.format(1)
POOL = """
<pool type="dir"><name>images</name><uuid>22222222-2222-4222-8222-222222222222</uuid>
<target><path>/images</path></target>
<volume><name>web1.qcow2</name><capacity>1024</capacity>
<target><path>/images/web1.qcow2</path></target></volume>
</pool>"""
POOL_UUID = "22222222-2222-4222-8222-222222222222"
WEB1 = DeleteVolume(OFF, pool="images", volume="web1.qcow2", path="/images/web1.qcow2")


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A host with a guest that runs, one that is off, and a pool with a volume."""
    uri = fleet(tmp_path, "on", "off|<test:runstate>5</test:runstate>", pools=POOL)
    async with opened(uri) as bench:
        yield bench


def volumes(bench: Bench) -> list[str]:
    """The names of the volumes in the pool."""
    return [it.name() for it in bench.conn.storagePoolLookupByName("images").listAllVolumes()]


@pytest.mark.parametrize("metadata_only", [False, True])
@pytest.mark.parametrize("uuid", [ON, OFF])
async def test_a_tree_of_snapshots(bench: Bench, uuid: str, metadata_only: bool) -> None:
    domain = bench.conn.lookupByUUIDString(uuid)
    for name in ("a", "b", "c"):
        domain.snapshotCreateXML(f"<domainsnapshot><name>{name}</name></domainsnapshot>")
    domain.revertToSnapshot(domain.snapshotLookupByName("a"))
    domain.snapshotCreateXML("<domainsnapshot><name>d</name></domainsnapshot>")
    assert await bench.run(DeleteSnapshots(uuid, metadata_only=metadata_only)) is None
    assert domain.snapshotNum() == 0
    assert bench.said_to_change(ChangeKind.GUEST, uuid)
    assert any("4" in words for _, words in bench.told)


async def test_no_snapshots_are_no_error(bench: Bench) -> None:
    await bench.run(DeleteSnapshots(OFF))
    with pytest.raises(NotFound):
        await bench.run(DeleteSnapshots(UUID.format(99)))


async def test_a_volume_goes_and_its_pool_is_announced(bench: Bench) -> None:
    assert await bench.run(WEB1) is None
    assert volumes(bench) == []
    assert bench.said_to_change(ChangeKind.POOL, POOL_UUID)


async def test_a_volume_that_is_gone_is_no_error(bench: Bench) -> None:
    await bench.run(WEB1)
    bench.announced.clear()
    await bench.run(WEB1)
    assert bench.announced == []


async def test_by_path_where_no_pool_is_named(bench: Bench) -> None:
    step = DeleteVolume(OFF, path="/images/web1.qcow2")
    await bench.run(step)
    assert volumes(bench) == []
    with pytest.raises(NotFound, match="No storage pool knows"):
        await bench.run(step)


async def test_by_path_where_the_pool_has_another_name_by_now(bench: Bench) -> None:
    await bench.run(DeleteVolume(OFF, pool="old", volume="web1.qcow2", path="/images/web1.qcow2"))
    assert volumes(bench) == []


async def test_a_volume_of_a_pool_that_went_is_not_taken_for_gone(bench: Bench) -> None:
    """A seed is known by its pool and name only: its file may be there still."""
    with pytest.raises(Conflict, match="no such storage pool"):
        await bench.run(DeleteVolume(OFF, pool="old", volume="web1-seed.iso"))


async def test_a_volume_that_lies_elsewhere_by_now_is_kept(bench: Bench) -> None:
    step = DeleteVolume(OFF, pool="images", volume="web1.qcow2", path="/elsewhere/web1.qcow2")
    with pytest.raises(Conflict, match="another one"):
        await bench.run(step)
    assert volumes(bench) == ["web1.qcow2"]


async def test_a_volume_that_a_running_guest_does_not_use_goes(bench: Bench) -> None:
    await bench.run(DeleteVolume(ON, pool="images", volume="web1.qcow2", path="/images/web1.qcow2"))
    assert volumes(bench) == []


async def test_a_volume_of_a_guest_that_runs_is_kept(tmp_path: Path) -> None:
    disk = (
        "on|<devices><disk type='file'><driver name='qemu' type='qcow2'/>"
        "<source file='/images/web1.qcow2'/><target dev='vda'/></disk></devices>"
    )
    async with opened(fleet(tmp_path, disk, pools=POOL)) as bench:
        await _kept_while_it_runs(bench)


async def _kept_while_it_runs(bench: Bench) -> None:
    step = DeleteVolume(ON, pool="images", volume="web1.qcow2", path="/images/web1.qcow2")
    with pytest.raises(Conflict, match="still runs"):
        await bench.run(step)
    assert volumes(bench) == ["web1.qcow2"]


async def test_a_pool_that_is_not_active(bench: Bench) -> None:
    bench.conn.storagePoolLookupByName("images").destroy()
    with pytest.raises(Conflict, match="not active"):
        await bench.run(WEB1)


async def test_a_read_only_connection_is_refused(tmp_path: Path) -> None:
    uri = fleet(tmp_path, "on", "off|<test:runstate>5</test:runstate>", pools=POOL)
    async with opened(uri, read_only=True) as bench:
        with pytest.raises(Refused):
            await bench.run(WEB1)
        assert volumes(bench) == ["web1.qcow2"]
