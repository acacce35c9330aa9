"""Carries out the steps of a Plan: one function a kind of step, found by its type."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from vmtui.errors import Unsupported
from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt import (
    consoleport,
    definition,
    deletion,
    keyboard,
    lifecycle,
    saving,
)
from vmtui.hypervisors.libvirt.handle import Handle
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
)

# Each takes its own kind of Step; the table's keys are what makes the call right.
Execute = Callable[[Handle, Any, Progress], Awaitable[Step | None]]

EXECUTE: dict[type[Step], Execute] = {
    Start: lifecycle.start,
    Shutdown: lifecycle.shutdown,
    Reboot: lifecycle.reboot,
    Destroy: lifecycle.destroy,
    Reset: lifecycle.reset,
    Suspend: lifecycle.suspend,
    Resume: lifecycle.resume,
    ManagedSave: saving.save,
    DiscardSaved: saving.discard,
    SetAutostart: definition.set_autostart,
    Rename: definition.rename,
    Undefine: definition.undefine,
    Redefine: definition.redefine,
    DeleteSnapshots: deletion.delete_snapshots,
    DeleteVolume: deletion.delete_volume,
    SendKeys: keyboard.send_keys,
    AddConsole: consoleport.add_console,
    LogConsole: consoleport.log_console,
}


async def execute(handle: Handle, step: Step, progress: Progress) -> Step | None:
    """Do one step; returns the step that undoes it, or None where nothing does.

    Raises:
        VmtuiError: As the step's own function says.
        Unsupported: This kind of step is not libvirt's to do.
    """
    function = EXECUTE.get(type(step))
    if function is None:
        raise Unsupported(f"libvirt has no part in “{step.label}”")
    return await function(handle, step, progress)
