"""A Plan: what will be done, as data, before any of it is done.

A plan is made of tracks, one for each guest. Tracks are independent: they run side by side, and
the failure of one undoes its own steps only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vmtui.model.guest import GuestKey, HostId
from vmtui.model.steps import Step


class Risk(Enum):
    """What a plan asks of the person before it runs."""

    NONE = "none"
    """Nothing: it can simply be done the other way round."""
    ASK = "ask"
    """A yes."""
    TYPE_NAME = "type the name"
    """The guest's name (or a given word for many): what it does cannot be undone."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One consequence in words: "deletes web1.qcow2, 40 GiB"."""

    text: str
    destructive: bool = False


@dataclass(frozen=True, slots=True)
class Track:
    """The steps for one guest, in order."""

    key: GuestKey
    name: str
    """The guest's name when the plan was made."""
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A selected guest that the plan leaves alone, and why."""

    key: GuestKey
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done."""

    verb: str
    """The action's id in the registry."""
    title: str
    """A sentence's beginning: `Force off web1`, `Shut down 12 guests`."""
    tracks: tuple[Track, ...]
    effects: tuple[Effect, ...] = ()
    risk: Risk = Risk.NONE
    confirm_word: str = ""
    """What must be typed where `risk` is TYPE_NAME."""
    refused: tuple[Refusal, ...] = ()
    cancellable: bool = True
    exclusive: bool = True
    """Whether its guests are busy while it runs: no other plan touches them meanwhile."""
    hosts: tuple[HostId, ...] = ()
    """Hosts that it touches besides those of its tracks."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do, since every guest was refused."""
        return not self.tracks
