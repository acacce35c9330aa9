"""Waiting for a guest to come into a state, by what its host reports."""

from __future__ import annotations

from collections.abc import Callable

from vmtui.engine.store import Store
from vmtui.errors import Conflict, NotFound, TimedOut
from vmtui.hypervisor import Progress
from vmtui.model.guest import Agent, Guest, GuestState
from vmtui.model.inventory import Inventory
from vmtui.model.steps import WaitFor, WaitUp
from vmtui.model.units import duration
from vmtui.plan.inorder import can_tell
from vmtui.plan.plan import Track

HEARD = 30.0
"""Seconds in which a host reports that a guest was started."""


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


async def wait_up(store: Store, track: Track, step: WaitUp, progress: Progress) -> str | None:
    """Wait until the track's guest is up; words on how that ended, where its agent kept silent.

    Raises Conflict where it goes off again, NotFound where it vanished.
    """
    seen = False

    def guest_in(inventory: Inventory) -> Guest:
        guest = inventory.guest(track.key)
        if guest is None:
            raise NotFound(f"{track.name} is not there any more")
        return guest

    def runs(inventory: Inventory) -> bool:
        return guest_in(inventory).state.active

    def up(inventory: Inventory) -> bool:
        nonlocal seen
        guest = guest_in(inventory)
        if seen and not guest.state.active:
            raise Conflict(f"{track.name} went off again", guest.reason, "Look at its console.")
        seen = seen or guest.state.active
        return guest.definition is not None and guest.definition.agent is Agent.CONNECTED

    # What its host reports of the start may be a moment behind.
    if not await store.wait(runs, HEARD):
        raise TimedOut(f"{track.name} does not run", "Its host does not report it as running.")
    tells = can_tell(guest_in(store.inventory))
    if not step.delay and not tells:
        return None
    most = float(step.delay or step.limit)
    progress(None, f"until its agent answers, at most {duration(most)}" if tells
             else f"for {duration(most)}")  # fmt: skip
    if await store.wait(up, most) or step.delay:
        return None
    return f"started; its agent does not answer after {duration(most)}"
