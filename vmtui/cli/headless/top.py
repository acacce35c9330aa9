"""`vmtui top`: what the guests use, again and again."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from argparse import Namespace

from vmtui.cli.connecting import wanted_hosts
from vmtui.cli.exits import CANCELLED, Exit
from vmtui.cli.headless.facts import VERSION, guest_of, host_of
from vmtui.cli.headless.listing import (
    LIVE,
    cells_of,
    column,
    columns_of,
    reached,
    rows_of,
    wish_of,
)
from vmtui.cli.headless.printing import json_line, table_text
from vmtui.cli.headless.selecting import Wish, select
from vmtui.cli.headless.world import World, opened
from vmtui.config import TICK_MAX, TICK_MIN, Settings
from vmtui.engine.pace import Pace
from vmtui.errors import Invalid
from vmtui.ui.cells import percent
from vmtui.ui.columns import Row, sorted_rows

HOME, REST = "\x1b[H", "\x1b[J"
"""To the first cell, and what is below cleared: for a terminal only."""


def run(given: Namespace, settings: Settings) -> int:
    """`vmtui top`, from its arguments."""
    column(given.sort)
    delay = settings.tick if given.delay is None else given.delay
    if not TICK_MIN <= delay <= TICK_MAX:
        raise Invalid("This delay will not do", f"It is {TICK_MIN} to {TICK_MAX:.0f} seconds.")
    try:
        return asyncio.run(_top(given, settings, wish_of(given, settings), delay))
    except KeyboardInterrupt:
        return Exit.DONE if given.count is None else CANCELLED


async def _top(given: Namespace, settings: Settings, wish: Wish, delay: float) -> int:
    # Every row that is printed is of that moment, however many there are.
    pace = Pace(tick=delay, first_tick=min(delay, 0.7), guests_a_tick=sys.maxsize)
    async with opened(wanted_hosts(given, settings), pace=pace) as world:
        await world.read()
        await world.figure()
        drawn = sys.stdout.isatty() and given.count is None and not given.json
        if drawn:
            sys.stdout.write("\x1b[2J")
        turn = 0
        while True:
            turn += 1
            chosen = select(world.inventory, wish, needed=False).guests
            active = [guest for guest in chosen if guest.state.active]
            rows = sorted_rows(rows_of(world, active), *column(given.sort))
            if given.json:
                _json(world, rows)
            elif drawn:
                _draw(block(world, rows))
            else:
                separator = "\n" if turn > 1 else ""
                sys.stdout.write(separator + block(world, rows))
                sys.stdout.flush()
            if turn == given.count:
                return reached(world)
            await asyncio.sleep(delay)


def block(world: World, rows: list[Row]) -> str:
    """The hosts in a line each, and the guests below."""
    lines = ""
    for view in world.inventory.hosts.values():
        cpu = view.figures.cpu.busy if view.figures and view.figures.cpu else None
        active = sum(guest.state.active for guest in view.guests.values())
        state = "" if not view.stale else f"  {view.link.state.value}"
        lines += f"{view.id}  cpu {percent(cpu).text}  {active} of {len(view.guests)} on{state}\n"
    columns = columns_of(LIVE, world)
    heads = [one.label.strip() for one in columns]
    return lines + "\n" + table_text(heads, cells_of(rows, columns))


def _draw(text: str) -> None:
    """Over what was there, cut to the terminal's size: no line ever wraps or scrolls."""
    size = shutil.get_terminal_size()
    lines = text.splitlines()[: size.lines - 1]
    sys.stdout.write(HOME + "".join(f"{line[: size.columns]}\x1b[K\n" for line in lines) + REST)
    sys.stdout.flush()


def _json(world: World, rows: list[Row]) -> None:
    json_line(
        {
            "version": VERSION,
            "at": time.time(),
            "hosts": [host_of(view) for view in world.inventory.hosts.values()],
            "guests": [guest_of(row.guest, row.figures) for row in rows],
        }
    )
