"""`vmtui pools` and `vmtui networks`: what the hosts have besides guests."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Callable, Sequence

from vmtui.cli.connecting import wanted_hosts
from vmtui.cli.headless.facts import Json, document, network_of, pool_of
from vmtui.cli.headless.listing import reached
from vmtui.cli.headless.printing import json_document, table
from vmtui.cli.headless.world import SOON, World, opened
from vmtui.config import Settings
from vmtui.model.inventory import HostView
from vmtui.model.units import ratio, size

Read = Callable[[World], list[Json]]


def pools(given: Namespace, settings: Settings) -> int:
    """`vmtui pools`, from its arguments."""
    heads = ("HOST", "NAME", "STATE", "KIND", "CAPACITY", "USED", "PATH")
    return asyncio.run(_print(given, settings, "pools", heads, _pool_row))


def networks(given: Namespace, settings: Settings) -> int:
    """`vmtui networks`, from its arguments."""
    heads = ("HOST", "NAME", "STATE", "FORWARD", "BRIDGE", "LEASES")
    return asyncio.run(_print(given, settings, "networks", heads, _network_row))


async def _print(
    given: Namespace,
    settings: Settings,
    kind: str,
    heads: Sequence[str],
    row: Callable[[Json], list[str]],
) -> int:
    async with opened(wanted_hosts(given, settings)) as world:
        await world.list_guests()
        await world.store.wait(
            lambda inventory: all(
                view.stale or getattr(view, kind) is not None for view in inventory.hosts.values()
            ),
            SOON,
        )
        things = [thing for view in world.inventory.hosts.values() for thing in _of(view, kind)]
        if given.json:
            json_document(document(kind, things, list(world.problems)))
        else:
            table(heads, [row(thing) for thing in things])
        return reached(world)


def _of(view: HostView, kind: str) -> list[Json]:
    if kind == "pools":
        return [pool_of(view, pool) for pool in view.pools or ()]
    return [network_of(view, network) for network in view.networks or ()]


def _pool_row(pool: Json) -> list[str]:
    capacity, used = pool["capacity"], ratio(pool["allocation"], pool["capacity"])
    return [
        pool["host"], pool["name"], pool["state"], pool["kind"],
        size(capacity) if capacity is not None else "", f"{used:.0%}" if used is not None else "",
        pool["path"],
    ]  # fmt: skip


def _network_row(network: Json) -> list[str]:
    state = "active" if network["active"] else "inactive"
    return [
        network["host"], network["name"], state, network["forward"] or "isolated",
        network["bridge"], str(len(network["leases"])),
    ]  # fmt: skip
