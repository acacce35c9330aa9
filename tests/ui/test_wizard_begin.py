"""How the wizard begins and leaves, and that its page stands when somebody asked for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.cockpits import cockpit_for, demo_hosts, sit_down
from tests.ui.test_wizard import answers, wizard
from tests.ui.test_wizard_hardships import burst
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.screens.wizard import WizardScreen


async def test_a_host_that_is_just_being_reached_is_waited_for(tmp_path: Path) -> None:
    lab = DemoHost(HostId("lab"), guests=4, speed=0)
    lab.hang_open = True
    async with sit_down(cockpit_for(demo_hosts(lab), tmp_path)) as seat:
        await seat.press("n")
        await seat.until_shown("connecting…")
        lab.hang_open = False
        await seat.until_shown("Made from")


async def test_it_leaves_alone_what_lies_above_it(tmp_path: Path) -> None:
    """A dialog that came meanwhile stays; the wizard is gone when that is answered."""
    lab = DemoHost(HostId("lab"), guests=4, speed=0)
    lab.hang_open = True
    async with sit_down(cockpit_for(demo_hosts(lab), tmp_path)) as seat:
        await seat.press("n")
        await seat.until_shown("connecting…")
        dialog = Choose("Something else", [Option("yes", "Yes", "", "y", "y")])
        seat.app.push_screen(dialog)
        await seat.until_shown("Something else")
        desk = seat.app.screen_stack[-2]
        await seat.app.cockpit.fleet.remove(HostId("lab"))
        await seat.until(lambda: desk._gone is not None)  # type: ignore[attr-defined]
        assert seat.app.screen is dialog
        await seat.press("y")
        await seat.until_shown("No host is connected")
        assert len(seat.app.screen_stack) == 1


async def test_a_page_is_turned_while_something_else_is_drawn(tmp_path: Path) -> None:
    """What comes in meanwhile makes another draft; the page that was asked for has the keys."""
    async with wizard(tmp_path) as seat:
        desk = seat.app.screen_stack[-1]
        assert isinstance(desk, WizardScreen) and desk.draft is not None
        await desk._showing.acquire()
        burst(seat, "enter")
        await seat.until(lambda: desk._page.id == "system")
        desk.draft = replace(desk.draft)
        desk._showing.release()
        await seat.until_shown("▸2 System")
        await seat.until(lambda: desk._form.here == "system")


@pytest.mark.slow
async def test_what_is_not_known_is_there_once(tmp_path: Path) -> None:
    """Another system than those of the list, and one that nobody told: two things, each once."""
    async with wizard(tmp_path) as seat:
        await seat.press("enter", "space", *"something else")
        await seat.until_shown("Something else")
        assert seat.text().count("Something else") == 1
        await seat.press("enter")
        await seat.until(lambda: answers(seat).system == "generic")
        assert answers(seat).disks[0].bus == "sata"
        await seat.press("space", *"not known", "enter")
        await seat.until(lambda: answers(seat).system == "")
        assert answers(seat).disks[0].bus == "virtio"
