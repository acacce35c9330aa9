"""A handle on a private hypervisor with a pool, which is empty again after each test."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import libvirt

from tests.hypervisors.libvirt.bench import Bench, opened
from tests.rig import Daemon


@contextlib.asynccontextmanager
async def pooled(daemon: Daemon) -> AsyncIterator[Bench]:
    """A connection to it with the pool `images`; guests and files are gone afterwards."""
    async with opened(daemon.uri) as bench:
        folder = daemon.keeper.mkdir("images")
        pool = bench.conn.storagePoolCreateXML(
            f"<pool type='dir'><name>images</name><target><path>{folder}</path></target></pool>"
        )
        yield bench
        for domain in bench.conn.listAllDomains():
            with contextlib.suppress(libvirt.libvirtError):
                domain.destroy()
            with contextlib.suppress(libvirt.libvirtError):
                domain.undefineFlags(
                    libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
                    | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
                )
        with contextlib.suppress(libvirt.libvirtError):
            pool.destroy()
        shutil.rmtree(folder)


def images(bench: Bench) -> libvirt.virStoragePool:
    """The pool."""
    return bench.conn.storagePoolLookupByName("images")


def make(bench: Bench, name: str, backing: str | Path = "") -> Path:
    """A qcow2 volume of the pool, maybe on top of another file."""
    below = (
        f"<backingStore><path>{backing}</path><format type='qcow2'/></backingStore>"
        if backing
        else ""
    )
    volume = images(bench).createXML(
        f"<volume><name>{name}</name><capacity unit='MiB'>8</capacity>"
        f"<target><format type='qcow2'/></target>{below}</volume>"
    )
    return Path(volume.path())
