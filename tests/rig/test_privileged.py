"""A private privileged hypervisor: networks with leases, containers, and nothing left behind."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import libvirt
import pytest

from tests.rig import Console, Privileged, Sshd, container, start, tiny, wait_until

pytestmark = [pytest.mark.rig, pytest.mark.root]


@pytest.fixture(scope="module")
def host() -> Iterator[Privileged]:
    """One for this file."""
    with Privileged() as host:
        yield host


def cgroups(name: str) -> list[Path]:
    """The cgroups whose name holds a word."""
    return list(Path("/sys/fs/cgroup").glob(f"**/*{name}*/"))


def test_a_guest_gets_a_lease(host: Privileged) -> None:
    connection = host.connect()
    network = connection.networkLookupByName("default")
    network.create()
    domain = start(connection, tiny("leased", nic="default"))
    wait_until(network.DHCPLeases, 240, "the lease")
    assert "'hostname': 'leased'" in str(network.DHCPLeases())
    links = subprocess.run(["ip", "link"], capture_output=True, text=True, check=True).stdout
    assert "vnet0" not in links
    host.kill()
    host.start()
    connection = host.connect()
    assert connection.lookupByName("leased").ID() == domain.ID()
    assert connection.networkLookupByName("default").isActive()


def test_ssh_leads_to_it(host: Privileged) -> None:
    with Sshd(host) as sshd:
        connection = libvirt.open(sshd.uri(socket=False))
        assert [network.name() for network in connection.listAllNetworks()] == ["default"]
        connection.close()


def test_a_container_has_a_shell_and_leaves_no_cgroup() -> None:
    with Privileged() as host:
        connection = libvirt.open(host.lxc_uri)
        box = start(connection, container("box", host.folder / "box"))
        group = f"lxc-{box.ID()}-box"
        with Console(box, force=False) as console:
            console.send("echo $((6 * 7))\n")
            console.expect("42", 60)
        assert cgroups(group)
    assert not cgroups(group)
