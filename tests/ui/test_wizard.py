"""The wizard on the demo fleet, by its keys: pages, problems, drafts, the review, the job."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.engine.job import TrackState
from vmtui.hypervisors.demo import DemoHost
from vmtui.hypervisors.demo.fetching import pretend
from vmtui.model.guest import GuestState, HostId
from vmtui.plan.answers import Answers, SourceKind
from vmtui.ui.cockpit import Making
from vmtui.ui.screens.wizard import WizardScreen
from vmtui.ui.wizard.access import generate
from vmtui.ui.wizard.draft import amount, amount_text


@asynccontextmanager
async def wizard(
    folder: Path, *hosts: DemoHost, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Seat]:
    """The wizard, opened by its key."""
    made = hosts or (DemoHost(HostId("lab"), guests=8, speed=0),)
    cockpit = cockpit_for(demo_hosts(*made), folder / "journal")
    cockpit.making = Making(
        draft=folder / "draft.json", cache=folder / "cache", profiles=folder / "profiles"
    )
    async with sit_down(cockpit, size) as seat:
        await seat.until_shown("guests")
        await seat.until(lambda: all(not v.stale for v in cockpit.store.inventory.hosts.values()))
        await seat.until(lambda: any(v.guests for v in cockpit.store.inventory.hosts.values()))
        await seat.press("n")
        await seat.until_shown("Made from")
        yield seat


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    async with wizard(tmp_path) as seat:
        yield seat


def answers(seat: Seat) -> Answers:
    """What has been answered so far."""
    screen = seat.app.screen_stack[-1]
    assert isinstance(screen, WizardScreen) and screen.draft is not None
    return screen.draft.answers


async def choose_disk(seat: Seat, words: str = "debian-13") -> None:
    """Take an existing volume as the source."""
    await seat.press("right", "right")
    await seat.until_shown("Existing disk")
    await seat.press("down", "space")
    await seat.until_shown("type to search")
    await seat.press(*words)
    await seat.press("enter")
    await seat.until(lambda: answers(seat).image.place is not None)
    # What the volume holds is looked at once typing has paused.
    await seat.until(lambda: bool(seat.app.screen_stack[-1].draft.around.seen))  # type: ignore[attr-defined]


@pytest.mark.slow
async def test_everything_is_filled_in_and_pages_turn_both_ways_without_loss(seat: Seat) -> None:
    assert "‹ Cloud image ›" in seat.text()
    await seat.press("enter")
    await seat.until_shown("▸2 System")
    await seat.press("down", "end", *["backspace"] * 20, *"web7")
    await seat.press("enter")
    await seat.until_shown("vCPUs")
    await seat.press("ctrl+b")
    await seat.until_shown("▸2 System")
    assert answers(seat).name == "web7"
    assert "web7" in seat.text()


@pytest.mark.slow
async def test_a_problem_stands_below_its_field_and_keeps_one_on_the_page(seat: Seat) -> None:
    await seat.press("enter")
    await seat.until_shown("▸2 System")
    await seat.press("down", "end", *["backspace"] * 20)
    await seat.until_shown("✗ The guest needs a name.")
    await seat.press("enter")
    await seat.until_shown("2 System ✗")
    assert "▸2 System" in seat.text()
    await seat.press(*"web1")
    await seat.until_shown("There is a guest web1 on this host already")


@pytest.mark.slow
async def test_a_size_that_is_none_is_said_at_once_and_not_taken(seat: Seat) -> None:
    await seat.press("enter", "enter")
    await seat.until_shown("vCPUs")
    await seat.press("down", "x")
    await seat.until_shown("✗ A size such as 20G, 512M or 1.5T")
    await seat.press("backspace", "backspace", "backspace", *"9000G")
    await seat.until(lambda: answers(seat).memory == 9000 << 30)
    await seat.until_shown("host")


@pytest.mark.slow
async def test_what_is_for_experts_is_folded_and_comes_out_on_demand(seat: Seat) -> None:
    await seat.press("enter", "enter")
    await seat.until_shown("vCPUs")
    assert "on bus" not in seat.text()
    await seat.press("ctrl+o")
    await seat.until_shown("on bus")
    await seat.press("ctrl+o")
    await seat.until_gone("on bus")


@pytest.mark.slow
async def test_a_disk_is_added_and_taken_away(seat: Seat) -> None:
    await seat.press("enter", "enter")
    await seat.until_shown("vCPUs")
    await seat.press("ctrl+o", *["down"] * 9)
    await seat.until_shown("▸ one more disk")
    await seat.press("enter")
    await seat.until_shown("Disk 2")
    assert len(answers(seat).disks) == 2


@pytest.mark.slow
async def test_a_used_disk_is_not_taken_for_another_guest(seat: Seat) -> None:
    await choose_disk(seat, "web1.qcow2")
    await seat.until_shown("ruin it")
    await seat.press("enter")
    await seat.until_shown("1 Source ✗")


@pytest.mark.slow
async def test_the_review_shows_every_step_and_the_definition(tmp_path: Path) -> None:
    async with wizard(tmp_path, size=(120, 50)) as seat:
        await choose_disk(seat)
        await seat.press("enter", "enter", "enter")
        await seat.until_shown("Steps")
        assert "virsh define" in seat.text()
        assert "4 Review" in seat.text(), "who can log in is not asked where no seed is made"
        await seat.press("down", "down", "enter")
        await seat.until_shown("hide it")
        await seat.until_shown("<domain")


@pytest.mark.slow
async def test_enter_through_all_pages_makes_a_running_guest(tmp_path: Path) -> None:
    lab = DemoHost(HostId("lab"), guests=8, speed=0)
    async with wizard(tmp_path, lab) as seat:
        await choose_disk(seat)
        await seat.press("enter", "enter", "enter")
        await seat.until_shown("Steps")
        name = answers(seat).name
        await seat.press("enter")
        await seat.until_shown("do it")
        assert not seat.app.cockpit.jobs.running
        await seat.press("y")
        inventory = seat.app.cockpit.store
        await seat.until(
            lambda: any(
                guest.name == name and guest.state is GuestState.RUNNING
                for guest in inventory.inventory.guests()
            )
        )
        await seat.until(lambda: seat.name_at_cursor() == name)
        await seat.until(lambda: len(list(seat.app.cockpit.consoles)) == 1)
        assert not (tmp_path / "draft.json").exists()


@pytest.mark.slow
async def test_a_cloud_image_with_all_defaults_takes_seven_keys(tmp_path: Path) -> None:
    lab = DemoHost(HostId("lab"), guests=8, speed=0)
    async with wizard(tmp_path, lab) as seat:
        seat.app.cockpit.fleet.fetch = lambda step, progress: pretend(step, progress, 0)
        # With the key that opened it and the yes at the end.
        for number, title in enumerate(("System", "Resources", "Access", "Review"), 2):
            await seat.press("enter")
            await seat.until_shown(f"▸{number} {title}")
        await seat.until_shown("Steps")
        name, password = answers(seat).name, answers(seat).access.password
        await seat.press("enter")
        await seat.until_shown("do it")
        await seat.press("y")
        store = seat.app.cockpit.store
        await seat.until(
            lambda: any(
                guest.name == name and guest.state is GuestState.RUNNING
                for guest in store.inventory.guests()
            )
        )
        await seat.until(lambda: not seat.app.cockpit.jobs.running)
        run = seat.app.cockpit.jobs.past[0].tracks[0]
        assert (run.state, run.error) == (TrackState.DONE, None), run
        assert len(password) == 14
        left = [path for path in lab.world.volumes if "seed" in path]
        assert left == [], "the seed goes after the first boot"
        written = "".join(path.read_text() for path in (tmp_path / "journal").glob("*"))
        assert password not in written


@pytest.mark.slow
async def test_leaving_keeps_a_draft_without_its_password(tmp_path: Path) -> None:
    async with wizard(tmp_path) as seat:
        await seat.press("enter")
        await seat.until_shown("▸2 System")
        await seat.press("down", "end", *["backspace"] * 20, *"keepme")
        await seat.press("escape")
        await seat.until_gone("2 System")
        kept = json.loads((tmp_path / "draft.json").read_text())
        assert kept["answers"]["name"] == "keepme"
        assert "password" not in kept["answers"]["access"]
        await seat.press("n")
        await seat.until_shown("There is a draft")
        await seat.press("g")
        await seat.until_shown("Made from")
        assert answers(seat).name == "keepme"


@pytest.mark.slow
async def test_saved_answers_make_the_next_guest_in_a_few_keys(tmp_path: Path) -> None:
    lab = DemoHost(HostId("lab"), guests=8, speed=0)
    async with wizard(tmp_path, lab, size=(120, 50)) as seat:
        await seat.press("right", "right", "right")
        await seat.until_shown("Network boot")
        await seat.press("enter", "down", "home", "ctrl+k", *"node1")
        await seat.press("enter", "down", "home", "ctrl+k", *"3G")
        await seat.until(lambda: answers(seat).memory == 3 << 30)
        await seat.press("enter")
        await seat.until_shown("save these answers")
        while "The next one like it" not in seat.text():
            await seat.press("down")
        await seat.press("enter")
        await seat.until_shown("Save as profile")
        await seat.press("home", "ctrl+k", *"no/de", "enter")
        await seat.until_shown("Letters, digits")
        await seat.press("home", "ctrl+k", *"node", "enter")
        await seat.until_shown("saved as node")
        await seat.press("escape")
        await seat.until_gone("Review")
    (tmp_path / "draft.json").unlink()
    lab = DemoHost(HostId("lab"), guests=8, speed=0)
    async with wizard(tmp_path, lab) as seat:
        await seat.until_shown("Profile")
        await seat.press("right")
        await seat.until(lambda: answers(seat).name == "node1")
        assert answers(seat).memory == 3 << 30
        assert answers(seat).source is SourceKind.NETWORK
        await seat.press("enter")
        await seat.until_shown("Review")
        await seat.until_shown("Steps")
        await seat.press("enter")
        await seat.until_shown("do it")


async def test_a_draft_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "draft.json").write_text('{"version": 1, "answers": {"name": 7}}')
    async with wizard(tmp_path) as seat:
        assert answers(seat).source is SourceKind.CLOUD


async def test_another_host_is_looked_around_on(tmp_path: Path) -> None:
    hosts = [DemoHost(HostId(name), guests=4, speed=0) for name in ("lab1", "lab2")]
    async with wizard(tmp_path, *hosts) as seat:
        first = seat.app.screen_stack[-1].draft.around.host  # type: ignore[attr-defined]
        await seat.until_shown("Host")
        await seat.press("up", "up", "right")
        await seat.until(
            lambda: seat.app.screen_stack[-1].draft.around.host != first  # type: ignore[attr-defined]
        )
        await seat.until_shown("Made from")


async def test_letters_do_not_reach_the_app_behind(seat: Seat) -> None:
    await seat.press("d", "q", "escape")
    await seat.until_shown("Made from")
    assert not seat.app.cockpit.jobs.running


async def test_the_wizard_is_not_there_in_read_only_mode(tmp_path: Path) -> None:
    lab = DemoHost(HostId("lab"), guests=4, speed=0)
    async with sit_down(cockpit_for(demo_hosts(lab), tmp_path, read_only=True)) as seat:
        await seat.until_shown("4 guests")
        await seat.press("n")
        assert not isinstance(seat.app.screen, WizardScreen)


async def test_without_a_host_it_says_so(tmp_path: Path) -> None:
    lab = DemoHost(HostId("lab"), guests=4, speed=0)
    async with sit_down(cockpit_for(demo_hosts(lab), tmp_path)) as seat:
        await seat.until_shown("4 guests")
        view = seat.app.cockpit.store.inventory.hosts[HostId("lab")]
        await seat.app.cockpit.fleet.remove(HostId("lab"))
        assert view is not None
        await seat.press("n")
        await seat.until_shown("No host is connected")


@pytest.mark.parametrize(
    ("text", "count"),
    [("20", 20 << 30), ("20G", 20 << 30), ("512 MiB", 512 << 20), ("1,5t", 3 << 39), ("0", 0)],
)
def test_sizes_are_read_as_people_write_them(text: str, count: int) -> None:
    assert amount(text) == count
    assert amount(amount_text(count)) == count


def test_a_made_up_password_is_long_and_another_one_each_time() -> None:
    made = {generate() for _ in range(50)}
    assert len(made) == 50
    assert all(len(word) == 14 for word in made)
