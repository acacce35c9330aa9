"""Steps that a guest's agent does, and those that give it the channel for that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from vmtui.model.device import AgentPort
from vmtui.model.record import SECRET
from vmtui.model.steps.step import Step


@dataclass(frozen=True, slots=True)
class AddAgentChannel(Step):
    """Give it the channel of an agent in its definition. Undone by RemoveAgentChannel.

    `live` plugs one into the running guest as well, where its hypervisor can.
    """

    live: bool = False
    ensure: bool = False
    """Whether a guest that has it in its definition already is no error."""
    port: AgentPort = AgentPort.QEMU
    label: ClassVar[str] = "add the guest agent's channel"


@dataclass(frozen=True, slots=True)
class RemoveAgentChannel(Step):
    """Take the channel of an agent away, `live` from the running guest too."""

    live: bool = False
    port: AgentPort = AgentPort.QEMU
    label: ClassVar[str] = "remove the guest agent's channel"


@dataclass(frozen=True, slots=True)
class Freeze(Step):
    """Freeze its file systems through its agent: whoever writes waits. Undone by Thaw."""

    label: ClassVar[str] = "freeze its file systems"


@dataclass(frozen=True, slots=True)
class Thaw(Step):
    """Thaw its file systems."""

    label: ClassVar[str] = "thaw its file systems"


@dataclass(frozen=True, slots=True)
class Trim(Step):
    """Have it tell its disks which blocks it does not use."""

    label: ClassVar[str] = "trim its file systems"


@dataclass(frozen=True, slots=True)
class SetClock(Step):
    """Set its clock to this machine's time."""

    label: ClassVar[str] = "set its clock"


@dataclass(frozen=True, slots=True)
class SetPassword(Step):
    """Give a user inside of it a password, which is written down nowhere."""

    user: str = ""
    password: str = field(default="", repr=False, metadata=SECRET)
    label: ClassVar[str] = "set a user's password"


@dataclass(frozen=True, slots=True)
class AddKey(Step):
    """Let the owner of an SSH key log in as that user; `key` is a line of a public key's file."""

    user: str = ""
    key: str = ""
    label: ClassVar[str] = "add an SSH key"


@dataclass(frozen=True, slots=True)
class CopyIn(Step):
    """Copy a file of this machine into it through its agent. Done by the engine.

    `force` writes over a file that is there. What a cut copy wrote is found again by the next one.
    """

    source: str = ""
    target: str = ""
    force: bool = False
    label: ClassVar[str] = "copy a file in"


@dataclass(frozen=True, slots=True)
class CopyOut(Step):
    """Copy a file of it to this machine; as `CopyIn`."""

    source: str = ""
    target: str = ""
    force: bool = False
    label: ClassVar[str] = "copy a file out"
