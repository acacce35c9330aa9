"""What real guests' disks lie on: whole chains, running and off, and broken ones."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.bench import Bench
from tests.hypervisors.libvirt.pooled import images, make, pooled
from tests.rig import Daemon, define, idle
from vmtui.errors import NotFound
from vmtui.hypervisors.libvirt.layers import read_layers
from vmtui.model.layers import Chain, Found, Layers

pytestmark = pytest.mark.rig


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


def rebase(path: Path, backing: Path) -> None:
    """Have a file say that it lies on another, whatever that is."""
    words = ["qemu-img", "rebase", "-q", "-u", "-f", "qcow2", "-F", "qcow2"]
    subprocess.run([*words, "-b", str(backing), str(path)], check=True)


async def look(bench: Bench, domain: libvirt.virDomain) -> Layers:
    """What the guest's disks lie on."""
    return await read_layers(bench.handle, domain.UUIDString())


def told(chain: Chain) -> list[tuple[str, Found]]:
    """File names and what was found, top first."""
    return [(Path(layer.source).name, layer.found) for layer in chain.layers]


WHOLE = [
    ("top.qcow2", Found.VOLUME), ("middle.qcow2", Found.VOLUME), ("base.qcow2", Found.VOLUME)
]  # fmt: skip


async def test_a_chain_of_a_guest_that_is_off_and_that_runs(bench: Bench) -> None:
    base = make(bench, "base.qcow2")
    top = make(bench, "top.qcow2", make(bench, "middle.qcow2", base))
    domain = define(bench.conn, idle("web1", disks=[top]))
    off = await look(bench, domain)
    assert told(off.chains[0]) == WHOLE
    first = off.chains[0].layers[0].volume
    assert first is not None
    assert (first.pool, first.format, first.capacity) == ("images", "qcow2", 8 << 20)
    assert not off.chains[0].broken
    domain.create()
    assert [told(chain) for chain in (await look(bench, domain)).chains] == [WHOLE]


async def test_a_relative_name_below_is_found(bench: Bench, daemon: Daemon) -> None:
    make(bench, "base.qcow2")
    top = make(bench, "top.qcow2")
    rebase(top, Path("base.qcow2"))
    images(bench).refresh()
    chain = (await look(bench, define(bench.conn, idle("web1", disks=[top])))).chains[0]
    assert [name for name, _ in told(chain)] == ["top.qcow2", "base.qcow2"]


async def test_a_file_that_is_missing_below(bench: Bench) -> None:
    base = make(bench, "base.qcow2")
    top = make(bench, "top.qcow2", base)
    domain = define(bench.conn, idle("web1", disks=[top]))
    base.unlink()
    images(bench).refresh()
    chain = (await look(bench, domain)).chains[0]
    assert told(chain) == [("top.qcow2", Found.VOLUME), ("base.qcow2", Found.MISSING)]
    assert chain.broken
    assert chain.layers[1].note == "its pool images does not have it"


async def test_a_file_that_went_beside_libvirt(bench: Bench) -> None:
    top = make(bench, "top.qcow2")
    domain = define(bench.conn, idle("web1", disks=[top]))
    top.unlink()
    assert told((await look(bench, domain)).chains[0]) == [("top.qcow2", Found.MISSING)]


async def test_a_chain_that_bites_its_tail(bench: Bench) -> None:
    base = make(bench, "base.qcow2")
    top = make(bench, "top.qcow2", base)
    domain = define(bench.conn, idle("web1", disks=[top]))
    rebase(base, top)
    images(bench).refresh()
    chain = (await look(bench, domain)).chains[0]
    assert told(chain) == [
        ("top.qcow2", Found.VOLUME), ("base.qcow2", Found.VOLUME), ("top.qcow2", Found.LOOP)
    ]  # fmt: skip
    assert chain.broken


async def test_files_in_no_pool(bench: Bench, daemon: Daemon) -> None:
    there = daemon.disk("outside")
    domain = define(bench.conn, idle("web1", disks=[there, daemon.volumes / "nowhere.qcow2"]))
    first, second = (await look(bench, domain)).chains
    assert told(first) == [("outside.qcow2", Found.FILE)]
    assert "in no storage pool" in first.layers[0].note
    assert told(second) == [("nowhere.qcow2", Found.MISSING)]


async def test_a_pool_that_is_not_active_and_one_that_has_not_noticed(
    bench: Bench, daemon: Daemon
) -> None:
    top = make(bench, "top.qcow2")
    domain = define(bench.conn, idle("web1", disks=[top]))
    fresh = daemon.disk("fresh").rename(top.parent / "fresh.qcow2")
    other = define(bench.conn, idle("db1", disks=[fresh]))
    (layer,) = (await look(bench, other)).chains[0].layers
    assert (layer.found, "refresh the pool" in layer.note) == (Found.FILE, True)
    pool = bench.conn.storagePoolDefineXML(images(bench).XMLDesc())
    pool.destroy()
    (layer,) = (await look(bench, domain)).chains[0].layers
    assert (layer.found, "is not active" in layer.note) == (Found.FILE, True)
    pool.undefine()


async def test_odd_names(bench: Bench) -> None:
    name = "web [prod] ünï & 'co'.qcow2"
    volume = images(bench).createXML(
        "<volume><name>web [prod] ünï &amp; 'co'.qcow2</name><capacity unit='MiB'>8</capacity>"
        "<target><format type='qcow2'/></target></volume>"
    )
    chain = (await look(bench, define(bench.conn, idle("a", disks=[Path(volume.path())])))).chains
    assert told(chain[0]) == [(name, Found.VOLUME)]


async def test_snapshots_and_a_guest_that_is_gone(bench: Bench) -> None:
    domain = define(bench.conn, idle("web1", disks=[make(bench, "top.qcow2")]))
    for name in ("installed", "upgraded"):
        domain.snapshotCreateXML(f"<domainsnapshot><name>{name}</name></domainsnapshot>")
    snapshots = (await look(bench, domain)).snapshots or ()
    assert {(one.name, one.parent, one.current) for one in snapshots} == {
        ("installed", "", False), ("upgraded", "installed", True)
    }  # fmt: skip
    assert all(one.made for one in snapshots)
    uuid = domain.UUIDString()
    domain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA)
    with pytest.raises(NotFound):
        await read_layers(bench.handle, uuid)
