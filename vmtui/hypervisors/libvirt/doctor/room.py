"""Whether there is room for guests: memory, disk, a pool that can be written to."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from vmtui.hypervisors.libvirt.doctor.site import Site
from vmtui.model.finding import Finding, Level
from vmtui.model.steps.mending import DefinePool, StartPool
from vmtui.model.storage import Pool, PoolState
from vmtui.model.units import GIB, KIB, size

DEFAULT = "default"
IMAGES = "/var/lib/libvirt/images"
MEMORY_SHORT, MEMORY_NONE = 2 * GIB, GIB // 2
DISK_SHORT, DISK_NONE = 10 * GIB, 2 * GIB
LOCAL_KINDS = ("dir", "fs", "netfs")
"""Pools whose volumes are files in a folder."""


def check_memory(free: int | None, total: int | None) -> Finding:
    """Bytes that guests could be given, of all."""
    id_, title = "memory", "Free memory"
    if free is None:
        return Finding(id_, title, Level.UNKNOWN, "the host does not tell")
    seen = f"{size(free)} free" + (f" of {size(total)}" if total else "")
    if free < MEMORY_NONE:
        return Finding(id_, title, Level.FAILURE, seen, "Hardly any guest can be started.",
                       "Stop guests or programs, or give the host more memory.")  # fmt: skip
    if free < MEMORY_SHORT:
        return Finding(id_, title, Level.WARNING, seen, "Room for a small guest or two.",
                       "Stop guests or programs, or give the host more memory.")  # fmt: skip
    return Finding(id_, title, Level.PASS, seen)


def available_memory(site: Site) -> tuple[int | None, int | None]:
    """Bytes that programs could have without swapping, and all of them (/proc/meminfo)."""
    facts = {}
    for line in site.text(site.proc / "meminfo").splitlines():
        name, _, value = line.partition(":")
        facts[name] = value.split()[:1]

    def read(name: str) -> int | None:
        number = facts.get(name) or [""]
        return int(number[0]) * KIB if number[0].isdecimal() else None

    return read("MemAvailable"), read("MemTotal")


def check_disk(pools: tuple[Pool, ...] | None) -> Finding:
    """Room in the pools that are active."""
    id_, title = "disk", "Free disk"
    active = [pool for pool in pools or () if pool.available is not None]
    if not active:
        return Finding(id_, title, Level.UNKNOWN, "no pool is active that would tell")
    roomy = max(active, key=lambda pool: pool.available or 0)
    free = roomy.available or 0
    seen = f"{size(free)} free in “{roomy.name}”"
    if free < DISK_SHORT:
        return Finding(
            id_,
            title,
            Level.FAILURE if free < DISK_NONE else Level.WARNING,
            seen,
            "No disk of a usual size fits."
            if free < DISK_NONE
            else "Room for a small guest or two.",
            "Delete volumes that nobody needs, or make a pool on a larger disk.",
        )
    return Finding(id_, title, Level.PASS, seen)


def check_pool(
    pools: tuple[Pool, ...] | None, site: Site | None, *, own: bool, images: str = IMAGES
) -> Finding:
    """Whether there is a pool to put disks into.

    Args:
        pools: What the hypervisor has; None where it does not tell.
        site: This machine where the hypervisor runs on it.
        own: Whether it is a person's own session.
        images: The folder of a pool to be made; "" where none is known.
    """
    id_, title = "pool", "Storage pool"
    if pools is None:
        return Finding(id_, title, Level.UNKNOWN, "the hypervisor does not tell its pools")
    active = [pool for pool in pools if pool.state is PoolState.RUNNING]
    if active:
        return _active(id_, title, active, pools, site, own=own)
    off = next((pool for pool in pools if pool.name == DEFAULT), pools[0] if pools else None)
    if off is not None:
        return Finding(
            id_, title, Level.FAILURE, f"“{off.name}” is {off.state.value}, and no other is active",
            "No disk can be made or found.", "Start it, now and with the host.",
            (f"virsh pool-start --build {off.name}", f"virsh pool-autostart {off.name}"),
            "start-pool", (StartPool(name=off.name),),
        )  # fmt: skip
    if not images:
        return Finding(
            id_, title, Level.FAILURE, "there is none", "No disk can be made or found.",
            "Make one of a folder there that the hypervisor's user may write to.",
        )  # fmt: skip
    return Finding(
        id_, title, Level.FAILURE, "there is none", "No disk can be made or found.",
        f"Make the pool “{DEFAULT}” in {images}.",
        (f"virsh pool-define-as {DEFAULT} dir --target {shlex.quote(images)}",
         f"virsh pool-start --build {DEFAULT}", f"virsh pool-autostart {DEFAULT}"),
        "define-pool", (DefinePool(name=DEFAULT, path=images), StartPool(name=DEFAULT)),
    )  # fmt: skip


def _active(
    id_: str,
    title: str,
    active: list[Pool],
    pools: tuple[Pool, ...],
    site: Site | None,
    *,
    own: bool,
) -> Finding:
    names = ", ".join(f"“{pool.name}”" for pool in active)
    seen = f"{names} active" + (
        f", {len(pools) - len(active)} not" if len(active) < len(pools) else ""
    )
    if site is not None:
        bad = [pool for pool in active if pool.kind in LOCAL_KINDS and not writable(pool, own=own)]
        if bad and len(bad) == len(active):
            return Finding(
                id_, title, Level.FAILURE, f"{bad[0].path} cannot be written to",
                "No disk can be made in it.", "Look at who owns it, and how it is mounted.",
                (f"ls -ld {bad[0].path}", f"findmnt -T {bad[0].path}"),
            )  # fmt: skip
    lazy = [pool for pool in active if pool.autostart is False and pool.persistent]
    if len(lazy) == len(active):
        name = lazy[0].name
        return Finding(
            id_, title, Level.WARNING, f"{seen}; “{name}” does not start by itself",
            "After the next start of the host its disks are not found.",
            "Have it started with the host.", (f"virsh pool-autostart {name}",),
            "start-pool", (StartPool(name=name),),
        )  # fmt: skip
    return Finding(id_, title, Level.PASS, seen)


def writable(pool: Pool, *, own: bool) -> bool:
    """Whether disks can be made in a folder of this machine, as far as can be seen.

    The system's daemon writes as root; of its folder only a read-only mount can be told.
    """
    folder = Path(pool.path)
    try:
        if os.statvfs(folder).f_flag & os.ST_RDONLY:
            return False
    except OSError:
        # It may lie in a name space of the daemon's own, or behind folders that hide it.
        return True
    return os.access(folder, os.W_OK | os.X_OK) if own else True
