"""The lifecycle verbs: start, shutdown, reboot, force off, suspend, save, autostart, rename.

A verb is one row here: on which guests it works, what it needs of the hypervisor, which steps it
takes, what that costs and what it asks. Deleting has a room of its own, `plan/deletion`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from vmtui.errors import Invalid
from vmtui.model.capabilities import Capabilities, Feature
from vmtui.model.guest import Agent, Guest, GuestState
from vmtui.model.steps import (
    Destroy,
    DiscardSaved,
    ManagedSave,
    Reboot,
    Rename,
    Reset,
    Resume,
    SetAutostart,
    Shutdown,
    Start,
    Step,
    Suspend,
    Via,
    WaitFor,
)
from vmtui.plan.build import CapabilitiesOf, count, one_track_each, sort_out
from vmtui.plan.plan import Effect, Plan, Risk

RUNNING = frozenset({GuestState.RUNNING})
INACTIVE = frozenset({GuestState.OFF, GuestState.CRASHED})
ACTIVE = frozenset(state for state in GuestState if state.active)
POWERED = frozenset({GuestState.RUNNING, GuestState.PAUSED})
HELD = frozenset({GuestState.PAUSED, GuestState.SLEEPING})
ANY = frozenset(GuestState)

NAME_BYTES_MAX = 250
"""libvirt keeps a guest's XML in a file named after it; file names end at 255 bytes."""


def _always(_guest: Guest) -> str | None:
    return None


def _persistent(guest: Guest) -> str | None:
    return "it is transient: it vanishes when it stops" if guest.persistent is False else None


def _saved(guest: Guest) -> str | None:
    return None if guest.saved else "it has no saved state"


def _thawed(guest: Guest) -> str | None:
    return "its file systems are frozen: thaw them first" if guest.frozen else None


def _agent_answers(guest: Guest) -> str | None:
    agent = guest.definition.agent if guest.definition else Agent.UNKNOWN
    if agent is Agent.NO_CHANNEL:
        return "it has no guest-agent channel"
    if agent is Agent.DISCONNECTED:
        return "no guest agent answers in it"
    return _thawed(guest)


@dataclass(frozen=True, slots=True)
class Verb:
    """One lifecycle verb."""

    id: str
    words: str
    """Begins the plan's title."""
    feature: Feature
    states: frozenset[GuestState]
    steps: Callable[[Guest], tuple[Step, ...]]
    risk: Risk = Risk.NONE
    also: Callable[[Guest], str | None] = _always
    """A further reason why not."""
    effect: str = ""
    """What it does to the guests, after their number: "lose what they have not written"."""
    destructive: bool = False

    def why_not(self, guest: Guest, capabilities: Capabilities) -> str | None:
        """None where it can act on that guest, else the reason in one sentence."""
        if capabilities.read_only:
            return "this host is open read-only"
        if reason := capabilities.why_not(self.feature):
            return reason
        if guest.state not in self.states:
            return f"it is {guest.state.value}"
        return self.also(guest)

    def plan(self, guests: Sequence[Guest], capabilities: CapabilitiesOf) -> Plan:
        """The plan for these guests; those on which it cannot act are its refusals."""
        able, refused = sort_out(guests, capabilities, self.why_not)
        effects: list[Effect] = []
        if self.effect and able:
            effects.append(Effect(f"{count(len(able))} {self.effect}", self.destructive))
        return one_track_each(
            self.id, self.words, able, refused, self.steps, effects=effects, risk=self.risk
        )


def _shutdown(via: Via) -> Callable[[Guest], tuple[Step, ...]]:
    def steps(guest: Guest) -> tuple[Step, ...]:
        return Shutdown(guest.key.uuid, via=via), WaitFor(guest.key.uuid)

    return steps


def _autostart(guest: Guest) -> tuple[Step, ...]:
    return (SetAutostart(guest.key.uuid, on=not guest.autostart),)


VERBS: dict[str, Verb] = {
    verb.id: verb
    for verb in (
        Verb("start", "Start", Feature.START, INACTIVE, lambda g: (Start(g.key.uuid),)),
        Verb(
            "shutdown",
            "Shut down",
            Feature.SHUTDOWN,
            RUNNING,
            _shutdown(Via.DEFAULT),
            Risk.ASK,
            effect="asked to shut down, and followed until off",
            also=_thawed,
        ),
        Verb(
            "shutdown-agent",
            "Shut down through the agent",
            Feature.SHUTDOWN_AGENT,
            RUNNING,
            _shutdown(Via.AGENT),
            Risk.ASK,
            effect="asked through the agent, and followed until off",
            also=_agent_answers,
        ),
        Verb(
            "reboot",
            "Reboot",
            Feature.REBOOT,
            RUNNING,
            lambda g: (Reboot(g.key.uuid),),
            Risk.ASK,
            also=_thawed,
        ),
        Verb(
            "reboot-agent",
            "Reboot through the agent",
            Feature.SHUTDOWN_AGENT,
            RUNNING,
            lambda g: (Reboot(g.key.uuid, via=Via.AGENT),),
            Risk.ASK,
            also=_agent_answers,
        ),
        Verb(
            "destroy",
            "Force off",
            Feature.DESTROY,
            ACTIVE,
            lambda g: (Destroy(g.key.uuid),),
            Risk.ASK,
            effect="cut off at once; what is not yet written to disk is lost",
            destructive=True,
        ),
        Verb(
            "reset",
            "Reset",
            Feature.RESET,
            POWERED,
            lambda g: (Reset(g.key.uuid),),
            Risk.ASK,
            effect="reset at once; what is not yet written to disk is lost",
            destructive=True,
        ),
        Verb("suspend", "Suspend", Feature.SUSPEND, RUNNING, lambda g: (Suspend(g.key.uuid),)),
        Verb("resume", "Resume", Feature.SUSPEND, HELD, lambda g: (Resume(g.key.uuid),)),
        Verb(
            "save",
            "Save the state of",
            Feature.MANAGED_SAVE,
            POWERED,
            lambda g: (ManagedSave(g.key.uuid),),
            Risk.ASK,
            also=_persistent,
            effect="stopped, memory kept on the host's disk until the next start",
        ),
        Verb(
            "discard-saved",
            "Discard the saved state of",
            Feature.MANAGED_SAVE,
            INACTIVE,
            lambda g: (DiscardSaved(g.key.uuid),),
            Risk.ASK,
            also=_saved,
            effect="will boot afresh, as after a power cut",
            destructive=True,
        ),
        Verb("autostart", "Toggle autostart of", Feature.AUTOSTART, ANY, _autostart,
             also=_persistent),
    )
}  # fmt: skip


def patient(plan: Plan, seconds: float) -> Plan:
    """The plan with `seconds` as the time after which a guest is said not to obey."""
    tracks = tuple(
        replace(track, steps=tuple(
            replace(step, patience=seconds, limit=max(step.limit, seconds * 2))
            if isinstance(step, WaitFor) else step for step in track.steps
        ))
        for track in plan.tracks
    )  # fmt: skip
    return replace(plan, tracks=tracks)


def why_not_rename(guest: Guest, capabilities: Capabilities) -> str | None:
    """None where it can be renamed: libvirt renames only what is persistent and off."""
    return _RENAME.why_not(guest, capabilities)


_RENAME = Verb("rename", "Rename", Feature.RENAME, INACTIVE, lambda _guest: (), also=_persistent)


def name_problem(name: str, guest: Guest, others: Iterable[Guest]) -> str | None:
    """None where `guest` may be named so, else what is wrong with it (libvirt's own rules)."""
    if not name:
        return "a name is needed"
    if name == guest.name:
        return "that is its name already"
    if name != name.strip():
        return "a name neither begins nor ends with a space"
    if "/" in name:
        return "a name has no /"
    if name in (".", ".."):
        return "that is the name of a folder"
    if any(not character.isprintable() for character in name):
        return "a name has no control characters"
    if len(name.encode()) > NAME_BYTES_MAX:
        return f"a name has at most {NAME_BYTES_MAX} bytes"
    if any(other.name == name and other.key.host == guest.key.host for other in others):
        return "another guest of this host has that name"
    return None


def rename(guest: Guest, new: str, others: Iterable[Guest], capabilities: Capabilities) -> Plan:
    """Give one guest another name.

    Raises Invalid where the name cannot be taken.
    """
    if problem := name_problem(new, guest, others):
        raise Invalid("This name cannot be given", problem)
    able, refused = sort_out([guest], {guest.key.host: capabilities}, why_not_rename)
    effects = [Effect(f"{guest.name} becomes {new}")] if able else []
    if guest.saved:
        effects.append(Effect("its saved state goes with it"))
    return one_track_each(
        "rename",
        "Rename",
        able,
        refused,
        lambda g: (Rename(g.key.uuid, old=g.name, new=new),),
        effects=effects,
    )
