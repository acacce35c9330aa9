"""The page of the audit log: newest first, a filter, and the details of an entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.cockpits import cockpit_for, demo_hosts, sit_down
from vmtui.engine.trail import Entry, Touched
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId


def entry(number: int, title: str, result: str = "done") -> Entry:
    words = f"anna\n{title}\n{result}".casefold()
    return Entry(
        f"job-{number}", 1000.0 + number, "root", "anna", "10.0.0.7", "screen", "destroy", title,
        "ask", ("1 guest cut off at once",),
        (Touched("lab", "uuid-1", "web1\u202e", ("force off",), "failed", "", "it broke"),),
        1002.0 + number, result, words,
    )  # fmt: skip


@pytest.mark.slow
async def test_entries_filter_and_details(tmp_path: Path) -> None:
    cockpit = cockpit_for(demo_hosts(DemoHost(HostId("lab"), guests=2)), tmp_path)
    cockpit.trail = lambda: [entry(1, "Force off web1"), entry(2, "Start db1", "failed")]
    async with sit_down(cockpit) as seat:
        await seat.press("U")
        await seat.until_shown("Start db1")
        text = seat.text()
        assert text.index("Start db1") < text.index("Force off web1")
        await seat.press("slash", *"force", "enter")
        await seat.until_gone("Start db1")
        await seat.until_shown("1 of 2")
        await seat.press("enter")
        await seat.until_shown("root (was anna before sudo) from 10.0.0.7")
        assert "it broke" in seat.text()
        assert "\u202e" not in seat.text()
        await seat.press("escape")
        await seat.press("escape")
        await seat.until_shown("Start db1")


@pytest.mark.slow
async def test_nothing_was_done_yet(tmp_path: Path) -> None:
    cockpit = cockpit_for(demo_hosts(DemoHost(HostId("lab"), guests=2)), tmp_path)
    async with sit_down(cockpit) as seat:
        await seat.press("U")
        await seat.until_shown("nothing was done on a real host yet")
