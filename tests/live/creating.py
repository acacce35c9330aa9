"""`vmtui create` as a person runs it, and what is left on the host afterwards."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import libvirt

from tests.hypervisors.libvirt.creation.site import POOL
from tests.live.rooms import sweep
from tests.rig import Console, Daemon, wait_until

BOOTED = 300.0
"""Seconds for a whole system under emulation, on a machine that does other things as well."""
SMALL = ("--memory=96M", "--vcpus=1", "--network=none", "--display=none")
"""What every small guest wants."""
COMMAND = [sys.executable, "-m", "vmtui", "create"]


def create(uri: str, *words: str, code: int = 0) -> str:
    """Make guests; what it said on both outputs."""
    ran = subprocess.run(
        [*COMMAND, "-c", uri, *words], text=True, timeout=BOOTED, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    assert ran.returncode == code, ran.stdout
    return ran.stdout


def expect(connection: libvirt.virConnect, name: str, *patterns: str, seconds: float = 60) -> str:
    """Wait until a guest's console shows all of these; what it has shown by then.

    Enter is pressed first: whoever stands at a prompt says it again.
    """
    with Console(connection.lookupByName(name)) as console:
        console.send("\n")
        for pattern in patterns:
            console.expect(pattern, seconds)
        return console.text


def kept(daemon: Daemon, folder: Path) -> dict[str, list[str]]:
    """All that the host keeps: volumes, files, definitions, firmware variables."""
    connection = daemon.connect()
    pool = connection.storagePoolLookupByName(POOL)
    pool.refresh()
    settings = daemon.folder / "c" / "libvirt" / "qemu"
    return {
        "volumes": sorted(volume.name() for volume in pool.listAllVolumes()),
        "files": sorted(f"{path.name} {path.stat().st_size}" for path in folder.iterdir()),
        "guests": sorted(domain.name() for domain in connection.listAllDomains()),
        "settings": sorted(
            str(path) for path in settings.rglob("*") if path.suffix in (".xml", ".fd")
        ),
    }


@contextlib.contextmanager
def restored(daemon: Daemon, folder: Path) -> Iterator[dict[str, list[str]]]:
    """Guests and volumes that are made within are gone afterwards; gives what was there before."""
    before = kept(daemon, folder)
    try:
        yield before
    finally:
        connection = daemon.connect()
        sweep(connection)
        pool = connection.storagePoolLookupByName(POOL)
        pool.refresh()
        for volume in pool.listAllVolumes():
            volume.delete()


def until_kept(daemon: Daemon, folder: Path, wanted: dict[str, list[str]]) -> None:
    """Wait until the host keeps just this."""
    with contextlib.suppress(Exception):
        wait_until(lambda: kept(daemon, folder) == wanted, 30, "what was there before")
    assert kept(daemon, folder) == wanted
