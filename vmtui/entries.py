"""Lists in the settings file: one dataclass a `[[table]]`; `config` reads them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageEntry:
    """One `[[image]]`: a published cloud image that is offered for new guests."""

    id: str = ""
    """What it is called in commands; one of the shipped ones is replaced by it."""
    url: str = ""
    """Its address: qcow2 or raw, also of a web server of your own."""
    label: str = ""
    """What it is called on the screen; "" for its id."""
    system: str = ""
    """The operating system's short name, such as debian13; "" looks at the file's name."""
    checksums: str = ""
    """Address of a list of checksums that has it."""
    arch: str = "x86_64"
    """The architecture that it is for."""
    format: str = "qcow2"
    """qcow2 or raw."""
    size: int = 0
    """MiB to download, about."""
    capacity: int = 0
    """GiB that its disk has at least."""
    firmware: str = ""
    """uefi where it boots in no other way."""


@dataclass(frozen=True, slots=True)
class ViewEntry:
    """One `[[view]]`: what the table shows, called by name."""

    name: str = ""
    """What it is called by."""
    columns: str = ""
    """As `columns` in `[ui]`."""
    sort: str = ""
    """As `sort` in `[ui]`; "" is by name."""
    group_by: str = ""
    """As `group_by` in `[ui]`."""
    filter: str = ""
    """A filter; "" shows all."""
