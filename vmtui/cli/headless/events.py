"""`vmtui events`: what happens to which guest, as it happens."""

from __future__ import annotations

import asyncio
from argparse import Namespace

from vmtui.cli.connecting import wanted_hosts
from vmtui.cli.exits import Exit
from vmtui.cli.headless.facts import event_of
from vmtui.cli.headless.listing import wish_of
from vmtui.cli.headless.printing import json_line
from vmtui.cli.headless.selecting import Wish, select
from vmtui.cli.headless.world import World, opened
from vmtui.cli.output import complain, shown
from vmtui.config import Settings
from vmtui.errors import VmtuiError
from vmtui.model.change import Event
from vmtui.ui.cells import moment


def run(given: Namespace, settings: Settings) -> int:
    """`vmtui events`, from its arguments."""
    try:
        return asyncio.run(_events(given, settings, wish_of(given, settings)))
    except KeyboardInterrupt:
        return Exit.DONE


async def _events(given: Namespace, settings: Settings, wish: Wish) -> int:
    limit = given.count
    async with opened(wanted_hosts(given, settings)) as world:
        told: asyncio.Queue[Event] = asyncio.Queue()

        def heard(events: tuple[Event, ...]) -> None:
            for event in events:
                told.put_nowait(event)

        world.events.listen(heard)
        await world.list_guests()
        for host, error in world.problems:
            complain(error, host)
        printed = 0
        try:
            async with asyncio.timeout(given.seconds):
                while limit is None or printed < limit:
                    event = await told.get()
                    if _wanted(world, event, wish):
                        _print(event, json=given.json, several=len(world.inventory.hosts) > 1)
                        printed += 1
        except TimeoutError:
            pass
        return Exit.UNREACHED if world.problems else Exit.DONE


def _wanted(world: World, event: Event, wish: Wish) -> bool:
    """Whether it befell a guest that was asked for; without a wish, the hosts' own ones too."""
    if not wish.narrow:
        return True
    try:
        chosen = select(world.inventory, wish, needed=False).guests
    except VmtuiError:
        # One that is named may be yet to come, or be gone by now.
        return event.name in wish.words or event.uuid in wish.words
    return event.uuid in {g.key.uuid for g in chosen if g.key.host == event.host}


def _print(event: Event, *, json: bool, several: bool) -> None:
    if json:
        json_line(event_of(event))
        return
    words = [moment(event.at), event.host if several or not event.name else "", event.name,
             event.what.value, event.detail]  # fmt: skip
    print("  ".join(shown(word) for word in words if word), flush=True)
