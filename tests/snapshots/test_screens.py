"""The screens look as in tests/data/screens; `python -m tests.snapshots` renews the pictures."""

from __future__ import annotations

import difflib

import pytest

from tests.snapshots import FOLDER
from tests.snapshots.drawing import words
from tests.snapshots.scenes import SCENES, SIZES, THEMES, pictures

SHOWN = 3
"""Pictures whose difference is shown in full."""


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_screens_look_as_in_the_pictures() -> None:
    different: list[str] = []
    seen: set[str] = set()
    async for name, drawn in pictures():
        seen.add(name)
        file = FOLDER / f"{name}.svg"
        kept = file.read_text(encoding="utf-8") if file.exists() else ""
        if drawn != kept:
            different.append(difference(name, kept, drawn))
    told = "\n".join(different[:SHOWN])
    assert not different, (
        f"{len(different)} pictures differ; where that is meant: python -m tests.snapshots\n{told}"
    )
    assert {file.stem for file in FOLDER.glob("*.svg")} == seen


def difference(name: str, kept: str, drawn: str) -> str:
    """The words that differ, or else the colours."""
    if not kept:
        return f"{name}: there is no such picture yet"
    old, new = words(kept), words(drawn)
    if old == new:
        old, new = kept.splitlines(), drawn.splitlines()
    return "\n".join(difflib.unified_diff(old, new, f"{name} kept", f"{name} now", "", "", 0, ""))


def test_every_scene_has_its_pictures() -> None:
    assert len(list(FOLDER.glob("*.svg"))) == len(SCENES) * len(SIZES) * len(THEMES)
