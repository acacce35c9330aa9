"""What new guests can run and be made from: what is shipped, known to this machine, one's own.

All of it may read files: not for the event loop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from vmtui.config import Settings
from vmtui.plan.systems import merge, shipped, with_own_images

if TYPE_CHECKING:
    from vmtui.model.image import CloudImage
    from vmtui.model.system import System


@cache
def known_systems(cache: Path | None = None) -> tuple[System, ...]:
    """The shipped table with libosinfo's database, where it is installed, merged over it."""
    from vmtui.engine import osinfo

    return merge(shipped(), osinfo.read(cache=cache))


def known_images(settings: Settings) -> Callable[[], tuple[CloudImage, ...]]:
    """What gives the images of the settings and the shipped ones."""
    return lambda: with_own_images(asdict(entry) for entry in settings.images)
