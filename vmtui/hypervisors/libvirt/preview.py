"""Each step as the virsh command line that does the same: to be read, copied and run by a person.

A shell reads the line and virsh reads its words, so both are reckoned with: words are quoted for
the shell, and a guest goes by its UUID wherever virsh would take its name for something else.
"""

from __future__ import annotations

import re
import shlex
from xml.sax.saxutils import quoteattr

from vmtui.errors import Unsupported
from vmtui.hypervisors.libvirt.agent.preview import preview_agent
from vmtui.hypervisors.libvirt.consoleport import PLUGGABLE, SERIAL, log_file
from vmtui.hypervisors.libvirt.creation.commands import MAKES, command
from vmtui.hypervisors.libvirt.doctor.commands import command_of
from vmtui.hypervisors.libvirt.virshwords import guest, option
from vmtui.model.guest import GuestState
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
    RunPlugin,
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
    WaitTurn,
    WaitUp,
)
from vmtui.model.steps.mending import HostStep
from vmtui.plan import installwords
from vmtui.plan.labelwords import metadata_options

_VERBS: dict[type[Step], str] = {
    Start: "start",
    Shutdown: "shutdown",
    Reboot: "reboot",
    Destroy: "destroy",
    Reset: "reset",
    Suspend: "suspend",
    Resume: "resume",
    ManagedSave: "managedsave",
    DiscardSaved: "managedsave-remove",
    SetAutostart: "autostart",
    Rename: "domrename",
    Undefine: "undefine",
    SendKeys: "send-key",
    SetLabels: "metadata",
}
"""The steps that are one virsh command with the guest as its first argument."""

_STATES = {
    GuestState.RUNNING: "running",
    GuestState.PAUSED: "paused",
    GuestState.SHUTTING_DOWN: "in shutdown",
    GuestState.OFF: "shut off",
    GuestState.CRASHED: "crashed",
    GuestState.SLEEPING: "pmsuspended",
    GuestState.UNKNOWN: "no state",
}
"""What `virsh domstate` says in the C locale."""


def preview(uri: str, step: Step, name: str) -> str:
    """The step as a command line for a POSIX shell.

    Args:
        uri: What `virsh -c` connects to.
        step: What is to be done.
        name: The guest's name; its UUID is written where the name would be misunderstood.
    """
    virsh = f"virsh -c {shlex.quote(uri)}"
    match step:
        case RunPlugin(command=words):
            return shlex.join(words)
        case HostStep():
            return command_of(virsh, step)
        case DeleteSnapshots():
            return _snapshots(virsh, step, name)
        case Redefine():
            return _redefine(virsh, step, name)
        case DeleteVolume():
            return _delete_volume(virsh, step)
        case WaitFor():
            return _wait(virsh, step, name)
        case WaitTurn():
            return f"# {guest(step.uuid, name)}: when those before it are done"
        case WaitUp():
            return _wait_up(virsh, step, name)
        case AddConsole():
            return _add_console(virsh, step, name)
        case LogConsole():
            return _log_console(virsh, uri, step, name)
    if isinstance(step, MAKES):
        return command(virsh, step, name)
    if isinstance(step, installwords.STEPS):
        return installwords.preview(step, virsh, guest(step.uuid, name))
    if type(step) not in _VERBS:
        return preview_agent(virsh, step, guest(step.uuid, name))
    words = (_VERBS[type(step)], *option("domain", guest(step.uuid, name)), *_options(step))
    return f"{virsh} {shlex.join(words)}"


def _options(step: Step) -> tuple[str, ...]:
    """What follows the guest."""
    match step:
        case Start(held=True):
            return ("--paused",)
        case Shutdown(via=via) | Reboot(via=via) if via is not Via.DEFAULT:
            return ("--mode", via.value)
        case SetAutostart(on=False):
            return ("--disable",)
        case Rename(new=new):
            return option("new-name", new)
        case SetLabels(labels=labels):
            return metadata_options(labels)
        case SendKeys(keys=keys):
            return tuple(str(key) for key in keys)
        case Undefine(nvram=nvram):
            metadata = ("--managed-save", "--snapshots-metadata", "--checkpoints-metadata")
            return (*metadata, "--nvram" if nvram else "--keep-nvram")
        case _:
            return ()


def _snapshots(virsh: str, step: DeleteSnapshots, name: str) -> str:
    """virsh deletes one tree of snapshots at a time, so a loop goes over the roots."""
    domain = guest(step.uuid, name)
    listing = shlex.join(("snapshot-list", *option("domain", domain), "--roots", "--name"))
    delete = shlex.join(("snapshot-delete", "--domain", domain, "--children"))
    if step.metadata_only:
        delete += " --metadata"
    return (
        f"{virsh} {listing} | sed '/^$/d' | "
        f'while IFS= read -r snapshot; do {virsh} {delete} --snapshotname "$snapshot"; done'
    )


def _redefine(virsh: str, step: Redefine, name: str) -> str:
    """virsh defines from a file, which whoever runs the line must have kept."""
    name = step.name or name
    # A file's name cannot hold a slash; one without a leading dash needs no option.
    stem = guest(step.uuid, name).replace("/", "_").lstrip("-")
    line = f"{virsh} {shlex.join(('define', f'{stem}.xml'))}"
    if step.autostart:
        autostart = shlex.join(("autostart", *option("domain", guest(step.uuid, name))))
        line += f" && {virsh} {autostart}"
    return line


def _delete_volume(virsh: str, step: DeleteVolume) -> str:
    if not step.pool:
        return f"{virsh} {shlex.join(('vol-delete', *option('vol', step.path)))}"
    words = ("vol-delete", *option("vol", step.volume), "--pool", step.pool)
    return f"{virsh} {shlex.join(words)}"


def _add_console(virsh: str, step: AddConsole, name: str) -> str:
    """virsh reads a device from a file, which may be its input."""
    attach = shlex.join(("attach-device", *option("domain", guest(step.uuid, name))))
    line = f"echo {shlex.quote(SERIAL)} | {virsh} {attach} --file /dev/stdin --config"
    if step.live:
        line += f"; echo {shlex.quote(PLUGGABLE)} | {virsh} {attach} --file /dev/stdin --live"
    return line


def _log_console(virsh: str, uri: str, step: LogConsole, name: str) -> str:
    """virsh cannot change a serial port by itself: its definition goes through sed."""
    domain = shlex.join(option("domain", guest(step.uuid, name)))
    try:
        file = step.file or log_file(uri, name, step.uuid)
    except Unsupported:
        return f"{virsh} edit {domain}"
    element = f"<log file={quoteattr(file)} append='on'/>"
    escaped = re.sub(r"[\\&|]", r"\\\g<0>", element)
    program = shlex.quote(f"0,\\|</serial>|s||{escaped}&|")
    dump = f"{virsh} dumpxml --inactive --security-info {domain}"
    return f"{dump} | sed {program} | {virsh} define /dev/stdin"


def _wait_up(virsh: str, step: WaitUp, name: str) -> str:
    """A loop that ends when its agent answers, or when its time has passed."""
    words = ("qemu-agent-command", *option("domain", guest(step.uuid, name)))
    ping = shlex.join((*words, '{"execute":"guest-ping"}'))
    return (
        f"for second in $(seq {step.delay or int(step.limit)}); do {virsh} {ping} >/dev/null 2>&1 "
        "&& break; sleep 1; done"
    )


def _wait(virsh: str, step: WaitFor, name: str) -> str:
    """A loop that ends in one of the states, or when there is no such guest any more."""
    domain = shlex.join(option("domain", guest(step.uuid, name)))
    # domstate ends its answer with an empty line, which must not count as another state.
    states = "|".join(_STATES[state] for state in step.states) + "|"
    return (
        f"while LC_ALL=C {virsh} domstate {domain} | grep -qvxE {shlex.quote(states)}; "
        "do sleep 1; done"
    )
