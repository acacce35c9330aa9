"""Keeps what libvirt finds out about QEMU, which takes a second at each start of a new hypervisor.

Libvirt itself checks that the files fit the QEMU that is installed, and asks again when not.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

from tests.rig import cache
from tests.rig.process import Keeper


def store(kind: str) -> Path:
    """Where the files of one kind of hypervisor are kept, for one user and its view of KVM."""
    return cache.folder() / f"qemu-{kind}"


def restore(keeper: Keeper, kind: str, path: Path) -> None:
    """Give a new hypervisor the files that an earlier one left."""
    for kept in store(kind).glob("*.xml"):
        with contextlib.suppress(FileNotFoundError):
            keeper.give(Path(shutil.copyfile(kept, path / kept.name)))


def keep(kind: str, path: Path) -> None:
    """Keep the files of a hypervisor that is about to end."""
    folder = store(kind)
    folder.mkdir(exist_ok=True)
    for fresh in path.glob("*.xml"):
        data = fresh.read_bytes()
        kept = folder / fresh.name
        if kept.exists() and kept.read_bytes() == data:
            continue
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as scratch:
            scratch.write(data)
        Path(scratch.name).replace(kept)
