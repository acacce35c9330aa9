"""The hosts of this process: added, tried, changed and removed live, and in the settings."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vmtui import settingsfile
from vmtui.config import HostEntry
from vmtui.engine.bounded import abandon, bounded
from vmtui.engine.fleet import Fleet
from vmtui.errors import Conflict, Invalid, TimedOut, VmtuiError
from vmtui.hypervisor import Factory, Hypervisor, Opened
from vmtui.model.address import address_problem, free, short_name
from vmtui.model.change import Change, Event
from vmtui.model.guest import HostId
from vmtui.plan.build import count

Make = Callable[[HostEntry, HostId], Factory]
"""What makes connections to a host of that name."""

PATIENCE = 25.0
"""Seconds that an attempt may take."""


@dataclass(frozen=True, slots=True)
class Tried:
    """How an attempt to connect went: what the host is, or why not."""

    opened: Opened | None = None
    guests: int = 0
    error: VmtuiError | None = None

    @property
    def words(self) -> str:
        """In one line."""
        if self.opened is None:
            return str(self.error) if self.error else ""
        facts = self.opened.facts
        parts = [facts.hypervisor, facts.library, count(self.guests)]
        return ", ".join(part for part in parts if part)


class _Deaf:
    """Listens to nothing."""

    def changed(self, change: Change) -> None:
        """Nobody keeps a picture of the host here."""

    def happened(self, event: Event) -> None:
        """Nor a list of events."""

    def lost(self, error: VmtuiError) -> None:
        """The calls that are under way say so themselves."""


async def attempt(factory: Factory, patience: float = PATIENCE) -> Tried:
    """Connect, count the guests, and let go. Never raises a VmtuiError."""
    hypervisor = factory()
    task = asyncio.create_task(_open(hypervisor))
    try:
        done, _ = await asyncio.wait((task,), timeout=patience)
        if not done:
            return Tried(error=TimedOut("It does not answer", f"Not within {patience:.0f} s."))
        return task.result()
    except VmtuiError as error:
        return Tried(error=error)
    finally:
        abandon(task)
        with contextlib.suppress(VmtuiError):
            await bounded(hypervisor.close(), 1.0)


async def _open(hypervisor: Hypervisor) -> Tried:
    opened = await hypervisor.open(_Deaf())
    return Tried(opened, len(await hypervisor.list_guests()))


class HostBook:
    """Owns which hosts there are. `path` is the settings file; None keeps nothing.

    `read_only` says that `make` opens every host so, whatever its entry says.
    """

    def __init__(
        self,
        fleet: Fleet,
        make: Make,
        hosts: Sequence[tuple[HostId, HostEntry]] = (),
        path: Path | None = None,
        kept: Sequence[HostEntry] = (),
        *,
        read_only: bool = False,
    ) -> None:
        self._fleet = fleet
        self._read_only = read_only
        self._make = make
        self._entries: dict[HostId, HostEntry] = dict(hosts)
        self._path = path
        self._kept = list(kept)

    @property
    def entries(self) -> Mapping[HostId, HostEntry]:
        """The hosts by name, in their order."""
        return self._entries

    @property
    def keeps(self) -> bool:
        """Whether changes are written to the settings."""
        return self._path is not None

    def has(self, entries: Sequence[HostEntry]) -> bool:
        """Whether these are the hosts that are kept."""
        return list(entries) == self._kept

    def is_kept(self, host: HostId) -> bool:
        """Whether it is in the settings."""
        return self._entries.get(host) in self._kept

    def problem(self, entry: HostEntry, editing: HostId | None = None) -> str | None:
        """None where it can be taken, else what is wrong with it."""
        if problem := address_problem(entry.uri):
            return problem
        name = entry.name
        if name != name.strip() or not name.isprintable() or "/" in name:
            return "a name has no /, and neither begins nor ends with a space"
        if name and any(name == other for other in self._entries if other != editing):
            return f"there is a host {name} already"
        return None

    async def test(self, entry: HostEntry) -> Tried:
        """Try to connect to it."""
        return await attempt(self._make(entry, HostId(entry.name or short_name(entry.uri))))

    def add(self, entry: HostEntry) -> HostId:
        """Write it to the settings, show it, and begin to connect.

        Raises Invalid where it cannot be taken, VmtuiError where the file cannot be written.
        """
        self._check(entry, None)
        self._write(entry, None)
        return self._open(entry)

    async def edit(self, host: HostId, entry: HostEntry) -> HostId:
        """Write it in place of the one that was, let go of that, and connect anew.

        Raises what `add` raises.
        """
        before = self._entries.get(host)
        self._check(entry, host)
        self._write(entry, before)
        self._entries.pop(host, None)
        await self._fleet.remove(host)
        return self._open(entry)

    async def remove(self, host: HostId) -> None:
        """Take it out of the settings, show it no more, and let go of it.

        Raises VmtuiError where the file cannot be written, Conflict where it is not there.
        """
        entry = self._entries.get(host)
        if entry is None:
            raise Conflict(f"There is no host {host}")
        if self._path is not None and entry in self._kept:
            settingsfile.drop_host(self._path, entry)
            self._kept.remove(entry)
        del self._entries[host]
        await self._fleet.remove(host)

    def _check(self, entry: HostEntry, editing: HostId | None) -> None:
        if problem := self.problem(entry, editing):
            raise Invalid("This host cannot be taken", problem)

    def _write(self, entry: HostEntry, before: HostEntry | None) -> None:
        if self._path is None:
            return
        settingsfile.put_host(self._path, entry, before if before in self._kept else None)
        if before in self._kept:
            self._kept[self._kept.index(before)] = entry
        else:
            self._kept.append(entry)

    def _open(self, entry: HostEntry) -> HostId:
        host = HostId(free(entry.name or short_name(entry.uri), self._entries))
        self._entries[host] = entry
        self._fleet.add(
            host, entry.uri, self._make(entry, host),
            production=entry.production, read_only=entry.read_only or self._read_only,
        )  # fmt: skip
        return host
