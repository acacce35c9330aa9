"""Deleting real guests with what belongs to them, and keeping what belongs to others."""

from __future__ import annotations

import asyncio
import os
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.bench import Bench, opened
from tests.hypervisors.libvirt.pooled import images, make, pooled
from tests.rig import Daemon, define, idle
from tests.rig.guests import add, found
from vmtui.errors import Conflict, Refused, Unsupported
from vmtui.hypervisors.libvirt.definition import read_definition
from vmtui.hypervisors.libvirt.preview import preview
from vmtui.hypervisors.libvirt.volumes import read_disk_use
from vmtui.hypervisors.libvirt.xml.tree import parse
from vmtui.model.change import ChangeKind
from vmtui.model.steps import (
    DeleteSnapshots,
    DeleteVolume,
    Destroy,
    DiscardSaved,
    ManagedSave,
    Redefine,
    Reset,
    Resume,
    SetAutostart,
    Start,
    Step,
    Suspend,
    Undefine,
)
from vmtui.model.storage import DiskUse

pytestmark = pytest.mark.rig

SNAPSHOT = "<domainsnapshot><name>{}</name></domainsnapshot>"


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """A private hypervisor for this file."""
    with Daemon() as daemon:
        yield daemon


@pytest.fixture
async def bench(daemon: Daemon) -> AsyncIterator[Bench]:
    """A connection to it with the pool `images`; guests and files are gone afterwards."""
    async with pooled(daemon) as bench:
        yield bench


def make_beside(daemon: Daemon, path: Path, backing: Path) -> None:
    """An overlay that libvirt was not told of."""
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", backing.name, path],
        check=True,
    )
    if daemon.keeper.owner is not None:
        os.chown(path, daemon.keeper.owner, daemon.keeper.owner)


def guest(bench: Bench, name: str, *disks: Path) -> libvirt.virDomain:
    """A guest with these disks, off."""
    return define(bench.conn, idle(name, disks=disks))


async def kept(bench: Bench, *guests: libvirt.virDomain) -> dict[str, str]:
    """File name and reason of each disk of these guests."""
    uses = await read_disk_use(bench.handle, [it.UUIDString() for it in guests])
    return {Path(use.source).name: use.keep_because for use in uses}


def deletion(domain: libvirt.virDomain, uses: list[DiskUse]) -> list[Step]:
    """The steps that delete a guest with all its volumes that may go."""
    uuid = domain.UUIDString()
    return [
        Destroy(uuid),
        DeleteSnapshots(uuid),
        Undefine(uuid, name=domain.name()),
        *(
            DeleteVolume(uuid, use.volume.pool, use.volume.name, use.volume.path)
            for use in uses
            if use.volume is not None and not use.keep_because
        ),
    ]


async def test_a_guest_goes_with_its_snapshots_and_volumes(bench: Bench) -> None:
    base = make(bench, "base.qcow2")
    disks = make(bench, "web1 [a].qcow2"), make(bench, "$x.qcow2", str(base))
    domain = guest(bench, "web1", *disks)
    domain.snapshotCreateXML(SNAPSHOT.format("a"))
    domain.create()
    for name in ("b", "$c", "d e"):
        domain.snapshotCreateXML(SNAPSHOT.format(name))
    domain.destroy()
    domain.managedSaveRemove() if domain.hasManagedSaveImage() else None
    domain.create()
    domain.managedSave()
    uses = await read_disk_use(bench.handle, [domain.UUIDString()])
    assert {Path(use.source).name: use.keep_because for use in uses} == {
        "web1 [a].qcow2": "",
        "$x.qcow2": "",
        "base.qcow2": "a base image below vdb: others may need it",
    }
    for step in deletion(domain, uses):
        await bench.run(step)
    assert bench.conn.listAllDomains() == []
    assert not any(path.exists() for path in disks)
    assert base.exists()
    assert [volume.name() for volume in images(bench).listAllVolumes()] == ["base.qcow2"]
    assert bench.said_to_change(ChangeKind.POOL, images(bench).UUIDString())
    for step in deletion(domain, uses)[2:]:
        assert await bench.run(step) is None


async def test_a_running_guests_volume_stays(bench: Bench) -> None:
    path = make(bench, "web1.qcow2")
    domain = guest(bench, "web1", path)
    domain.create()
    with pytest.raises(Conflict, match="still runs"):
        await bench.run(DeleteVolume(domain.UUIDString(), "images", "web1.qcow2", str(path)))
    assert path.exists()


@pytest.mark.parametrize("running", [False, True])
async def test_the_base_of_anothers_overlay_stays(bench: Bench, running: bool) -> None:
    base = make(bench, "base.qcow2")
    middle = make(bench, "middle.qcow2", str(base))
    template, other = guest(bench, "template", base), guest(bench, "between", middle)
    clone = guest(bench, "clone", make(bench, "clone.qcow2", str(middle)))
    if running:
        clone.create()
    assert await kept(bench, template) == {"base.qcow2": "a base image of between and clone"}
    assert (await kept(bench, other))["middle.qcow2"] == "a base image of clone"
    assert (await kept(bench, template, other, clone)) == {
        "base.qcow2": "a base image of between and clone",
        "middle.qcow2": "a base image of clone",
        "clone.qcow2": "",
    }


async def test_an_overlay_that_its_pool_has_not_noticed(bench: Bench, daemon: Daemon) -> None:
    """Nobody knows what lies below it, until the pool is refreshed or the guest runs."""
    base = make(bench, "base.qcow2")
    template = guest(bench, "template", base)
    beside = base.with_name("beside.qcow2")
    make_beside(daemon, beside, base)
    clone = guest(bench, "clone", beside)
    unclear = "vda of clone may lie on it: refresh the pool images, then look again"
    assert await kept(bench, template) == {"base.qcow2": unclear}
    clone.create()
    assert await kept(bench, template) == {"base.qcow2": "a base image of clone"}
    clone.destroy()
    images(bench).refresh()
    assert await kept(bench, template) == {"base.qcow2": "a base image of clone"}


async def test_a_guest_whose_file_is_missing_holds_nobody_up(bench: Bench) -> None:
    web1 = guest(bench, "web1", make(bench, "web1.qcow2"))
    guest(bench, "stale", Path(images(bench).XMLDesc().split("<path>")[1].split("<")[0], "no.img"))
    assert await kept(bench, web1) == {"web1.qcow2": ""}


async def test_a_shared_disk_stays(bench: Bench) -> None:
    path = make(bench, "shared.qcow2")
    web1, web2 = guest(bench, "web1", path), guest(bench, "名前", path)
    assert await kept(bench, web1) == {"shared.qcow2": "used by 名前"}
    assert await kept(bench, web2) == {"shared.qcow2": "used by web1"}


async def test_a_disk_changed_under_a_running_guest_counts_twice(bench: Bench) -> None:
    """Its definition names another file than the one that it runs on: both are its own."""
    old, new = make(bench, "old.qcow2"), make(bench, "new.qcow2")
    domain = guest(bench, "web1", old)
    domain.create()
    bench.conn.defineXML(
        domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE).replace("old.qcow2", "new.qcow2")
    )
    assert await kept(bench, domain) == {"old.qcow2": "", "new.qcow2": ""}
    other = guest(bench, "web2", old)
    assert await kept(bench, other) == {"old.qcow2": "used by web1"}
    assert new.exists()


async def test_external_snapshots(bench: Bench) -> None:
    """libvirt 9.0 cannot delete them: the snapshots can be forgotten, the files stay."""
    path = make(bench, "web1.qcow2")
    domain = guest(bench, "web1", path)
    uuid = domain.UUIDString()
    domain.create()
    domain.snapshotCreateXML(SNAPSHOT.format("inside"))
    domain.snapshotCreateXML(
        SNAPSHOT.format("outside"), libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY
    )
    with pytest.raises(Unsupported, match="outside cannot be deleted") as caught:
        await bench.run(DeleteSnapshots(uuid))
    assert "metadata only" in caught.value.hint
    await bench.run(Destroy(uuid))
    with pytest.raises(Unsupported):
        await bench.run(DeleteSnapshots(uuid))
    assert domain.snapshotNum() == 2
    await bench.run(DeleteSnapshots(uuid, metadata_only=True))
    assert domain.snapshotNum() == 0
    assert path.exists()
    assert path.with_name("web1.outside").exists()
    images(bench).refresh()
    assert await kept(bench, domain) == {
        "web1.outside": "",
        "web1.qcow2": "a base image below vda: others may need it",
    }


def there(path: Path) -> bool:
    """Whether a file exists."""
    return path.exists()


def uefi(name: str) -> ET.Element:
    """A guest with UEFI variables of its own."""
    tree = idle(name)
    system = found(tree, "os")
    system.remove(found(system, "loader"))
    loader = add(system, "loader", "/usr/share/OVMF/OVMF_CODE_4M.fd")
    loader.attrib.update(readonly="yes", type="pflash")
    nvram = ET.SubElement(system, "nvram", template="/usr/share/OVMF/OVMF_VARS_4M.fd")
    assert nvram.text is None
    found(tree, "memory").text = "64"
    return tree


@pytest.mark.parametrize("remove", [False, True])
async def test_its_nvram_goes_or_stays(bench: Bench, remove: bool) -> None:
    domain = define(bench.conn, uefi("uefi"))
    uuid = domain.UUIDString()
    await bench.run(Start(uuid))
    nvram = Path(parse(domain.XMLDesc()).findtext("os/nvram", ""))
    assert there(nvram)
    await bench.run(Destroy(uuid))
    undo = await bench.run(Undefine(uuid, name="uefi", nvram=remove))
    assert bench.conn.listAllDomains() == []
    assert there(nvram) is not remove
    assert undo is not None
    await bench.run(undo)
    await bench.run(Start(uuid))
    assert there(nvram)


async def test_undefining_is_undone(bench: Bench) -> None:
    tree = idle("web[prod]")
    screen = ET.SubElement(found(tree, "devices"), "graphics", type="vnc", passwd="s3cret")
    ET.SubElement(screen, "listen", type="socket")
    domain = define(bench.conn, tree)
    domain.setAutostart(1)
    uuid = domain.UUIDString()
    before = await read_definition(bench.handle, uuid)
    assert "s3cret" in before
    undo = await bench.run(Undefine(uuid, name="web[prod]"))
    assert undo == Redefine(uuid, "web[prod]", before, autostart=True)
    assert await bench.run(undo) is None
    assert bench.conn.lookupByUUIDString(uuid).autostart()
    assert await read_definition(bench.handle, uuid) == before
    await bench.run(Start(uuid))


def shell(line: str) -> subprocess.CompletedProcess[str]:
    """Run a line as a person would."""
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)


async def test_the_previewed_lines_do_the_same(bench: Bench, daemon: Daemon) -> None:
    """A person who runs them by hand gets where the steps would."""
    path = make(bench, "$x [a].qcow2")
    domain = guest(bench, "-web [prod]", path)
    for name in ("a", "b c", "$d"):
        domain.snapshotCreateXML(SNAPSHOT.format(name))
    uuid = domain.UUIDString()
    steps = [
        SetAutostart(uuid, on=True),
        Start(uuid),
        ManagedSave(uuid),
        DiscardSaved(uuid),
        Start(uuid),
        Suspend(uuid),
        Resume(uuid),
        Reset(uuid),
        *deletion(domain, await read_disk_use(bench.handle, [uuid])),
    ]
    assert len(steps) == 12
    for step in steps:
        line = preview(daemon.uri, step, domain.name())
        done = await asyncio.to_thread(shell, line)
        assert done.returncode == 0, (line, done.stderr)
    assert bench.conn.listAllDomains() == []
    assert not path.exists()


async def test_read_only_is_refused(bench: Bench, daemon: Daemon) -> None:
    path = make(bench, "web1.qcow2")
    domain = guest(bench, "web1", path)
    domain.snapshotCreateXML(SNAPSHOT.format("a"))
    domain.create()
    async with opened(daemon.uri, read_only=True) as reader:
        assert "<name>web1</name>" in await read_definition(reader.handle, domain.UUIDString())
        uses = await read_disk_use(reader.handle, [domain.UUIDString()])
        assert [use.keep_because for use in uses] == [""]
        steps = deletion(domain, uses)
        for step in steps[:3]:
            with pytest.raises(Refused):
                await reader.run(step)
        domain.destroy()
        with pytest.raises(Refused):
            await reader.run(steps[3])
    assert path.exists()
    assert domain.snapshotNum() == 1
