"""Creating: a guest from a disk that is there, against ``virt-install --import`` of the same.

``python -m benchmarks.create``: from exec to the end of the command, by turns on one private
hypervisor; each has run once before. The guest is defined and started, on the same machine with
the same disk; what libvirt itself takes for that is measured apart, and what a program adds to it
is what counts.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence

import libvirt

from benchmarks.ground import Ground, ground
from benchmarks.report import Table, median, ratio, seconds

ROUNDS = 9
POOL = "bench"
DISK = "image.qcow2"
NAME = "made"
OURS = (
    "--disk", f"{POOL}/{DISK}", "--use=in-place", f"--name={NAME}", "--memory=64M", "--vcpus=1",
    "--machine=q35", "--firmware=bios", "--network=none", "--display=none", "--system=debian11",
    "--no-wait", "--yes", "--quiet",
)  # fmt: skip
THEIRS = (
    "--import", "--disk", f"vol={POOL}/{DISK}", "--name", NAME, "--memory=64", "--vcpus=1",
    "--machine=q35", "--virt-type=qemu", "--network=none", "--graphics=none",
    "--osinfo=debian11", "--noautoconsole", "--quiet", "--check=all=off",
)  # fmt: skip


def measure(where: Ground) -> Table:
    """Ours, virt-install, and libvirt alone, by turns; the median of each."""
    table = Table(
        f"Creating: a guest from a disk, seconds (median of {ROUNDS}; best)",
        ("program", "median", "best", "it adds", "of virt-install"),
        "at most 1.0x of what virt-install adds",
    )
    if not where.real:
        return table
    daemon = where.daemon
    connection = daemon.connect()
    daemon.disk(DISK.removesuffix(".qcow2"))
    pool = connection.storagePoolCreateXML(
        f"<pool type='dir'><name>{POOL}</name><target><path>{daemon.volumes}</path></target></pool>"
    )
    ours = where.vmtui("vmtui", "create", "-c", daemon.uri, *OURS).argv
    theirs = ("virt-install", "--connect", daemon.uri, *THEIRS)
    definition = ""

    def alone() -> None:
        connection.defineXML(definition).create()

    turns: dict[str, Callable[[], None]] = {
        "vmtui": lambda: command(ours, where.environment),
        "virt-install": lambda: command(theirs, where.environment),
        "libvirt alone": alone,
    }
    times: dict[str, list[float]] = {name: [] for name in turns}
    for number in range(ROUNDS + 1):
        # Whoever comes first finds a quieter machine: it is each one's turn.
        for name in list(turns)[:: -1 if number > 0 and number % 2 else 1]:
            begun = time.perf_counter()
            turns[name]()
            taken = time.perf_counter() - begun
            domain = connection.lookupByName(NAME)
            if name == "vmtui":
                definition = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
            take_away(domain)
            if number:
                times[name].append(taken)
    pool.destroy()
    bare = median(times["libvirt alone"])
    base = median(times["virt-install"]) - bare
    for name, each in times.items():
        adds = median(each) - bare
        table.add(
            name, seconds(median(each)), seconds(min(each)),
            seconds(adds) if name in ("vmtui", "virt-install") else "",
            ratio(adds, base) if name == "vmtui" else "",
        )  # fmt: skip
    return table


def command(words: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run it to its end."""
    subprocess.run(
        words, check=True, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True
    )


def take_away(domain: libvirt.virDomain) -> None:
    """End the guest and forget it; its disk stays."""
    with contextlib.suppress(libvirt.libvirtError):
        domain.destroy()
    domain.undefine()
    os.sync()


if __name__ == "__main__":
    with ground(__doc__) as here:
        measure(here).show()
