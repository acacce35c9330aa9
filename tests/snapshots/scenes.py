"""What the pictures show, from the demo fleet: every view, dialog and state."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from textual.drivers.headless_driver import HeadlessDriver
from textual.events import Resize
from textual.geometry import Size
from textual.widgets import Input

from tests.snapshots.drawing import svg
from tests.snapshots.stillness import StillClock, foreseen, in_utc
from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.config import Settings
from vmtui.engine.pace import Pace
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.ui.cockpit import Cockpit, Making

SIZES = ((80, 24), (120, 36), (200, 50))
THEMES = ("midnight", "contrast-light")
LIMIT = 120.0
CACHE = Path("/home/me/.cache/vmtui/images")
"""Nothing is fetched for a picture."""
TICKS = 20
"""Readings before the first picture: a bit of history, and all that is read now and then."""

Scene = Callable[[Seat], Awaitable[None]]


async def guests(seat: Seat) -> None:
    """The table with the cursor on a guest that runs, and some that are marked."""
    await seat.go_to("db1")
    await seat.press("space")
    await seat.go_to("web1")


async def details(seat: Seat) -> None:
    """All of a guest."""
    await seat.press("enter")


async def nothing(seat: Seat) -> None:
    """A filter that no guest passes."""
    await seat.press("escape", "escape", "slash", *"nosuch", "enter")
    await seat.until_shown("nosuch")


async def groups(seat: Seat) -> None:
    """The table in groups by state."""
    await seat.press("escape", "escape", "colon", *"group-by", "space", *"state", "enter")
    await seat.until_shown("running")


async def menu(seat: Seat) -> None:
    """All that can be done with a guest, and why the rest cannot."""
    await seat.press("colon", *"group-by", "enter")
    await seat.go_to("web1")
    await seat.press("x")
    await seat.until_shown("press its reset button")


async def confirm(seat: Seat) -> None:
    """What a deletion costs."""
    await seat.press("escape", "X")
    await seat.until_shown("to do it")


async def command(seat: Seat) -> None:
    """The command line with its offers."""
    await seat.press("escape", "colon", *"sor")
    await seat.until_shown("sort by a column")


async def palette(seat: Seat) -> None:
    """The palette of actions."""
    await seat.press("escape", "ctrl+p", *"sus")
    await seat.until_shown("Suspend")


async def host(seat: Seat) -> None:
    """The page of a host."""
    await seat.press("escape", "2")
    await seat.until_shown("hypervisor")


async def jobs(seat: Seat) -> None:
    """Jobs that are done, failed and cancelled."""
    await seat.press("1")
    await seat.go_to("web1")
    await seat.press("t")
    await seat.until(lambda: len(seat.app.cockpit.jobs.past) == 1, LIMIT)
    await seat.press("3")
    await seat.until_shown("STARTED")


async def events(seat: Seat) -> None:
    """The event log."""
    await seat.press("4")


async def hosts(seat: Seat) -> None:
    """The hosts."""
    await seat.press("6")


async def help_(seat: Seat) -> None:
    """Every key."""
    await seat.press("question_mark")


async def check(seat: Seat) -> None:
    """Whether the host can run guests well."""
    await seat.press("escape", "5")
    await seat.until_shown("pass")


async def pulses(seat: Seat) -> None:
    """The health of all hosts."""
    await seat.press("7")
    await seat.until_shown("nearly full")


async def xray(seat: Seat) -> None:
    """A guest, down to its pools and networks."""
    await seat.press("1")
    await seat.go_to("web1")
    await seat.press("v")
    await seat.until_shown("default")


async def storage(seat: Seat) -> None:
    """Pools and their volumes."""
    await seat.press("8")
    await seat.until_shown("default")


async def networks(seat: Seat) -> None:
    """Virtual networks, and who is plugged in."""
    await seat.press("9")
    await seat.until_shown("default")


async def wizard(seat: Seat) -> None:
    """What a new guest is made from, and what is wrong so far."""
    await seat.press("1", "n")
    await seat.until_shown("▸ Host")
    await seat.press("down", "space")
    await seat.until_shown("type to search")
    await seat.press(*"network", "enter")
    await seat.until_shown("‹ Network boot ›")


async def wizard_system(seat: Seat) -> None:
    """Which system it is, and its name."""
    await seat.press("enter")
    await seat.until_shown("▸2 System")


async def wizard_resources(seat: Seat) -> None:
    """What it gets, with what is for experts."""
    await seat.press("enter")
    await seat.until_shown("▸3 Resources")
    await seat.press("ctrl+o")
    await seat.until_shown("on bus")


async def wizard_access(seat: Seat) -> None:
    """Who can log in to a cloud image: a key that is at hand."""
    await seat.press("ctrl+b", "ctrl+b")
    await seat.until_shown("▸1 Source")
    await seat.press("ctrl+o", "down", "space")
    await seat.until_shown("type to search")
    await seat.press(*"cloud", "enter")
    await seat.until_shown("‹ Cloud image ›")
    for page in ("▸2 System", "▸3 Resources", "▸4 Access"):
        await seat.press("enter")
        await seat.until_shown(page)
    await seat.until_shown("me@desk")


async def wizard_review(seat: Seat) -> None:
    """What will be done, and what it costs."""
    await seat.press("enter")
    await seat.until_shown("▸5 Review")
    await seat.until_shown("Steps", LIMIT)


async def console(seat: Seat) -> None:
    """A console beside the table, after a word to its shell."""
    await seat.press("escape")
    await seat.until_gone("▸5 Review")
    await seat.press("1")
    await seat.go_to("web1")
    await seat.press("c")
    await seat.until_shown("web1:~#")
    await seat.press(*"help", "enter")
    await seat.until(lambda: seat.text().count("web1:~#") == 2, LIMIT)
    await seat.until_shown("● 1 web1   CPU 0.3%", LIMIT)


async def lost(seat: Seat) -> None:
    """A host that does not answer any more: its guests are grey, with their age."""
    await seat.press("ctrl+backslash", "x")
    await seat.until_gone("words: help")
    MACHINES[0].refuse_all()
    await seat.until_shown("lost")


SCENES: tuple[tuple[str, Scene], ...] = (
    ("guests", guests), ("details", details), ("no-match", nothing), ("groups", groups),
    ("menu", menu), ("confirm", confirm), ("command", command), ("palette", palette),
    ("host", host), ("jobs", jobs), ("events", events), ("hosts", hosts), ("help", help_),
    ("check", check), ("pulses", pulses), ("xray", xray), ("storage", storage),
    ("networks", networks), ("wizard", wizard), ("wizard-system", wizard_system),
    ("wizard-resources", wizard_resources), ("wizard-access", wizard_access),
    ("wizard-review", wizard_review), ("console", console), ("lost", lost),
)  # fmt: skip
MACHINES: list[DemoHost] = []


async def pictures() -> AsyncIterator[tuple[str, str]]:
    """Each picture's name and drawing."""
    clock = StillClock()
    with in_utc(clock), foreseen(), tempfile.TemporaryDirectory() as folder:
        cockpit = _cockpit(clock, Path(folder))
        async with sit_down(cockpit, SIZES[2]) as seat:
            await _gather(seat, clock)
            _resize(seat, *SIZES[1])
            for name, scene in SCENES:
                await scene(seat)
                for theme in THEMES:
                    seat.app.put_theme(theme)
                    for width, height in SIZES:
                        _resize(seat, width, height)
                        yield f"{name}-{width}x{height}-{theme}", await _at_rest(seat)
                seat.app.put_theme(THEMES[0])
                _resize(seat, *SIZES[1])
                await _at_rest(seat)


def _cockpit(clock: StillClock, folder: Path) -> Cockpit:
    MACHINES[:] = [
        DemoHost(HostId(name), guests=12, seed=seed, speed=0, now=clock.now,
                 monotonic=clock.monotonic)
        for seed, name in enumerate(("lab1", "lab2"), 1)
    ]  # fmt: skip
    for machine in MACHINES:
        for guest in machine.guests.values():
            # As busy at one moment as at another: it is the same whenever it is read.
            guest.load = replace(guest.load, swing=0.0, slow=1e-12, quick=1e-12)
    settings = Settings(tick=2.0)
    pace = Pace(tick=2.0, first_tick=2.0)
    cockpit = cockpit_for(demo_hosts(*MACHINES), folder, settings=settings, clock=clock, pace=pace)
    cockpit.making = Making(draft=None, cache=CACHE, profiles=folder)
    return cockpit


async def _gather(seat: Seat, clock: StillClock) -> None:
    """Figures and history, a reading at a time."""
    # All of them are on the screen, and so in each reading.
    await seat.until_shown("web[prod]", LIMIT)
    await _at_rest(seat)
    for _ in range(TICKS):
        await seat.until(lambda: _sampled(seat, clock.now()), LIMIT)
        # What is read between two readings is read before the next one.
        await asyncio.sleep(0.1)
        clock.move(2.0)
    await seat.until(lambda: _sampled(seat, clock.now()) and _whole(seat), LIMIT)


def _sampled(seat: Seat, at: float) -> bool:
    views = seat.app.cockpit.store.inventory.hosts.values()
    return all(view.read_at == at for view in views)


def _whole(seat: Seat) -> bool:
    views = seat.app.cockpit.store.inventory.hosts.values()
    return all(
        view.pools is not None
        and view.networks is not None
        and all(guest.definition for guest in view.guests.values())
        for view in views
    )


def _resize(seat: Seat, width: int, height: int) -> None:
    """As if the terminal were resized, without the pause that a busy machine makes long."""
    size = Size(width, height)
    driver = seat.app._driver
    assert isinstance(driver, HeadlessDriver)
    driver._size = size
    seat.app.post_message(Resize(size, size))


async def _at_rest(seat: Seat) -> str:
    """The drawing, once it stays the same."""
    for field in seat.app.screen.query(Input):
        field.cursor_blink = False
    seat.app.page.say("")
    before, same = "", 0
    while same < 4:
        seat.app.page.redraw()
        # What lies below a dialog is painted anew with it.
        seat.app.screen.refresh()
        await asyncio.sleep(0.04)
        drawn = svg(seat.app)
        same = same + 1 if drawn == before else 0
        before = drawn
    return before
