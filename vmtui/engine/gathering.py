"""Has this machine's package tool fetch the guest agent's packages, and makes an ISO of them."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from pathlib import Path

from vmtui.engine.programs import follow, last_lines
from vmtui.errors import NotFound, VmtuiError
from vmtui.hypervisor import Progress
from vmtui.model.installing import Release
from vmtui.model.steps import GatherPackages
from vmtui.plan.agentpackages import OS_RELEASE_MOST, read_release
from vmtui.plan.toolsmedium import PATTERNS, fetch_words, write_iso

LIMIT = 1800.0
PLACES = ("/etc/os-release", "/usr/lib/os-release")


def own_release() -> Release:
    """What this machine runs. Blocks for a moment."""
    for place in PLACES:
        with contextlib.suppress(OSError), Path(place).open(encoding="utf-8") as file:
            return read_release(file.read(OS_RELEASE_MOST))
    return Release()


async def gather(step: GatherPackages, progress: Progress) -> None:
    """Fetch the packages and write the ISO.

    Raises VmtuiError with the end of what the package tool printed.
    """
    file = Path(step.file)
    await asyncio.to_thread(file.parent.mkdir, parents=True, exist_ok=True)
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="packages-", dir=file.parent))
    try:
        # Where apt looks for what is installed, and for half of what it fetched.
        await asyncio.to_thread((folder / "none").touch)
        await asyncio.to_thread((folder / "partial").mkdir)
        words = fetch_words(step.manager, str(folder), step.packages, step.version)
        await _fetch(words, progress)
        found = await asyncio.to_thread(_found, folder)
        if not found:
            raise NotFound("The package tool fetched nothing", " ".join(words))
        progress(None, f"writing {len(found)} packages")
        part = folder / "iso"
        await asyncio.to_thread(write_iso, part, step.script, found)
        await asyncio.to_thread(part.replace, file)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _found(folder: Path) -> list[Path]:
    return sorted({path for one in PATTERNS for path in folder.rglob(one)})


async def _fetch(words: tuple[str, ...], progress: Progress) -> None:
    code, output = await follow(words, limit=LIMIT, progress=progress)
    if code:
        hint = "Does this machine have a network, and a fresh list of packages?"
        if "No such command: download" in output:
            hint = "dnf has that command from the package dnf-plugins-core."
        raise VmtuiError(f"{words[0]} could not fetch the packages", last_lines(output), hint)
