"""The wizard's pages and lists as a person sees them: nothing is cut off, nothing out of reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from tests.ui.test_wizard import answers, choose_disk, wizard
from vmtui.hypervisors.demo import DemoHost
from vmtui.hypervisors.demo.hypervisor import DemoHypervisor
from vmtui.model.guest import HostId
from vmtui.model.storage import Pool
from vmtui.ui.dialogs.choose import Option
from vmtui.ui.dialogs.compare import Compare
from vmtui.ui.dialogs.pick import Pick
from vmtui.ui.screens.doctor import DoctorScreen

LONG = "a-name-that-goes-on-and-on-and-on-until-it-is-cut-off-before-its-number-{}"


@pytest.mark.slow
async def test_all_keys_are_named_in_80_columns_and_enter_by_what_it_does(tmp_path: Path) -> None:
    async with wizard(tmp_path) as seat:
        await choose_disk(seat)
        await seat.until_shown("Space list")
        assert "Enter next" in seat.text()
        await seat.press("enter", "enter", "enter")
        await seat.until_shown("Steps")
        await seat.until_shown("Enter create")
        while "▸ Profile" not in seat.text():
            await seat.press("down")
        await seat.until_shown("Enter press")
        await seat.until_shown("Space list")


@pytest.mark.slow
async def test_a_host_that_cannot_be_reached_is_named_with_the_reason(tmp_path: Path) -> None:
    """Whoever stood on it sees that the guest is made on the other one."""
    down = DemoHost(HostId("down"), guests=2, speed=0)
    down.hang_open = True
    up = DemoHost(HostId("up"), guests=2, speed=0)
    async with sit_down(cockpit_for(demo_hosts(down, up), tmp_path)) as seat:
        await seat.until(lambda: not seat.app.cockpit.store.inventory.hosts[up.id].stale)
        await seat.press("n")
        await seat.until_shown("▸ Host")
        assert "‹ up ›" in seat.text()
        await seat.press("right")
        assert "‹ up ›" in seat.text()
        await seat.press("space")
        await seat.until_shown("✗ it is not connected")


@pytest.mark.slow
async def test_without_a_pool_the_page_leads_to_what_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as bare:

        async def none(self: DemoHypervisor) -> tuple[Pool, ...]:
            del self
            return ()

        bare.setattr(DemoHypervisor, "read_pools", none)
        async with wizard(tmp_path) as seat:
            await seat.press("enter", "enter")
            await seat.until_shown("✗ This host has no storage pool.")
            await seat.press("ctrl+n", "ctrl+n")
            await seat.until_shown("What will be done is shown once that is right")
            assert "virsh" not in seat.text()
            await seat.press("ctrl+b", "ctrl+b")
            await seat.until_shown("▸ vCPUs")
            await seat.press("down", "down", "down", "down")
            await seat.until_shown("▸ what is wrong, and how to mend it")
            await seat.press("enter")
            await seat.until(lambda: isinstance(seat.app.screen, DoctorScreen))
            bare.undo()
            await seat.press("escape")
            await seat.until(lambda: answers(seat).pool == "default")
            assert "no storage pool" not in seat.text()


async def pick(seat: Seat, *options: Option) -> None:
    """Open a list of these."""
    seat.app.push_screen(Pick("Pool", options, (options[0].id,)))
    await seat.until_shown("type to search")


async def test_a_name_that_is_cut_in_the_list_is_told_whole_below(tmp_path: Path) -> None:
    lab = DemoHost(HostId("lab"), guests=2, speed=0)
    async with sit_down(cockpit_for(demo_hosts(lab), tmp_path)) as seat:
        await seat.until_shown("2 guests")
        names = [LONG.format(number) for number in range(3)]
        await pick(seat, *(Option(name, name, "12 GiB free") for name in names))
        await seat.press("down", "down")
        await seat.until(lambda: _told(seat, f"{names[2]}: 12 GiB free"))
        await seat.press("escape")
        await pick(seat, *(Option(name, name[-64:], "off") for name in names))
        await seat.until_shown(names[2][-64:])


def _told(seat: Seat, words: str) -> bool:
    """Whether the dialog says this, over whatever lines."""
    inside = (
        line.partition("│")[2].rpartition("│")[0].strip() for line in seat.text().splitlines()
    )
    return words.replace(" ", "") in "".join(inside).replace(" ", "")


async def test_a_comparison_takes_the_room_that_there_is(tmp_path: Path) -> None:
    lab = DemoHost(HostId("lab"), guests=2, speed=0)
    async with sit_down(cockpit_for(demo_hosts(lab), tmp_path)) as seat:
        await seat.until_shown("2 guests")
        before = "\n".join(f"<line n='{number}'/>" for number in range(40))
        seat.app.push_screen(Compare("Changes", before, before.replace("line", "other")))
        await seat.until(lambda: seat.text().count("n='") >= 16)
        await seat.until_shown("↑↓ scroll")


@pytest.mark.slow
async def test_whoever_chose_a_file_types_which_at_once(tmp_path: Path) -> None:
    async with wizard(tmp_path) as seat:
        await seat.press("space")
        await seat.until_shown("type to search")
        await seat.press(*"installation", "enter")
        await seat.until_shown("▸ Made from")
        await seat.press("down", "space")
        await seat.until_shown("type to search")
        await seat.press(*"a", "space", *"file", "enter")
        await seat.until_shown("▸ File")
        await seat.press(*"/x.iso")
        await seat.until(lambda: answers(seat).image.file == "/x.iso")
        await seat.press("up", "left")
        await seat.until_shown("▸ ISO")
