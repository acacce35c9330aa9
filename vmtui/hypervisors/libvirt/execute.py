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
    insertion,
    keyboard,
    labels,
    lifecycle,
    saving,
)
from vmtui.hypervisors.libvirt.agent import channel, verbs
from vmtui.hypervisors.libvirt.creation import defining, making, upload
from vmtui.hypervisors.libvirt.doctor import mend
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.model.steps import (
    AddAgentChannel,
    AddConsole,
    AddKey,
    BootFromDisk,
    CopyVolume,
    CreateVolume,
    DefineGuest,
    DeleteSnapshots,
    DeleteVolume,
    Destroy,
    DiscardSaved,
    EjectMedium,
    Freeze,
    InsertMedium,
    LogConsole,
    ManagedSave,
    Reboot,
    Redefine,
    RemoveAgentChannel,
    Rename,
    Reset,
    ResizeVolume,
    Resume,
    SendKeys,
    SetAutostart,
    SetClock,
    SetLabels,
    SetPassword,
    Shutdown,
    Start,
    Step,
    Suspend,
    Thaw,
    Trim,
    Undefine,
    UploadVolume,
    WriteVolume,
)
from vmtui.model.steps.mending import (
    DefineNetwork,
    DefinePool,
    JoinGroup,
    LoadModule,
    StartNetwork,
    StartPool,
    StopNetwork,
    StopPool,
    UndefineNetwork,
    UndefinePool,
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
    SetLabels: labels.set_labels,
    CreateVolume: making.create_volume,
    UploadVolume: upload.upload_volume,
    CopyVolume: making.copy_volume,
    ResizeVolume: making.resize_volume,
    WriteVolume: upload.write_volume,
    DefineGuest: defining.define_guest,
    EjectMedium: defining.eject_medium,
    InsertMedium: insertion.insert_medium,
    BootFromDisk: defining.boot_from_disk,
    StartNetwork: mend.start_network,
    StopNetwork: mend.stop_network,
    DefineNetwork: mend.define_network,
    UndefineNetwork: mend.undefine_network,
    StartPool: mend.start_pool,
    StopPool: mend.stop_pool,
    DefinePool: mend.define_pool,
    UndefinePool: mend.undefine_pool,
    LoadModule: mend.load_module,
    JoinGroup: mend.join_group,
    AddAgentChannel: channel.add_agent_channel,
    RemoveAgentChannel: channel.remove_agent_channel,
    Freeze: verbs.freeze,
    Thaw: verbs.thaw,
    Trim: verbs.trim,
    SetClock: verbs.set_clock,
    SetPassword: verbs.set_password,
    AddKey: verbs.add_key,
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
