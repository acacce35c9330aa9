"""Guests from every source on a real hypervisor, until something of theirs answers."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hypervisors.libvirt.creation.site import POOL, hosting
from tests.live.creating import SMALL, create, expect, kept, restored
from tests.rig import Console, Daemon, efi
from tests.rig.guests import PROMPT
from tests.rig.needs import program
from tests.rig.rescue import PROMPT as RESCUE
from tests.rig.rescue import rescue

pytestmark = [pytest.mark.rig, pytest.mark.slow]


@pytest.fixture(scope="module")
def host() -> Iterator[tuple[Daemon, Path]]:
    """A daemon with a pool, and the pool's folder."""
    with hosting() as host:
        yield host


@pytest.fixture(autouse=True)
def _clean(host: tuple[Daemon, Path]) -> Iterator[None]:
    with restored(*host):
        yield


def qcow2(folder: Path, name: str = "rescue.qcow2", disc: Path | None = None) -> Path:
    """A disc, by default the rescue disc, as a disk of another format."""
    path = folder / name
    words = ("convert", "-f", "raw", "-O", "qcow2")
    subprocess.run([program("qemu-img"), *words, disc or rescue(), path], check=True)
    return path


def test_uefi_on_an_overlay_of_a_disk(host: tuple[Daemon, Path]) -> None:
    """A Linux that boots through UEFI alone, to its prompt; what was told says so."""
    daemon, folder = host
    said = create(
        daemon.uri, "--disk", str(efi.disk()), "--use=overlay", "--firmware=uefi",
        f"--name={efi.NAME}", "--memory=256M", "--vcpus=1", "--network=none", "--display=none",
    )  # fmt: skip
    assert "modern: done: ready: its console shows a prompt" in said
    with Console(daemon.connect().lookupByName(efi.NAME)) as console:
        prompt = PROMPT.format(name=efi.NAME)
        console.send("\n")
        console.expect(prompt, 60)
        assert "runtime" in console.run("ls /sys/firmware/efi", prompt)
    there = kept(daemon, folder)
    assert len(there["volumes"]) == 2
    assert any(path.endswith(".fd") for path in there["settings"]), "its firmware's variables"


def test_a_disc_boots_while_the_disk_is_empty(host: tuple[Daemon, Path]) -> None:
    create(
        host[0].uri, "--iso", str(rescue()), "--size=1G", "--name=disc", "--no-wait", *SMALL
    )  # fmt: skip
    expect(host[0].connect(), "disc", RESCUE)


@pytest.mark.parametrize("use", ["copy", "in-place", "overlay"])
def test_a_disk_is_taken_over(host: tuple[Daemon, Path], tmp_path: Path, use: str) -> None:
    """A file that is uploaded; the guest boots from what became of it, and the file stays."""
    daemon, folder = host
    disk = qcow2(tmp_path)
    before = disk.read_bytes()
    create(daemon.uri, "--disk", str(disk), f"--use={use}", "--name=old", "--no-wait", *SMALL)
    expect(daemon.connect(), "old", RESCUE)
    assert disk.read_bytes() == before
    volumes = kept(daemon, folder)["volumes"]
    assert len(volumes) == (2 if use == "overlay" else 1), volumes


@pytest.mark.parametrize("use", ["copy", "in-place", "overlay"])
def test_a_volume_is_taken_over(host: tuple[Daemon, Path], tmp_path: Path, use: str) -> None:
    """A volume of the pool; in place it is the guest's own disk, else it stays as it was."""
    daemon, folder = host
    there = qcow2(tmp_path).rename(folder / "there.qcow2")
    before = there.read_bytes()
    daemon.keeper.give(there)
    daemon.connect().storagePoolLookupByName(POOL).refresh()
    words = ("--disk", f"{POOL}/there.qcow2", f"--use={use}", "--name=old", "--no-wait", *SMALL)
    create(daemon.uri, *words)
    connection = daemon.connect()
    expect(connection, "old", RESCUE)
    assert (str(there) in connection.lookupByName("old").XMLDesc()) is (use != "copy")
    assert kept(daemon, folder)["volumes"] == (
        ["there.qcow2"] if use == "in-place" else ["old.qcow2", "there.qcow2"]
    )
    if use != "in-place":
        assert there.read_bytes() == before
