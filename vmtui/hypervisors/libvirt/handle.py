"""What the parts of a connection share: libvirt's connections, the threads, and whom to tell."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import libvirt

from vmtui.hypervisors.libvirt.calls import Calls
from vmtui.hypervisors.libvirt.links import Links
from vmtui.model.change import Change
from vmtui.model.guest import HostId


@dataclass(frozen=True, slots=True, eq=False)
class Handle:
    """One open host. `conn`, `domain` and `domains` are for the threads of `calls` only.

    Every thread has a connection of its own (see `links`), so what one thread got from libvirt
    is not handed to another one.
    """

    main: libvirt.virConnect
    """The first connection, whose events are listened to."""
    calls: Calls
    uri: str
    host: HostId
    announce: Callable[[Change], None]
    """Tells the listener of a change that libvirt itself does not announce; on the event loop."""
    links: Links | None = None
    """None: every thread uses the first connection."""
    _kept: dict[str, libvirt.virDomain] = field(default_factory=dict)

    @property
    def conn(self) -> libvirt.virConnect:
        """The calling thread's connection. May block: it may have to be opened."""
        return self.main if self.links is None else self.links.mine().conn

    @property
    def patient(self) -> libvirt.virConnect:
        """The calling thread's connection for sending much (see `Links.patient`). May block."""
        return self.main if self.links is None else self.links.patient()

    @property
    def domains(self) -> dict[str, libvirt.virDomain]:
        """The domains that the calling thread has found, by UUID. May block."""
        return self._kept if self.links is None else self.links.mine().domains

    def sparing(self) -> AbstractContextManager[None]:
        """Around calls that may hang (see `Links.sparing`). May block."""
        return nullcontext() if self.links is None else self.links.sparing()

    def domain(self, uuid: str) -> libvirt.virDomain:
        """The domain of that UUID. May block.

        A domain that is gone may still yield a handle: its first use raises then, with the
        code VIR_ERR_NO_DOMAIN, which becomes NotFound.

        Raises:
            libvirt.libvirtError: There is none (virDomainLookupByUUIDString).
        """
        domains = self.domains
        domain = domains.get(uuid)
        if domain is None:
            domain = domains[uuid] = self.conn.lookupByUUIDString(uuid)
        return domain
