"""What a lively demo host does by itself."""

from __future__ import annotations

from vmtui.hypervisors.demo.machine import Machine
from vmtui.model.change import Happened
from vmtui.model.guest import GuestState

PAUSE = (8.0, 30.0)
"""Seconds between two happenings, at least and at most."""


async def live(host: Machine) -> None:
    """Have something happen to some guest now and then."""
    while True:
        await host.take(host.rng.uniform(*PAUSE) if host.speed else 10.0)
        if not host.guests:
            continue
        guest = host.rng.choice(list(host.guests.values()))
        dice = host.rng.random()
        match guest.facts.state:
            case GuestState.OFF if not guest.facts.saved:
                host.set_state(guest, GuestState.RUNNING, Happened.STARTED, "booted")
            case GuestState.RUNNING if not guest.facts.persistent or dice < 0.5:
                host.reboot(guest)
            case GuestState.RUNNING if dice < 0.9:
                host.set_state(guest, GuestState.OFF, Happened.SHUT_DOWN, "shutdown")
            case GuestState.RUNNING:
                host.set_state(guest, GuestState.CRASHED, Happened.CRASHED, "panicked")
            case _:
                pass
