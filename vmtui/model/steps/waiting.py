"""The steps that only look. Done by the engine from what the hosts report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vmtui.model.guest import GuestState
from vmtui.model.steps.step import Step


@dataclass(frozen=True, slots=True)
class WaitFor(Step):
    """Wait until it is in one of `states`. Done by the engine from what the host reports.

    After `patience` seconds the job says that it does not obey, and goes on waiting up to
    `limit` seconds.
    """

    states: tuple[GuestState, ...] = (GuestState.OFF,)
    patience: float = 60.0
    limit: float = 600.0
    label: ClassVar[str] = "wait until it is off"


@dataclass(frozen=True, slots=True)
class WaitTurn(Step):
    """Wait until those parts of the same job have ended that have an earlier turn, or none.

    Fails where one of them did not do what it should, unless `regardless`.
    """

    turn: int = 0
    regardless: bool = False
    label: ClassVar[str] = "wait for its turn"


@dataclass(frozen=True, slots=True)
class WaitUp(Step):
    """Wait until it is up, after its start: its guest agent answers.

    At most `delay` seconds. With a delay of 0 at most `limit` seconds, and not at all for a guest
    that has no agent to wait for.
    """

    delay: int = 0
    limit: float = 120.0
    label: ClassVar[str] = "wait until it is up"
