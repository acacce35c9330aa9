"""Waits until a guest's agent answers, and says what to look at where it does not."""

from __future__ import annotations

from dataclasses import replace

from vmtui.engine.fleet import Fleet
from vmtui.engine.job import TrackRun
from vmtui.errors import Conflict, NotFound, TimedOut
from vmtui.hypervisor import Progress
from vmtui.model.agentfacts import AgentFacts
from vmtui.model.guest import Agent, Guest, GuestKey, GuestState
from vmtui.model.inventory import Inventory
from vmtui.model.steps import RestartForChannel, Shutdown, Start, VerifyTools, WaitFor
from vmtui.model.steps.lifecycle import Via
from vmtui.model.units import duration
from vmtui.plan.plan import Track
from vmtui.plan.sshwords import address_of

HEARD = 15.0
"""Seconds within which a channel that was just plugged in is known here."""
PATIENCE = 60.0
"""Seconds that a guest has to obey before it is said that it does not."""
GOES_OFF = 60.0
"""Seconds in which a guest that was asked to shut down goes off where the asking was cancelled."""
AT_NEXT_START = (
    "it answers once the guest was off and is started again: only then it has the channel"
)


async def verify(fleet: Fleet, key: GuestKey, name: str, step: VerifyTools, say: Progress) -> str:
    """Wait for the agent; what it tells in words, or what is left to do.

    Raises TimedOut with what to look at where a guest that has the channel stays silent.
    """
    # Where it is not the end, a person installs it by now: what to do stands with the job.
    say(None, "waiting for its agent" if step.final else "waits for what you do in it; Enter tells")
    await fleet.store.wait(lambda inventory: _has_channel(inventory, key), HEARD)
    guest = _guest(fleet, key, name)
    if not guest.state.active:
        return "installed: it answers when the guest runs"
    if not _has_channel(fleet.store.inventory, key):
        if not step.final:
            raise Conflict(
                f"{name} has no channel for its agent as it runs",
                hint="Add it, shut the guest down, start it again, and then install.",
            )
        return f"installed: {AT_NEXT_START}"
    fleet.ask_agent(key)
    if await fleet.store.wait(lambda inventory: _answers(inventory, key), step.limit):
        return _told(_guest(fleet, key, name))
    guest = _guest(fleet, key, name)
    raise TimedOut(
        f"The agent of {name} does not answer",
        f"{_silence(guest)} after {duration(step.limit)}.",
        "Look inside the guest: systemctl status qemu-guest-agent (or service qemu-guest-agent "
        "status), and whether /dev/virtio-ports/org.qemu.guest_agent.0 is there.",
    )


async def restart(fleet: Fleet, run: TrackRun, step: RestartForChannel, say: Progress) -> None:
    """Off and on again, where it runs without the agent's channel; else nothing.

    Until it is on again, what starts it is the last of what `run` has to undo: the guest is started
    after all else was undone, with the definition that it had.

    Raises VmtuiError where it does not go off, or does not start.
    """
    from vmtui.engine.waiting import wait_for

    track, key = run.track, run.key
    if step.asked:
        await _start_again(fleet, track, say)
        return
    await fleet.store.wait(lambda inventory: _has_channel(inventory, key), HEARD)
    guest = _guest(fleet, key, track.name)
    if not guest.state.active or _has_channel(fleet.store.inventory, key):
        return
    hypervisor, again = fleet.hypervisor(key.host), replace(step, asked=True)
    run.undo.insert(0, again)
    say(None, "shutting down")
    await hypervisor.execute(Shutdown(key.uuid, Via.DEFAULT), say)
    off = WaitFor(key.uuid, (GuestState.OFF,), PATIENCE, step.limit)
    try:
        await wait_for(fleet.store, track, off, lambda words: say(None, words))
    except TimedOut as error:
        hint = "It was asked to, and may still do so: then start it again."
        raise TimedOut(error.title, error.detail, hint) from None
    say(None, "starting")
    await hypervisor.execute(Start(key.uuid), say)
    run.undo.remove(again)


async def _start_again(fleet: Fleet, track: Track, say: Progress) -> None:
    """Start it, once it has gone off; one that does not do so runs already."""

    def runs(inventory: Inventory) -> bool:
        guest = inventory.guest(track.key)
        return guest is not None and guest.state.active

    say(None, "waiting until it is off")
    if not await fleet.store.wait(lambda inventory: not runs(inventory), GOES_OFF):
        say(None, "it runs; it was asked to shut down, and has not done so")
        return
    say(None, "starting")
    try:
        await fleet.hypervisor(track.key.host).execute(Start(track.key.uuid), say)
    except Conflict:
        # It was started after all, and its host reports it a moment later.
        if not await fleet.store.wait(runs, HEARD):
            raise


def _guest(fleet: Fleet, key: GuestKey, name: str) -> Guest:
    guest = fleet.store.inventory.guest(key)
    if guest is None:
        raise NotFound(f"{name} is not there any more")
    return guest


def _has_channel(inventory: Inventory, key: GuestKey) -> bool:
    guest = inventory.guest(key)
    return (
        guest is not None
        and guest.definition is not None
        and guest.definition.agent is not Agent.NO_CHANNEL
    )


def _answers(inventory: Inventory, key: GuestKey) -> bool:
    guest = inventory.guest(key)
    return guest is not None and guest.told is not None and not guest.mute


def _told(guest: Guest) -> str:
    facts = guest.told or AgentFacts()
    address = address_of((*facts.addresses, *guest.addresses))
    parts = [f"its agent answers: {facts.version}".rstrip(": "), facts.os, address]
    return ", ".join(part for part in parts if part)


def _silence(guest: Guest) -> str:
    channel = guest.definition.agent if guest.definition else Agent.UNKNOWN
    if guest.mute:
        return f"It is connected and says nothing ({guest.mute})"
    if channel is Agent.CONNECTED:
        return "It is connected and says nothing"
    return "Nobody is at the guest's end of its channel"
