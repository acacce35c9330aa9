"""The tour: once, skippable, with the keys as they are set, and no key in it that is none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.ui.cockpits import cockpit_for, demo_hosts, sit_down
from vmtui.cli.main import first_start
from vmtui.config import Settings
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.ui.actions import BY_ID
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.dialogs.tour import STOPS


def cockpit(tmp_path: Path, **keys: str) -> Cockpit:
    settings = Settings(tick=0.5, keys=keys)
    return cockpit_for(demo_hosts(DemoHost(HostId("lab"), guests=2)), tmp_path, settings=settings)


async def test_the_first_start_offers_it_and_escape_skips_it(tmp_path: Path) -> None:
    made = cockpit(tmp_path)
    mark = tmp_path / "state" / "toured"
    made.first_start = lambda: first_start(mark)
    async with sit_down(made) as seat:
        await seat.until_shown("A short tour")
        await seat.press("escape")
        await seat.until_gone("A short tour")
        await seat.until_shown("web1")
    assert not first_start(mark)


@pytest.mark.slow
async def test_it_is_read_page_by_page_with_ones_own_keys(tmp_path: Path) -> None:
    async with sit_down(cockpit(tmp_path, start="F7")) as seat:
        await seat.until_shown("web1")
        await seat.press("f10")
        await seat.until_shown("1 of 5")
        await seat.press("enter")
        await seat.until_shown("F7 starts the guest")
        await seat.press("left")
        await seat.until_shown("1 of 5")
        await seat.press(*["enter"] * 4)
        await seat.until_shown("Enter end")
        await seat.press("enter")
        await seat.until_gone("A short tour")


def test_every_key_in_it_is_an_actions() -> None:
    named = {name for _, parts in STOPS for part in parts for name in re.findall(r"{(.*?)}", part)}
    assert named <= set(BY_ID)
    assert len(named) > 10


def test_where_no_mark_can_be_left_nobody_is_bothered(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not first_start(tmp_path / "file" / "toured")
