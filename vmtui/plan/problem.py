"""A Problem: what is wrong with an answer, to be shown at its field."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """Whether it stands in the way."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong or worth knowing.

    `field` is the name in Answers: `name`, `image`, `memory`, `disks.0.size`, `disks.1.pool`,
    `interfaces.0.mac`, `access.password`, `access.network.address`; "" is the whole.
    """

    field: str
    text: str
    severity: Severity = Severity.ERROR
    hint: str = ""
    """How to mend it, or ""."""

    def __str__(self) -> str:
        return f"{self.text} {self.hint}".rstrip()
