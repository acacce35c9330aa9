"""Keys that arrive all at once, as over a slow line, go where they go when typed slowly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual import events

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import GuestState, HostId


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    host = DemoHost(HostId("lab"), guests=12, speed=0)
    async with sit_down(cockpit_for(demo_hosts(host), tmp_path), (100, 30)) as seat:
        await seat.until_shown("12 guests")
        await seat.until_shown("UPTIME")
        yield seat


def at_once(seat: Seat, *keys: str) -> None:
    """Give the app all these keys in one go."""
    for key in keys:
        seat.app.post_message(events.Key(key, key if len(key) == 1 else None))


def state(seat: Seat, name: str) -> GuestState:
    """What a guest does now."""
    return next(g.state for g in seat.app.cockpit.store.inventory.guests() if g.name == name)


async def test_words_behind_the_filters_key_are_no_verbs(seat: Seat) -> None:
    at_once(seat, "slash", *"vpn1", "enter", "s")
    await seat.until_shown("filter: vpn1")
    await seat.until(lambda: state(seat, "vpn1") is GuestState.RUNNING)
    assert seat.guests.filter_line.typed == "vpn1"


@pytest.mark.slow
async def test_a_dialog_that_a_key_opens_has_the_keys_behind_it(seat: Seat) -> None:
    """The answer, and after the answer the page again."""
    await seat.go_to("web1")
    at_once(seat, "D", "y", "slash", *"db1")
    await seat.until(lambda: state(seat, "web1") is GuestState.OFF)
    await seat.until_shown("filter: db1")


async def test_another_screen_that_a_key_opens_has_the_keys_behind_it(seat: Seat) -> None:
    at_once(seat, "question_mark", "escape", "slash", *"db")
    await seat.until_shown("filter: db")


async def test_a_widget_that_does_not_answer_does_not_hold_the_keys_for_ever(seat: Seat) -> None:
    table, answers = seat.guests._table, asyncio.Event()
    table.call_later(answers.wait)
    at_once(seat, "down", "down")
    await seat.until(lambda: table.message_queue_size >= 2)
    answers.set()
    await seat.until(lambda: not table.message_queue_size)
