"""The parts of the rig that need no hypervisor."""

from __future__ import annotations

import gzip
import os
import pwd
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import libvirt
import pytest

from tests.rig import ODD_NAMES, Host, RigError, cache, needs, packages
from tests.rig.initramfs import Archive


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("VMTUI_RIG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_an_entry_is_made_once_by_many_at_once() -> None:
    made: list[Path] = []

    def make(path: Path) -> None:
        made.append(path)
        path.write_text("whole", encoding="utf-8")

    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(lambda _: cache.entry("thing", "1", make), range(8)))
    assert len(made) == len(paths) == 1
    assert paths.pop().read_text(encoding="utf-8") == "whole"
    assert cache.entry("thing", "2", make).name == "thing-2"


def test_a_failed_entry_leaves_nothing(own_cache: Path) -> None:
    def fail(path: Path) -> None:
        path.write_text("half", encoding="utf-8")
        raise OSError

    with pytest.raises(OSError):
        cache.entry("thing", "1", fail)
    assert [path.name for path in own_cache.iterdir()] == [".thing.lock"]


def test_entries_unused_for_a_week_go(own_cache: Path) -> None:
    for age, made_from in ((0, "new"), (cache.WEEK + 60, "old")):
        path = cache.entry("thing", made_from, lambda path: path.touch())
        os.utime(path, (time.time() - age,) * 2)
    cache.entry("thing", "next", lambda path: path.touch())
    assert {path.name for path in own_cache.glob("thing-*")} == {"thing-new", "thing-next"}


def test_a_missing_program_names_the_packages() -> None:
    with pytest.raises(RigError, match="no-such-program") as caught:
        needs.program("no-such-program")
    assert "apt install" in str(caught.value)
    assert "qemu-guest-agent" in str(caught.value)


@pytest.mark.parametrize("manager", ["apt", "dnf", "zypper", "pacman"])
def test_each_list_of_packages_is_plain(manager: str) -> None:
    names = packages(manager)
    assert any("qemu" in name for name in names)
    assert not [name for name in names if " " in name or "#" in name]


def test_an_archive_is_aligned_and_ends() -> None:
    archive = Archive()
    archive.file("etc/deep/file", b"12345")
    archive.link("bin/sh", "busybox")
    data = archive.end()
    assert data.count(b"070701") == 6
    assert len(data) % 4 == 0
    assert b"TRAILER!!!" in gzip.decompress(gzip.compress(data))


def test_a_made_up_host_opens(tmp_path: Path) -> None:
    host = Host(running=2, paused=1, off=1, names=ODD_NAMES, pools=2, networks=2, snapshots=3)
    connection = libvirt.open(host.write(tmp_path / "host.xml"))
    states = {domain.name(): int(domain.info()[0]) for domain in connection.listAllDomains()}
    assert len(states) == 4 + len(ODD_NAMES)
    assert states["guest-001"] == libvirt.VIR_DOMAIN_RUNNING
    assert states["guest-003"] == libvirt.VIR_DOMAIN_PAUSED
    assert set(ODD_NAMES) < set(states)
    assert len(connection.listAllNetworks()) == 2
    assert [len(pool.listAllVolumes()) for pool in connection.listAllStoragePools()] == [2, 2]
    snapshots = connection.lookupByName("guest-001").listAllSnapshots()
    assert {snapshot.getName() for snapshot in snapshots} == {
        "snapshot-1",
        "snapshot-2",
        "snapshot-3",
    }
    connection.close()


def test_the_home_is_not_the_persons_own(test_uri: str) -> None:
    assert "LIBVIRT_DEFAULT_URI" not in os.environ
    assert Path.home() != Path(pwd.getpwuid(os.geteuid()).pw_dir)
    assert libvirt.open(test_uri).numOfDomains() == 3
