"""Hosts marked as production: what takes a yes elsewhere takes a typed word there. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from vmtui.model.guest import HostId
from vmtui.plan.plan import Effect, Plan, Risk


def guarded(plan: Plan, production: Collection[HostId]) -> Plan:
    """The plan with a word to be typed, where it is risky and touches such a host.

    The word is the guest's name for one guest, and the number of guests for several.
    """
    every = (*(track.key.host for track in plan.tracks), *plan.hosts)
    hosts = list(dict.fromkeys(host for host in every if host in production))
    if not hosts or plan.risk is Risk.NONE:
        return plan
    touched = sum(track.key.host in production for track in plan.tracks)
    effect = Effect(
        f"on production: {', '.join(hosts)} ({touched} of {len(plan.tracks)})"
        if len(plan.tracks) > 1
        else f"on production: {', '.join(hosts)}",
        destructive=True,
    )
    word = plan.confirm_word
    if plan.risk is not Risk.TYPE_NAME:
        word = plan.tracks[0].name if len(plan.tracks) == 1 else str(len(plan.tracks))
    return replace(plan, risk=Risk.TYPE_NAME, confirm_word=word, effects=(effect, *plan.effects))


def on_production(plan: Plan, production: Collection[HostId]) -> bool:
    """Whether it touches such a host at all."""
    every = (*(track.key.host for track in plan.tracks), *plan.hosts)
    return any(host in production for host in every)
