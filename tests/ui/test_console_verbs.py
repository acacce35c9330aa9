"""The verbs around consoles, by keys, on the demo fleet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.engine.job import JobState
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import Guest, HostId
from vmtui.model.steps import AddConsole, SendKeys


@pytest.fixture
def host() -> DemoHost:
    """A host with one guest that has no console."""
    host = DemoHost(HostId("lab"), guests=6, speed=0, lively=False)
    bare = host.named("db1")
    bare.facts = replace(bare.facts, definition=replace(bare.definition, consoles=()))
    return host


@pytest.fixture
async def seat(host: DemoHost, tmp_path: Path) -> AsyncIterator[Seat]:
    """A person before it."""
    async with sit_down(cockpit_for(demo_hosts(host), tmp_path), (110, 36)) as seat:
        await seat.until_shown("web1")
        await seat.until(lambda: seen(seat, "web1").definition is not None)
        yield seat


def seen(seat: Seat, name: str) -> Guest:
    """The guest as the screen knows it."""
    guests = seat.app.cockpit.store.inventory.guests()
    return next(guest for guest in guests if guest.name == name)


async def done(seat: Seat) -> None:
    """Wait until a job has been done, and see that it succeeded."""
    await seat.until(lambda: len(seat.app.cockpit.jobs.past) > 0)
    assert seat.app.cockpit.jobs.past[0].state is JobState.DONE


def steps_of(seat: Seat) -> list[object]:
    """What the last job did."""
    return [step for track in seat.app.cockpit.jobs.past[0].plan.tracks for step in track.steps]


@pytest.mark.slow
async def test_a_sequence_is_chosen_and_sent(seat: Seat) -> None:
    await seat.go_to("web1")
    await seat.press("K")
    await seat.until_shown("Send keys to web1")
    await seat.press("down", "enter")
    await done(seat)
    step = steps_of(seat)[0]
    assert isinstance(step, SendKeys)
    assert step.keys == ("KEY_LEFTCTRL", "KEY_LEFTALT", "KEY_F1")


@pytest.mark.slow
async def test_keys_that_may_reboot_ask_first(seat: Seat) -> None:
    await seat.go_to("web1")
    await seat.press("K")
    await seat.until_shown("Ctrl-Alt-Del")
    await seat.press("enter")
    await seat.until_shown("may reboot")
    await seat.press("escape")
    await seat.until_gone("may reboot")
    assert seat.app.cockpit.jobs.past == ()


async def test_a_console_is_added_and_the_plan_says_what_the_guest_needs(seat: Seat) -> None:
    await seat.go_to("db1")
    await seat.press("C")
    await seat.until_shown("console=ttyS0")
    await seat.until_shown("update-grub")
    await seat.press("y")
    await done(seat)
    assert isinstance(steps_of(seat)[0], AddConsole)
    await seat.until(lambda: bool((d := seen(seat, "db1").definition) and d.consoles))


async def test_a_guest_with_a_console_needs_none(seat: Seat) -> None:
    await seat.go_to("web1")
    await seat.press("C")
    await seat.until_shown("it has a console")


@pytest.mark.slow
async def test_a_log_is_added(seat: Seat) -> None:
    await seat.go_to("web1")
    await seat.press("L")
    await seat.until_shown("started again")
    await seat.press("y")
    await done(seat)
    await seat.until(lambda: bool((d := seen(seat, "web1").definition) and d.consoles[0].log))
