"""Waiting for a guest to come into a state, by what its host reports."""

from __future__ import annotations

from collections.abc import Callable

from vmtui.engine.store import Store
from vmtui.errors import NotFound, TimedOut
from vmtui.model.guest import GuestState
from vmtui.model.inventory import Inventory
from vmtui.model.steps import WaitFor
from vmtui.model.units import duration
from vmtui.plan.plan import Track


async def wait_for(
    store: Store, track: Track, step: WaitFor, stalled: Callable[[str], None]
) -> None:
    """Wait until the track's guest is in one of the step's states.

    A transient guest is gone once it is off. `stalled` is told, with a note, when the guest takes
    longer than is patient.

    Raises TimedOut at the step's limit, NotFound where the guest vanished otherwise.
    """

    def met(inventory: Inventory) -> bool:
        guest = inventory.guest(track.key)
        if guest is not None:
            return guest.state in step.states
        if GuestState.OFF in step.states and track.key.host in inventory.hosts:
            return True
        raise NotFound(f"{track.name} is not there any more")

    patience = min(step.patience, step.limit)
    if await store.wait(met, patience):
        return
    if step.limit > patience:
        stalled(f"does not obey for {duration(patience)}")
        if await store.wait(met, step.limit - patience):
            return
    states = " nor ".join(state.value for state in step.states)
    raise TimedOut(
        f"{track.name} does not obey",
        f"It is not {states} after {duration(step.limit)}.",
        "Ask it through its agent, or force it off.",
    )
