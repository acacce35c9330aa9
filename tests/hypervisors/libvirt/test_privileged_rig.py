"""What needs root: networks with leases, and containers, whose driver lacks the bulk readings."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import libvirt
import pytest

from tests.hypervisors.libvirt.ear import Ear
from tests.rig import Console, Privileged, container, start, tiny
from vmtui.hypervisor import Opened
from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
from vmtui.model.capabilities import Feature
from vmtui.model.change import ChangeKind, Happened
from vmtui.model.guest import GuestState, HostId
from vmtui.model.stats import StatGroup
from vmtui.model.units import MIB

pytestmark = [pytest.mark.rig, pytest.mark.root]


@pytest.fixture(scope="module")
def host() -> Iterator[Privileged]:
    """A private privileged hypervisor for this file."""
    with Privileged() as host:
        yield host


@contextlib.asynccontextmanager
async def connected(uri: str, ear: Ear) -> AsyncIterator[tuple[LibvirtHypervisor, Opened]]:
    """A connection that is closed afterwards."""
    hypervisor = LibvirtHypervisor(uri, HostId("root"))
    opened = await hypervisor.open(ear)
    try:
        yield hypervisor, opened
    finally:
        await hypervisor.close()


async def test_networks_and_leases(host: Privileged) -> None:
    ear = Ear()
    conn = host.connect()
    async with connected(host.uri, ear) as (hypervisor, _):
        (off,) = await hypervisor.read_networks()
        assert (off.name, off.active, off.leases) == ("default", False, ())
        network = conn.networkLookupByName("default")
        network.create()
        await ear.until(lambda: network.UUIDString() in ear.uuids(ChangeKind.NETWORK))
        domain = start(conn, tiny("leased", nic="default"))
        async with asyncio.timeout(60):
            while not (on := (await hypervisor.read_networks())[0]).leases:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        (lease,) = on.leases
        assert (on.active, on.bridge, on.forward) == (True, "virbr0", "nat")
        assert (lease.hostname, lease.prefix) == ("leased", 24)
        assert lease.ip.startswith("192.168.122.")
        (guest,) = await hypervisor.read_guests([domain.UUIDString()])
        assert guest.definition is not None
        (card,) = guest.definition.interfaces
        assert (card.mac, card.source) == (lease.mac, "default")
        (sample,) = await hypervisor.sample_guests(StatGroup.NETWORK)
        assert sample.interfaces is not None
        assert [i.name for i in sample.interfaces] == [card.target]
        # Seen from the guest: it asked for an address.
        assert sample.interfaces[0].sent > 300
        domain.destroy()
        domain.undefine()


async def test_containers(host: Privileged) -> None:
    ear = Ear()
    conn = libvirt.open(host.lxc_uri)
    async with connected(host.lxc_uri, ear) as (hypervisor, opened):
        assert opened.facts.local
        assert opened.capabilities.driver == "LXC"
        assert opened.capabilities.why_not(Feature.BULK_STATS)
        assert opened.capabilities.why_not(Feature.MANAGED_SAVE)
        assert opened.capabilities.why_not(Feature.EVENTS) is None
        domain = start(conn, container("box", host.folder / "box"))
        await ear.hears(Happened.STARTED, "box")
        (listed,) = await hypervisor.list_guests()
        assert (listed.name, listed.state) == ("box", GuestState.RUNNING)
        (guest,) = await hypervisor.read_guests([listed.key.uuid])
        assert guest.definition is not None
        assert guest.definition.engine == "lxc"
        assert [port.kind for port in guest.definition.consoles] == ["lxc"]
        assert guest.persistent is True
        with Console(domain, force=False) as console:
            console.send("echo $((6 * 7))\n")
            console.expect("42", 60)
        (sample,) = await hypervisor.sample_guests(StatGroup.ALL)
        assert sample.state is GuestState.RUNNING
        assert sample.cpu_ns
        assert sample.memory is not None
        assert sample.memory.maximum == 64 * MIB
        flags = await hypervisor.read_flags()
        assert flags.persistent == frozenset({listed.key.uuid})
        domain.destroy()
        await ear.hears(Happened.DESTROYED, "box")
        (off,) = await hypervisor.sample_guests(StatGroup.ALL)
        assert (off.state, off.cpu_ns) == (GuestState.OFF, None)
        domain.undefine()
