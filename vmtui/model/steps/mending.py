"""Steps that mend a host rather than act on a guest of it: their `uuid` is "".

Each is harmless where it was done already, so that what was interrupted can be finished.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vmtui.model.steps.step import Step


@dataclass(frozen=True, slots=True)
class HostStep(Step):
    """One thing to do to the track's host itself."""

    uuid: str = ""


@dataclass(frozen=True, slots=True)
class StartNetwork(HostStep):
    """Start a virtual network, and from then on with the host where `autostart` says so.

    Undone by StopNetwork, where it was off.
    """

    name: str = ""
    autostart: bool = True
    label: ClassVar[str] = "start the network"


@dataclass(frozen=True, slots=True)
class StopNetwork(HostStep):
    """Stop a virtual network, and set whether it starts with the host."""

    name: str = ""
    autostart: bool = False
    label: ClassVar[str] = "stop the network"


@dataclass(frozen=True, slots=True)
class DefineNetwork(HostStep):
    """Define a virtual network with addresses of its own (NAT). Undone by UndefineNetwork."""

    name: str = ""
    address: str = "192.168.122.1/24"
    """The host's address in it, with the length of the prefix."""
    label: ClassVar[str] = "define the network"


@dataclass(frozen=True, slots=True)
class UndefineNetwork(HostStep):
    """Remove the definition of a virtual network that is off."""

    name: str = ""
    label: ClassVar[str] = "undefine the network"


@dataclass(frozen=True, slots=True)
class StartPool(HostStep):
    """Start a storage pool, making its folder where it misses; as StartNetwork otherwise."""

    name: str = ""
    autostart: bool = True
    label: ClassVar[str] = "start the pool"


@dataclass(frozen=True, slots=True)
class StopPool(HostStep):
    """Stop a storage pool, which keeps its volumes, and set whether it starts with the host."""

    name: str = ""
    autostart: bool = False
    label: ClassVar[str] = "stop the pool"


@dataclass(frozen=True, slots=True)
class DefinePool(HostStep):
    """Define a pool of files in a folder of the host. Undone by UndefinePool."""

    name: str = ""
    path: str = ""
    label: ClassVar[str] = "define the pool"


@dataclass(frozen=True, slots=True)
class UndefinePool(HostStep):
    """Remove the definition of a pool that is off; its folder stays."""

    name: str = ""
    label: ClassVar[str] = "undefine the pool"


@dataclass(frozen=True, slots=True)
class LoadModule(HostStep):
    """Load a module of the host's kernel, or with `on` false unload it. Undone by the opposite."""

    name: str = ""
    on: bool = True
    label: ClassVar[str] = "load the module"


@dataclass(frozen=True, slots=True)
class JoinGroup(HostStep):
    """Put a user of the host into a group, or with `on` false out of it. Undone by the opposite."""

    user: str = ""
    group: str = ""
    on: bool = True
    label: ClassVar[str] = "join the group"


HOST_KINDS: tuple[type[Step], ...] = (
    StartNetwork, StopNetwork, DefineNetwork, UndefineNetwork, StartPool, StopPool, DefinePool,
    UndefinePool, LoadModule, JoinGroup,
)  # fmt: skip
