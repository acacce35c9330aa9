"""The whole check, and its mends, on real hypervisors: a session's, and a privileged one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from tests.hypervisors.libvirt.ear import Ear
from tests.rig import Daemon, Privileged
from tests.rig.sshd import Sshd
from vmtui.errors import VmtuiError
from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
from vmtui.hypervisors.libvirt.doctor.verdict import cpu_flags
from vmtui.model.finding import Finding, Level
from vmtui.model.guest import HostId
from vmtui.model.network import Network
from vmtui.model.steps import Step
from vmtui.model.steps.mending import (
    DefineNetwork,
    DefinePool,
    LoadModule,
    StartNetwork,
    StartPool,
    StopNetwork,
    UndefineNetwork,
)
from vmtui.model.storage import PoolState

pytestmark = [pytest.mark.rig, pytest.mark.slow]


@asynccontextmanager
async def connected(uri: str) -> AsyncIterator[LibvirtHypervisor]:
    hypervisor = LibvirtHypervisor(uri, HostId("h"))
    await hypervisor.open(Ear())
    try:
        yield hypervisor
    finally:
        await hypervisor.close()


async def look(hypervisor: LibvirtHypervisor) -> dict[str, Finding]:
    async with asyncio.timeout(60):
        return {finding.id: finding for finding in await hypervisor.inspect()}


async def do(hypervisor: LibvirtHypervisor, step: Step) -> Step | None:
    return await hypervisor.execute(step, lambda _fraction, _words: None)


async def test_a_session(rig_daemon: Daemon) -> None:
    async with connected(rig_daemon.uri) as hypervisor:
        found = await look(hypervisor)
    assert len(found) == 23
    assert found["libvirt-version"].seen.startswith(rig_daemon_version(rig_daemon))
    assert found["qemu-version"].level is not Level.UNKNOWN
    assert found["network"].level is Level.PASS
    assert found["memory"].level is not Level.UNKNOWN
    for part in ("uefi", "secure-boot", "tpm", "virtiofs"):
        assert found[part].level in (Level.PASS, Level.WARNING)
    if not cpu_flags() & {"vmx", "svm"}:
        assert found["kvm-works"].level is not Level.PASS
        assert found["acceleration"].level is not Level.PASS
    assert all(one.mend for one in found.values() if one.level is Level.FAILURE)


def rig_daemon_version(daemon: Daemon) -> str:
    number = daemon.connect().getLibVersion()
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


async def test_a_pool_is_made_started_and_undone(daemon: Daemon) -> None:
    """In the folder of the daemon's user, who is not the one that asks."""
    images = daemon.folder / ".local/share/libvirt/images"
    folder = str(images)
    async with connected(daemon.uri) as hypervisor:
        before = (await look(hypervisor))["pool"]
        assert (before.level, before.fix) == (Level.FAILURE, "define-pool")
        assert before.steps == (DefinePool(name="default", path=folder), StartPool(name="default"))
        assert await do(hypervisor, DefinePool(name="default", path=folder))
        stopped = (await look(hypervisor))["pool"]
        assert (stopped.fix, stopped.steps) == ("start-pool", (StartPool(name="default"),))
        undo = await do(hypervisor, StartPool(name="default"))
        (pool,) = await hypervisor.read_pools()
        assert (pool.state, pool.autostart) == (PoolState.RUNNING, True)
        assert images.is_dir()
        assert (await look(hypervisor))["pool"].level is Level.PASS
        # What was done already is no error, and nothing is to be undone then.
        assert await do(hypervisor, StartPool(name="default")) is None
        assert await do(hypervisor, DefinePool(name="default", path=folder)) is None
        assert undo is not None
        await do(hypervisor, undo)
        (pool,) = await hypervisor.read_pools()
        assert (pool.state, pool.autostart) == (PoolState.INACTIVE, False)


async def test_a_module_that_does_not_exist(rig_daemon: Daemon) -> None:
    async with connected(rig_daemon.uri) as hypervisor:
        with pytest.raises(VmtuiError, match="modprobe"):
            await do(hypervisor, LoadModule(name="no_such_module_at_all"))


async def test_a_host_elsewhere_is_judged_by_its_word_only(
    rig_daemon: Daemon,
) -> None:
    """Through a real sshd on the loopback, as of another machine."""
    with Sshd(rig_daemon) as sshd:
        async with connected(sshd.uri()) as hypervisor:
            found = await look(hypervisor)
    assert found["kvm-works"].level is Level.UNKNOWN
    (command,) = found["kvm-works"].commands
    assert command.startswith("ssh -p ")
    assert command.endswith("127.0.0.1 'vmtui doctor'")
    assert found["acceleration"].level in (Level.PASS, Level.FAILURE)
    assert found["memory"].level is not Level.UNKNOWN
    assert found["qemu-version"].level is not Level.UNKNOWN
    folder = str(rig_daemon.folder / ".local/share/libvirt/images")
    assert DefinePool(name="default", path=folder) in found["pool"].steps


@pytest.fixture(scope="module")
def privileged() -> Iterator[Privileged]:
    """A private privileged hypervisor for this file, its network defined and off."""
    with Privileged() as host:
        yield host


@pytest.mark.root
async def test_the_network_is_started_and_stopped_again(privileged: Privileged) -> None:
    async with connected(privileged.uri) as hypervisor:
        off = (await look(hypervisor))["network"]
        assert (off.level, off.steps) == (Level.FAILURE, (StartNetwork(name="default"),))
        undo = await do(hypervisor, off.steps[0])
        assert undo == StopNetwork(name="default", autostart=False)
        assert await network(hypervisor) == (True, True)
        assert (await look(hypervisor))["network"].level is Level.PASS
        await do(hypervisor, undo)
        assert await network(hypervisor) == (False, False)


@pytest.mark.root
async def test_a_missing_network_is_defined(privileged: Privileged) -> None:
    conn = privileged.connect()
    conn.networkLookupByName("default").undefine()
    async with connected(privileged.uri) as hypervisor:
        gone = (await look(hypervisor))["network"]
        assert gone.fix == "define-network"
        define, start = gone.steps
        assert isinstance(define, DefineNetwork)
        undo = await do(hypervisor, define)
        assert undo == UndefineNetwork(name="default")
        await do(hypervisor, start)
        (made,) = await hypervisor.read_networks()
        assert isinstance(made, Network)
        assert (made.active, made.forward, bool(made.bridge)) == (True, "nat", True)
        await do(hypervisor, StopNetwork(name="default"))
        await do(hypervisor, undo)
        assert await hypervisor.read_networks() == ()


async def network(hypervisor: LibvirtHypervisor) -> tuple[bool, bool | None]:
    (one,) = await hypervisor.read_networks()
    return one.active, one.autostart


async def test_without_a_connection_this_machine_is_looked_at() -> None:
    hypervisor = LibvirtHypervisor("qemu:///session", HostId("h"))
    found = await look(hypervisor)
    await hypervisor.close()
    assert {"hypervisor", "cpu", "kvm-works", "memory"} <= set(found)
    assert "uefi" not in found


async def test_without_a_connection_a_host_elsewhere_is_not_guessed_at() -> None:
    hypervisor = LibvirtHypervisor("qemu+ssh://nohost.invalid/system", HostId("h"))
    assert await look(hypervisor) == {}
    await hypervisor.close()
