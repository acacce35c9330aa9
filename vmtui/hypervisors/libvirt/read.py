"""Guests, as the host reports them: a listing at the price of one call, or each in full."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import libvirt

from vmtui.errors import Invalid
from vmtui.hypervisor import Flags
from vmtui.hypervisors.libvirt.callbacks import Known
from vmtui.hypervisors.libvirt.errors import lost, unsupported
from vmtui.hypervisors.libvirt.flags import Flag, FlagReader
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.single import Targets
from vmtui.hypervisors.libvirt.states import guest_state, reason_words, state_of
from vmtui.hypervisors.libvirt.uptime import Uptimes
from vmtui.hypervisors.libvirt.xml.domain import Described, read_domain
from vmtui.model.guest import Guest, GuestKey, GuestState

logger = logging.getLogger(__name__)

TIMEOUT = 30.0
"""Seconds for one batch; a host that needs more is as good as silent."""
BATCH = 25
"""Guests read by one thread before others get their turn."""
FEW = 8
"""Up to here each guest is asked for state and flags; beyond, all of them in a few calls."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one guest said of itself."""

    uuid: str
    name: str
    state: int
    reason: int
    flags: dict[Flag, bool | None]
    described: Described | None


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What was read of all guests at once, for a batch of many."""

    flags: Flags | None = None
    states: Mapping[str, tuple[int, int]] = field(default_factory=dict)


class Reader:
    """Reads one connection's guests."""

    def __init__(self, handle: Handle, known: Known, uptimes: Uptimes, targets: Targets) -> None:
        self._handle = handle
        self._targets = targets
        self._known = known
        self._uptimes = uptimes
        self._bulk = True
        self._uuids: set[str] = set()
        self._flags = FlagReader(handle)

    async def list_guests(self) -> list[Guest]:
        """Every guest with name and state (virConnectGetAllDomainStats, else one by one)."""
        return await self._handle.calls.run(self._list, timeout=TIMEOUT)

    async def find_number(self, number: int) -> str | None:
        """The UUID of the active guest with that ID (virDomainLookupByID)."""
        return await self._handle.calls.run(self._find_number, number, timeout=TIMEOUT)

    async def read_flags(self) -> Flags:
        """What changes without an event (virConnectListAllDomains, a call a flag)."""
        return await self._handle.calls.run(self._flags.of_all, timeout=TIMEOUT)

    async def read_guests(self, uuids: Sequence[str]) -> list[Guest]:
        """These guests in full; the missing ones are gone."""
        run = self._handle.calls.run
        ahead = _Ahead()
        if len(uuids) > FEW:
            ahead = await run(self._read_ahead, timeout=TIMEOUT)
        guests: list[Guest] = []
        for start in range(0, len(uuids), BATCH):
            part = uuids[start : start + BATCH]
            guests += await run(self._read, part, ahead, timeout=TIMEOUT)
        return guests

    # In a thread of the connection.

    def _find_number(self, number: int) -> str | None:
        if not 0 <= number < 1 << 31:
            return None
        try:
            return self._handle.conn.lookupByID(number).UUIDString()
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                raise
            return None

    def _list(self) -> list[Guest]:
        if self._bulk:
            try:
                return self._list_at_once()
            except libvirt.libvirtError as error:
                if not unsupported(error):
                    raise
                self._bulk = False
        guests = []
        found = self._handle.conn.listAllDomains()
        for domain in found:
            try:
                state, reason = state_of(domain)
            except libvirt.libvirtError as error:
                if lost(error):
                    raise
                continue
            guests.append(self._listed(domain, state, reason))
        self._keep({domain.UUIDString(): domain for domain in found})
        return guests

    def _list_at_once(self) -> list[Guest]:
        stats = self._all_states()
        self._keep({domain.UUIDString(): domain for domain, _ in stats})
        return [
            self._listed(domain, values.get("state.state"), values.get("state.reason"))
            for domain, values in stats
        ]

    def _all_states(self) -> list[tuple[libvirt.virDomain, dict[str, int]]]:
        """The states of all guests. None of them is asked, so one that hangs does no harm."""
        return self._handle.conn.getAllDomainStats(libvirt.VIR_DOMAIN_STATS_STATE)

    def _listed(self, domain: libvirt.virDomain, state: int | None, reason: int | None) -> Guest:
        uuid = domain.UUIDString()
        return Guest(
            key=GuestKey(self._handle.host, uuid),
            name=domain.name(),
            state=self._state(uuid, state),
            reason=reason_words(state, reason),
        )

    def _state(self, uuid: str, number: int | None) -> GuestState:
        state = guest_state(number)
        if state is GuestState.OFF:
            self._known.off.add(uuid)
        else:
            self._known.off.discard(uuid)
        return state

    def _keep(self, domains: dict[str, libvirt.virDomain]) -> None:
        """Keep these domains at hand, and drop what is kept of guests that are gone."""
        kept = self._handle.domains
        gone = self._uuids - domains.keys()
        kept.clear()
        kept.update(domains)
        self._uuids = set(domains)
        for uuid in gone:
            self._known.forget(uuid)
            self._targets.forget(uuid)
            self._uptimes.forget(uuid)

    def _read_ahead(self) -> _Ahead:
        states = {}
        if self._bulk:
            try:
                for domain, values in self._all_states():
                    state = values["state.state"], values.get("state.reason", 0)
                    states[domain.UUIDString()] = state
            except libvirt.libvirtError as error:
                if not unsupported(error):
                    raise
                self._bulk = False
        return _Ahead(self._flags.of_all(), states)

    def _read(self, uuids: Sequence[str], ahead: _Ahead) -> list[Guest]:
        readings = [r for uuid in uuids if (r := self._read_one(uuid, ahead)) is not None]
        runs = {
            r.uuid: r.described.run
            for r in readings
            if r.described is not None and r.described.run is not None
        }
        self._uptimes.learn(runs)
        return [self._guest(reading, runs.get(reading.uuid)) for reading in readings]

    def _read_one(self, uuid: str, ahead: _Ahead) -> _Reading | None:
        try:
            domain = self._handle.domain(uuid)
            state, reason = ahead.states.get(uuid) or state_of(domain)
            described = self._describe(domain)
            flags = self._flags.of_one(domain, ahead.flags)
        except libvirt.libvirtError as error:
            if lost(error):
                raise
            # Gone, or out of our reach: either way there is nothing to show.
            logger.debug("%s: %s", uuid, error)
            self._handle.domains.pop(uuid, None)
            return None
        if described is not None:
            definition = described.definition
            self._targets.learn(uuid, definition.disks, definition.interfaces)
        # A handle keeps the name that its guest had when it was found.
        name = described.name if described else domain.name()
        return _Reading(uuid, name, state, reason, flags, described)

    def _describe(self, domain: libvirt.virDomain) -> Described | None:
        """What its XML says (virDomainGetXMLDesc); None where we cannot read that."""
        try:
            return read_domain(domain.XMLDesc())
        except Invalid as error:
            logger.warning("%s: %s", domain.UUIDString(), error)
        except libvirt.libvirtError as error:
            if lost(error) or error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
                raise
            logger.warning("%s: %s", domain.UUIDString(), error)
        return None

    def _guest(self, reading: _Reading, run: int | None) -> Guest:
        guest = Guest(
            key=GuestKey(self._handle.host, reading.uuid),
            name=reading.name,
            state=self._state(reading.uuid, reading.state),
            reason=reason_words(reading.state, reading.reason),
            persistent=reading.flags[Flag.PERSISTENT],
            autostart=reading.flags[Flag.AUTOSTART],
            saved=reading.flags[Flag.SAVED],
            snapshots=reading.flags[Flag.SNAPSHOTS],
            checkpoints=reading.flags[Flag.CHECKPOINTS],
            definition=reading.described.definition if reading.described else None,
        )
        if run is None:
            return guest
        started_at, started_by = self._uptimes.of(reading.uuid)
        return replace(guest, started_at=started_at, started_by=started_by)
