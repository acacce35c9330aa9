"""`vmtui list`: the guests, one a line."""

from __future__ import annotations

import asyncio
import time
from argparse import Namespace
from collections.abc import Sequence

from vmtui.cli.connecting import wanted_hosts
from vmtui.cli.exits import Exit
from vmtui.cli.headless.facts import document, guest_of
from vmtui.cli.headless.printing import json_document, table
from vmtui.cli.headless.selecting import Wish, select
from vmtui.cli.headless.world import World, opened
from vmtui.cli.output import complain, shown
from vmtui.config import Settings
from vmtui.engine.pace import Pace
from vmtui.errors import Invalid
from vmtui.model.guest import Guest
from vmtui.model.query.filter import parse
from vmtui.ui.columns import BY_ID, Column, Row, sorted_rows

STILL = ("name", "host", "state", "vcpus", "memory", "ip", "uptime", "autostart", "os")
LIVE = ("name", "host", "state", "cpu", "memory", "net", "disk", "uptime")
"""Columns of a list, and of one with figures."""


def run(given: Namespace, settings: Settings) -> int:
    """`vmtui list`, from its arguments."""
    column(given.sort)
    return asyncio.run(_list(given, settings, wish_of(given, settings)))


async def _list(given: Namespace, settings: Settings, wish: Wish) -> int:
    async with opened(wanted_hosts(given, settings), pace=Pace(first_tick=0.4)) as world:
        if (given.names or given.uuids) and not wish.filter.tests:
            await world.list_guests()
        else:
            await world.read()
        if given.figures or wish.measured or column(given.sort)[0].live:
            await world.figure()
        guests = select(world.inventory, wish, needed=False).guests
        rows = sorted_rows(rows_of(world, guests), *column(given.sort))
        if given.names or given.uuids:
            for row in rows:
                print(shown(row.guest.name) if given.names else row.guest.key.uuid)
        elif given.json:
            things = [guest_of(row.guest, row.figures) for row in rows]
            json_document(document("guests", things, list(world.problems)))
        else:
            columns = columns_of(LIVE if given.figures else STILL, world)
            table([one.label.strip() for one in columns], cells_of(rows, columns))
        return reached(world)


def reached(world: World) -> int:
    """Tell which hosts did not answer; the exit code for that."""
    for host, error in world.problems:
        complain(error, host)
    return Exit.UNREACHED if world.problems else Exit.DONE


def wish_of(given: Namespace, settings: Settings) -> Wish:
    """Which guests the arguments mean; `@name` in a filter is one of the settings.

    Raises Invalid where the filter makes no sense: nothing is done on a guess.
    """
    wanted = parse(given.filter, settings.filters)
    if wanted.problems:
        raise Invalid("This filter makes no sense", "; ".join(wanted.problems))
    return Wish(tuple(given.guests), wanted, getattr(given, "all", False))


def column(written: str) -> tuple[Column, bool]:
    """The column to sort by, and whether the greatest comes first.

    Raises Invalid where there is no such column.
    """
    turned = written.startswith("-")
    found = BY_ID.get(written.removeprefix("-"))
    if found is None:
        raise Invalid(f"There is no column {written}", f"There are {', '.join(BY_ID)}.")
    return found, found.falling != turned


def rows_of(world: World, guests: Sequence[Guest]) -> list[Row]:
    """The guests as rows of the table."""
    hosts = world.inventory.hosts
    return [Row(g, world.figures(g.key), hosts[g.key.host].stale) for g in guests]


def columns_of(wanted: Sequence[str], world: World) -> list[Column]:
    """These columns; that of the host only where there are several."""
    several = len(world.inventory.hosts) > 1
    return [BY_ID[one] for one in wanted if one in BY_ID and (several or one != "host")]


def cells_of(rows: Sequence[Row], columns: Sequence[Column]) -> list[list[str]]:
    """What stands in the table, without the glyphs and colours of the screen."""
    now = time.time()
    return [[_plain(one.cell(row, now).text) for one in columns] for row in rows]


def _plain(text: str) -> str:
    glyph, _, word = text.partition(" ")
    return word if len(glyph) == 1 and not glyph.isalnum() and word else text.strip()
