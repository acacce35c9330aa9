"""The steps of a Plan: neutral data that a hypervisor renders, executes and can preview.

A step that can be undone yields its undo step when it is executed (see `Hypervisor.execute`),
because only then is known what was there before.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, get_type_hints

from vmtui.errors import Invalid
from vmtui.model.guest import GuestState


class Via(Enum):
    """By which way a guest is asked to shut down or reboot."""

    DEFAULT = "default"
    """The hypervisor's choice: QEMU's guest agent where one answers, else ACPI."""
    ACPI = "acpi"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do to one guest of the track's host. `uuid` is the guest's."""

    uuid: str
    label: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Start(Step):
    """Boot it, or resume it from its managed-save image."""

    label: ClassVar[str] = "start"


@dataclass(frozen=True, slots=True)
class Shutdown(Step):
    """Ask it to shut down; `WaitFor` follows it until it is off."""

    via: Via = Via.DEFAULT
    label: ClassVar[str] = "ask to shut down"


@dataclass(frozen=True, slots=True)
class Reboot(Step):
    """Ask it to reboot."""

    via: Via = Via.DEFAULT
    label: ClassVar[str] = "ask to reboot"


@dataclass(frozen=True, slots=True)
class Destroy(Step):
    """Cut its power. A guest that is already off is no error."""

    label: ClassVar[str] = "force off"


@dataclass(frozen=True, slots=True)
class Reset(Step):
    """Press its reset button."""

    label: ClassVar[str] = "reset"


@dataclass(frozen=True, slots=True)
class Suspend(Step):
    """Stop its vCPUs. Undone by Resume."""

    label: ClassVar[str] = "suspend"


@dataclass(frozen=True, slots=True)
class Resume(Step):
    """Let its vCPUs run again (or wake it from its own sleep). Undone by Suspend."""

    label: ClassVar[str] = "resume"


@dataclass(frozen=True, slots=True)
class ManagedSave(Step):
    """Save its memory to the host's disk and stop it; the next start resumes from there.

    Reports progress; cancelling aborts the save and leaves the guest running.
    """

    label: ClassVar[str] = "save its state"


@dataclass(frozen=True, slots=True)
class DiscardSaved(Step):
    """Remove the managed-save image: the next start boots afresh."""

    label: ClassVar[str] = "discard its saved state"


@dataclass(frozen=True, slots=True)
class SetAutostart(Step):
    """Start it with the host, or not. Undone by the opposite."""

    on: bool = True
    label: ClassVar[str] = "set autostart"


@dataclass(frozen=True, slots=True)
class Rename(Step):
    """Give it another name. Undone by the old name."""

    old: str = ""
    new: str = ""
    label: ClassVar[str] = "rename"


@dataclass(frozen=True, slots=True)
class DeleteSnapshots(Step):
    """Remove all its snapshots; `metadata_only` keeps the data and forgets the snapshots."""

    metadata_only: bool = False
    label: ClassVar[str] = "delete its snapshots"


@dataclass(frozen=True, slots=True)
class Undefine(Step):
    """Remove its definition. Undone by Redefine.

    Managed-save image, snapshot and checkpoint metadata go with it. `nvram` says whether its
    UEFI variables are removed too (they cannot come back).
    """

    name: str = ""
    nvram: bool = True
    label: ClassVar[str] = "undefine"


@dataclass(frozen=True, slots=True)
class Redefine(Step):
    """Define it from `definition`, the text that the hypervisor gave before (libvirt: XML)."""

    name: str = ""
    definition: str = ""
    autostart: bool = False
    label: ClassVar[str] = "define again"


@dataclass(frozen=True, slots=True)
class DeleteVolume(Step):
    """Delete a volume. Cannot be undone, so plans put it last."""

    pool: str = ""
    volume: str = ""
    path: str = ""
    label: ClassVar[str] = "delete volume"


@dataclass(frozen=True, slots=True)
class SendKeys(Step):
    """Press keys on its keyboard, all at once, and let them go.

    `keys` are Linux's names of them (KEY_LEFTCTRL) or its numbers (29).
    """

    keys: tuple[int | str, ...] = ()
    label: ClassVar[str] = "send keys"


@dataclass(frozen=True, slots=True)
class AddConsole(Step):
    """Give it a serial console in its definition. Undone by Redefine.

    `live` gives one to the running guest as well, where its hypervisor can; that one stays until
    the guest is off.
    """

    live: bool = False
    label: ClassVar[str] = "add a serial console"


@dataclass(frozen=True, slots=True)
class LogConsole(Step):
    """Have its host write what its console prints to a file, from its next start on.

    `file` is a path on the host; "" is one in the folder of the hypervisor's own logs. Undone by
    Redefine.
    """

    file: str = ""
    label: ClassVar[str] = "log its console"


@dataclass(frozen=True, slots=True)
class WaitFor(Step):
    """Wait until it is in one of `states`. Done by the engine from what the host reports.

    After `patience` seconds the job says that it does not obey, and goes on waiting up to
    `limit` seconds.
    """

    states: tuple[GuestState, ...] = (GuestState.OFF,)
    patience: float = 60.0
    limit: float = 600.0
    label: ClassVar[str] = "wait until it is off"


KINDS: dict[str, type[Step]] = {
    cls.__name__: cls
    for cls in (
        Start, Shutdown, Reboot, Destroy, Reset, Suspend, Resume, ManagedSave, DiscardSaved,
        SetAutostart, Rename, DeleteSnapshots, Undefine, Redefine, DeleteVolume, SendKeys,
        AddConsole, LogConsole, WaitFor,
    )
}  # fmt: skip


def to_record(step: Step) -> dict[str, Any]:
    """The step as JSON values, for the journal."""
    record: dict[str, Any] = {"kind": type(step).__name__}
    for field in dataclasses.fields(step):
        value = getattr(step, field.name)
        if isinstance(value, Enum):
            value = value.value
        elif isinstance(value, tuple):
            value = [item.value if isinstance(item, Enum) else item for item in value]
        record[field.name] = value
    return record


def from_record(record: dict[str, Any]) -> Step:
    """The step that `to_record` wrote.

    Raises Invalid where the record is of no known kind or does not fit it.
    """
    values = dict(record)
    kind = KINDS.get(str(values.pop("kind", "")))
    if kind is None:
        raise Invalid("A journal holds a step of an unknown kind", repr(record.get("kind")))
    hints = get_type_hints(kind)
    try:
        for name, value in values.items():
            if hints[name] is Via:
                values[name] = Via(value)
            elif name == "states":
                values[name] = tuple(GuestState(item) for item in value)
            elif name == "keys":
                values[name] = tuple(value)
        return kind(**values)
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid("A journal's step does not fit its kind", str(error)) from None
