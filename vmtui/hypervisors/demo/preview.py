"""How a demo host's steps would be typed."""

from __future__ import annotations

import shlex

from vmtui.hypervisors.demo import checkup, tools
from vmtui.model.steps import (
    AddConsole,
    BootFromDisk,
    CopyIn,
    CopyOut,
    CopyVolume,
    CreateVolume,
    DefineGuest,
    DeleteSnapshots,
    DeleteVolume,
    DiscardSaved,
    EjectMedium,
    FetchFile,
    InsertMedium,
    LogConsole,
    Reboot,
    Redefine,
    Rename,
    ResizeVolume,
    RunPlugin,
    SendKeys,
    SetAutostart,
    SetLabels,
    Shutdown,
    Step,
    Undefine,
    UploadVolume,
    Via,
    WaitFor,
    WaitReady,
    WaitTurn,
    WaitUp,
    WriteVolume,
)
from vmtui.model.steps.mending import HostStep
from vmtui.plan import installwords
from vmtui.plan.labelwords import metadata_options

_VOLUME_VERBS: dict[type[Step], str] = {
    CreateVolume: "vol-create-as",
    CopyVolume: "vol-create-from",
    ResizeVolume: "vol-resize",
    UploadVolume: "vol-upload",
    WriteVolume: "vol-upload",
}
_BY_VOL = ("vol-resize", "vol-upload", "vol-create-from")


def preview(step: Step, name: str) -> str:
    """The step as a virsh command line."""
    if isinstance(step, (*tools.STEPS, CopyIn, CopyOut)):
        return tools.preview(step, name)
    if isinstance(step, installwords.STEPS):
        return installwords.preview(step, "virsh", name)
    match step:
        case HostStep():
            return checkup.preview(step)
        case Shutdown(via=via) | Reboot(via=via):
            verb = "shutdown" if isinstance(step, Shutdown) else "reboot"
            mode = [] if via is Via.DEFAULT else ["--mode", via.value]
            return shlex.join(["virsh", verb, name, *mode])
        case SetAutostart(on=on):
            return shlex.join(["virsh", "autostart", name, *([] if on else ["--disable"])])
        case Rename(new=new):
            return shlex.join(["virsh", "domrename", name, new])
        case SetLabels(labels=labels):
            return shlex.join(["virsh", "metadata", name, *metadata_options(labels)])
        case DiscardSaved():
            return shlex.join(["virsh", "managedsave-remove", name])
        case Undefine(nvram=nvram):
            flag = "--nvram" if nvram else "--keep-nvram"
            return shlex.join(["virsh", "undefine", name, "--managed-save", flag])
        case DeleteVolume(pool=pool, volume=volume):
            return shlex.join(["virsh", "vol-delete", volume, "--pool", pool])
        case CreateVolume() | CopyVolume() | ResizeVolume() | UploadVolume() | WriteVolume():
            verb = _VOLUME_VERBS[type(step)]
            words = ["virsh", verb, "--vol" if verb in _BY_VOL else "--name", step.volume]
            return shlex.join([*words, "--pool", step.pool])
        case DefineGuest():
            return shlex.join(["virsh", "define", "--validate", f"{name}.xml"])
        case EjectMedium(place=place):
            return shlex.join(["virsh", "change-media", name, str(place), "--eject"])
        case InsertMedium(place=place):
            return shlex.join(["virsh", "attach-disk", name, str(place), "vdz"])
        case FetchFile(url=url, file=file):
            return shlex.join(["curl", "--fail", "--location", "--output", file, url])
        case WaitReady():
            return shlex.join(["virsh", "console", name])
        case WaitFor():
            return f"# wait until {shlex.quote(name)} is off"
        case WaitTurn():
            return f"# {shlex.quote(name)}: when those before it are done"
        case WaitUp(delay=delay, limit=limit):
            return f"# wait until {shlex.quote(name)} is up, at most {delay or int(limit)} seconds"
        case DeleteSnapshots():
            return f"# virsh snapshot-delete {shlex.quote(name)} SNAPSHOT, for each of them"
        case Redefine():
            return "virsh define FILE"
        case RunPlugin(command=command):
            return shlex.join(command) or f"# {step.label}"
        case SendKeys(keys=keys):
            return shlex.join(["virsh", "send-key", name, *(str(key) for key in keys)])
        case AddConsole():
            device = shlex.quote("<serial type='pty'/>")
            return f"echo {device} | virsh attach-device {shlex.quote(name)} /dev/stdin --config"
        case LogConsole() | BootFromDisk():
            return f"virsh edit {shlex.quote(name)}"
        case _:
            return shlex.join(["virsh", type(step).__name__.lower(), name])
