"""`vmtui create` on a real hypervisor: tiny guests until they answer; Ctrl-C leaves nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.person import Person
from tests.hypervisors.libvirt.creation.site import hosting
from tests.rig import Daemon
from tests.rig.initramfs import boot
from tests.rig.needs import program

pytestmark = [pytest.mark.rig, pytest.mark.slow]
WORDS = "console=ttyS0 tsc=unstable no_timer_check mitigations=off panic=-1"


@pytest.fixture(scope="module")
def host() -> Iterator[tuple[Daemon, Path]]:
    """A daemon with a pool, and the pool's folder."""
    with hosting() as host:
        yield host


def run(daemon: Daemon, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vmtui", "create", "-c", daemon.uri, *words], capture_output=True,
        text=True, timeout=200, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


def names(daemon: Daemon) -> list[str]:
    return sorted(domain.name() for domain in daemon.connect().listAllDomains())


def test_two_guests_from_a_kernel_to_their_agents_answer(
    host: tuple[Daemon, Path], tmp_path: Path, own_home: Path
) -> None:
    daemon, _folder = host
    files = boot()
    spec = tmp_path / "tiny.toml"
    spec.write_text(
        f'kernel = "{files.kernel}"\ninitrd = "{files.initramfs}"\n'
        f'arguments = "{WORDS}"\nmemory = "96M"\nvcpus = 1\ndiskless = true\nnetwork = "none"\n'
    )
    ran = run(daemon, "--file", str(spec), "--name=t##", "--count=2")
    assert ran.returncode == 0, ran.stderr
    assert [line.split(": ")[:2] for line in ran.stdout.splitlines()] == [
        ["t01", "done"],
        ["t02", "done"],
    ], ran.stdout
    assert ran.stdout.count("ready: ") == 2, ran.stdout
    assert names(daemon) == ["t01", "t02"]
    again = run(daemon, "--file", str(spec), "--name=t01")
    assert (again.returncode, again.stdout) == (2, "")
    assert "--name: There is a guest t01" in again.stderr


def test_three_of_a_profile_share_one_image(
    host: tuple[Daemon, Path], tmp_path: Path, own_home: Path
) -> None:
    daemon, folder = host
    base, secret = tmp_path / "base.qcow2", tmp_path / "secret"
    subprocess.run(
        [program("qemu-img"), "create", "-q", "-f", "qcow2", base, "1G"], check=True
    )  # fmt: skip
    secret.write_text("correct horse battery\n")
    words = ("--cloud", str(base), "--name=node-##", "--no-start", "--network=user")
    saved = run(daemon, *words, f"--password-file={secret}", "--save-profile=node", "--dry-run")
    assert saved.returncode == 0, saved.stderr
    assert "virt-install" in saved.stdout
    before = {path.name for path in folder.iterdir()}
    ran = run(daemon, "--profile=node", "--count=3", f"--password-file={secret}", "--quiet")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == "node-01: done\nnode-02: done\nnode-03: done\n"
    made = {path.name for path in folder.iterdir()} - before
    disks = {f"node-0{number}.qcow2" for number in (1, 2, 3)}
    assert made == {"base.qcow2", *disks, *(f"node-0{n}-seed.iso" for n in (1, 2, 3))}
    for name in disks:
        assert b"base.qcow2" in (folder / name).read_bytes()[:4096], "an overlay names its image"
    again = run(daemon, "--profile=node", f"--password-file={secret}", "--quiet")
    assert again.stdout == "node-04: done\n", again.stderr


def test_ctrl_c_leaves_nothing(host: tuple[Daemon, Path], tmp_path: Path, own_home: Path) -> None:
    daemon, folder = host
    before, there = sorted(folder.iterdir()), names(daemon)
    disk = tmp_path / "big.img"
    with disk.open("wb") as made:
        for _ in range(400):
            made.write(b"\1" * (1 << 20))
    words = ("create", "-c", daemon.uri, "--disk", str(disk), "--name=big", "--network=none")
    with Person(*words) as person:
        person.until(b"upload")
        person.kill(signal.SIGINT)
        assert person.end() == 130
    assert (sorted(folder.iterdir()), names(daemon)) == (before, there)
