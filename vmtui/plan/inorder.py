"""Many guests started in order, or shut down in the reverse of it: one plan, stage by stage.

The order is each guest's own (`:order`). Those of one order are a stage, and go together; those
that have none come last at the start, and first at the end. A stage begins when all before it are
up (their agents answer, or their delay has passed), or off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vmtui.model.capabilities import Capabilities
from vmtui.model.guest import Agent, Guest
from vmtui.model.steps import Shutdown, Start, Step, WaitFor, WaitTurn, WaitUp
from vmtui.model.units import duration
from vmtui.plan.build import CapabilitiesOf, count, sort_out, whom
from vmtui.plan.labels import labels_of
from vmtui.plan.lifecycle import VERBS
from vmtui.plan.plan import Effect, Plan, Risk, Track

START, SHUTDOWN = "start-in-order", "shutdown-in-order"
NAMES_SHOWN = 6
STAGES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Stage:
    """Guests that go together. `order` None is that of guests which have none."""

    order: int | None
    guests: tuple[Guest, ...]


@dataclass(frozen=True, slots=True)
class InOrder:
    """One of the two verbs."""

    id: str
    base: str
    """The verb that it does to each guest."""
    words: str
    effect: str

    def why_not(self, guest: Guest, capabilities: Capabilities) -> str | None:
        """None where it can act on that guest, else the reason in one sentence."""
        return VERBS[self.base].why_not(guest, capabilities)

    def plan(
        self, guests: Sequence[Guest], capabilities: CapabilitiesOf, *, regardless: bool = False
    ) -> Plan:
        """The plan; `regardless` goes on with those after a guest that did not do its part."""
        able, refused = sort_out(guests, capabilities, self.why_not)
        found = stages(able)
        if self.id == SHUTDOWN:
            found.reverse()
        tracks = [
            Track(guest.key, guest.name, self._steps(guest, turn, len(found), regardless))
            for turn, stage in enumerate(found)
            for guest in stage.guests
        ]
        effects = [Effect(_words(stage)) for stage in found[:STAGES_SHOWN]]
        if len(found) > 1:
            effects.insert(0, Effect(self.effect))
        if len(found) > STAGES_SHOWN:
            effects.append(Effect(f"and {count(len(found) - STAGES_SHOWN, 'more stage')}"))
        if len(found) > 1:
            effects.append(Effect(
                "goes on with the others where one fails" if regardless
                else "stops before the next stage where one fails"
            ))  # fmt: skip
        return Plan(
            verb=self.id,
            title=f"{self.words} {whom([track.name for track in tracks])} in order"
            if tracks else f"{self.words} in order",
            tracks=tuple(tracks),
            effects=tuple(effects) if tracks else (),
            risk=Risk.ASK,
            refused=refused,
        )  # fmt: skip

    def _steps(self, guest: Guest, turn: int, stages: int, regardless: bool) -> tuple[Step, ...]:
        uuid = guest.key.uuid
        first = (WaitTurn(uuid, turn, regardless),) if turn else ()
        if self.id == SHUTDOWN:
            return *first, Shutdown(uuid), WaitFor(uuid)
        if turn == stages - 1:
            # Nobody waits for the last ones.
            return *first, Start(uuid)
        return *first, Start(uuid), WaitUp(uuid, labels_of(guest).delay)


def stages(guests: Sequence[Guest]) -> list[Stage]:
    """The guests by their order, the lowest first; within a stage as they come."""
    found: dict[int | None, list[Guest]] = {}
    for guest in guests:
        found.setdefault(labels_of(guest).order, []).append(guest)
    there = sorted(found, key=lambda order: (order is None, order or 0))
    return [Stage(order, tuple(found[order])) for order in there]


def _words(stage: Stage) -> str:
    names = [guest.name for guest in stage.guests[:NAMES_SHOWN]]
    more = len(stage.guests) - len(names)
    listed = ", ".join(names) + (f" and {more} more" if more else "")
    head = "no order" if stage.order is None else f"order {stage.order}"
    delays = {labels_of(guest).delay for guest in stage.guests} - {0}
    wait = f" (delay {duration(max(delays))})" if delays else ""
    return f"{head}: {listed}{wait}"


def can_tell(guest: Guest) -> bool:
    """Whether it can be seen that it is up: it has the channel of an agent."""
    definition = guest.definition
    return definition is not None and definition.agent is not Agent.NO_CHANNEL


IN_ORDER: dict[str, InOrder] = {
    verb.id: verb
    for verb in (
        InOrder(START, "start", "Start",
                "started stage by stage; the next one waits until these are up"),
        InOrder(SHUTDOWN, "shutdown", "Shut down",
                "asked to shut down stage by stage; the next one waits until these are off"),
    )
}  # fmt: skip


def limited(plan: Plan, seconds: float) -> Plan:
    """The plan with at most `seconds` of waiting for a guest that has no delay of its own."""
    tracks = tuple(
        replace(track, steps=tuple(
            replace(step, limit=seconds) if isinstance(step, WaitUp) else step
            for step in track.steps
        ))
        for track in plan.tracks
    )  # fmt: skip
    return replace(plan, tracks=tracks)
