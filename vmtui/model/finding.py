"""What the check of a host finds: one Finding for each thing that guests need of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from vmtui.errors import VmtuiError
from vmtui.model.steps.mending import HostStep


class Level(Enum):
    """How a finding bears on guests."""

    PASS = "pass"  # noqa: S105 - no password
    """As it should be, or missing without being missed."""
    WARNING = "warning"
    """Guests run, but something that many of them want is not there."""
    FAILURE = "failure"
    """Guests do not run, or badly."""
    UNKNOWN = "unknown"
    """It cannot be told from here."""


SEVERITY = (Level.PASS, Level.UNKNOWN, Level.WARNING, Level.FAILURE)
"""From the best to the worst."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. All texts are for a person."""

    id: str
    """Its name in `--json`, which stays: `kvm-works`."""
    title: str
    level: Level
    seen: str
    """What was found."""
    means: str = ""
    """What that means for guests."""
    mend: str = ""
    """How to mend it, in words; "" where nothing is wrong."""
    commands: tuple[str, ...] = ()
    """The commands that mend it, to be run on that very host."""
    fix: str = ""
    """The mend that vmtui itself can do (a row of `plan/mend`), or ""."""
    steps: tuple[HostStep, ...] = ()
    """The steps of that mend."""


VERDICTS: dict[Level, str] = {
    Level.PASS: "Guests run well here.",
    Level.UNKNOWN: "Nothing is wrong as far as can be told from here.",
    Level.WARNING: "Guests run here; something that many of them want is missing.",
    Level.FAILURE: "Guests do not run well here.",
}
"""A whole check in one sentence, by its worst finding."""


def worst(findings: Iterable[Finding]) -> Level:
    """The worst level among them; PASS where there are none."""
    return max((finding.level for finding in findings), key=SEVERITY.index, default=Level.PASS)


def counts(findings: Iterable[Finding]) -> dict[Level, int]:
    """How many there are of each level."""
    made = dict.fromkeys(Level, 0)
    for finding in findings:
        made[finding.level] += 1
    return made


def unreachable(error: VmtuiError) -> Finding:
    """The finding that the host's hypervisor cannot be talked to."""
    return Finding(
        "connection",
        "Connection",
        Level.FAILURE,
        str(error),
        "No guest of this host can be seen, started or made.",
        error.hint,
    )
