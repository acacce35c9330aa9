"""Steps that change what is defined: names, flags, consoles, the definition itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vmtui.model.guest import Labels
from vmtui.model.steps.step import Step


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
class SetLabels(Step):
    """Write all its labels on it, in place of those there were. Undone by those."""

    tags: tuple[str, ...] = ()
    group: str = ""
    note: str = ""
    order: int | None = None
    delay: int = 0
    label: ClassVar[str] = "write its tags, group, note and order"

    @classmethod
    def of(cls, uuid: str, labels: Labels) -> SetLabels:
        """The step that writes these."""
        return cls(uuid, labels.tags, labels.group, labels.note, labels.order, labels.delay)

    @property
    def labels(self) -> Labels:
        """What is to be written."""
        return Labels(self.tags, self.group, self.note, self.order, self.delay)


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
