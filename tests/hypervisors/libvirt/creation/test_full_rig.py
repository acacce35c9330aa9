"""A pool that fills up in the middle: somebody else wrote into it after its room was looked at."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hypervisors.libvirt.creation.site import POOL, image
from tests.live.creating import SMALL, create
from tests.rig import Privileged
from vmtui.errors import Conflict
from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
from vmtui.model.change import Change, Event
from vmtui.model.guest import HostId
from vmtui.model.spec import Place
from vmtui.model.steps import CopyVolume, CreateVolume, Step, UploadVolume, WriteVolume

pytestmark = [pytest.mark.rig, pytest.mark.root, pytest.mark.slow]

UUID = "5a3c2f10-1111-4222-8333-000000000009"
MIB = 1 << 20


class Deaf:
    """A listener that hears nothing."""

    def changed(self, change: Change) -> None:
        """Nothing."""

    def happened(self, event: Event) -> None:
        """Nothing."""

    def lost(self, error: Exception) -> None:
        """Nothing."""


class Small:
    """A hypervisor with a pool of 16 MB, as a file system of its own."""

    def __init__(self, host: Privileged) -> None:
        self.host = host
        self.folder = host.keeper.mkdir(POOL)
        self.inside("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(self.folder))
        self.pool = host.connect().storagePoolCreateXML(
            f"<pool type='dir'><name>{POOL}</name>"
            f"<target><path>{self.folder}</path></target></pool>"
        )

    def inside(self, *words: str) -> str:
        """Run a command where the file system is."""
        ran = subprocess.run(
            self.host.inside(*words), capture_output=True, text=True, timeout=30, check=True
        )
        return ran.stdout

    def fill(self, mib: int) -> None:
        """Write so much into it, of which the pool knows nothing yet."""
        self.inside("dd", "if=/dev/zero", f"of={self.folder}/other", "bs=1M", f"count={mib}")

    def files(self) -> list[str]:
        """What is in it."""
        return sorted(self.inside("ls", str(self.folder)).split())


@pytest.fixture
def small() -> Iterator[Small]:
    with Privileged() as host:
        yield Small(host)


async def fails_full(small: Small, step: Step) -> None:
    """The step fails with words that help, and nothing of it stays."""
    before = small.files()
    hypervisor = LibvirtHypervisor(small.host.uri, HostId("small"))
    await hypervisor.open(Deaf())
    try:
        with pytest.raises(Conflict, match=f"pool {POOL} is full") as caught:
            await hypervisor.execute(step, lambda _fraction, _words: None)
    finally:
        await hypervisor.close()
    assert "Make room in it" in caught.value.hint
    assert small.files() == before
    small.pool.refresh()
    assert sorted(volume.name() for volume in small.pool.listAllVolumes()) == before


@pytest.mark.parametrize("kind", ["upload", "write", "full", "full-qcow2"])
async def test_it_fills_up(small: Small, tmp_path: Path, kind: str) -> None:
    """All of it would have fitted by what the pool had said."""
    steps: dict[str, Step] = {
        "upload": UploadVolume(UUID, POOL, "new.img", str(image(tmp_path, "new.img", 8))),
        "write": WriteVolume(UUID, POOL, "seed.iso", b"\1" * (8 * MIB)),
        "full": CreateVolume(UUID, POOL, "new.raw", 8 * MIB, "raw", full=True),
        "full-qcow2": CreateVolume(UUID, POOL, "new.qcow2", 8 * MIB, "qcow2", full=True),
    }
    small.fill(12)
    await fails_full(small, steps[kind])


@pytest.mark.parametrize("form", ["raw", "qcow2"])
async def test_it_fills_up_while_the_host_copies(small: Small, tmp_path: Path, form: str) -> None:
    hypervisor = LibvirtHypervisor(small.host.uri, HostId("small"))
    await hypervisor.open(Deaf())
    step = UploadVolume(UUID, POOL, "base.img", str(image(tmp_path, "base.img", 6)))
    await hypervisor.execute(step, lambda _fraction, _words: None)
    await hypervisor.close()
    small.fill(8)
    await fails_full(small, CopyVolume(UUID, POOL, "new.img", Place(POOL, "base.img"), form))


def test_a_creation_is_undone_and_says_what_why_and_how(small: Small, tmp_path: Path) -> None:
    disk = tmp_path / "disk.img"
    disk.write_bytes(b"\1" * 510 + b"\x55\xaa" + b"\1" * (8 * MIB))
    small.pool.refresh()
    small.fill(12)
    words = ("--disk", str(disk), "--use=copy", "--format=raw", "--name=new", "--yes", "--no-wait")
    said = create(small.host.uri, *words, *SMALL, code=1)
    assert f"The storage pool {POOL} is full" in said
    assert "Make room in it" in said
    assert small.files() == ["other"]
    assert small.host.connect().listAllDomains() == []


@pytest.mark.parametrize("form", ["raw", "qcow2"])
async def test_what_is_full_at_once_takes_its_room(small: Small, form: str) -> None:
    hypervisor = LibvirtHypervisor(small.host.uri, HostId("small"))
    await hypervisor.open(Deaf())
    step = CreateVolume(UUID, POOL, "new", 8 * MIB, form, full=True)
    await hypervisor.execute(step, lambda _fraction, _words: None)
    await hypervisor.close()
    taken = int(small.inside("stat", "-c", "%b", str(small.folder / "new"))) * 512
    assert taken >= 8 * MIB
