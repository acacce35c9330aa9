"""Imaginary downloads: nothing is fetched, and a file that looks like a disk image appears."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

from vmtui.hypervisor import Progress
from vmtui.model.steps import FetchFile
from vmtui.model.units import GIB, MIB, size

LENGTH, CAPACITY = 420 * MIB, 3 * GIB
PARTS = 30


async def pretend(step: FetchFile, progress: Progress, seconds: float = 3.0) -> None:
    """Take a while, tell how far it is, and leave a sparse file with the head of a qcow2 image."""
    for part in range(PARTS):
        await asyncio.sleep(seconds / PARTS)
        done = LENGTH * (part + 1) // PARTS
        progress((part + 1) / PARTS, f"{size(done)} of {size(LENGTH)}, {size(LENGTH / 3)}/s")
    await asyncio.to_thread(_write, Path(step.file))


def _write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(b"QFI\xfb" + struct.pack(">IQIIQ", 3, 0, 0, 16, CAPACITY))
        file.truncate(LENGTH)
