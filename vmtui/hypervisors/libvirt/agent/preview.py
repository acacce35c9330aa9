"""The steps that a guest's agent does, as command lines."""

from __future__ import annotations

import shlex

from vmtui.errors import Unsupported
from vmtui.hypervisors.libvirt.virshwords import option
from vmtui.hypervisors.libvirt.xml.channel import channel_text
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

_VERBS: dict[type[Step], tuple[str, ...]] = {
    Freeze: ("domfsfreeze",),
    Thaw: ("domfsthaw",),
    Trim: ("domfstrim",),
    SetClock: ("domtime",),
}


def preview_agent(virsh: str, step: Step, domain: str) -> str:
    """The step as a command line for a POSIX shell.

    Args:
        virsh: `virsh -c URI`, quoted.
        step: What is to be done.
        domain: The guest as virsh finds it.

    Raises:
        Unsupported: It is no step of an agent.
    """
    guest = option("domain", domain)
    if type(step) in _VERBS:
        now = ("--now",) if isinstance(step, SetClock) else ()
        return f"{virsh} {shlex.join((*_VERBS[type(step)], *guest, *now))}"
    match step:
        case SetPassword(user=user):
            # The password is typed where it is used: no command line holds it.
            words = shlex.join(("set-user-password", *guest, *option("user", user)))
            return f'{virsh} {words} --password "$PASSWORD"'
        case AddKey(user=user, key=key):
            words = shlex.join(("set-user-sshkeys", *guest, *option("user", user)))
            return f"echo {shlex.quote(key)} | {virsh} {words} --file /dev/stdin"
        case AddAgentChannel(live=live, port=port) | RemoveAgentChannel(live=live, port=port):
            verb = "attach-device" if isinstance(step, AddAgentChannel) else "detach-device"
            flags = ("--config", *(("--live",) if live else ()))
            words = shlex.join((verb, *guest, "--file", "/dev/stdin", *flags))
            return f"echo {shlex.quote(channel_text(port))} | {virsh} {words}"
        case CopyIn(source=source, target=target, force=force):
            return f"vmtui cp {_copy(force, source, f'{domain}:{target}')}"
        case CopyOut(source=source, target=target, force=force):
            return f"vmtui cp {_copy(force, f'{domain}:{source}', target)}"
    raise Unsupported(f"No command does “{step.label}”")


def _copy(force: bool, source: str, target: str) -> str:
    return shlex.join((*(("--force",) if force else ()), "--", source, target))
