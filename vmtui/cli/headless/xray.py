"""`vmtui xray`: guests taken apart, each as a tree or as JSON."""

from __future__ import annotations

import asyncio
import time
from argparse import Namespace
from collections.abc import Sequence

from vmtui.cli.connecting import wanted_hosts
from vmtui.cli.exits import Exit
from vmtui.cli.headless.facts import Json, document, error_of
from vmtui.cli.headless.listing import reached, wish_of
from vmtui.cli.headless.printing import json_document
from vmtui.cli.headless.selecting import Wish, select
from vmtui.cli.headless.world import PATIENCE, SOON, World, opened
from vmtui.cli.output import shown
from vmtui.config import Settings
from vmtui.engine.bounded import bounded
from vmtui.errors import VmtuiError
from vmtui.model.device import Interface
from vmtui.model.guest import Guest
from vmtui.model.inventory import HostView
from vmtui.model.layers import Chain, Layers
from vmtui.model.record import encode
from vmtui.model.usage import network_of
from vmtui.ui import tree
from vmtui.ui.cells import EIGHTHS
from vmtui.ui.lines import Line
from vmtui.ui.xray import guest_node

Told = Layers | VmtuiError
DRAWN = set(EIGHTHS)
AT_ONCE = 4
"""Guests that are looked at side by side."""


def run(given: Namespace, settings: Settings) -> int:
    """`vmtui xray`, from its arguments."""
    return asyncio.run(_xray(given, settings, wish_of(given, settings)))


async def _xray(given: Namespace, settings: Settings, wish: Wish) -> int:
    async with opened(wanted_hosts(given, settings)) as world:
        await world.read()
        await world.store.wait(
            lambda inventory: all(
                view.stale or view.pools is not None for view in inventory.hosts.values()
            ),
            SOON,
        )
        guests = select(world.inventory, wish).guests
        told = await _look(world, guests)
        hosts = world.inventory.hosts
        if given.json:
            things = [
                xray_of(hosts[guest.key.host], guest, one)
                for guest, one in zip(guests, told, strict=True)
            ]
            json_document(document("xray", things, list(world.problems)))
        else:
            now = time.time()
            for guest, one in zip(guests, told, strict=True):
                root = guest_node(hosts[guest.key.host], guest, one, now)
                for line in tree.everything([root]):
                    print(shown(words_of(line)))
        return reached(world) or (Exit.FAILED if any(map(_is_broken, told)) else Exit.DONE)


def words_of(line: Line) -> str:
    """A line as plain words: what is drawn to be seen at a glance is left out."""
    told = [cell.text for cell in line if not cell.text.strip() or set(cell.text) - DRAWN]
    return "".join(told)[1:].rstrip()


async def _look(world: World, guests: Sequence[Guest]) -> list[Told]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def look(guest: Guest) -> Told:
        try:
            async with turns:
                hypervisor = world.fleet.hypervisor(guest.key.host)
                return await bounded(hypervisor.read_layers(guest.key.uuid), PATIENCE, guest.name)
        except VmtuiError as error:
            return error

    return await asyncio.gather(*(look(guest) for guest in guests))


def _is_broken(told: Told) -> bool:
    return isinstance(told, VmtuiError) or any(chain.broken for chain in told.chains)


def xray_of(view: HostView, guest: Guest, told: Told) -> Json:
    """A guest taken apart."""
    cards = guest.definition.interfaces if guest.definition else ()
    snapshots = told.snapshots if isinstance(told, Layers) else None
    return {
        "host": guest.key.host,
        "uuid": guest.key.uuid,
        "name": guest.name,
        "state": guest.state.value,
        "chains": [_chain(one) for one in told.chains] if isinstance(told, Layers) else None,
        "plugs": [_plug(view, guest, card) for card in cards],
        "snapshots": [encode(one) for one in snapshots] if snapshots is not None else None,
        "error": error_of(told) if isinstance(told, VmtuiError) else None,
    }


def _chain(chain: Chain) -> Json:
    return {
        "target": chain.target,
        "broken": chain.broken,
        "layers": [encode(layer) for layer in chain.layers],
    }


def _plug(view: HostView, guest: Guest, card: Interface) -> Json:
    network = network_of(view, card)
    leases = network.leases if network is not None else ()
    lease = next((one for one in leases if one.mac == card.mac), None)
    return {
        "mac": card.mac,
        "kind": card.kind,
        "source": card.source,
        "target": card.target,
        "network": network.name if network is not None else None,
        "lease": encode(lease) if lease is not None else None,
        "addresses": [encode(one) for one in guest.addresses if one.mac == card.mac],
    }
