"""The commands on real guests: a name on two hosts, a life, and a deletion with its volume."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import libvirt
import pytest

from tests.cli.person import Person
from tests.rig import Console, Daemon, idle, start, tiny

pytestmark = pytest.mark.rig


@pytest.fixture(scope="module")
def daemons() -> Iterator[tuple[Daemon, Daemon]]:
    """Two private hypervisors, each with a guest web1."""
    with Daemon() as one, Daemon() as other:
        for daemon in (one, other):
            start(daemon.connect(), tiny("web1"))
        yield one, other


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vmtui", *words], capture_output=True, text=True, timeout=150,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


def state_of(daemon: Daemon, name: str = "web1") -> int:
    return int(daemon.connect().lookupByName(name).info()[0])


@pytest.fixture(scope="module")
def settings(daemons: tuple[Daemon, Daemon], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Settings that name the two hosts."""
    path = tmp_path_factory.mktemp("settings") / "config.toml"
    hosts = zip(("one", "two"), daemons, strict=True)
    path.write_text(
        "".join(f'[[host]]\nname = "{name}"\nuri = "{daemon.uri}"\n' for name, daemon in hosts)
    )
    return f"--config={path}"


def test_the_same_name_on_two_hosts(daemons: tuple[Daemon, Daemon], settings: str) -> None:
    one, two = daemons
    refused = run(settings, "destroy", "web1", "--yes")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "one/web1" in refused.stderr
    assert "two/web1" in refused.stderr
    with Console(one.connect().lookupByName("web1")) as console:
        console.expect("web1:~# ", 90)
    ended = run(settings, "shutdown", "one/web1")
    assert (ended.returncode, ended.stdout) == (0, "one/web1: done\n"), ended.stderr
    assert (state_of(one), state_of(two)) == (
        libvirt.VIR_DOMAIN_SHUTOFF,
        libvirt.VIR_DOMAIN_RUNNING,
    )
    assert run(settings, "start", "one/web1").returncode == 0
    assert state_of(one) == libvirt.VIR_DOMAIN_RUNNING
    listed = run(settings, "list", "-f", "running", "--names")
    assert listed.stdout.split() == ["web1", "web1"]


def test_a_guest_that_does_not_obey(daemons: tuple[Daemon, Daemon], settings: str) -> None:
    one, _ = daemons
    start(one.connect(), tiny("stubborn", obeys_acpi=False, agent=False))
    words = (settings, "shutdown", "stubborn", "--patience", "2")
    with Person(*words) as person:
        person.until(b"does not obey")
        person.kill(signal.SIGINT)
        assert person.end() == 130
    assert state_of(one, "stubborn") == libvirt.VIR_DOMAIN_RUNNING
    forced = run(*words, "--then", "agent", "--then", "destroy")
    assert (forced.returncode, forced.stdout) == (0, "one/stubborn: done\n"), forced.stderr
    assert "it has no guest-agent channel" in forced.stderr
    assert "Force off stubborn" in forced.stderr
    assert state_of(one, "stubborn") == libvirt.VIR_DOMAIN_SHUTOFF
    gave_up = run(settings, "start", "stubborn")
    assert gave_up.returncode == 0
    gave_up = run(*words, "--limit", "3")
    assert gave_up.returncode == 1
    assert "does not obey" in gave_up.stderr
    assert run(settings, "destroy", "stubborn", "--yes").returncode == 0


def test_a_guest_goes_with_its_volume(daemons: tuple[Daemon, Daemon], settings: str) -> None:
    one, _ = daemons
    connection = one.connect()
    folder = one.keeper.mkdir("images")
    pool = connection.storagePoolCreateXML(
        f"<pool type='dir'><name>images</name><target><path>{folder}</path></target></pool>"
    )
    volume = Path(pool.createXML(
        "<volume><name>gone.qcow2</name><capacity unit='MiB'>8</capacity>"
        "<target><format type='qcow2'/></target></volume>"
    ).path())  # fmt: skip
    start(connection, idle("gone", disks=[volume]))
    told = run(settings, "delete", "gone")
    assert told.returncode == 6
    assert f"! deletes {volume}" in told.stderr
    assert run(settings, "list", "--names", "one/gone").stdout == "gone\n"
    ended = run(settings, "delete", "gone", "--yes")
    assert (ended.returncode, ended.stdout) == (0, "one/gone: done\n"), ended.stderr
    assert not volume.exists()
    assert run(settings, "show", "gone").returncode == 3
