"""Steps that change what a guest does: boot it, stop it, press its keys."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from vmtui.model.steps.step import Step


class Via(Enum):
    """By which way a guest is asked to shut down or reboot."""

    DEFAULT = "default"
    """The hypervisor's choice: QEMU's guest agent where one answers, else ACPI."""
    ACPI = "acpi"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Start(Step):
    """Boot it, or resume it from its managed-save image."""

    held: bool = False
    """It stands still before its first instruction, until `WaitReady` hears its console."""
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
class SendKeys(Step):
    """Press keys on its keyboard, all at once, and let them go.

    `keys` are Linux's names of them (KEY_LEFTCTRL) or its numbers (29).
    """

    keys: tuple[int | str, ...] = ()
    label: ClassVar[str] = "send keys"
