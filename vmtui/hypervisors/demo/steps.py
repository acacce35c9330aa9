"""How a demo host executes steps."""

from __future__ import annotations

from dataclasses import replace

from vmtui.errors import Conflict, NotFound, Unsupported
from vmtui.hypervisor import Progress
from vmtui.hypervisors.demo import checkup, tools
from vmtui.hypervisors.demo.build import IMAGES, DemoGuest
from vmtui.hypervisors.demo.creation import MAKES, is_used, make
from vmtui.hypervisors.demo.definition import consoles_of, definition_text
from vmtui.hypervisors.demo.machine import Machine
from vmtui.hypervisors.demo.volumes import drop_volume
from vmtui.model.change import Happened
from vmtui.model.device import ConsolePort
from vmtui.model.guest import Agent, GuestState
from vmtui.model.steps import (
    AddConsole,
    DeleteSnapshots,
    DeleteVolume,
    Destroy,
    DiscardSaved,
    FetchFile,
    LogConsole,
    ManagedSave,
    Reboot,
    Redefine,
    Rename,
    Reset,
    Resume,
    SendKeys,
    SetAutostart,
    SetLabels,
    Shutdown,
    Start,
    Step,
    Suspend,
    Undefine,
    Via,
    WaitFor,
    WaitReady,
    WaitTurn,
    WaitUp,
)
from vmtui.model.steps.mending import HostStep

SAVE_PARTS = 20
LOGS = "/var/log/libvirt/qemu"


async def execute(host: Machine, step: Step, progress: Progress) -> Step | None:
    """Do the step; returns the one that undoes it, if any."""
    if isinstance(step, tools.STEPS):
        return await tools.execute(host, host.guest(step.uuid), step)
    match step:
        case HostStep():
            await host.take(0.6)
            return checkup.mend(host, step)
        case Redefine():
            return await _redefine(host, step)
        case DeleteVolume():
            await _delete_volume(host, step)
            return None
        case ManagedSave():
            await _save(host, host.guest(step.uuid), progress)
            return None
        case FetchFile() | WaitFor() | WaitReady() | WaitTurn() | WaitUp():
            raise Unsupported(f"“{step.label}” is not for the hypervisor")
        case Undefine() if step.uuid not in host.guests:
            # As for libvirt, one that is not there is no error.
            return None
        case _ if isinstance(step, MAKES):
            return await make(host, step, progress)
        case _:
            guest = host.guest(step.uuid)
            await host.take(0.3)
            return _at_once(host, guest, step)


def _at_once(host: Machine, guest: DemoGuest, step: Step) -> Step | None:
    match step:
        case Start():
            _start(host, guest, step)
        case Shutdown():
            _shutdown(host, guest, step)
        case Reboot():
            _must_run(guest)
            host.later(1.0, lambda: host.reboot(guest))
        case Destroy():
            if guest.facts.state.active:
                host.set_state(guest, GuestState.OFF, Happened.DESTROYED, "destroyed")
        case Reset():
            _must_run(guest)
            host.reboot(guest)
        case Suspend():
            _must_run(guest)
            host.set_state(guest, GuestState.PAUSED, Happened.SUSPENDED, "user")
            return Resume(step.uuid)
        case Resume():
            host.set_state(guest, GuestState.RUNNING, Happened.RESUMED, "unpaused")
            return Suspend(step.uuid)
        case SendKeys(keys=keys):
            _must_run(guest)
            if "KEY_DELETE" in keys:
                host.later(1.0, lambda: host.reboot(guest))
        case AddConsole() | LogConsole():
            return _console(host, guest, step)
        case _:
            return _settings(host, guest, step)
    return None


def _settings(host: Machine, guest: DemoGuest, step: Step) -> Step | None:
    facts = guest.facts
    undo: Step | None = None
    match step:
        case DiscardSaved():
            guest.facts = replace(facts, saved=False)
        case SetAutostart(on=on):
            undo = SetAutostart(step.uuid, bool(facts.autostart))
            guest.facts = replace(facts, autostart=on)
        case SetLabels(labels=labels):
            undo = SetLabels.of(step.uuid, guest.definition.labels)
            guest.facts = replace(facts, definition=replace(guest.definition, labels=labels))
        case Rename(old=old, new=new):
            if any(other.facts.name == new for other in host.guests.values()):
                raise Conflict(f"There is a guest {new} already")
            guest.facts = replace(facts, name=new)
            host.announce(Happened.RENAMED, guest, old)
            return Rename(step.uuid, new, old)
        case DeleteSnapshots():
            guest.facts = replace(facts, snapshots=False)
        case Undefine():
            undo = Redefine(step.uuid, facts.name, definition_text(guest), bool(facts.autostart))
            host.remove(step.uuid)
            return undo
        case _:
            raise Unsupported(f"The demo cannot {step.label or type(step).__name__}")
    host.announce(Happened.UPDATED, guest)
    return undo


def _console(host: Machine, guest: DemoGuest, step: AddConsole | LogConsole) -> Step:
    """Change its console; what is undone is the definition as it was."""
    facts, consoles = guest.facts, guest.definition.consoles
    undo = Redefine(step.uuid, facts.name, definition_text(guest), bool(facts.autostart))
    if isinstance(step, AddConsole):
        if consoles:
            raise Conflict(f"{facts.name} has a console already")
        consoles = (ConsolePort("serial", 0, "serial0"),)
    elif not consoles:
        raise Conflict(f"{facts.name} has no console")
    else:
        file = step.file or f"{LOGS}/{facts.name}-serial0.log"
        consoles = (replace(consoles[0], log=file), *consoles[1:])
    guest.facts = replace(facts, definition=replace(guest.definition, consoles=consoles))
    host.announce(Happened.UPDATED, guest)
    return undo


def _must_run(guest: DemoGuest) -> None:
    if not guest.facts.state.active:
        raise Conflict(f"{guest.facts.name} is not running")


def _start(host: Machine, guest: DemoGuest, step: Start) -> None:
    if guest.facts.state.active:
        raise Conflict(f"{guest.facts.name} is running already")
    restored, guest.facts = guest.facts.saved, replace(guest.facts, saved=False)
    happened = Happened.RESTORED if restored else Happened.STARTED
    state = GuestState.PAUSED if step.held else GuestState.RUNNING
    host.set_state(guest, state, happened, "restored" if restored else "booted")


def _shutdown(host: Machine, guest: DemoGuest, step: Shutdown) -> None:
    _must_run(guest)
    by_agent = step.via is Via.AGENT
    if by_agent and guest.definition.agent is not Agent.CONNECTED:
        raise Unsupported(f"{guest.facts.name} has no guest agent")
    begun = guest.up_since

    def obey() -> None:
        if guest.facts.state is GuestState.RUNNING and guest.up_since == begun:
            host.set_state(guest, GuestState.OFF, Happened.SHUT_DOWN, "shutdown")

    if guest.obeys or by_agent:
        host.later(guest.shutdown_takes, obey)


async def _save(host: Machine, guest: DemoGuest, progress: Progress) -> None:
    _must_run(guest)
    for part in range(SAVE_PARTS):
        progress(part / SAVE_PARTS, "saving memory")
        await host.take(3.0 / SAVE_PARTS)
    _must_run(guest)
    guest.facts = replace(guest.facts, saved=True)
    host.set_state(guest, GuestState.OFF, Happened.SAVED, "saved")


async def _redefine(host: Machine, step: Redefine) -> Step | None:
    await host.take(0.3)
    if (present := host.guests.get(step.uuid)) is not None:
        definition = replace(present.definition, consoles=consoles_of(step.definition))
        present.facts = replace(present.facts, definition=definition)
        host.announce(Happened.UPDATED, present)
        return None
    guest = host.trash.pop(step.uuid, None)
    if guest is None:
        raise NotFound(f"The demo does not remember {step.name}")
    guest.facts = replace(guest.facts, state=GuestState.OFF, autostart=step.autostart)
    host.guests[step.uuid] = guest
    host.announce(Happened.DEFINED, guest)
    return Undefine(step.uuid, step.name)


async def _delete_volume(host: Machine, step: DeleteVolume) -> None:
    await host.take(0.4)
    volumes = host.world.volumes
    found = [path for path, v in volumes.items() if path == step.path or v.name == step.volume]
    if not found and step.path.startswith(f"{IMAGES}/"):
        # What its pool no longer has is deleted already.
        return
    if not found:
        raise NotFound(f"{step.volume} is not there any more")
    if not (step.unless_used and is_used(host, found[0])):
        drop_volume(host, found[0])
