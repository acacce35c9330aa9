"""The store shares what did not change, and tells once."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from tests.engine.support import HOST
from vmtui.engine.store import Store
from vmtui.model.guest import Guest, GuestKey, GuestState
from vmtui.model.host import HostFacts, Link, LinkState
from vmtui.model.inventory import Inventory
from vmtui.model.stats import GuestFigures
from vmtui.model.storage import Pool, PoolState


def guest(number: int, state: GuestState = GuestState.OFF) -> Guest:
    return Guest(GuestKey(HOST, f"u{number}"), f"g{number}", state)


@pytest.fixture
def store() -> Store:
    made = Store()
    made.add_host(HOST, "demo://", Link(LinkState.CONNECTING, 0.0))
    return made


async def test_equal_guests_keep_the_old_object(store: Store) -> None:
    store.apply_guests(HOST, [guest(1), guest(2)])
    before = store.inventory
    store.apply_guests(HOST, [guest(1), guest(2)])
    assert store.inventory is before
    store.apply_guests(HOST, [guest(1), guest(2, GuestState.RUNNING)])
    after = store.inventory
    assert after is not before
    assert after.hosts[HOST].guests["u1"] is before.hosts[HOST].guests["u1"]
    assert before.hosts[HOST].guests["u2"].state is GuestState.OFF


async def test_equal_figures_and_pools_keep_the_old_object(store: Store) -> None:
    pools = (Pool("a", "1", PoolState.RUNNING), Pool("b", "2", PoolState.RUNNING))
    store.update_host(HOST, pools=pools)
    store.apply_guests(HOST, [guest(1), guest(2)])
    store.set_figures(HOST, {"u1": GuestFigures(cpu=0.1), "u2": GuestFigures(cpu=0.2)})
    before = store.inventory.hosts[HOST]
    store.set_figures(HOST, {"u1": GuestFigures(cpu=0.1), "u2": GuestFigures(cpu=0.3)})
    changed = dataclasses.replace(pools[1], state=PoolState.INACTIVE)
    store.update_host(HOST, pools=(dataclasses.replace(pools[0]), changed))
    after = store.inventory.hosts[HOST]
    assert after.guest_figures["u1"] is before.guest_figures["u1"]
    assert after.guest_figures["u2"].cpu == 0.3
    assert after.pools is not None
    assert after.pools[0] is pools[0]
    assert after.pools[1] is changed
    assert after.guests is before.guests


async def test_gone_guests_take_their_figures_along(store: Store) -> None:
    store.apply_guests(HOST, [guest(1), guest(2)])
    store.set_figures(HOST, {"u1": GuestFigures(cpu=0.1), "u2": GuestFigures()})
    store.apply_guests(HOST, [], gone=["u1", "never there"])
    view = store.inventory.hosts[HOST]
    assert set(view.guests) == set(view.guest_figures) == {"u2"}


async def test_the_listener_is_told_once_a_turn(store: Store) -> None:
    told: list[Inventory] = []
    store.listen(told.append)
    await asyncio.sleep(0)
    told.clear()
    for number in range(50):
        store.apply_guests(HOST, [guest(number)])
    assert told == []
    await asyncio.sleep(0)
    assert told == [store.inventory]
    store.apply_guests(HOST, [guest(1)])
    store.update_host(HOST, facts=HostFacts())
    await asyncio.sleep(0)
    assert len(told) == 1


async def test_a_listener_that_fails_stops_nothing(store: Store) -> None:
    def fail(_inventory: Inventory) -> None:
        raise RuntimeError

    store.listen(fail)
    store.apply_guests(HOST, [guest(1)])
    assert await store.wait(lambda i: "u2" in i.hosts[HOST].guests, 0.01) is False
    waiting = asyncio.create_task(store.wait(lambda i: "u2" in i.hosts[HOST].guests, 5))
    await asyncio.sleep(0)
    store.apply_guests(HOST, [guest(2)])
    assert await waiting is True


async def test_a_removed_host_is_not_written_to(store: Store) -> None:
    store.remove_host(HOST)
    store.update_host(HOST, listed=True)
    store.apply_guests(HOST, [guest(1)])
    store.set_figures(HOST, {"u1": GuestFigures()})
    assert not store.inventory.hosts


async def test_wait_passes_on_what_its_predicate_raises(store: Store) -> None:
    def fail(inventory: Inventory) -> bool:
        if inventory.hosts[HOST].listed:
            raise KeyError("u1")
        return False

    waiting = asyncio.create_task(store.wait(fail, 5))
    await asyncio.sleep(0)
    store.update_host(HOST, listed=True)
    with pytest.raises(KeyError):
        await waiting
