"""Cockpits on the demo fleet, and how tests drive the screen: wait for a condition, never sleep."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from vmtui.config import Settings
from vmtui.engine import journal
from vmtui.engine.clock import Clock
from vmtui.engine.consoles import Consoles
from vmtui.engine.eventlog import EventLog
from vmtui.engine.fleet import Fleet
from vmtui.engine.history import History
from vmtui.engine.jobs import Jobs
from vmtui.engine.pace import Pace
from vmtui.engine.store import Store
from vmtui.hypervisor import Factory
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.paths import theme_dirs
from vmtui.ui import keymap, plugins, theme
from vmtui.ui.actions import ACTIONS
from vmtui.ui.app import VmtuiApp
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.grouping import guest_of
from vmtui.ui.lines import Line
from vmtui.ui.screens.guests import GuestsScreen
from vmtui.ui.widgets.painted import LinesView

LIMIT = 60.0


def cockpit_for(
    hosts: list[tuple[HostId, str, Factory]],
    journal_dir: Path,
    *,
    settings: Settings | None = None,
    read_only: bool = False,
    clock: Clock | None = None,
    pace: Pace | None = None,
) -> Cockpit:
    """A cockpit whose hosts are opened when the screen is up."""
    settings = settings or Settings(tick=0.5)
    store, events = Store(), EventLog()
    history = History(settings.tick, clock.now if clock else time.time)
    pace = pace or Pace(tick=settings.tick, first_tick=0.1)
    fleet = Fleet(store, events, history, pace, clock)
    jobs = Jobs(fleet, events, journal_dir)
    consoles = Consoles(fleet, store)
    palettes, _problems = theme.find(theme_dirs())
    own, clashes = plugins.actions_of(settings.plugins)
    keys, problems = keymap.build((*ACTIONS, *own), settings.keys)

    def connect() -> None:
        for name, uri, factory in hosts:
            fleet.add(name, uri, factory)

    async def close() -> None:
        await jobs.close()
        await consoles.close()
        await fleet.close()

    return Cockpit(
        store=store, fleet=fleet, jobs=jobs, consoles=consoles, events=events,
        history=history, settings=settings,
        palettes=palettes, palette=palettes["midnight"], keymap=keys, plugins=own,
        read_only=read_only,
        problems=[*clashes, *problems], connect=connect, close=close,
        leftovers=lambda: journal.leftovers(journal_dir),
    )  # fmt: skip


@dataclass
class Seat:
    """A person before the screen."""

    app: VmtuiApp
    pilot: Pilot[None]

    @property
    def guests(self) -> GuestsScreen:
        """The first screen."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, GuestsScreen)
        return screen

    def text(self) -> str:
        """All that is on the screen, line by line, without colours."""
        width, height = self.app.size
        del height
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text[:width] for strip in strips)

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], bool], limit: float = LIMIT) -> None:
        """Wait until the condition holds; fails with what is on the screen after `limit`."""
        end = time.monotonic() + limit
        while not condition():
            assert time.monotonic() < end, f"still not so after {limit} s:\n{self.text()}"
            await asyncio.sleep(0.01)

    async def until_shown(self, words: str, limit: float = LIMIT) -> None:
        """Wait until these words are on the screen."""
        await self.until(lambda: words in self.text(), limit)

    async def until_gone(self, words: str, limit: float = LIMIT) -> None:
        """Wait until these words are on the screen no more."""
        await self.until(lambda: words not in self.text(), limit)

    def name_at_cursor(self) -> str:
        """The guest under the cursor."""
        key = guest_of(self.guests._table.cursor)
        guest = self.app.cockpit.store.inventory.guest(key) if key else None
        return guest.name if guest else ""

    async def go_to(self, name: str) -> None:
        """Put the cursor on a guest, as a person would with the arrow keys."""
        for row in self.guests._table.keys:
            key = guest_of(row)
            guest = self.app.cockpit.store.inventory.guest(key) if key else None
            if guest is not None and guest.name == name:
                self.guests._table.move_to(row)
                await self.pilot.pause()
                return
        raise AssertionError(f"no guest {name!r} in the table:\n{self.text()}")


@asynccontextmanager
async def sit_down(cockpit: Cockpit, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Seat]:
    """The app on a screen of that size (columns, lines)."""
    app = VmtuiApp(cockpit)
    async with app.run_test(size=size, notifications=True) as pilot:
        yield Seat(app, pilot)


def demo_hosts(*hosts: DemoHost) -> list[tuple[HostId, str, Factory]]:
    """Demo hosts as a cockpit wants them."""
    return [(host.id, host.uri, host.connect) for host in hosts]


def words_of(line: Line) -> str:
    """A line's text."""
    return "".join(cell.text for cell in line)


def lines_of(view: LinesView) -> list[str]:
    """What a view shows, without colours."""
    return [words_of(line) for line in view.lines]
