"""The steps of a Plan: neutral data that a hypervisor renders, executes and can preview.

A step that can be undone yields its undo step when it is executed (see `Hypervisor.execute`),
because only then is known what was there before.
"""

from __future__ import annotations

from typing import Any

from vmtui.errors import Invalid
from vmtui.model.record import decode, encode
from vmtui.model.steps.creation import (
    BootFromDisk,
    CopyVolume,
    CreateVolume,
    DefineGuest,
    EjectMedium,
    FetchFile,
    ResizeVolume,
    UploadVolume,
    WaitReady,
    WriteVolume,
)
from vmtui.model.steps.definition import (
    AddConsole,
    LogConsole,
    Redefine,
    Rename,
    SetAutostart,
    SetLabels,
    Undefine,
)
from vmtui.model.steps.installing import (
    CustomizeDisk,
    GatherPackages,
    InsertMedium,
    RestartForChannel,
    RunAtConsole,
    RunBySsh,
    VerifyTools,
)
from vmtui.model.steps.lifecycle import (
    Destroy,
    DiscardSaved,
    ManagedSave,
    Reboot,
    Reset,
    Resume,
    SendKeys,
    Shutdown,
    Start,
    Suspend,
    Via,
)
from vmtui.model.steps.mending import HOST_KINDS
from vmtui.model.steps.plugin import RunPlugin
from vmtui.model.steps.step import Step
from vmtui.model.steps.storage import DeleteSnapshots, DeleteVolume
from vmtui.model.steps.tools import (
    AddAgentChannel,
    AddKey,
    CopyIn,
    CopyOut,
    Freeze,
    RemoveAgentChannel,
    SetClock,
    SetPassword,
    Thaw,
    Trim,
)
from vmtui.model.steps.waiting import WaitFor, WaitTurn, WaitUp

__all__ = [
    "KINDS",
    "AddAgentChannel",
    "AddConsole",
    "AddKey",
    "BootFromDisk",
    "CopyIn",
    "CopyOut",
    "CopyVolume",
    "CreateVolume",
    "CustomizeDisk",
    "DefineGuest",
    "DeleteSnapshots",
    "DeleteVolume",
    "Destroy",
    "DiscardSaved",
    "EjectMedium",
    "FetchFile",
    "Freeze",
    "GatherPackages",
    "InsertMedium",
    "LogConsole",
    "ManagedSave",
    "Reboot",
    "Redefine",
    "RemoveAgentChannel",
    "Rename",
    "Reset",
    "ResizeVolume",
    "RestartForChannel",
    "Resume",
    "RunAtConsole",
    "RunBySsh",
    "RunPlugin",
    "SendKeys",
    "SetAutostart",
    "SetClock",
    "SetLabels",
    "SetPassword",
    "Shutdown",
    "Start",
    "Step",
    "Suspend",
    "Thaw",
    "Trim",
    "Undefine",
    "UploadVolume",
    "VerifyTools",
    "Via",
    "WaitFor",
    "WaitReady",
    "WaitTurn",
    "WaitUp",
    "WriteVolume",
    "from_record",
    "to_record",
]

KINDS: dict[str, type[Step]] = {
    cls.__name__: cls
    for cls in (
        Start, Shutdown, Reboot, Destroy, Reset, Suspend, Resume, ManagedSave, DiscardSaved,
        SetAutostart, Rename, DeleteSnapshots, Undefine, Redefine, DeleteVolume, SendKeys,
        AddConsole, LogConsole, SetLabels, WaitFor, FetchFile, CreateVolume, UploadVolume,
        CopyVolume, ResizeVolume, WriteVolume, DefineGuest, EjectMedium, BootFromDisk,
        WaitReady,
        AddAgentChannel, RemoveAgentChannel, Freeze, Thaw, Trim, SetClock, SetPassword, AddKey,
        CopyIn, CopyOut, RunAtConsole, RunBySsh, GatherPackages, InsertMedium, CustomizeDisk,
        RestartForChannel, VerifyTools, RunPlugin,
        WaitTurn, WaitUp,
        *HOST_KINDS,
    )
}  # fmt: skip


def to_record(step: Step) -> dict[str, Any]:
    """The step as JSON values, for the journal; without its secrets."""
    return {"kind": type(step).__name__, **encode(step)}


def from_record(record: dict[str, Any]) -> Step:
    """The step that `to_record` wrote.

    Raises Invalid where the record is of no known kind or does not fit it.
    """
    values = dict(record)
    kind = KINDS.get(str(values.pop("kind", "")))
    if kind is None:
        raise Invalid("A journal holds a step of an unknown kind", repr(record.get("kind")))
    return decode(kind, values)
