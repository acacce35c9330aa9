"""Reads a host's objects and puts them into the store."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from vmtui.engine import merge
from vmtui.engine.bounded import abandon
from vmtui.engine.clock import Clock
from vmtui.engine.store import Store
from vmtui.errors import ConnectionLost, Unsupported, VmtuiError
from vmtui.hypervisor import Hypervisor
from vmtui.model.agentfacts import AgentFacts
from vmtui.model.device import Address
from vmtui.model.guest import Agent, Guest, HostId
from vmtui.model.network import Lease

log = logging.getLogger(__name__)
T = TypeVar("T")


class Reader:
    """Reads one connection. Its readings may overlap: what was asked later holds."""

    def __init__(
        self, host: HostId, hypervisor: Hypervisor, store: Store, clock: Clock, answer: float
    ) -> None:
        self.host = host
        self.hypervisor = hypervisor
        self.on_gone: Callable[[str], None] = lambda uuid: None
        """Told of each guest (UUID) that is there no more."""
        self._store = store
        self._clock = clock
        self._answer = answer
        self._turns = itertools.count(1)
        self._applied: dict[str, int] = {}
        self._own: dict[str, tuple[Address, ...]] = {}
        self._agents: dict[str, AgentFacts] = {}
        self._mute: dict[str, str] = {}
        self._leases: dict[str, list[Lease]] = {}
        self._began: dict[str, float] = {}
        self._complained: set[tuple[str, str]] = set()
        self._unsupported: set[str] = set()

    @property
    def guests(self) -> Mapping[str, Guest]:
        """The host's guests in the store, by UUID."""
        view = self._store.inventory.hosts.get(self.host)
        return view.guests if view is not None else {}

    async def ask(self, what: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T | None:
        """The answer of one call, or None where this call failed; logged once for each reason.

        Raises ConnectionLost, also where no answer comes at all.
        """
        if what in self._unsupported:
            return None
        task = asyncio.ensure_future(work())
        try:
            done, _ = await asyncio.wait((task,), timeout=self._answer)
        except asyncio.CancelledError:
            abandon(task)
            raise
        if not done:
            abandon(task)
            raise ConnectionLost(
                f"{self.host} does not answer", f"No answer within {self._answer:g} seconds."
            )
        try:
            return task.result()
        except ConnectionLost:
            raise
        except Unsupported as error:
            self._unsupported.add(what)
            log.info("%s cannot %s: %s", self.host, what, error)
        except VmtuiError as error:
            if (what, str(error)) not in self._complained:
                self._complained.add((what, str(error)))
                log.warning("%s: could not %s: %s", self.host, what, error)
        return None

    def unsupported(self, what: str) -> bool:
        """Whether `ask` has learnt that this connection cannot do `what`."""
        return what in self._unsupported

    async def list_first(self) -> list[str] | None:
        """Put every guest with name and state into the store at once; returns the UUIDs.

        None where that failed; it is worth another try.
        """
        guests = await self.ask("list guests", self.hypervisor.list_guests)
        if guests is None:
            return None
        present = {guest.key.uuid for guest in guests}
        gone = [uuid for uuid in self.guests if uuid not in present]
        self._put(guests, gone, watched=False)
        self._store.update_host(self.host, listed=True, read_at=self._clock.now())
        return [guest.key.uuid for guest in guests]

    async def list_changed(self) -> list[str]:
        """List the guests; returns those (UUIDs) that differ from what is in the store."""
        guests = await self.ask("list guests", self.hypervisor.list_guests)
        if guests is None:
            return []
        known = self.guests
        listed = {guest.key.uuid: guest for guest in guests}
        self._store.update_host(self.host, listed=True, read_at=self._clock.now())
        changed = [uuid for uuid in known if uuid not in listed]
        for uuid, guest in listed.items():
            before = known.get(uuid)
            if before is None or before.state is not guest.state or before.name != guest.name:
                changed.append(uuid)
        return changed

    async def read(self, uuids: Sequence[str]) -> None:
        """Read these guests in full; those that are missing from the answer are gone."""
        turn = next(self._turns)
        guests = await self.ask("read guests", lambda: self.hypervisor.read_guests(uuids))
        if guests is None:
            return
        present = {guest.key.uuid for guest in guests}
        current = {uuid for uuid in uuids if self._applied.get(uuid, 0) < turn}
        self._applied.update(dict.fromkeys(current, turn))
        self._put(
            (guest for guest in guests if guest.key.uuid in current),
            [uuid for uuid in current if uuid not in present],
        )

    def _put(self, guests: Iterable[Guest], gone: Sequence[str], watched: bool = True) -> None:
        now, known = self._clock.now(), self.guests
        merged = []
        for guest in guests:
            uuid = guest.key.uuid
            self._own[uuid] = guest.addresses
            if not _may_answer(guest):
                self._forget_agent(uuid)
            one = merge.merge(known.get(uuid), guest, now, watched)
            began = self._began.pop(uuid, None)
            if began is not None and one.state.active and guest.started_at is None:
                one = dataclasses.replace(one, started_at=began, started_by=None)
            merged.append(self._locate(one))
        self._store.apply_guests(self.host, merged, gone)
        for uuid in gone:
            self._own.pop(uuid, None)
            self._forget_agent(uuid)
            self._began.pop(uuid, None)
            self.on_gone(uuid)

    def _locate(self, guest: Guest) -> Guest:
        uuid = guest.key.uuid
        own, agent = self._own.get(uuid, ()), self._agents.get(uuid)
        return merge.locate(guest, own, self._leases, agent, self._mute.get(uuid, ""))

    def _forget_agent(self, uuid: str) -> None:
        self._agents.pop(uuid, None)
        self._mute.pop(uuid, None)

    async def read_flags(self) -> None:
        """Autostart and the like, of all guests."""
        turn = next(self._turns)
        flags = await self.ask("read flags", self.hypervisor.read_flags)
        if flags is None:
            return
        told = [
            merge.flag(guest, flags)
            for uuid, guest in self.guests.items()
            if self._applied.get(uuid, 0) < turn
        ]
        self._store.apply_guests(self.host, told)

    async def read_networks(self) -> None:
        """The networks, and the addresses that their leases give to guests."""
        networks = await self.ask("read networks", self.hypervisor.read_networks)
        if networks is None:
            return
        self._store.update_host(self.host, networks=networks)
        leases = merge.leases_by_mac(networks, self._clock.now())
        if leases != self._leases:
            self._leases = leases
            located = (self._locate(guest) for guest in tuple(self.guests.values()))
            self._store.apply_guests(self.host, located)

    async def read_pools(self) -> None:
        """The storage pools."""
        pools = await self.ask("read pools", self.hypervisor.read_pools)
        if pools is not None:
            self._store.update_host(self.host, pools=pools)

    def started(self, uuid: str, at: float) -> None:
        """A guest was started at `at` (seconds since the epoch); it is yet to be read."""
        self._began[uuid] = at

    def agent_told(self, uuid: str, answer: AgentFacts) -> None:
        """Keep what a guest's agent told; one that is frozen tells little more than that."""
        before = self._agents.get(uuid)
        if answer.frozen and before is not None:
            answer = dataclasses.replace(before, frozen=True)
        self._agents[uuid] = answer
        self._mute.pop(uuid, None)

    def agent_mute(self, uuid: str, why: str) -> None:
        """A guest's agent does not answer; what it told before may still hold."""
        self._mute[uuid] = why

    def tell(self, uuids: Iterable[str]) -> None:
        """Put into the store what is kept of these guests' agents."""
        known = self.guests
        told = [self._locate(known[uuid]) for uuid in uuids if uuid in known]
        self._store.apply_guests(self.host, told)


def _may_answer(guest: Guest) -> bool:
    """Whether what its agent told can still hold: it runs, and its agent is there."""
    if not guest.state.active:
        return False
    channel = guest.definition.agent if guest.definition is not None else Agent.UNKNOWN
    return channel not in (Agent.NO_CHANNEL, Agent.DISCONNECTED)
