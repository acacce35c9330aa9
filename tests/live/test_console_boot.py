"""What a guest shows before its system runs: GRUB's menu on the serial line."""

from __future__ import annotations

from pathlib import Path

import libvirt
import pytest

from tests.live.consoles import LEAVE, asked, lines, shows, until_shows
from tests.live.rooms import watching
from tests.rig import Daemon, define
from tests.rig.grub import menu

pytestmark = [pytest.mark.rig, pytest.mark.slow]


async def test_grubs_menu_is_drawn_and_its_arrows_select(
    tmp_path: Path, rig_daemon: Daemon, lab: libvirt.virConnect
) -> None:
    """A frame around three entries; the star is at the chosen one."""
    define(lab, menu("grub"))
    async with watching(tmp_path, rig_daemon.uri, size=(100, 40)) as seat:
        console = await asked(seat, "grub")
        await seat.until_shown("grub is off: waiting until it runs")
        await seat.press(LEAVE, "s")
        await until_shows(seat, console, "GNU GRUB")
        await until_shows(seat, console, "*first choice")
        assert any("┌───" in line or "+---" in line for line in lines(console))
        await seat.press("c", "down", "down")
        await until_shows(seat, console, "*third choice")
        assert not shows(console, "*first choice")
        await seat.press("up")
        await until_shows(seat, console, "*second choice")
        await seat.press("enter")
        await until_shows(seat, console, "this was the second")
