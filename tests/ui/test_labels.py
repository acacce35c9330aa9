"""Tags, groups and notes on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.cockpits import cockpit_for, demo_hosts, sit_down
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId


@pytest.mark.slow
async def test_a_tag_is_given_seen_and_found(tmp_path: Path) -> None:
    cockpit = cockpit_for(demo_hosts(DemoHost(HostId("lab"), guests=12)), tmp_path)
    async with sit_down(cockpit, (120, 36)) as seat:
        await seat.until_shown("web1")
        await seat.press("colon", *"tag", "space", *"web1", "enter")
        await seat.until_shown("Tags of web1")
        await seat.press(*"front", "space", "minus", *"old", "enter")
        await seat.until_shown("front")
        await seat.press("colon", *"filter", "space", *"tag", "colon", *"front", "enter")
        await seat.until_shown("1 of 12 guests")
        await seat.press("colon", *"note", "space", *"web1", "enter")
        await seat.until_shown("Note on web1")
        await seat.press(*"[red]", "enter")
        await seat.until_shown("[red]")


@pytest.mark.slow
async def test_an_order_is_written_as_a_command_and_from_its_key(tmp_path: Path) -> None:
    cockpit = cockpit_for(demo_hosts(DemoHost(HostId("lab"), guests=12)), tmp_path)
    async with sit_down(cockpit, (120, 36)) as seat:

        def order_of(name: str) -> tuple[int | None, int]:
            found = next(one for one in cockpit.store.inventory.guests() if one.name == name)
            assert found.definition is not None
            return found.definition.labels.order, found.definition.labels.delay

        await seat.until_shown("web1")
        await seat.press("colon", *typed("order 10 delay=30s web1"), "enter")
        await seat.until(lambda: order_of("web1") == (10, 30))
        await seat.press("colon", *typed("order x web1"), "enter")
        await seat.until_shown("no guest")
        await seat.press("escape")
        await seat.go_to("db1")
        await seat.press("number_sign")
        await seat.until_shown("Order of db1")
        await seat.press(*"5", "enter")
        await seat.until(lambda: order_of("db1") == (5, 0))
        await seat.press("colon", *typed("order none web1"), "enter")
        await seat.until(lambda: order_of("web1") == (None, 0))


def typed(words: str) -> list[str]:
    names = {" ": "space", "=": "equals_sign", "-": "minus"}
    return [names.get(letter, letter) for letter in words]


@pytest.mark.slow
async def test_all_that_are_shown_are_started_in_order(tmp_path: Path) -> None:
    cockpit = cockpit_for(demo_hosts(DemoHost(HostId("lab"), guests=12, speed=20)), tmp_path)
    async with sit_down(cockpit, (120, 36)) as seat:
        await seat.until_shown("12 guests")
        await seat.press("colon", *typed("order 10 vpn1"), "enter")
        await seat.until_shown("vpn1: done")
        await seat.press("S")
        await seat.until_shown("order 10: vpn1")
        await seat.until_shown("no order: ")
        await seat.press("ctrl+o")
        await seat.until_shown("goes on with the others where one fails")
        await seat.press("y")
        inventory = cockpit.store
        await seat.until(lambda: all(
            guest.state.active for guest in inventory.inventory.guests()
        ), 60.0)  # fmt: skip
