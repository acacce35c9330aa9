"""Upload: a 500 MB image into a pool by stream, against ``virsh vol-upload`` of the same.

``python -m benchmarks.upload``: each takes its turn, on a private hypervisor and into fresh
volumes. virsh's time is that of its process, its start measured apart and taken off; ours is that
of the whole step, which makes the volume and has the pool look at it as well.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from pathlib import Path

import libvirt

from benchmarks.ground import Ground, ground
from benchmarks.report import Table, median
from vmtui.errors import VmtuiError
from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
from vmtui.model.change import Change, Event
from vmtui.model.guest import HostId
from vmtui.model.steps import UploadVolume

SIZE = 500 * 1000 * 1000
ROUNDS = 9
POOL = "bench"
UUID = "00000000-0000-4000-8000-000000000001"


class Deaf:
    """A listener that hears nothing."""

    def changed(self, change: Change) -> None:
        """Nothing."""

    def happened(self, event: Event) -> None:
        """Nothing."""

    def lost(self, error: VmtuiError) -> None:
        """Nothing."""


def measure(where: Ground) -> Table:
    """Ours and virsh, in turns; the median of each."""
    table = Table(
        f"Upload: {SIZE // 10**6} MB by stream, MB/s (median of {ROUNDS}; best)",
        ("program", "median", "best", "of virsh"),
        "at least 0.9 of virsh",
    )
    if not where.real:
        return table
    folder = where.daemon.keeper.mkdir(POOL)
    pool = where.daemon.connect().storagePoolCreateXML(
        f"<pool type='dir'><name>{POOL}</name><target><path>{folder}</path></target></pool>"
    )
    image = where.folder / "image"
    with image.open("wb") as file:
        for _ in range(SIZE // 10**6):
            file.write(os.urandom(10**6))
    try:
        ours, theirs = asyncio.run(turns(where.daemon.uri, pool, image))
    finally:
        image.unlink()
        pool.destroy()
    for name, times in (("vmtui", ours), ("virsh vol-upload", theirs)):
        speed, best = SIZE / 1e6 / median(times), SIZE / 1e6 / min(times)
        share = f"{median(theirs) / median(times):.2f}"
        table.add(name, f"{speed:.0f}", f"{best:.0f}", share)
    return table


async def turns(
    uri: str, pool: libvirt.virStoragePool, image: Path
) -> tuple[list[float], list[float]]:
    """Seconds of each upload of ours, and of virsh's."""
    hypervisor = LibvirtHypervisor(uri, HostId("bench"))
    await hypervisor.open(Deaf())
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(ROUNDS):
        # Whoever comes first finds a quieter disk: it is each one's turn.
        for mine in (True, False) if number % 2 else (False, True):
            if mine:
                begun = time.perf_counter()
                step = UploadVolume(UUID, POOL, "image", str(image))
                await hypervisor.execute(step, lambda _fraction, _words: None)
                ours.append(time.perf_counter() - begun)
            else:
                theirs.append(by_virsh(uri, pool, image))
            pool.storageVolLookupByName("image").delete()
            os.sync()
    await hypervisor.close()
    return ours, theirs


def by_virsh(uri: str, pool: libvirt.virStoragePool, image: Path) -> float:
    """Seconds of one upload by virsh, into an empty volume, without its start."""
    pool.createXML(
        "<volume><name>image</name><capacity>0</capacity><allocation>0</allocation>"
        "<target><format type='raw'/></target></volume>"
    )
    start = seconds("virsh", "-c", uri, "vol-path", "image", "--pool", POOL)
    whole = seconds("virsh", "-c", uri, "vol-upload", "image", str(image), "--pool", POOL)
    return whole - start


def seconds(*words: str) -> float:
    """How long a command takes."""
    begun = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    with ground(__doc__) as here:
        measure(here).show()
