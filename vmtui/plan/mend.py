"""Mending a host: what its check found wrong, and vmtui can put right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vmtui.model.capabilities import Capabilities
from vmtui.model.finding import Finding
from vmtui.model.guest import GuestKey, HostId
from vmtui.model.steps.mending import (
    DefineNetwork,
    DefinePool,
    HostStep,
    JoinGroup,
    LoadModule,
    StartNetwork,
    StartPool,
)
from vmtui.plan.plan import Effect, Plan, Risk, Track


@dataclass(frozen=True, slots=True)
class Mend:
    """One kind of mend; `words` begin the plan's title, before the host's name."""

    id: str
    words: str


MENDS: dict[str, Mend] = {
    mend.id: mend
    for mend in (
        Mend("start-network", "Start the network of"),
        Mend("define-network", "Make the network of"),
        Mend("start-pool", "Start the storage pool of"),
        Mend("define-pool", "Make the storage pool of"),
        Mend("load-module", "Load a kernel module on"),
        Mend("join-group", "Join a group on"),
    )
}
"""By the `fix` of a Finding."""


def why_not_mend(finding: Finding, capabilities: Capabilities) -> str | None:
    """None where vmtui can mend it, else the reason in one sentence."""
    if not finding.steps:
        if finding.commands:
            return "not from here: its commands can be copied and run on that host"
        return (
            "there is nothing that a command could do" if finding.mend else "there is nothing to do"
        )
    if capabilities.read_only:
        return "this host is open read-only"
    return None


def mend(host: HostId, findings: Sequence[Finding]) -> Plan:
    """The plan that mends these findings on one host; empty where nothing of them can be."""
    able = [finding for finding in findings if finding.steps]
    steps = tuple(dict.fromkeys(step for finding in able for step in finding.steps))
    known = MENDS.get(able[0].fix) if len(able) == 1 else None
    words = known.words if known else "Mend"
    track = Track(GuestKey(host, ""), host, steps)
    return Plan(
        "mend",
        f"{words} {host}",
        (track,) if steps else (),
        tuple(Effect(effect_of(step)) for step in steps),
        Risk.ASK,
    )


def effect_of(step: HostStep) -> str:
    """What a step does, in words."""
    match step:
        case StartNetwork(name=name, autostart=autostart):
            return f"starts the network {name}" + (", now and with the host" if autostart else "")
        case DefineNetwork(name=name, address=address):
            return f"defines the network {name}: NAT, the host at {address}, addresses by DHCP"
        case StartPool(name=name, autostart=autostart):
            return f"starts the pool {name}" + (", now and with the host" if autostart else "")
        case DefinePool(name=name, path=path):
            return f"defines the pool {name} in the folder {path}"
        case LoadModule(name=name):
            return f"loads the kernel's module {name}, until the next start of the host"
        case JoinGroup(user=user, group=group):
            return f"puts {user} into the group {group}, from the next login on"
    return step.label
