"""A whole connection to real QEMU guests, and what goes wrong with them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.ear import Ear
from tests.hypervisors.libvirt.rpc import counted
from tests.rig import Daemon, define, idle, start, start_all, tiny
from vmtui.errors import ConnectionFailed, ConnectionLost, Refused, TimedOut, VmtuiError
from vmtui.hypervisor import Opened
from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
from vmtui.hypervisors.libvirt.uptime import process_starts
from vmtui.model.change import Happened
from vmtui.model.device import ConsolePort
from vmtui.model.guest import Agent, GuestState, HostId
from vmtui.model.stats import StatGroup
from vmtui.model.steps import Destroy
from vmtui.model.units import MIB

pytestmark = pytest.mark.rig

HOST = HostId("rig")


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """A private hypervisor for this file."""
    with Daemon() as daemon:
        yield daemon


@pytest.fixture
def conn(daemon: Daemon) -> Iterator[libvirt.virConnect]:
    """A connection that acts behind the curtain; its guests are gone afterwards."""
    conn = daemon.connect()
    yield conn
    for domain in conn.listAllDomains():
        with contextlib.suppress(libvirt.libvirtError):
            domain.destroy()
        with contextlib.suppress(libvirt.libvirtError):
            domain.undefine()


@pytest.fixture
def ear() -> Ear:
    """What the connection tells."""
    return Ear()


@contextlib.asynccontextmanager
async def connected(
    uri: str, ear: Ear, *, read_only: bool = False
) -> AsyncIterator[tuple[LibvirtHypervisor, Opened]]:
    """A connection that is closed afterwards."""
    hypervisor = LibvirtHypervisor(uri, HOST, read_only=read_only)
    opened = await hypervisor.open(ear)
    try:
        yield hypervisor, opened
    finally:
        await hypervisor.close()


@pytest.fixture
async def hypervisor(
    daemon: Daemon, conn: libvirt.virConnect, ear: Ear
) -> AsyncIterator[LibvirtHypervisor]:
    """The connection under test."""
    async with connected(daemon.uri, ear) as (hypervisor, _):
        yield hypervisor


def process_of(domain: libvirt.virDomain) -> int:
    """The process id of a guest's QEMU."""
    uuid = domain.UUIDString().encode()
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and uuid in (folder / "cmdline").read_bytes().split(b"\0"):
                return int(folder.name)
    raise AssertionError("no such process")


@contextlib.contextmanager
def wedged(domain: libvirt.virDomain) -> Iterator[None]:
    """Within it, a guest's QEMU is stopped: whoever asks its monitor waits."""
    pid = process_of(domain)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_facts(daemon: Daemon, ear: Ear) -> None:
    async with connected(daemon.uri, ear) as (_, opened):
        facts = opened.facts
        assert facts.local
        assert facts.hypervisor.startswith("QEMU ")
        assert facts.cpus == os.cpu_count()
        assert facts.memory
        assert facts.model
        assert opened.capabilities.driver == "QEMU"
        assert opened.capabilities.lacks == frozenset()


async def test_opening_and_listing_is_quick(
    daemon: Daemon, conn: libvirt.virConnect, ear: Ear
) -> None:
    for number in range(50):
        define(conn, idle(f"g{number}"))
    # The daemon asks its emulator for its version once.
    conn.getVersion()
    begun = time.perf_counter()
    async with connected(daemon.uri, ear) as (hypervisor, _):
        assert len(await hypervisor.list_guests()) == 50
    assert time.perf_counter() - begun < 12


async def test_a_real_guest_in_full(
    conn: libvirt.virConnect, hypervisor: LibvirtHypervisor
) -> None:
    domain = start(conn, tiny("web[prod]", memory=96, vcpus=2, nic="user"))
    (listed,) = await hypervisor.list_guests()
    assert (listed.name, listed.state, listed.reason) == (
        "web[prod]",
        GuestState.RUNNING,
        "booted",
    )
    (guest,) = await hypervisor.read_guests([listed.key.uuid])
    assert (guest.persistent, guest.autostart, guest.saved) == (True, False, False)
    assert (guest.snapshots, guest.checkpoints) == (False, False)
    assert guest.started_at == pytest.approx(time.time(), abs=20)
    assert guest.started_at == process_starts()[domain.UUIDString()]
    definition = guest.definition
    assert definition is not None
    assert (definition.vcpus, definition.memory_max) == (2, 96 * MIB)
    assert (definition.engine, definition.firmware) == ("qemu", "bios")
    assert definition.kernel
    assert definition.consoles == (
        ConsolePort("serial", 0, "serial0"),
        ConsolePort("virtio", 1, "console1"),
    )
    assert definition.agent in (Agent.DISCONNECTED, Agent.CONNECTED)
    assert [card.kind for card in definition.interfaces] == ["user"]


async def test_samples(
    conn: libvirt.virConnect, hypervisor: LibvirtHypervisor, daemon: Daemon
) -> None:
    disk = daemon.volumes / "sampled.qcow2"
    create = ["qemu-img", "create", "-q", "-f", "qcow2", str(disk), "16M"]
    await asyncio.to_thread(subprocess.run, create, check=True)
    os.chown(disk, daemon.volumes.stat().st_uid, daemon.volumes.stat().st_gid)
    on = start(conn, tiny("on", disks=[disk]))
    off = define(conn, idle("off"))
    samples = {s.uuid: s for s in await hypervisor.sample_guests(StatGroup.ALL)}
    assert samples.keys() == {on.UUIDString(), off.UUIDString()}
    idle_one = samples[off.UUIDString()]
    assert idle_one.state is GuestState.OFF
    assert (idle_one.cpu_ns, idle_one.memory, idle_one.disks) == (None, None, None)
    first = samples[on.UUIDString()]
    assert first.state is GuestState.RUNNING
    assert first.cpu_ns
    assert first.memory is not None
    assert first.memory.current == first.memory.maximum == 96 * MIB
    assert first.memory.resident
    assert first.disks is not None
    assert [(d.target, d.capacity, d.path) for d in first.disks] == [("vda", 16 * MIB, str(disk))]
    async with asyncio.timeout(20):
        while True:
            (then,) = await hypervisor.sample_guests(StatGroup.CPU)
            if (then.cpu_ns or 0) > first.cpu_ns:
                break
            await asyncio.sleep(0.05)
    assert then.at > first.at
    assert (then.state, then.disks, then.memory) == (None, None, None)


async def test_of_some_only_those_are_asked_in_one_call(
    conn: libvirt.virConnect, hypervisor: LibvirtHypervisor
) -> None:
    uuids = [start(conn, idle(f"some{number}")).UUIDString() for number in range(4)]
    everyone = {s.uuid: s for s in await hypervisor.sample_guests(StatGroup.ALL)}
    assert everyone.keys() == set(uuids)
    asked = hypervisor.calls.count
    some = await hypervisor.sample_guests(StatGroup.ALL, [*uuids[:2], "gone"])
    assert hypervisor.calls.count == asked + 1
    assert {sample.uuid for sample in some} == set(uuids[:2])
    for sample in some:
        assert sample.state is None
        assert sample.memory is not None
        assert sample.cpu_ns
    domain = conn.lookupByUUIDString(uuids[0])
    domain.destroy()
    domain.undefine()
    (left,) = await hypervisor.sample_guests(StatGroup.CPU, uuids[:2])
    assert left.uuid == uuids[1]


async def test_memory_in_use_is_told_once_the_guest_reports(
    conn: libvirt.virConnect, hypervisor: LibvirtHypervisor
) -> None:
    domain = start(conn, tiny("reports"))
    (before,) = await hypervisor.sample_guests(StatGroup.MEMORY)
    assert before.memory is not None
    assert before.memory.used is None
    domain.setMemoryStatsPeriod(1)
    async with asyncio.timeout(60):
        while True:
            (now,) = await hypervisor.sample_guests(StatGroup.MEMORY)
            assert now.memory is not None
            if now.memory.used is not None:
                break
            await asyncio.sleep(0.2)
    assert 0 < now.memory.used < 96 * MIB
    assert now.memory.reported_at == pytest.approx(time.time(), abs=30)


async def test_a_guest_that_is_gone_is_left_out(
    conn: libvirt.virConnect, hypervisor: LibvirtHypervisor
) -> None:
    stays, goes = define(conn, idle("stays")), define(conn, idle("goes"))
    uuids = [goes.UUIDString(), stays.UUIDString()]
    await hypervisor.list_guests()
    await hypervisor.read_guests(uuids)
    goes.undefine()
    assert [guest.name for guest in await hypervisor.read_guests(uuids)] == ["stays"]


async def test_foreign_metadata_does_no_harm(
    conn: libvirt.virConnect, hypervisor: LibvirtHypervisor
) -> None:
    guest = idle("meta")
    metadata = ET.SubElement(guest, "metadata")
    ET.SubElement(ET.SubElement(metadata, "{urn:nobody}note", {"a": "1"}), "{urn:nobody}deep")
    space = "{http://libosinfo.org/xmlns/libvirt/domain/1.0}"
    info = ET.SubElement(metadata, f"{space}libosinfo")
    ET.SubElement(info, f"{space}os", id="http://debian.org/debian/12")
    ET.SubElement(guest, "title").text = "a\x9bcolour"
    uuid = define(conn, guest).UUIDString()
    (found,) = await hypervisor.read_guests([uuid])
    assert found.definition is not None
    assert (found.definition.os, found.definition.title) == ("debian12", "a colour")


async def test_events_arrive_within_a_tenth_of_a_second(
    conn: libvirt.virConnect, hypervisor: LibvirtHypervisor, ear: Ear
) -> None:
    domain = define(conn, idle("quick"))
    await ear.hears(Happened.DEFINED, "quick")
    await asyncio.to_thread(domain.create)
    await ear.hears(Happened.STARTED, "quick")
    late = []
    for act, what in ((domain.suspend, Happened.SUSPENDED), (domain.resume, Happened.RESUMED)) * 4:
        told = len(ear.events)
        await asyncio.to_thread(act)
        begun = time.perf_counter()
        await ear.until(lambda told=told: len(ear.events) > told)  # type: ignore[misc]
        at, event = ear.events[told]
        assert (event.what, event.uuid) == (what, domain.UUIDString())
        late.append(at - begun)
    # One of them may meet a machine that does something else.
    assert sorted(late)[-2] < 0.1
    os.kill(process_of(domain), signal.SIGKILL)
    await ear.hears(Happened.FAILED, "quick")
    # libvirt also announces that vCPUs run at a start: no news of its own.
    turns = [Happened.SUSPENDED, Happened.RESUMED] * 4
    assert ear.story("quick") == [Happened.DEFINED, Happened.STARTED, *turns, Happened.FAILED]


async def test_the_agent_tells_its_addresses(
    conn: libvirt.virConnect, hypervisor: LibvirtHypervisor, ear: Ear
) -> None:
    domain = start(conn, tiny("talks", nic="user"))
    await ear.hears(Happened.AGENT_UP, "talks", 60)
    (guest,) = await hypervisor.read_guests([domain.UUIDString()])
    assert guest.definition is not None
    assert guest.definition.agent is Agent.CONNECTED
    told = await hypervisor.read_agent(domain.UUIDString())
    addresses = told.addresses
    assert told.hostname == "talks"
    assert all(address.source == "agent" for address in addresses)
    assert not [a for a in addresses if a.ip.startswith(("127.", "fe80", "::1"))]


async def test_a_guest_without_an_agent_is_an_error_of_ours(
    conn: libvirt.virConnect, hypervisor: LibvirtHypervisor
) -> None:
    mute, off = start(conn, idle("mute")), define(conn, idle("off"))
    for domain in (mute, off):
        with pytest.raises(VmtuiError):
            await hypervisor.read_agent(domain.UUIDString())


async def test_a_silent_agent_costs_the_others_nothing(
    conn: libvirt.virConnect, hypervisor: LibvirtHypervisor, ear: Ear
) -> None:
    domain = start(conn, tiny("falls silent"))
    await ear.hears(Happened.AGENT_UP, "falls silent", 60)
    domain.suspend()
    await ear.hears(Happened.SUSPENDED, "falls silent")
    asked = asyncio.create_task(hypervisor.read_agent(domain.UUIDString()))
    begun = time.perf_counter()
    for _ in range(50):
        await hypervisor.read_guests([domain.UUIDString()])
        await hypervisor.list_guests()
    assert time.perf_counter() - begun < 12
    with pytest.raises((TimedOut, VmtuiError)):
        await asked


async def test_a_wedged_guest_delays_neither_reading_nor_sampling(
    conn: libvirt.virConnect, hypervisor: LibvirtHypervisor
) -> None:
    guests = start_all(conn, [idle(f"g{number}") for number in range(8)])
    uuids = [guest.UUIDString() for guest in guests]
    for _ in range(3):
        await hypervisor.sample_guests(StatGroup.ALL)
    with wedged(guests[3]):
        begun = time.perf_counter()
        samples = await hypervisor.sample_guests(StatGroup.ALL)
        assert time.perf_counter() - begun < 20
        told = {sample.uuid for sample in samples if sample.disks is not None}
        assert told >= set(uuids) - {uuids[3]}
        slowest = 0.0
        for _ in range(20):
            begun = time.perf_counter()
            await hypervisor.sample_guests(StatGroup.ALL)
            assert len(await hypervisor.list_guests()) == 8
            assert len(await hypervisor.read_guests(uuids)) == 8
            slowest = max(slowest, time.perf_counter() - begun)
        assert slowest < 0.5
        assert hypervisor.calls.stuck == 1
    async with asyncio.timeout(10):
        while hypervisor.calls.stuck:  # noqa: ASYNC110 - threads set no asyncio.Event
            await asyncio.sleep(0.02)


async def test_several_wedged_guests(
    conn: libvirt.virConnect, hypervisor: LibvirtHypervisor
) -> None:
    guests = start_all(conn, [idle(f"g{number}") for number in range(6)])
    for _ in range(3):
        await hypervisor.sample_guests(StatGroup.ALL)
    with contextlib.ExitStack() as stack:
        for guest in guests[:3]:
            stack.enter_context(wedged(guest))
        begun = time.perf_counter()
        samples = await hypervisor.sample_guests(StatGroup.ALL)
        assert time.perf_counter() - begun < 25
        assert len(samples) == 6
        begun = time.perf_counter()
        await hypervisor.sample_guests(StatGroup.ALL)
        assert time.perf_counter() - begun < 12


async def test_calls_of_a_tick_do_not_grow_with_the_guests(
    conn: libvirt.virConnect, hypervisor: LibvirtHypervisor
) -> None:
    spent = []
    for _ in range(2):
        start_all(conn, [idle(f"g{time.time_ns()}") for _ in range(4)])
        await hypervisor.sample_guests(StatGroup.ALL)
        with counted() as calls:
            await hypervisor.sample_guests(StatGroup.CPU | StatGroup.MEMORY | StatGroup.NETWORK)
            await hypervisor.sample_host()
        spent.append(calls.total())
    assert spent == [1, 1]


async def test_a_read_only_connection_changes_nothing(
    daemon: Daemon, conn: libvirt.virConnect, ear: Ear
) -> None:
    domain = start(conn, idle("kept"))
    async with connected(daemon.uri, ear, read_only=True) as (hypervisor, opened):
        assert opened.capabilities.read_only
        assert len(await hypervisor.sample_guests(StatGroup.ALL)) == 1
        with pytest.raises(Refused):
            await hypervisor.execute(Destroy(domain.UUIDString()), lambda _done, _words: None)
    assert domain.isActive()


async def test_a_killed_daemon_is_a_loss_and_a_new_connection_finds_the_guests(ear: Ear) -> None:
    with Daemon() as daemon:
        start(daemon.connect(), idle("survivor"))
        async with connected(daemon.uri, ear) as (hypervisor, _):
            (guest,) = await hypervisor.list_guests()
            daemon.kill()
            await ear.until(lambda: ear.losses, 5)
            assert isinstance(ear.losses[0], ConnectionLost)
            with pytest.raises(VmtuiError):
                await hypervisor.list_guests()
            assert len(ear.losses) == 1
        with pytest.raises(ConnectionFailed) as info:
            await LibvirtHypervisor(daemon.uri, HOST).open(Ear())
        assert info.value.title == "libvirt's daemon does not run"
        assert "libvirtd" in info.value.hint
        daemon.start()
        async with connected(daemon.uri, Ear()) as (again, _):
            (back,) = await again.read_guests([guest.key.uuid])
            assert back.state is GuestState.RUNNING


async def test_a_frozen_daemon_is_noticed_and_closing_does_not_wait(ear: Ear) -> None:
    with Daemon() as daemon:
        hypervisor = LibvirtHypervisor(daemon.uri, HOST)
        await hypervisor.open(ear)
        daemon.pause()
        reading = asyncio.create_task(hypervisor.list_guests())
        await ear.until(lambda: ear.losses, 40)
        assert isinstance(ear.losses[0], ConnectionLost)
        with pytest.raises(VmtuiError):
            await reading
        begun = time.perf_counter()
        await hypervisor.close()
        assert time.perf_counter() - begun < 12
        daemon.resume()


async def test_a_host_that_accepts_and_never_answers(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        hypervisor = LibvirtHypervisor(
            f"qemu+unix:///session?socket={path}", HOST, open_timeout=0.5
        )
        begun = time.perf_counter()
        with pytest.raises(ConnectionFailed) as info:
            await hypervisor.open(Ear())
        assert time.perf_counter() - begun < 12
        assert "does not answer" in info.value.title
        assert info.value.hint


def test_the_program_ends_at_once_with_a_frozen_daemon(tmp_path: Path) -> None:
    code = textwrap.dedent(
        """
        import asyncio, os, sys
        from tests.hypervisors.libvirt.ear import Ear
        from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
        async def main():
            hypervisor = LibvirtHypervisor(sys.argv[1], "h")
            await hypervisor.open(Ear())
            print("open", flush=True)
            sys.stdin.readline()
            task = asyncio.create_task(hypervisor.list_guests())
            await asyncio.sleep(0.1)
            await hypervisor.close()
            await asyncio.gather(task, return_exceptions=True)
            print("closed", flush=True)
        asyncio.run(main())
        """
    )
    with Daemon() as daemon:
        with subprocess.Popen(
            [sys.executable, "-c", code, daemon.uri],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            assert child.stdout.readline() == "open\n"
            daemon.pause()
            begun = time.perf_counter()
            child.stdin.write("\n")
            child.stdin.flush()
            assert child.wait(timeout=60) == 0
            assert time.perf_counter() - begun < 20
            assert child.stdout.readline() == "closed\n"
        daemon.resume()


async def test_a_socket_that_is_not_ours(daemon: Daemon) -> None:
    """Root may open everything: the attempt is made by somebody else."""
    code = textwrap.dedent(
        """
        import asyncio, os, sys
        from tests.hypervisors.libvirt.ear import Ear
        from vmtui.errors import ConnectionFailed
        from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
        # Modules that are imported on use may be out of that user's reach.
        from vmtui.hypervisors.libvirt import failures
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65533)
            os.setuid(65533)
        async def main():
            try:
                await LibvirtHypervisor(sys.argv[1], "h").open(Ear())
            except ConnectionFailed as error:
                print(error.title, error.hint, sep="|")
        asyncio.run(main())
        """
    )
    uri = daemon.uri if os.geteuid() == 0 else "qemu+unix:///system?socket=/root/libvirt-sock"
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", code, uri],
        check=True,
        capture_output=True,
        text=True,
    )
    title, hint = done.stdout.strip().split("|")
    assert title == "You may not use the hypervisor's socket"
    assert "usermod -aG libvirt" in hint
    assert done.stderr == ""
