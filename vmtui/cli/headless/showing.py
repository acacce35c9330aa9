"""`vmtui show`: all that is known of guests."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from typing import Any

from vmtui.cli.connecting import wanted_hosts
from vmtui.cli.headless.facts import document, guest_of
from vmtui.cli.headless.listing import reached, rows_of, wish_of
from vmtui.cli.headless.printing import json_document
from vmtui.cli.headless.selecting import Wish, select
from vmtui.cli.headless.world import opened
from vmtui.cli.output import shown
from vmtui.config import Settings
from vmtui.engine.pace import Pace
from vmtui.model.units import size

SIZES = frozenset(
    {"memory", "memory_max", "memory_used", "memory_current", "capacity", "allocation"}
)
RATES = frozenset({"disk_read", "disk_written", "received", "sent"})
SHARES = frozenset({"cpu", "cpu_host"})


def run(given: Namespace, settings: Settings) -> int:
    """`vmtui show`, from its arguments."""
    return asyncio.run(_show(given, settings, wish_of(given, settings)))


async def _show(given: Namespace, settings: Settings, wish: Wish) -> int:
    async with opened(wanted_hosts(given, settings), pace=Pace(first_tick=0.4)) as world:
        await world.read()
        await world.figure()
        selection = select(world.inventory, wish)
        things = [
            guest_of(row.guest, row.figures, whole=True) for row in rows_of(world, selection.guests)
        ]
        if given.json:
            json_document(document("guests", things, list(world.problems)))
        else:
            print("\n".join(text_of(thing) for thing in things), end="")
        return reached(world)


def text_of(thing: dict[str, Any], indent: str = "") -> str:
    """An object as lines of `key: value`; what is unknown or empty is left out."""
    lines = ""
    for key, value in thing.items():
        label = key.replace("_", " ")
        if value is None or value in ("", []):
            continue
        if isinstance(value, dict):
            lines += f"{indent}{label}:\n{text_of(value, indent + '  ')}"
        elif isinstance(value, list) and isinstance(value[0], dict):
            for item in value:
                lines += f"{indent}{label.removesuffix('s')}: {_one_line(item)}\n"
        else:
            lines += f"{indent}{label}: {_word(key, value)}\n"
    return lines


def _one_line(item: dict[str, Any]) -> str:
    told = {key: value for key, value in item.items() if value not in (None, "", [], False)}
    return ", ".join(f"{key} {_word(key, value)}" for key, value in told.items())


def _word(key: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(shown(str(item)) for item in value)
    if isinstance(value, (int, float)):
        if key in SIZES:
            return size(value)
        if key in RATES:
            return f"{size(value)}/s"
        if key in SHARES:
            return f"{value:.1%}"
    return shown(str(value))
