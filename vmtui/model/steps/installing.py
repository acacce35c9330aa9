"""Steps that bring the guest agent into a guest. Done by the engine, but for the medium."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from vmtui.model.installing import SshTarget, Sudo
from vmtui.model.record import SECRET
from vmtui.model.spec import Place
from vmtui.model.steps.step import Step


@dataclass(frozen=True, slots=True)
class RunAtConsole(Step):
    """Type a command at the shell at its console, and follow it to its end.

    `device` is as for `Hypervisor.open_console`; `password` answers sudo and is written nowhere.
    """

    what: str = ""
    command: str = ""
    """For a POSIX shell, to be run as root."""
    sudo: Sudo = Sudo.NOT_NEEDED
    device: str = ""
    limit: float = 120.0
    """Seconds that it may take."""
    password: str = field(default="", repr=False, metadata=SECRET)
    label: ClassVar[str] = "run a command at its console"

    @property
    def wants_secrets(self) -> bool:
        """Whether whoever is logged in there is asked for a password."""
        return self.sudo in (Sudo.PASSWORD, Sudo.DOAS)


@dataclass(frozen=True, slots=True)
class RunBySsh(Step):
    """Run a command inside it by ssh, without a terminal and without a password."""

    what: str = ""
    command: str = ""
    sudo: Sudo = Sudo.NOT_NEEDED
    target: SshTarget = field(default_factory=SshTarget)
    limit: float = 120.0
    label: ClassVar[str] = "run a command by ssh"


@dataclass(frozen=True, slots=True)
class GatherPackages(Step):
    """Have this machine's package tool fetch packages with all that they need, into an ISO.

    `file` is the ISO, a path on the machine that vmtui runs on.
    """

    manager: str = ""
    packages: tuple[str, ...] = ()
    version: str = ""
    """Of the guest's system, for tools that fetch for other releases as well."""
    script: str = ""
    """What is in the ISO beside them: `install.sh`."""
    file: str = ""
    label: ClassVar[str] = "fetch packages into an ISO"


@dataclass(frozen=True, slots=True)
class InsertMedium(Step):
    """Show it an ISO: in a drive that is empty, else as a read-only disk. Undone by EjectMedium.

    `drive` insists on a drive, as Windows needs it; where none can be had while it runs, the
    guest has it at its next start.
    """

    place: Place = field(default_factory=Place)
    drive: bool = False
    label: ClassVar[str] = "show it a medium"


@dataclass(frozen=True, slots=True)
class CustomizeDisk(Step):
    """Install packages into its disk with virt-customize while it is off."""

    uri: str = ""
    packages: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    """Run in its root file system."""
    emulate: bool = False
    """Whether libguestfs is told to leave this machine's KVM alone, which may not work."""
    label: ClassVar[str] = "install into its disk"


@dataclass(frozen=True, slots=True)
class RestartForChannel(Step):
    """Turn it off and on again where its agent's channel is there only after that.

    Where it fails in its middle, or is cancelled there, the guest is started again.
    """

    limit: float = 300.0
    asked: bool = False
    """Whether it was asked to go off before: then it is only started, once it is off."""
    label: ClassVar[str] = "restart it for its channel"


@dataclass(frozen=True, slots=True)
class VerifyTools(Step):
    """Wait until its agent answers. Where `final`, nothing that was done is undone from here on.

    A guest that is off, or whose channel is there only after a restart, is no failure: the job's
    words say what is left to do.
    """

    limit: float = 180.0
    final: bool = True
    """Whether this is the end of the work; else what was done is undone where it fails."""
    label: ClassVar[str] = "wait for its agent"
