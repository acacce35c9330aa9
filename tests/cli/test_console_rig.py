"""`vmtui console` on real guests: both ways, somebody else, and each way to end."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

import libvirt
import pytest

from tests.cli.person import Person
from tests.rig import Console, Daemon, idle, start, tiny

pytestmark = pytest.mark.rig


@pytest.fixture
def guest(daemon: Daemon) -> Iterator[libvirt.virDomain]:
    """A Linux guest whose shell waits, on a hypervisor that may be killed."""
    domain = start(daemon.connect(), tiny("web1"))
    with Console(domain) as console:
        console.expect("web1:~# ", 90)
    yield domain
    with contextlib.suppress(libvirt.libvirtError):
        domain.destroy()


def run(daemon: Daemon, *words: str, sent: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run `vmtui console` with these bytes as its input."""
    return subprocess.run(
        [sys.executable, "-m", "vmtui", "console", *words, "-c", daemon.uri], input=sent,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_pipe_by_name_number_and_uuid(daemon: Daemon, guest: libvirt.virDomain) -> None:
    for name in ("web1", str(guest.ID()), guest.UUIDString()):
        done = run(daemon, name, sent=b"\recho $((6 * 7))-done\r")
        assert done.returncode == 0, done.stderr
        assert b"42-done\r\n" in done.stdout
    virtio = run(daemon, "web1", "--device", "console1", sent=b"\rtty\r")
    assert b"/dev/hvc0" in virtio.stdout
    assert run(daemon, "web1", "--device", "serial9").returncode == 1
    assert run(daemon, "web2").returncode == 3


def test_a_person_and_somebody_else(daemon: Daemon, guest: libvirt.virDomain) -> None:
    with Person("console", "web1", "-c", daemon.uri) as first:
        first.until(b"leaves")
        first.press(b"\r")
        first.until(b"web1:~# ")
        refused = run(daemon, "web1")
        assert refused.returncode == 1
        assert b"--force" in refused.stderr
        with Person("console", "web1", "--force", "-c", daemon.uri) as second:
            second.until(b"leaves")
            assert first.end() == 1
            assert first.sane
            second.press(b"\r")
            second.until(b"web1:~# ")
            second.press(b"\x1d")
            assert second.end() == 0
            assert second.sane


def test_a_guest_that_is_forced_off_ends_it(daemon: Daemon, guest: libvirt.virDomain) -> None:
    with Person("console", "web1", "-c", daemon.uri) as person:
        person.until(b"leaves")
        guest.destroy()
        assert person.end() == 0
        assert b"web1 is off" in person.said
        assert person.sane


def test_a_killed_daemon_ends_it(daemon: Daemon, guest: libvirt.virDomain) -> None:
    with Person("console", "web1", "-c", daemon.uri) as person:
        person.until(b"leaves")
        daemon.kill()
        assert person.end() == 1
        assert b"is lost" in person.said
        assert person.sane


def test_a_guest_without_a_console(daemon: Daemon) -> None:
    start(daemon.connect(), idle("bare"))
    done = run(daemon, "bare")
    assert done.returncode == 1
    assert b"no such console" in done.stderr
