"""How a demo host executes what concerns a guest's agent, and how that would be typed."""

from __future__ import annotations

import shlex
from dataclasses import replace

from vmtui.errors import Conflict, Invalid
from vmtui.hypervisors.demo.agent import must_answer
from vmtui.hypervisors.demo.build import DemoGuest
from vmtui.hypervisors.demo.machine import Machine
from vmtui.model.change import Happened
from vmtui.model.device import AgentPort, Channel
from vmtui.model.guest import Agent
from vmtui.model.steps import (
    AddAgentChannel,
    AddKey,
    CopyIn,
    CopyOut,
    Freeze,
    RemoveAgentChannel,
    SetClock,
    SetPassword,
    Step,
    Thaw,
    Trim,
)

_COMMANDS: dict[type[Step], tuple[str, str]] = {
    Freeze: ("guest-fsfreeze-freeze", "domfsfreeze"),
    Thaw: ("guest-fsfreeze-thaw", "domfsthaw"),
    Trim: ("guest-fstrim", "domfstrim"),
    SetClock: ("guest-set-time", "domtime"),
    SetPassword: ("guest-set-user-password", "set-user-password"),
    AddKey: ("guest-ssh-add-authorized-keys", "set-user-sshkeys"),
}
"""By kind of step: the agent's command, and virsh's."""
STEPS = (*_COMMANDS, AddAgentChannel, RemoveAgentChannel)


async def execute(host: Machine, guest: DemoGuest, step: Step) -> Step | None:
    """Do it; returns what undoes it."""
    await host.take(0.3)
    if isinstance(step, (AddAgentChannel, RemoveAgentChannel)):
        return _channel(host, guest, step)
    await must_answer(host, guest, _COMMANDS[type(step)][0])
    match step:
        case Freeze():
            guest.inside.frozen = True
            return Thaw(step.uuid)
        case Thaw():
            guest.inside.frozen = False
        case SetClock():
            guest.inside.clock_off = 0.0
        case SetPassword(password=""):
            raise Invalid("The password was not kept", hint="Set it anew.")
        case _:
            pass
    return None


def _channel(
    host: Machine, guest: DemoGuest, step: AddAgentChannel | RemoveAgentChannel
) -> Step | None:
    adds = isinstance(step, AddAgentChannel)
    if step.port is AgentPort.SPICE:
        return _spice_channel(host, guest, step)
    there = guest.definition.agent is not Agent.NO_CHANNEL
    if there and isinstance(step, AddAgentChannel) and step.ensure:
        return None
    if there and adds:
        raise Conflict("It has the channel in its definition already")
    agent = Agent.DISCONNECTED if adds else Agent.NO_CHANNEL
    guest.facts = replace(guest.facts, definition=replace(guest.definition, agent=agent))
    host.announce(Happened.UPDATED, guest)
    return RemoveAgentChannel(step.uuid, live=step.live) if adds else None


def _spice_channel(
    host: Machine, guest: DemoGuest, step: AddAgentChannel | RemoveAgentChannel
) -> Step | None:
    rest = tuple(one for one in guest.definition.channels if one.name != step.port.value)
    adds = isinstance(step, AddAgentChannel)
    new = (*rest, Channel(step.port.value, "spicevmc")) if adds else rest
    guest.facts = replace(guest.facts, definition=replace(guest.definition, channels=new))
    host.announce(Happened.UPDATED, guest)
    return RemoveAgentChannel(step.uuid, live=step.live, port=step.port) if adds else None


def preview(step: Step, name: str) -> str:
    """The step as a command line; a password is never in one."""
    match step:
        case SetPassword(user=user):
            return f'{shlex.join(["virsh", "set-user-password", name, user])} "$PASSWORD"'
        case AddKey(user=user):
            return shlex.join(["virsh", "set-user-sshkeys", name, user, "--file", "KEY"])
        case SetClock():
            return shlex.join(["virsh", "domtime", name, "--now"])
        case CopyIn(source=source, target=target):
            return shlex.join(["vmtui", "cp", source, f"{name}:{target}"])
        case CopyOut(source=source, target=target):
            return shlex.join(["vmtui", "cp", f"{name}:{source}", target])
        case AddAgentChannel() | RemoveAgentChannel():
            verb = "attach-device" if isinstance(step, AddAgentChannel) else "detach-device"
            return f"virsh {verb} {shlex.quote(name)} CHANNEL.xml --config"
        case _:
            return shlex.join(["virsh", _COMMANDS[type(step)][1], name])
