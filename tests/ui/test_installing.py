"""Installing guest tools from the keyboard: ways, commands, the job on the row, the green mark."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.config import Settings
from vmtui.engine.consolebase import ConsoleState
from vmtui.hypervisors.demo import DemoHost
from vmtui.hypervisors.demo.build import DemoGuest
from vmtui.model.guest import Agent, Guest, GuestState, HostId
from vmtui.model.tools import ToolsState
from vmtui.plan.guest_tools import VERB
from vmtui.ui.tooldetail import TOOLS, tools_cell

LAB = HostId("lab")
COLUMNS = "name state tools"


def subject(lab: DemoHost, os: str) -> DemoGuest:
    """A running guest of that system without the agent's channel."""
    made = next(g for g in lab.guests.values() if g.facts.state is GuestState.RUNNING)
    definition = replace(made.definition, os=os, agent=Agent.NO_CHANNEL)
    made.facts = replace(made.facts, definition=definition)
    return made


async def at_ways(seat: Seat, guest: DemoGuest) -> None:
    """The list of ways."""
    store = seat.app.cockpit.store

    def known() -> Guest | None:
        return store.inventory.guest(guest.facts.key)

    await seat.until(lambda: (made := known()) is not None and made.definition is not None)
    await seat.until(lambda: guest.facts.name in seat.text())
    await seat.go_to(guest.facts.name)
    await seat.press(*":install-tools", "enter")
    await seat.until_shown("Install guest tools in")


@pytest.mark.slow
async def test_from_the_keyboard_to_the_green_mark(tmp_path: Path) -> None:
    lab = DemoHost(LAB, guests=8, speed=0, lively=False)
    guest = subject(lab, "debian12")
    settings = replace(Settings(tick=0.5), columns=COLUMNS)
    cockpit = cockpit_for(demo_hosts(lab), tmp_path / "journal", settings=settings)
    async with sit_down(cockpit, (110, 34)) as seat:
        await at_ways(seat, guest)
        assert "its host is imaginary" in seat.text()
        await seat.press("enter")
        await seat.until_shown("May it be restarted?")
        await seat.press("enter")
        await seat.until_shown("apt-get -q update")
        shown = seat.text()
        for words in ("it is debian", "adds the agent's channel", "until its agent answers"):
            assert words in shown
        await seat.press("y")
        await seat.until(lambda: bool(cockpit.jobs.past))
        run = cockpit.jobs.past[0].tracks[0]
        assert run.error is None
        assert run.words.startswith("its agent answers: 8.2.4")
        await seat.until_shown("✓ 8.2.4")


@pytest.mark.slow
async def test_an_unknown_system_is_refused_with_the_reason(tmp_path: Path) -> None:
    lab = DemoHost(LAB, guests=8, speed=0, lively=False)
    guest = subject(lab, "plan9")
    cockpit = cockpit_for(demo_hosts(lab), tmp_path / "journal")
    async with sit_down(cockpit, (110, 34)) as seat:
        await at_ways(seat, guest)
        await seat.press("enter")
        await seat.until_shown("May it be restarted?")
        await seat.press("enter")
        await seat.until_shown("no commands are known for plan")
        assert not cockpit.jobs.running


@pytest.mark.slow
async def test_a_console_that_is_open_is_the_one_that_is_typed_at(tmp_path: Path) -> None:
    lab = DemoHost(LAB, guests=8, speed=0, lively=False)
    guest = subject(lab, "debian12")
    cockpit = cockpit_for(demo_hosts(lab), tmp_path / "journal")
    async with sit_down(cockpit, (110, 34)) as seat:
        await seat.until(lambda: LAB in cockpit.store.inventory.hosts)
        await seat.until_shown(guest.facts.name)
        await seat.go_to(guest.facts.name)
        await seat.press("c")
        await seat.until(lambda: len(cockpit.consoles) == 1)
        console = next(iter(cockpit.consoles))
        await seat.until(lambda: console.state is ConsoleState.LIVE)
        line = cockpit.consoles.line_of(guest.facts.key, "")
        assert line is not None
        # Another job finds it taken, and what a person presses does not fall into the line.
        assert cockpit.consoles.line_of(guest.facts.key, "") is None
        assert not console.press("a", "a")
        assert "vmtui types here" in console.progress
        await line.write(b"uptime\r")
        heard = b""
        while b"as long as you look" not in heard:
            heard += await line.read()
        await line.close()
        assert await line.read() == b""
        assert console.press("a", "a")
        assert console.progress == ""


def test_a_job_of_ours_says_installing() -> None:
    guest = DemoHost(LAB, guests=1).guests.popitem()[1].facts
    glyph, word, role = TOOLS[ToolsState.INSTALLING]
    cell = tools_cell(guest, VERB)
    assert (cell.text, cell.role) == (f"{glyph} {word}", role)
    assert tools_cell(guest).text != cell.text
