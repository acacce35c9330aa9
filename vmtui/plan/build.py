"""What every plan of one verb over several guests has in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from vmtui.model.capabilities import Capabilities
from vmtui.model.guest import Guest, HostId
from vmtui.model.steps import Step
from vmtui.plan.plan import Effect, Plan, Refusal, Risk, Track

WhyNot = Callable[[Guest, Capabilities], str | None]
"""None where the verb can act on that guest, else the sentence that greys it."""

CapabilitiesOf = Mapping[HostId, Capabilities]


def count(number: int, noun: str = "guest") -> str:
    """`1 guest`, `3 guests`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def whom(names: Sequence[str]) -> str:
    """The guests in a title: one by its name, several by their number."""
    return names[0] if len(names) == 1 else count(len(names))


def sort_out(
    guests: Sequence[Guest], capabilities: CapabilitiesOf, why_not: WhyNot
) -> tuple[list[Guest], tuple[Refusal, ...]]:
    """Those on which the verb can act, and the others with the reason."""
    able: list[Guest] = []
    refused: list[Refusal] = []
    for guest in guests:
        reason = why_not(guest, capabilities.get(guest.key.host, Capabilities()))
        if reason is None:
            able.append(guest)
        else:
            refused.append(Refusal(guest.key, guest.name, reason))
    return able, tuple(refused)


def one_track_each(
    verb: str,
    words: str,
    guests: Sequence[Guest],
    refused: tuple[Refusal, ...],
    steps: Callable[[Guest], tuple[Step, ...]],
    *,
    effects: Sequence[Effect] = (),
    risk: Risk = Risk.NONE,
    cancellable: bool = True,
) -> Plan:
    """A plan with a track for each guest; `words` begins its title ("Force off").

    A plan that asks for the name asks for the guest's own where there is one guest, and for the
    number of guests otherwise.
    """
    names = [guest.name for guest in guests]
    confirm = ""
    if risk is Risk.TYPE_NAME and names:
        confirm = names[0] if len(names) == 1 else str(len(names))
    return Plan(
        verb=verb,
        title=f"{words} {whom(names)}" if names else words,
        tracks=tuple(Track(guest.key, guest.name, steps(guest)) for guest in guests),
        effects=tuple(effects),
        risk=risk,
        confirm_word=confirm,
        refused=refused,
        cancellable=cancellable,
    )
