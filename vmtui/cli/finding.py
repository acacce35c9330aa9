"""From what a person calls a guest to the guest: the first of the given hosts that has it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from vmtui.cli.exits import Unfound
from vmtui.errors import ConnectionFailed, VmtuiError

if TYPE_CHECKING:
    from vmtui.cli.hosts import HostChoice
    from vmtui.hypervisor import Factory, Hypervisor
    from vmtui.model.change import Change, Event
    from vmtui.model.guest import Guest

Host = tuple["HostChoice", "Factory"]


@dataclass(slots=True)
class Ear:
    """Listens to one connection for its loss only."""

    lost_by: VmtuiError | None = None

    def changed(self, change: Change) -> None:
        """Nobody keeps a picture of the host here."""

    def happened(self, event: Event) -> None:
        """Nor a list of events."""

    def lost(self, error: VmtuiError) -> None:
        """The connection is gone."""
        self.lost_by = error


@dataclass(slots=True)
class Opened:
    """A guest and the open connection to its host."""

    hypervisor: Hypervisor
    ear: Ear
    guests: list[Guest]
    host: str

    @property
    def guest(self) -> Guest:
        """The one that was found."""
        return self.guests[0]


@dataclass(slots=True)
class Finder:
    """Asks hosts for a guest. `problems` are those that could not be asked."""

    problems: list[tuple[str, VmtuiError]] = field(default_factory=list)

    async def find(self, hosts: Sequence[Host], name: str) -> Opened:
        """The guest of that name, UUID or number on the first host that has it.

        All hosts are asked at once, and what the later ones say is not waited for.

        Raises:
            Unfound: No host has it, or the first that has it has several.
            ConnectionFailed: No host that answered has it, and some did not answer.
        """
        asked = [asyncio.create_task(_ask(choice, make, name)) for choice, make in hosts]
        found: Opened | None = None
        try:
            for (choice, _), task in zip(hosts, asked, strict=True):
                try:
                    answer = await task
                except VmtuiError as error:
                    self.problems.append((choice.id, error))
                    continue
                if answer.guests:
                    found = answer
                    break
        finally:
            await asyncio.gather(*(_leave(task) for task in asked if not _is(task, found)))
        if found is None:
            raise self._none(name)
        if len(found.guests) > 1:
            await found.hypervisor.close()
            raise _several(name, found)
        return found

    def _none(self, name: str) -> VmtuiError:
        if self.problems:
            hosts = ", ".join(host for host, _ in self.problems)
            return ConnectionFailed(f"{name} was not found, but not every host answered", hosts)
        return Unfound(f"There is no guest {name}")


def _is(task: asyncio.Task[Opened], found: Opened | None) -> bool:
    return found is not None and task.done() and not task.cancelled() and (
        task.exception() is None and task.result() is found
    )  # fmt: skip


def _several(name: str, found: Opened) -> Unfound:
    known = ", ".join(f"{guest.name} ({guest.key.uuid})" for guest in found.guests)
    return Unfound(f"{name} is more than one guest", known, "Give the UUID of the one you mean.")


async def _ask(choice: HostChoice, make: Factory, name: str) -> Opened:
    ear, hypervisor = Ear(), make()
    await hypervisor.open(ear)
    try:
        guests = await hypervisor.list_guests()
        uuids = {_uuid(name)}
        if name.isascii() and name.isdigit():
            uuids.add(await hypervisor.find_number(int(name)))
    except BaseException:
        await hypervisor.close()
        raise
    meant = [guest for guest in guests if guest.name == name or guest.key.uuid in uuids]
    return Opened(hypervisor, ear, meant, choice.id)


async def _leave(task: asyncio.Task[Opened]) -> None:
    """Close what was opened for nothing, or stop opening it."""
    task.cancel()
    try:
        answer = await task
    except (VmtuiError, asyncio.CancelledError):
        return
    await answer.hypervisor.close()


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None
