"""Hosts that cannot be reached: each says why, and names the command that mends it."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hypervisors.libvirt.ear import Ear
from tests.rig import Daemon, Key, Known, Proxy, SilentServer, Sshd, idle, start
from tests.rig.needs import left_out
from tests.rig.sockets import free_port
from vmtui.errors import ConnectionFailed, ConnectionLost
from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
from vmtui.model.guest import HostId
from vmtui.model.host import Virtualization
from vmtui.model.stats import StatGroup

pytestmark = pytest.mark.rig

HOST = HostId("far")


@pytest.fixture(scope="module")
def sshd(rig_daemon: Daemon) -> Iterator[Sshd]:
    """An sshd before this worker's hypervisor."""
    with Sshd(rig_daemon) as sshd:
        yield sshd


async def refusal(uri: str, *, open_timeout: float = 20.0) -> ConnectionFailed:
    """How opening that address fails."""
    with pytest.raises(ConnectionFailed) as info:
        await LibvirtHypervisor(uri, HOST, open_timeout=open_timeout).open(Ear())
    return info.value


async def test_a_host_behind_ssh(sshd: Sshd, rig_daemon: Daemon) -> None:
    conn = rig_daemon.connect()
    domain = start(conn, idle("far away"))
    hypervisor = LibvirtHypervisor(sshd.uri(), HOST)
    opened = await hypervisor.open(Ear())
    try:
        assert not opened.facts.local
        assert opened.facts.virtualization in (Virtualization.USABLE, Virtualization.MISSING)
        assert opened.facts.cpus == os.cpu_count()
        assert opened.capabilities.lacks == frozenset()
        (guest,) = [g for g in await hypervisor.list_guests() if g.name == "far away"]
        (read,) = await hypervisor.read_guests([guest.key.uuid])
        assert (read.started_at, read.definition is not None) == (None, True)
        assert read.started_by is not None
        (sample,) = await hypervisor.sample_guests(StatGroup.CPU)
        assert sample.cpu_ns
        host = await hypervisor.sample_host()
        assert host.cpu is not None
        assert host.memory_total
        assert (host.load, host.mounts, host.cores) == (None, (), ())
    finally:
        await hypervisor.close()
        domain.destroy()
        domain.undefine()


@pytest.mark.parametrize(
    ("known", "key", "title", "command"),
    [
        (Known.NO, Key.RIGHT, "The host's ssh key is not known here", "ssh -p {port} {login}"),
        (Known.CHANGED, Key.RIGHT, "The host's ssh key has changed", "ssh-keygen -R"),
        (Known.YES, Key.WRONG, "ssh does not let you in without a password", "ssh-copy-id -p"),
        (Known.YES, Key.LOCKED, "ssh does not let you in without a password", "ssh-add"),
    ],
)
async def test_ssh_refuses(sshd: Sshd, known: Known, key: Key, title: str, command: str) -> None:
    error = await refusal(sshd.uri(known=known, key=key))
    assert error.title.startswith(title)
    assert command.format(port=sshd.port, login=f"{sshd.user}@127.0.0.1") in error.hint
    assert error.detail
    assert "\n" not in error.detail


async def test_the_far_side_lacks_netcat(sshd: Sshd) -> None:
    error = await refusal(sshd.uri() + "&netcat=/nonexistent/nc&proxy=netcat")
    assert "lacks what libvirt needs" in error.title
    assert "apt install" in error.hint


async def test_no_daemon_on_the_far_side(sshd: Sshd) -> None:
    error = await refusal(sshd.uri(socket=False) + "&socket=/nonexistent/libvirt-sock")
    assert error.title == "libvirt's daemon does not run"
    assert error.hint.startswith(f"On {sshd.user}@127.0.0.1: ")


async def test_no_sshd() -> None:
    port = free_port()
    error = await refusal(f"qemu+ssh://ann@127.0.0.1:{port}/system")
    assert error.title == "127.0.0.1 refuses the connection"
    assert error.hint.endswith(f"ssh -p {port} ann@127.0.0.1")


@pytest.mark.parametrize("transport", ["ssh", "tcp"])
async def test_no_such_host(transport: str) -> None:
    error = await refusal(f"qemu+{transport}://nobody.invalid/system")
    assert error.title == "There is no host named nobody.invalid"
    assert error.hint == "Check the name: getent hosts nobody.invalid"


async def test_nobody_listens_on_tcp() -> None:
    error = await refusal(f"qemu+tcp://127.0.0.1:{free_port()}/system")
    assert error.title == "127.0.0.1 refuses the connection"
    assert "qemu+ssh://127.0.0.1/system" in error.hint


async def test_no_certificates() -> None:
    error = await refusal(f"qemu+tls://127.0.0.1:{free_port()}/system")
    assert error.title.startswith("TLS:")
    assert error.hint


@pytest.mark.parametrize("uri", ["nonsense", "qemu+smoke://host/system"])
async def test_wrong_addresses(uri: str) -> None:
    error = await refusal(uri)
    assert error.title == "libvirt does not understand the address"
    assert "qemu+ssh://user@host/system" in error.hint


async def test_no_daemon(tmp_path: Path) -> None:
    error = await refusal(f"qemu+unix:///system?socket={tmp_path}/none")
    assert error.title == "libvirt's daemon does not run"
    assert "systemctl start libvirtd.socket" in error.hint


async def test_a_stale_socket(tmp_path: Path) -> None:
    path = tmp_path / "stale"
    with SilentServer(path):
        pass
    error = await refusal(f"qemu+unix:///system?socket={path}")
    assert error.title == "libvirt's daemon does not run"


@pytest.mark.parametrize("far", [False, True])
async def test_a_host_that_accepts_and_never_answers(tmp_path: Path, far: bool) -> None:
    path = None if far else tmp_path / "silent"
    with SilentServer(path) as server:
        local = f"qemu+unix:///session?socket={path}"
        uri = f"qemu+tcp://127.0.0.1:{server.port}/system" if far else local
        begun = time.perf_counter()
        error = await refusal(uri, open_timeout=0.5)
        assert time.perf_counter() - begun < 12
        assert error.title.endswith("accepts the connection but does not answer")
        assert "systemctl restart libvirtd" in error.hint


async def test_a_shell_that_hangs_in_its_start_up_files_is_thought_of(sshd: Sshd) -> None:
    if Path(pwd.getpwnam(sshd.user).pw_shell).name != "bash":
        left_out("whose login shell is another reads no ~/.bashrc")
    file = sshd.folder / "home" / ".bashrc"
    file.write_text("sleep 30\n")
    try:
        error = await refusal(sshd.uri(), open_timeout=5.0)
    finally:
        file.unlink()
    assert error.title.endswith("accepts the connection but does not answer")
    assert f"Try ssh -p {sshd.port} {sshd.user}@127.0.0.1 true: " in error.hint
    assert "~/.bashrc" in error.hint


async def test_a_cut_line_is_a_loss(rig_daemon: Daemon) -> None:
    ear = Ear()
    with Proxy(rig_daemon) as proxy:
        hypervisor = LibvirtHypervisor(proxy.uri, HOST)
        await hypervisor.open(ear)
        proxy.cut()
        await ear.until(lambda: ear.losses, 5)
        assert isinstance(ear.losses[0], ConnectionLost)
        await hypervisor.close()


async def test_a_frozen_line_is_a_loss_and_delays_nobody(rig_daemon: Daemon) -> None:
    ear = Ear()
    with Proxy(rig_daemon) as proxy:
        frozen = LibvirtHypervisor(proxy.uri, HOST)
        await frozen.open(ear)
        other = LibvirtHypervisor(rig_daemon.uri, HostId("near"))
        await other.open(Ear())
        proxy.freeze()
        begun = time.perf_counter()
        for _ in range(20):
            await other.list_guests()
        assert time.perf_counter() - begun < 12
        await ear.until(lambda: ear.losses, 40)
        begun = time.perf_counter()
        await frozen.close()
        assert time.perf_counter() - begun < 12
        await other.close()
        proxy.thaw()
