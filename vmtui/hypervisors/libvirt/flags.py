"""What changes without an event: autostart, persistence, saved state, snapshots, checkpoints.

libvirt lists the guests that have a flag, in one call a flag; or each guest is asked for each.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import libvirt

from vmtui.hypervisor import Flags
from vmtui.hypervisors.libvirt.errors import lost, unsupported
from vmtui.hypervisors.libvirt.handle import Handle


class Flag(Enum):
    """A flag, by the name of its field in `Flags`."""

    AUTOSTART = "autostart"
    PERSISTENT = "persistent"
    SAVED = "saved"
    SNAPSHOTS = "snapshots"
    CHECKPOINTS = "checkpoints"


_FILTERS = {
    Flag.AUTOSTART: libvirt.VIR_CONNECT_LIST_DOMAINS_AUTOSTART,
    Flag.PERSISTENT: libvirt.VIR_CONNECT_LIST_DOMAINS_PERSISTENT,
    Flag.SAVED: libvirt.VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE,
    Flag.SNAPSHOTS: libvirt.VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT,
    Flag.CHECKPOINTS: libvirt.VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT,
}
_QUESTIONS: dict[Flag, Callable[[libvirt.virDomain], object]] = {
    Flag.AUTOSTART: libvirt.virDomain.autostart,
    Flag.PERSISTENT: libvirt.virDomain.isPersistent,
    Flag.SAVED: libvirt.virDomain.hasManagedSaveImage,
    Flag.SNAPSHOTS: libvirt.virDomain.snapshotNum,
    Flag.CHECKPOINTS: libvirt.virDomain.listAllCheckpoints,
}


class FlagReader:
    """Reads them from one host. What its driver does not tell is asked once. In threads."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._lacking: set[Flag] = set()

    def of_all(self) -> Flags:
        """The flags of all guests (virConnectListAllDomains, a call a flag). May block."""
        return Flags(**{flag.value: self._having(flag) for flag in Flag})

    def of_one(
        self, domain: libvirt.virDomain, known: Flags | None = None
    ) -> dict[Flag, bool | None]:
        """The flags of one guest, from what is known of all or by asking. May block.

        Raises:
            libvirt.libvirtError: The guest or the connection is gone.
        """
        if known is None:
            return {flag: self._ask(domain, flag) for flag in Flag}
        uuid = domain.UUIDString()
        flags = {}
        for flag in Flag:
            having: frozenset[str] | None = getattr(known, flag.value)
            flags[flag] = uuid in having if having is not None else None
        return flags

    def _having(self, flag: Flag) -> frozenset[str] | None:
        """The UUIDs of the guests that have a flag; None where this driver does not tell."""
        if flag in self._lacking:
            return None
        try:
            found = self._handle.conn.listAllDomains(_FILTERS[flag])
        except libvirt.libvirtError as error:
            if not unsupported(error):
                raise
            self._lacking.add(flag)
            return None
        return frozenset(domain.UUIDString() for domain in found)

    def _ask(self, domain: libvirt.virDomain, flag: Flag) -> bool | None:
        if flag in self._lacking:
            return None
        try:
            return bool(_QUESTIONS[flag](domain))
        except libvirt.libvirtError as error:
            if unsupported(error):
                self._lacking.add(flag)
            elif lost(error) or error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
                raise
            return None
