"""The page of the jobs: what the one guest of a job is at, and what it said at its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.cockpits import cockpit_for, demo_hosts, sit_down
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId

SAID = "[  22.3] Installing packages"


@pytest.mark.slow
async def test_what_a_running_job_is_at_is_shown_and_what_it_said_stays(tmp_path: Path) -> None:
    lab = DemoHost(HostId("lab"), guests=12, speed=1)
    async with sit_down(cockpit_for(demo_hosts(lab), tmp_path)) as seat:
        await seat.until_shown("12 guests")
        await seat.go_to("web1")
        await seat.press("d")
        await seat.until_shown("do it")
        await seat.press("y")
        jobs = seat.app.cockpit.jobs
        await seat.until(lambda: bool(jobs.running))
        run = jobs.running[0].tracks[0]
        run.words = SAID
        await seat.press("3")
        await seat.until_shown(f"web1  {SAID}")
        await seat.press("enter")
        await seat.until_shown(f"· {jobs.running[0].plan.effects[0].text}"[:40])
        await seat.press("escape")
        await seat.press("c")
        await seat.until(lambda: bool(jobs.past))
        await seat.until_gone(SAID)
        assert "cancelled" in seat.text()
        run.words = "it is left half done"
        await seat.press("enter")
        await seat.until_shown("it is left half done")


@pytest.mark.slow
async def test_of_a_job_with_much_to_tell_the_end_is_reached(tmp_path: Path) -> None:
    lab = DemoHost(HostId("lab"), guests=12, speed=0)
    async with sit_down(cockpit_for(demo_hosts(lab), tmp_path), (80, 24)) as seat:
        await seat.until_shown("12 guests")
        await seat.go_to("web1")
        await seat.press("d")
        await seat.until_shown("do it")
        await seat.press("y")
        jobs = seat.app.cockpit.jobs
        await seat.until(lambda: bool(jobs.past))
        jobs.past[0].tracks[0].outcome = "word " * 195 + "the-end"
        await seat.press("3")
        await seat.until_shown("STARTED")
        await seat.press("enter")
        await seat.until_shown("Esc close")
        assert "the-end" not in seat.text()
        await seat.press(*["pagedown"] * 6)
        await seat.until_shown("the-end")
