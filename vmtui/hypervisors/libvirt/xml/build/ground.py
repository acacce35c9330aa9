"""What a definition is built on: what the host offers, and where its files are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vmtui.errors import NotFound
from vmtui.hypervisors.libvirt.xml.offered import DomainCapabilities
from vmtui.model.spec import Place


@dataclass(frozen=True, slots=True)
class Medium:
    """What a disk's `<source>` says: its `<disk>`'s type, its attributes and its servers."""

    kind: str
    """file, block, network or volume"""
    attributes: Mapping[str, str]
    hosts: tuple[tuple[str, str], ...] = ()
    """Name and port of each server of a network disk."""
    user: str = ""
    secret: str = ""
    """The UUID of the secret that the user logs in with."""
    secret_kind: str = ""
    """ceph or iscsi"""

    @property
    def path(self) -> str:
        """Where it is on the host, or "" for what is no file."""
        return self.attributes.get("file") or self.attributes.get("dev") or ""


@dataclass(frozen=True, slots=True)
class Ground:
    """One host, for one engine, architecture and machine."""

    offered: DomainCapabilities
    machine: str = ""
    """The machine that is written where the spec names none."""
    media: Mapping[Place, Medium] = field(default_factory=dict)

    def medium(self, place: Place) -> Medium:
        """What holds a place's bytes; a path stands for itself.

        Raises:
            NotFound: Nobody looked it up.
        """
        if place in self.media:
            return self.media[place]
        if place.path:
            return Medium("file", {"file": place.path})
        raise NotFound(f"The volume {place} is not there")
