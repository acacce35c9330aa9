"""Debian's installer in the pane: its first questions, which a whole installation begins with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import libvirt
import pytest

from tests.live.consoles import LEAVE, asked, lines, until_shows
from tests.live.creating import BOOTED, create
from tests.live.rooms import SLOW, watching
from tests.rig import Daemon
from tests.rig.installer import WORDS, installer
from vmtui.engine.console import Console

pytestmark = [pytest.mark.rig, pytest.mark.slow, pytest.mark.timeout(500)]

BLUE, RED, GREY, BLACK = 4, 1, 7, 0
"""Of the palette: behind everything, behind what is chosen, in windows, and their shadow."""


def chosen(console: Console) -> str:
    """The entry of a menu that lies on red."""
    runs = [run for row in console.terminal.screen for run in row.runs if run.style.bg == RED]
    return " ".join(run.text.strip() for run in runs)


def window(console: Console) -> list[str]:
    """The lines of the window, from its upper border to its lower one; none while it is drawn."""
    shown = lines(console)
    tops = [number for number, line in enumerate(shown) if line.lstrip().startswith("┌")]
    ends = [number for number, line in enumerate(shown) if line.lstrip().startswith("└")]
    if len(tops) != 1 or len(ends) != 1:
        return []
    found = [line.strip() for line in shown[tops[0] : ends[0] + 1]]
    whole = all(line[0] == line[-1] == "│" for line in found[1:-1])
    return found if whole and len({len(line) for line in found}) == 1 else []


@pytest.fixture
def fresh(rig_daemon: Daemon, lab: libvirt.virConnect) -> Iterator[None]:
    """A guest that vmtui has made from the installer's kernel and initrd, with an empty disk."""
    place = f"<target><path>{rig_daemon.keeper.mkdir('fresh')}</path></target>"
    pool = lab.storagePoolCreateXML(f"<pool type='dir'><name>fresh</name>{place}</pool>", 0)
    files = installer()
    create(
        rig_daemon.uri, "--kernel", str(files.kernel), "--initrd", str(files.initramfs),
        f"--arguments={WORDS}", "--size=2G", "--name=fresh", "--memory=1G", "--vcpus=1",
        "--network=none", "--display=none", "--no-start",
    )  # fmt: skip
    yield
    pool.refresh()
    for volume in pool.listAllVolumes():
        volume.delete()
    pool.destroy()


@pytest.mark.usefixtures("fresh")
async def test_the_first_questions_are_drawn_and_answered(
    tmp_path: Path, rig_daemon: Daemon
) -> None:
    """Windows with whole borders and in colours; arrows move in their menus, Enter goes on."""
    async with watching(tmp_path, rig_daemon.uri, size=(100, 40)) as seat:
        console = await asked(seat, "fresh")
        await seat.until_shown("fresh is off: waiting until it runs")
        await seat.press(LEAVE, "s")
        await until_shows(seat, console, "Select a language", BOOTED)
        await seat.until(lambda: bool(window(console)) and chosen(console) == "English", SLOW)
        assert window(console)[0].strip("┌┐─") == "┤ [!!] Select a language ├"
        assert "<Go Back>" in "".join(window(console))
        await seat.until(lambda: lines(console)[-1].startswith("<Tab> moves; <Space> selects;"))
        grounds = {run.style.bg for row in console.terminal.screen[1:] for run in row.runs}
        assert grounds == {BLUE, RED, GREY, BLACK}
        await seat.press("c", "up")
        await seat.until(lambda: chosen(console) not in ("", "English"), SLOW)
        await seat.press("down")
        await seat.until(lambda: chosen(console) == "English", SLOW)
        await seat.press("enter")
        await until_shows(seat, console, "Select your location", SLOW)
        await seat.until(lambda: bool(window(console)), SLOW)
        await seat.until_shown("┤ [!!] Select your location ├")
        await seat.until_shown("<Go Back>")
        entry = chosen(console)
        for key in ("down", "up"):
            await seat.press(key)
            await seat.until(lambda: chosen(console) not in ("", entry), SLOW)  # noqa: B023
            entry = chosen(console)
