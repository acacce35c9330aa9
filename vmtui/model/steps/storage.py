"""Steps on what a guest keeps on its host's disks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vmtui.model.steps.step import Step


@dataclass(frozen=True, slots=True)
class DeleteSnapshots(Step):
    """Remove all its snapshots; `metadata_only` keeps the data and forgets the snapshots."""

    metadata_only: bool = False
    label: ClassVar[str] = "delete its snapshots"


@dataclass(frozen=True, slots=True)
class DeleteVolume(Step):
    """Delete a volume. Cannot be undone, so plans put it last; one that is gone is no error."""

    pool: str = ""
    volume: str = ""
    path: str = ""
    unless_used: bool = False
    """Whether it is left where a guest or an overlay uses it: an image that is shared."""
    label: ClassVar[str] = "delete volume"
