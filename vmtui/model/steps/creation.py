"""Steps that make a new guest: its volumes, its definition, and the look at its first boot.

Every step that makes something yields the step which takes exactly that away again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from vmtui.model.record import SECRET
from vmtui.model.spec import GuestSpec, Place
from vmtui.model.steps.step import Step


@dataclass(frozen=True, slots=True)
class FetchFile(Step):
    """Download `url` to `file`, a path on the machine that vmtui runs on. Done by the engine.

    What an earlier try left is gone on with; a whole file with the right checksum is taken as it
    is. Not undone: the file is a cache.
    """

    url: str = ""
    file: str = ""
    checksum: str = ""
    """`sha256:HEX` or `sha512:HEX`; "" where it is not known, or nobody publishes one."""
    checksums: str = ""
    """Address of a published list that has it, or ""."""
    label: ClassVar[str] = "download"


@dataclass(frozen=True, slots=True)
class CreateVolume(Step):
    """Make an empty volume, or an overlay of `backing`. Undone by DeleteVolume."""

    pool: str = ""
    volume: str = ""
    capacity: int = 0
    """Bytes that the guest sees."""
    format: str = "qcow2"
    backing: Place | None = None
    backing_format: str = ""
    full: bool = False
    """Whether all its space is taken at once."""
    label: ClassVar[str] = "make a volume"


@dataclass(frozen=True, slots=True)
class UploadVolume(Step):
    """Make a volume from `file`, a path on the machine that vmtui runs on, by stream.

    Undone by DeleteVolume where it was made here.
    """

    pool: str = ""
    volume: str = ""
    file: str = ""
    format: str = "raw"
    """What the file is: raw (also for an ISO), qcow2, ..."""
    shared: bool = False
    """An image that other guests use as well: where a volume of that name is, it is taken as it
    is; two that want it at the same time make it once; it is not undone while anything uses it."""
    label: ClassVar[str] = "upload"


@dataclass(frozen=True, slots=True)
class CopyVolume(Step):
    """Make a volume as a full copy of another one of the host. Undone by DeleteVolume."""

    pool: str = ""
    volume: str = ""
    source: Place = field(default_factory=Place)
    format: str = "qcow2"
    label: ClassVar[str] = "copy a volume"


@dataclass(frozen=True, slots=True)
class ResizeVolume(Step):
    """Let a volume that this plan made grow to `capacity` bytes. Not undone: the volume goes."""

    pool: str = ""
    volume: str = ""
    capacity: int = 0
    label: ClassVar[str] = "let a volume grow"


@dataclass(frozen=True, slots=True)
class WriteVolume(Step):
    """Make a raw volume of these bytes, such as a cloud-init seed. Undone by DeleteVolume.

    The bytes can hold a password's hash: they are in no record.
    """

    pool: str = ""
    volume: str = ""
    content: bytes = field(default=b"", repr=False, metadata=SECRET)
    label: ClassVar[str] = "write a volume"


@dataclass(frozen=True, slots=True)
class DefineGuest(Step):
    """Define the guest. Undone by Undefine, its firmware's variables included.

    `definition` is the text that a person edited, and wins over `spec`.
    """

    spec: GuestSpec | None = None
    definition: str = ""
    autostart: bool = False
    label: ClassVar[str] = "define"


@dataclass(frozen=True, slots=True)
class EjectMedium(Step):
    """Take the medium out of the drive that holds `place`, now and at the next start.

    A seed or an installer's ISO after its work. A guest without it is no error.
    """

    place: Place = field(default_factory=Place)
    label: ClassVar[str] = "take out a medium"


@dataclass(frozen=True, slots=True)
class BootFromDisk(Step):
    """From its next start on it boots by itself, without the kernel that the hypervisor loaded.

    After an installer's start; only what it is to be is changed, not what runs.
    """

    label: ClassVar[str] = "boot from the disk next time"


@dataclass(frozen=True, slots=True)
class WaitReady(Step):
    """Watch its first boot until it can be used. Done by the engine from what it sees.

    Ready is when its agent answers or its console shows a login prompt, and after that prompt a
    short while for the agent where it has a channel; where an agent is expected, both, or
    cloud-init's last word. Never a failure: after `limit` seconds the job's
    words say what was seen and what to look at. From here on the guest stands: nothing that made
    it is undone any more.
    """

    limit: float = 600.0
    expect_agent: bool = False
    held: bool = False
    """It was started held, and runs as soon as its console is heard, which so misses nothing."""
    late: bool = False
    """It may have been ready before anybody looked: where its console is silent, Enter asks it to
    say its prompt again."""
    label: ClassVar[str] = "watch it boot"
