"""Profiles by the wizard's keys on a real hypervisor: the next one, and several at once."""

from __future__ import annotations

from pathlib import Path

import libvirt
import pytest

from tests.live.answering import begin, clear, do_it, fill, go, take, turn, wizard, write
from tests.live.rooms import aside, watching
from tests.live.test_creating_real import qcow2
from tests.live.test_wizard import names
from tests.rig import Daemon
from tests.ui.cockpits import Seat

pytestmark = [pytest.mark.rig, pytest.mark.slow]


async def until_made(seat: Seat, number: int) -> None:
    """Wait until that many jobs have ended, and no guest of the last one failed."""
    jobs = seat.app.cockpit.jobs
    await seat.until(lambda: len(jobs.past) == number, 120)
    assert not list(seat.app.cockpit.consoles), "nobody watches what is not started"
    assert [run.error for run in jobs.past[0].tracks] == [None] * len(jobs.past[0].tracks)


def name(seat: Seat) -> str:
    """How the first guest would be called."""
    draft = wizard(seat).draft
    assert draft is not None
    return draft.answers.names[0]


@pytest.mark.timeout(300)
async def test_the_next_one_takes_two_keys_and_several_share_one_image(
    lab: libvirt.virConnect, pool: libvirt.virStoragePool, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """Answers are saved on the review; the next guest is there by two keys and a yes."""
    folder = Path(pool.XMLDesc().partition("<path>")[2].partition("</path>")[0])
    base = qcow2(tmp_path).rename(folder / "base.qcow2")
    rig_daemon.keeper.give(base)
    pool.refresh()
    async with watching(tmp_path, rig_daemon.uri, size=(100, 40)) as seat:
        await begin(seat, tmp_path, "Existing disk", profiles=True)
        await go(seat, "Disk")
        await take(seat, "base")
        await go(seat, "Its disk is")
        await take(seat, "overlay")
        await turn(seat, "▸2 System")
        await fill(seat, "Name", "web-##")
        await turn(seat, "▸3 Resources")
        await fill(seat, "Memory", "96M")
        await turn(seat, "▸4 Review")
        await seat.until_shown("Steps", 60)
        await go(seat, "Start it")
        await seat.press("space")
        await go(seat, "Profile")
        await seat.press("enter")
        await seat.until_shown("Save as profile")
        await clear(seat)
        await write(seat, "small")
        await seat.press("enter")
        await seat.until_shown("saved as small")
        await go(seat, "Start it", "up")
        await do_it(seat)
        await until_made(seat, 1)
    async with watching(tmp_path, rig_daemon.uri, size=(100, 40)) as seat:
        await begin(seat, tmp_path, profiles=True)
        await seat.until_shown("▸ Profile")
        await seat.press("right", "enter")
        await seat.until_shown("▸4 Review", 60)
        await seat.until_shown("Steps", 60)
        assert name(seat) == "web-02"
        await do_it(seat)
        await until_made(seat, 1)
        await begin(seat, tmp_path, profiles=True)
        await seat.until_shown("▸ Profile")
        await seat.press("right")
        await seat.until_shown("‹ small ›")
        await seat.press("ctrl+n")
        await seat.until_shown("▸2 System")
        await seat.press("ctrl+o")
        await fill(seat, "How many", "3")
        await seat.until_shown("web-03 to web-05")
        await turn(seat, "▸3 Resources")
        await turn(seat, "▸4 Review")
        await seat.until_shown("Steps", 60)
        await do_it(seat)
        await until_made(seat, 2)
    made = [f"web-{number:02}" for number in range(1, 6)]
    assert sorted(one.name() for one in lab.listAllDomains()) == made
    disks = [f"{one}.qcow2" for one in made]
    assert await aside(names, pool) == ["base.qcow2", *disks]
    for disk in disks:
        text = pool.storageVolLookupByName(disk).XMLDesc()
        assert str(base) in text.partition("<backingStore>")[2], "each is built upon the one image"
