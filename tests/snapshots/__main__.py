"""Renews the pictures: `python -m tests.snapshots`. Look at what it changes before it is kept."""

from __future__ import annotations

import asyncio
import sys

from tests.snapshots import FOLDER
from tests.snapshots.scenes import pictures


async def renew() -> int:
    """Draw all anew; the number of pictures that are different now."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    old = {file.name: file for file in FOLDER.glob("*.svg")}
    changed = 0
    async for name, drawn in pictures():
        file = FOLDER / f"{name}.svg"
        before = old.pop(file.name, None)
        if before is None or before.read_text(encoding="utf-8") != drawn:
            file.write_text(drawn, encoding="utf-8")
            changed += 1
    for file in old.values():
        file.unlink()
    return changed + len(old)


if __name__ == "__main__":
    sys.stdout.write(f"{asyncio.run(renew())} pictures changed\n")
