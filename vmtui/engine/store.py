"""The store: the one holder of the Inventory, and the one place where a new one is made.

Every change makes a new Inventory that shares all that did not change: a value that equals the
one before is replaced by it, so `is` tells what is unchanged. Only the engine writes here, from
what hosts report.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Protocol, TypedDict, TypeVar, Unpack

from vmtui.engine.bell import Bell, safely
from vmtui.model.capabilities import Capabilities
from vmtui.model.guest import Guest, HostId
from vmtui.model.host import HostFacts, HostFigures, Link
from vmtui.model.inventory import HostView, Inventory, copied
from vmtui.model.network import Network
from vmtui.model.stats import GuestFigures
from vmtui.model.storage import Pool

Listener = Callable[[Inventory], None]
Predicate = Callable[[Inventory], bool]


class HostChanges(TypedDict, total=False):
    """What `Store.update_host` can set."""

    link: Link
    capabilities: Capabilities
    facts: HostFacts
    figures: HostFigures | None
    pools: tuple[Pool, ...] | None
    networks: tuple[Network, ...] | None
    listed: bool
    read_at: float | None


class _Named(Protocol):
    @property
    def uuid(self) -> str: ...


NamedT = TypeVar("NamedT", bound=_Named)


class Store:
    """Holds the Inventory and tells its one listener, at most once per turn of the loop."""

    def __init__(self) -> None:
        self.inventory = Inventory()
        """The newest one; always at hand, also before the listener was told."""
        self._listener: Listener | None = None
        self._waiters: list[tuple[Predicate, asyncio.Future[None]]] = []
        self._bell = Bell(self._tell)

    @property
    def guests(self) -> int:
        """How many guests there are on all hosts."""
        return sum(len(view.guests) for view in self.inventory.hosts.values())

    def listen(self, listener: Listener | None) -> None:
        """Have `listener` told of each new Inventory; it takes the place of the one before."""
        self._listener = listener

    async def wait(self, predicate: Predicate, timeout: float | None = None) -> bool:
        """Wait until `predicate` holds of the Inventory; False after `timeout` seconds."""
        if predicate(self.inventory):
            return True
        met = asyncio.get_running_loop().create_future()
        waiter = (predicate, met)
        self._waiters.append(waiter)
        try:
            await asyncio.wait_for(met, timeout)
        except TimeoutError:
            return False
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
        return True

    def add_host(
        self,
        host: HostId,
        uri: str,
        link: Link,
        *,
        production: bool = False,
        read_only: bool = False,
    ) -> None:
        """Show a host, after those that are there; the marks are the person's own."""
        marked = Capabilities(read_only=read_only)
        view = HostView(host, uri, link, marked, production=production)
        self._put({**self.inventory.hosts, host: view})

    def remove_host(self, host: HostId) -> None:
        """Show it no more, nor its guests."""
        if host in self.inventory.hosts:
            self._put({key: view for key, view in self.inventory.hosts.items() if key != host})

    def update_host(self, host: HostId, **changes: Unpack[HostChanges]) -> None:
        """Set fields of a host's view; a host that was removed meanwhile is left so."""
        view = self.inventory.hosts.get(host)
        if view is None:
            return
        if (pools := changes.get("pools")) is not None:
            changes["pools"] = _share(view.pools, pools)
        if (networks := changes.get("networks")) is not None:
            changes["networks"] = _share(view.networks, networks)
        real = {name: value for name, value in changes.items() if getattr(view, name) != value}
        if real:
            self._put_view(dataclasses.replace(view, **real))  # type: ignore[arg-type]

    def apply_guests(self, host: HostId, guests: Iterable[Guest], gone: Iterable[str] = ()) -> None:
        """Put these guests in, and take the UUIDs `gone` out."""
        view = self.inventory.hosts.get(host)
        if view is None:
            return
        new = copied(view.guests)
        changed = False
        for guest in guests:
            was = new.get(guest.key.uuid)
            if was is not guest and was != guest:
                new[guest.key.uuid] = guest
                changed = True
        figures = view.guest_figures
        for uuid in gone:
            changed |= new.pop(uuid, None) is not None
            if uuid in figures:
                figures = MappingProxyType({k: v for k, v in figures.items() if k != uuid})
        if changed:
            self._put_view(
                dataclasses.replace(view, guests=MappingProxyType(new), guest_figures=figures)
            )

    def set_figures(
        self, host: HostId, figures: Mapping[str, GuestFigures], none: Iterable[str] = ()
    ) -> None:
        """What these guests of the host use now, and the UUIDs of those that use nothing."""
        view = self.inventory.hosts.get(host)
        if view is None:
            return
        old = view.guest_figures
        new = {
            uuid: value
            for uuid, value in figures.items()
            if uuid in view.guests and (was := old.get(uuid)) is not value and was != value
        }
        gone = [uuid for uuid in none if uuid in old]
        if new or gone:
            made = copied(old) | new
            for uuid in gone:
                made.pop(uuid, None)
            self._put_view(dataclasses.replace(view, guest_figures=MappingProxyType(made)))

    def _put_view(self, view: HostView) -> None:
        self._put({**self.inventory.hosts, view.id: view})

    def _put(self, hosts: dict[HostId, HostView]) -> None:
        self.inventory = Inventory(MappingProxyType(hosts))
        self._bell.pull()

    def _tell(self) -> None:
        inventory = self.inventory
        for predicate, met in self._waiters:
            if not met.done():
                _check(predicate, inventory, met)
        if (listener := self._listener) is not None:
            safely(lambda: listener(inventory))


def _check(predicate: Predicate, inventory: Inventory, met: asyncio.Future[None]) -> None:
    """Resolve `met` where `predicate` holds; its own error goes to the one who waits."""
    try:
        if predicate(inventory):
            met.set_result(None)
    except Exception as error:  # noqa: BLE001 - it is passed on, whatever it is
        met.set_exception(error)


def _share(old: tuple[NamedT, ...] | None, new: tuple[NamedT, ...]) -> tuple[NamedT, ...]:
    """`new` with those of `old` that are equal in it."""
    before = {item.uuid: item for item in old or ()}
    return tuple(
        was if (was := before.get(item.uuid)) is not None and was == item else item for item in new
    )
