"""How a demo host executes steps, and how they would be typed."""

from __future__ import annotations

import shlex
from dataclasses import replace

from vmtui.errors import Conflict, NotFound, Unsupported
from vmtui.hypervisor import Progress
from vmtui.hypervisors.demo.build import DemoGuest
from vmtui.hypervisors.demo.definition import consoles_of, definition_text
from vmtui.hypervisors.demo.machine import Machine
from vmtui.model.change import Change, ChangeKind, Happened
from vmtui.model.device import ConsolePort
from vmtui.model.guest import Agent, GuestState
from vmtui.model.steps import (
    AddConsole,
    DeleteSnapshots,
    DeleteVolume,
    Destroy,
    DiscardSaved,
    LogConsole,
    ManagedSave,
    Reboot,
    Redefine,
    Rename,
    Reset,
    Resume,
    SendKeys,
    SetAutostart,
    Shutdown,
    Start,
    Step,
    Suspend,
    Undefine,
    Via,
    WaitFor,
)

SAVE_PARTS = 20
LOGS = "/var/log/libvirt/qemu"


async def execute(host: Machine, step: Step, progress: Progress) -> Step | None:
    """Do the step; returns the one that undoes it, if any."""
    match step:
        case Redefine():
            return await _redefine(host, step)
        case DeleteVolume():
            await _delete_volume(host, step)
            return None
        case ManagedSave():
            await _save(host, host.guest(step.uuid), progress)
            return None
        case WaitFor():
            raise Unsupported("Waiting is not for the hypervisor")
        case _:
            guest = host.guest(step.uuid)
            await host.take(0.3)
            return _at_once(host, guest, step)


def _at_once(host: Machine, guest: DemoGuest, step: Step) -> Step | None:
    match step:
        case Start():
            _start(host, guest)
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


def _start(host: Machine, guest: DemoGuest) -> None:
    if guest.facts.state.active:
        raise Conflict(f"{guest.facts.name} is running already")
    restored, guest.facts = guest.facts.saved, replace(guest.facts, saved=False)
    happened = Happened.RESTORED if restored else Happened.STARTED
    host.set_state(guest, GuestState.RUNNING, happened, "restored" if restored else "booted")


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
    if not found:
        raise NotFound(f"{step.volume} is not there any more")
    del volumes[found[0]]
    host.announce_change(Change(ChangeKind.POOL, f"{host.id}-pool-1"))


def preview(step: Step, name: str) -> str:
    """The step as a virsh command line."""
    match step:
        case Shutdown(via=via) | Reboot(via=via):
            verb = "shutdown" if isinstance(step, Shutdown) else "reboot"
            mode = [] if via is Via.DEFAULT else ["--mode", via.value]
            return shlex.join(["virsh", verb, name, *mode])
        case SetAutostart(on=on):
            return shlex.join(["virsh", "autostart", name, *([] if on else ["--disable"])])
        case Rename(new=new):
            return shlex.join(["virsh", "domrename", name, new])
        case DiscardSaved():
            return shlex.join(["virsh", "managedsave-remove", name])
        case Undefine(nvram=nvram):
            flag = "--nvram" if nvram else "--keep-nvram"
            return shlex.join(["virsh", "undefine", name, "--managed-save", flag])
        case DeleteVolume(pool=pool, volume=volume):
            return shlex.join(["virsh", "vol-delete", volume, "--pool", pool])
        case WaitFor():
            return f"# wait until {shlex.quote(name)} is off"
        case DeleteSnapshots():
            return f"# virsh snapshot-delete {shlex.quote(name)} SNAPSHOT, for each of them"
        case Redefine():
            return "virsh define FILE"
        case SendKeys(keys=keys):
            return shlex.join(["virsh", "send-key", name, *(str(key) for key in keys)])
        case AddConsole():
            device = shlex.quote("<serial type='pty'/>")
            return f"echo {device} | virsh attach-device {shlex.quote(name)} /dev/stdin --config"
        case LogConsole():
            return f"virsh edit {shlex.quote(name)}"
        case _:
            return shlex.join(["virsh", type(step).__name__.lower(), name])
