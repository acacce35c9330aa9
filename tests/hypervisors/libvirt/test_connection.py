"""A whole connection, on libvirt's test driver."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.bench import UUID, fleet
from tests.hypervisors.libvirt.ear import Ear
from tests.hypervisors.libvirt.rpc import counted
from vmtui.errors import ConnectionFailed, ConnectionLost
from vmtui.hypervisor import Flags, Hypervisor, Opened
from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
from vmtui.model.capabilities import Feature
from vmtui.model.change import ChangeKind, Happened
from vmtui.model.guest import GuestKey, GuestState, HostId
from vmtui.model.host import Virtualization
from vmtui.model.stats import StatGroup
from vmtui.model.storage import PoolState

HOST = HostId("here")
# libvirt refuses a slash in a name, and takes the rest.
ODD = ["web[prod]", "[bold]", "$x", "名前", "שרת", "n" * 250, "a&amp;b"]
POOL = (
    "<pool type='dir'><name>{}</name><uuid>22222222-2222-4222-8222-00000000000{}</uuid>"
    "<target><path>/srv/{}</path></target></pool>"
)


@contextlib.asynccontextmanager
async def connected(
    uri: str, ear: Ear | None = None, *, read_only: bool = False
) -> AsyncIterator[tuple[LibvirtHypervisor, Opened]]:
    """A connection that is closed afterwards."""
    hypervisor = LibvirtHypervisor(uri, HOST, read_only=read_only)
    opened = await hypervisor.open(ear or Ear())
    try:
        yield hypervisor, opened
    finally:
        await hypervisor.close()


def behind(hypervisor: LibvirtHypervisor) -> libvirt.virConnect:
    """libvirt's own connection, to act behind the curtain."""
    assert hypervisor._open_parts is not None
    return hypervisor._open_parts.handle.main


async def test_it_fulfils_the_protocol(tmp_path: Path) -> None:
    async with connected(fleet(tmp_path)) as (hypervisor, _):
        seam: Hypervisor = hypervisor
        assert await seam.list_guests() == []


async def test_facts_and_capabilities(tmp_path: Path) -> None:
    async with connected(fleet(tmp_path)) as (_, opened):
        facts, capabilities = opened.facts, opened.capabilities
        assert facts.hypervisor.startswith("TEST")
        assert facts.library.startswith("libvirt ")
        assert facts.virtualization is Virtualization.UNKNOWN
        assert not facts.local
        assert capabilities.driver == "TEST"
        assert not capabilities.read_only
        assert capabilities.why_not(Feature.EVENTS) is None
        assert capabilities.why_not(Feature.CONSOLE) == "TEST cannot open consoles"


async def test_read_only(tmp_path: Path) -> None:
    async with connected(fleet(tmp_path), read_only=True) as (_, opened):
        assert opened.capabilities.read_only


@pytest.mark.parametrize("number", range(len(ODD)))
async def test_odd_names(tmp_path: Path, number: int) -> None:
    async with connected(fleet(tmp_path, ODD[number])) as (hypervisor, _):
        (listed,) = await hypervisor.list_guests()
        (read,) = await hypervisor.read_guests([listed.key.uuid])
        assert listed.name == read.name == ODD[number].replace("&amp;", "&")


async def test_listing_and_reading(tmp_path: Path) -> None:
    uri = fleet(
        tmp_path,
        "on|<title>A title</title><vcpu>3</vcpu>",
        "off|<test:runstate>5</test:runstate>",
        "paused|<test:runstate>3</test:runstate>",
    )
    async with connected(uri) as (hypervisor, _):
        guests = {guest.name: guest for guest in await hypervisor.list_guests()}
        assert {name: guest.state for name, guest in guests.items()} == {
            "on": GuestState.RUNNING,
            "off": GuestState.OFF,
            "paused": GuestState.PAUSED,
        }
        assert guests["on"].key == GuestKey(HOST, UUID.format(0))
        assert guests["on"].definition is None
        on, off = await hypervisor.read_guests([UUID.format(0), UUID.format(1), UUID.format(77)])
        assert (on.name, off.name) == ("on", "off")
        assert on.definition is not None
        assert (on.definition.title, on.definition.vcpus) == ("A title", 3)
        assert (on.persistent, on.autostart, on.saved) == (True, False, False)
        assert on.started_at is None
        assert on.started_by is not None
        assert off.started_by is None


async def test_flags(tmp_path: Path) -> None:
    async with connected(fleet(tmp_path, "one", "two")) as (hypervisor, _):
        behind(hypervisor).lookupByName("two").setAutostart(1)
        snapshot = "<domainsnapshot><name>s</name></domainsnapshot>"
        behind(hypervisor).lookupByName("one").snapshotCreateXML(snapshot)
        assert await hypervisor.read_flags() == Flags(
            autostart=frozenset({UUID.format(1)}),
            persistent=frozenset({UUID.format(0), UUID.format(1)}),
            saved=frozenset(),
            snapshots=frozenset({UUID.format(0)}),
            checkpoints=frozenset(),
        )


@pytest.mark.parametrize("count", [3, 40])
async def test_flags_of_few_and_of_many_guests_agree(tmp_path: Path, count: int) -> None:
    names = [f"g{number}" for number in range(count)]
    async with connected(fleet(tmp_path, *names)) as (hypervisor, _):
        behind(hypervisor).lookupByName("g1").setAutostart(1)
        guests = await hypervisor.read_guests([UUID.format(n) for n in range(count)])
        assert [guest.name for guest in guests] == names
        assert [guest.name for guest in guests if guest.autostart] == ["g1"]
        assert all(guest.snapshots is False for guest in guests)


async def test_calls_do_not_grow_with_the_guests(tmp_path: Path) -> None:
    spent = []
    for count in (2, 120):
        folder = tmp_path / str(count)
        folder.mkdir()
        uri = fleet(folder, *(f"g{number}" for number in range(count)))
        async with connected(uri) as (hypervisor, _):
            with counted() as calls:
                await hypervisor.sample_guests(StatGroup.CPU | StatGroup.MEMORY | StatGroup.DISK)
            assert calls.total() == 1
            with counted() as calls:
                await hypervisor.list_guests()
                await hypervisor.sample_guests(StatGroup.ALL)
                await hypervisor.sample_host()
                await hypervisor.read_flags()
            spent.append(calls.total())
    assert spent[0] == spent[1] <= 10


async def test_states_of_all_and_figures_of_the_active(tmp_path: Path) -> None:
    uri = fleet(tmp_path, "on", "off|<test:runstate>5</test:runstate>")
    async with connected(uri) as (hypervisor, _):
        everyone = await hypervisor.sample_guests(StatGroup.ALL)
        assert {sample.state for sample in everyone} == {GuestState.RUNNING, GuestState.OFF}
        active = await hypervisor.sample_guests(StatGroup.CPU)
        assert [sample.uuid for sample in active] == [UUID.format(0)]


async def test_of_some_only_those_are_asked(tmp_path: Path) -> None:
    uri = fleet(tmp_path, *(f"g{number}" for number in range(20)))
    async with connected(uri) as (hypervisor, _):
        some = [UUID.format(3), UUID.format(7), "gone"]
        await hypervisor.sample_guests(StatGroup.ALL)
        samples = await hypervisor.sample_guests(StatGroup.ALL, some)
        assert sorted(sample.uuid for sample in samples) == some[:2]
        assert all(sample.state is None for sample in samples)


async def test_pools(tmp_path: Path) -> None:
    uri = fleet(tmp_path, pools=POOL.format("b[1]", 1, "b") + POOL.format("a", 2, "a"))
    async with connected(uri) as (hypervisor, _):
        behind(hypervisor).storagePoolLookupByName("a").destroy()
        off, on = await hypervisor.read_pools()
        assert (off.name, off.state, off.capacity) == ("a", PoolState.INACTIVE, None)
        assert (on.name, on.kind, on.path) == ("b[1]", "dir", "/srv/b")
        assert on.capacity


async def test_no_guests_no_pools_no_networks(tmp_path: Path) -> None:
    async with connected(fleet(tmp_path)) as (hypervisor, _):
        assert await hypervisor.list_guests() == []
        assert await hypervisor.read_guests([]) == []
        assert await hypervisor.read_pools() == ()
        assert await hypervisor.read_networks() == ()
        assert await hypervisor.sample_guests(StatGroup.ALL) == []


async def test_networks() -> None:
    async with connected("test:///default") as (hypervisor, _):
        (network,) = await hypervisor.read_networks()
        assert (network.name, network.active) == ("default", True)
        assert (network.bridge, network.forward) == ("virbr0", "nat")


async def test_events(tmp_path: Path) -> None:
    ear = Ear()
    uri = fleet(tmp_path, "web[prod]", "off|<test:runstate>5</test:runstate>")
    async with connected(uri, ear) as (hypervisor, _):
        await hypervisor.list_guests()
        conn = behind(hypervisor)
        conn.lookupByName("web[prod]").suspend()
        await ear.hears(Happened.SUSPENDED, "web[prod]")
        conn.lookupByName("web[prod]").resume()
        await ear.hears(Happened.RESUMED, "web[prod]")
        conn.lookupByName("web[prod]").destroy()
        await ear.hears(Happened.DESTROYED, "web[prod]")
        conn.lookupByName("off").create()
        await ear.hears(Happened.STARTED, "off")
        assert ear.uuids(ChangeKind.GUEST) == {UUID.format(0), UUID.format(1)}
        (off,) = await hypervisor.read_guests([UUID.format(1)])
        assert off.started_at == pytest.approx(time.time(), abs=5)


async def test_a_rename_is_one_line(tmp_path: Path) -> None:
    ear = Ear()
    async with connected(fleet(tmp_path, "old|<test:runstate>5</test:runstate>"), ear) as (it, _):
        await it.list_guests()
        behind(it).lookupByName("old").rename("new")
        await ear.hears(Happened.RENAMED, "new")
        (guest,) = await it.read_guests([UUID.format(0)])
        assert guest.name == "new"
        assert Happened.UNDEFINED not in ear.story("old")


async def test_events_of_pools_and_networks(tmp_path: Path) -> None:
    ear = Ear()
    async with connected(fleet(tmp_path, pools=POOL.format("p", 1, "p")), ear) as (it, _):
        pool = behind(it).storagePoolLookupByName("p")
        pool.destroy()
        await ear.until(lambda: pool.UUIDString() in ear.uuids(ChangeKind.POOL))
        network = behind(it).networkCreateXML("<network><name>n</name></network>")
        await ear.until(lambda: network.UUIDString() in ear.uuids(ChangeKind.NETWORK))


async def test_two_hundred_guests_come_and_go_within_a_second(tmp_path: Path) -> None:
    ear = Ear()
    async with connected(fleet(tmp_path, "stays"), ear) as (hypervisor, _):
        conn = behind(hypervisor)

        def churn() -> None:
            for number in range(200):
                xml = (
                    f"<domain type='test'><name>c{number}</name><memory>1</memory>"
                    "<os><type>hvm</type></os></domain>"
                )
                conn.defineXML(xml).undefine()

        reading = asyncio.create_task(asyncio.to_thread(churn))
        while not reading.done():
            for guest in await hypervisor.list_guests():
                await hypervisor.read_guests([guest.key.uuid])
        await ear.hears(Happened.UNDEFINED, "c199")
        assert ear.story("c7") == [Happened.DEFINED, Happened.UNDEFINED]
        assert [guest.name for guest in await hypervisor.list_guests()] == ["stays"]


async def test_nothing_is_told_or_done_after_closing(tmp_path: Path) -> None:
    ear = Ear()
    hypervisor = LibvirtHypervisor(fleet(tmp_path, "web"), HOST)
    await hypervisor.open(ear)
    await hypervisor.close()
    await hypervisor.close()
    with pytest.raises(ConnectionLost):
        await hypervisor.list_guests()
    assert ear.losses == []


async def test_closing_before_opening() -> None:
    await LibvirtHypervisor("test:///default", HOST).close()


async def test_a_wrong_address_is_refused_with_a_hint() -> None:
    hypervisor = LibvirtHypervisor("nonsense", HOST)
    with pytest.raises(ConnectionFailed) as info:
        await hypervisor.open(Ear())
    assert "qemu:///system" in info.value.hint
