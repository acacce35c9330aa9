"""What every step has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do to one guest of the track's host. `uuid` is the guest's."""

    uuid: str
    label: ClassVar[str] = ""

    @property
    def wants_secrets(self) -> bool:
        """Whether it cannot be done without its fields that are kept in memory only."""
        return True
