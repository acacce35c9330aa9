"""Real guests on private hypervisors: they boot, obey, survive the daemon and leave nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import libvirt
import libvirt_qemu
import pytest

from tests.conftest import MakeGuest
from tests.rig import Console, Daemon, RigError, define, idle, kvm, start, start_all, wait_until
from tests.rig.cache import REPOSITORY

pytestmark = pytest.mark.rig

SCRIPT = """\
import sys
from tests.rig import Daemon, idle, start
daemon = Daemon().start()
start(daemon.connect(), idle("orphan"))
print(daemon.folder, flush=True)
sys.stdin.read()
"""


def answers(domain: libvirt.virDomain) -> bool:
    """Whether the agent in a guest answers."""
    try:
        return "return" in libvirt_qemu.qemuAgentCommand(domain, '{"execute": "guest-ping"}', 2, 0)
    except libvirt.libvirtError:
        return False


def processes_of(folder: Path) -> list[int]:
    """The processes that name a folder in their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in line and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def test_a_tiny_guest_has_two_consoles_an_agent_and_a_power_button(tiny_guest: MakeGuest) -> None:
    domain = tiny_guest("web-1")
    with Console(domain) as serial:
        serial.expect(r"web-1:~# ", 60)
        assert "Linux version" in serial.text
        assert serial.run("echo $((6 * 7)) $(tty)", "web-1:~# ").strip() == "42 /dev/ttyS0"
        serial.run("cd /etc", "web-1:/etc# ")
    with Console(domain, "console1") as virtio:
        virtio.send("echo $((6 * 7)) $(tty)\n")
        virtio.expect(r"42 /dev/hvc0", 60)
    wait_until(lambda: answers(domain), 20, "the agent")
    domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN)
    wait_until(lambda: not domain.isActive(), 20, "the guest to end")


def test_a_tiny_guest_may_ignore_its_power_button(
    rig_daemon: Daemon, tiny_guest: MakeGuest
) -> None:
    log = rig_daemon.volumes / "serial.log"
    disk = rig_daemon.disk("data", size=16)
    domain = tiny_guest("deaf", obeys_acpi=False, log=log, disks=[disk], nic="user")
    with Console(domain) as serial:
        serial.expect(r"deaf:~# ", 60)
        assert serial.run("blockdev --getsize64 /dev/vda", "deaf:~# ").strip() == str(16 << 20)
        serial.send("until ip addr show eth0 | grep -F 10.0.2.15; do sleep 1; done\n")
        serial.expect(r"inet 10\.0\.2\.15", 60)
        domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN)
        time.sleep(1.5)  # noqa: TID251 - that nothing happens has no event
        assert domain.isActive()
    assert "deaf:~# " in log.read_text(encoding="utf-8", errors="replace")


def test_idle_guests_start_quickly(rig_daemon: Daemon) -> None:
    connection = rig_daemon.connect()
    began = time.monotonic()
    domains = start_all(connection, [idle(f"many-{number}") for number in range(20)])
    assert time.monotonic() - began < 120
    assert all(domain.isActive() for domain in domains)
    for domain in domains:
        domain.destroy()
        domain.undefine()


def test_guests_outlive_their_daemon(daemon: Daemon) -> None:
    guest = idle("lasting", disks=[daemon.disk("data")], nic="user")
    domain = start(daemon.connect(), guest)
    before = domain.ID()
    daemon.kill()
    assert not daemon.running
    with pytest.raises(libvirt.libvirtError):
        daemon.connect()
    daemon.start()
    assert daemon.connect().lookupByName("lasting").ID() == before
    daemon.restart()
    assert daemon.connect().lookupByName("lasting").ID() == before


def test_a_daemon_that_crashes_is_known_from_one_that_was_killed(daemon: Daemon) -> None:
    daemon.kill()
    assert not daemon.crashed
    daemon.start()
    os.kill(daemon.pid, signal.SIGSEGV)
    wait_until(lambda: daemon.crashed, 20, "its end")
    daemon.restart()
    assert daemon.running
    assert not daemon.crashed


def test_a_paused_daemon_answers_when_it_goes_on(daemon: Daemon) -> None:
    daemon.pause()
    opened = threading.Event()

    def connect() -> None:
        daemon.connect()
        opened.set()

    thread = threading.Thread(target=connect)
    thread.start()
    assert not opened.wait(0.5)
    daemon.resume()
    assert opened.wait(20)
    thread.join()


def test_a_killed_test_process_leaves_nothing() -> None:
    victim = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert victim.stdout is not None
    folder = Path(victim.stdout.readline().strip())
    assert folder.name.startswith("rig-")
    # The keeper, libvirtd and QEMU.
    assert len(processes_of(folder)) >= 3
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    wait_until(lambda: not processes_of(folder) and not folder.exists(), 20, "the sweep")


def test_two_hypervisors_do_not_see_each_other(daemon: Daemon, rig_daemon: Daemon) -> None:
    first, second = daemon.connect(), rig_daemon.connect()
    start(first, idle("same"))
    other = define(second, idle("same"))
    assert not other.isActive()
    other.undefine()
    daemon.stop()
    assert not daemon.folder.exists()
    assert second.isAlive()


def test_kvm_is_out_of_reach(rig_daemon: Daemon) -> None:
    assert "<domain>qemu</domain>" in rig_daemon.connect().getDomainCapabilities()


def test_an_open_kvm_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    if not kvm.NODE.exists():
        monkeypatch.setattr(kvm, "NODE", Path("/dev/zero"))
    monkeypatch.setattr(kvm, "reachable", lambda _owner: True)
    with Daemon() as daemon:
        start(daemon.connect(), idle("emulated"))
        inside = Path(f"/proc/{daemon.pid}/root{kvm.NODE}")
        assert not kvm.may_unshare() or inside.stat().st_mode & 0o777 == 0


def test_a_daemon_that_cannot_start_says_why() -> None:
    daemon = Daemon()
    (daemon.folder / "libvirtd.conf").write_text("no such setting\n", encoding="utf-8")
    with pytest.raises(RigError, match="libvirtd ended at once"):
        daemon.start()
    daemon.stop()


def test_the_command_line_runs_a_program_beside_guests() -> None:
    words = ["-m", "tests.rig", "shell", "--guests", "idle=2", "--exec", "virsh", "list", "--name"]
    done = subprocess.run(
        [sys.executable, *words], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert sorted(done.stdout.split()) == ["idle-1", "idle-2"]
