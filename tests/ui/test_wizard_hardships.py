"""The wizard where things are not as they should be: bursts of keys, slow, sick and bare hosts."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.events import Key

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from tests.ui.test_wizard import answers, choose_disk, wizard
from vmtui.engine.around import read_head
from vmtui.errors import Invalid
from vmtui.hypervisors.demo import DemoHost
from vmtui.hypervisors.demo.hypervisor import DemoHypervisor
from vmtui.model.guest import GuestState, HostId
from vmtui.model.spec import GuestSpec
from vmtui.model.steps import CopyVolume, DefineGuest
from vmtui.model.storage import Pool
from vmtui.plan.answers import COUNT_MOST, SourceKind, Use, expand
from vmtui.plan.create import create
from vmtui.ui.screens import wizard as wizard_module
from vmtui.ui.screens.doctor import DoctorScreen
from vmtui.ui.screens.wizard import WizardScreen
from vmtui.ui.wizard.draft import amount, put, whole
from vmtui.ui.wizard.pages import home


def burst(seat: Seat, *keys: str) -> None:
    """Send keys all at once, as a terminal does after a pause of the line."""
    for key in keys:
        seat.app.post_message(Key(key, key if len(key) == 1 else None))


@pytest.mark.slow
async def test_a_burst_of_keys_means_what_it_means_when_typed_slowly(tmp_path: Path) -> None:
    async with wizard(tmp_path) as seat:
        burst(
            seat, "enter", "down", "home", "ctrl+k", *"burst7", "enter",
            "home", "ctrl+k", "3", "down", "home", "ctrl+k", *"3G", "down", "down", "up",
            "home", "ctrl+k", *"31G", "ctrl+b", "ctrl+n", "ctrl+n",
        )  # fmt: skip
        await seat.until_shown("▸4 Access")
        made = answers(seat)
        assert (made.name, made.vcpus, made.memory) == ("burst7", 3, 3 << 30)
        assert made.disks[0].size == 31 << 30


def on_a_page(seat: Seat) -> bool:
    """Whether no list or question is over the wizard."""
    return isinstance(seat.app.screen_stack[-1], WizardScreen)


@pytest.mark.slow
async def test_a_burst_goes_on_in_the_list_that_it_opens(tmp_path: Path) -> None:
    async with wizard(tmp_path) as seat:
        burst(seat, "enter", "space", *"alpine", "enter", "down", "home", "ctrl+k", *"a1")
        await seat.until(lambda: on_a_page(seat) and answers(seat).name == "a1")
        assert answers(seat).system.startswith("alpine")


@pytest.mark.slow
async def test_what_is_wrong_on_a_later_page_does_not_keep_one_on_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(self: DemoHypervisor) -> tuple[Pool, ...]:
        del self
        return ()

    monkeypatch.setattr(DemoHypervisor, "read_pools", none)
    bare = DemoHost(HostId("bare"), guests=4, speed=0)
    async with wizard(tmp_path, bare) as seat:
        await seat.until_shown("3 Resources ✗")
        await seat.press("enter")
        await seat.until_shown("▸2 System")
        await seat.press("enter")
        await seat.until_shown("▸3 Resources ✗")
        await seat.press("enter")
        await seat.until_shown("This host has no storage pool.")
        assert "▸3 Resources" in seat.text()


@pytest.mark.slow
async def test_what_is_answered_while_the_host_takes_its_time_stays(tmp_path: Path) -> None:
    lab = DemoHost(HostId("lab"), guests=8, speed=0)
    async with wizard(tmp_path, lab) as seat:
        await choose_disk(seat)
        await seat.press("enter", "enter")
        await seat.until_shown("vCPUs")
        around = seat.app.screen_stack[-1].draft.around  # type: ignore[attr-defined]
        lab.hang = True
        await seat.press("enter")
        await seat.until_shown("▸4 Review")
        await seat.press("ctrl+b")
        await seat.until_shown("▸3 Resources")
        await seat.press("home", "ctrl+k", "4")
        await seat.until(lambda: answers(seat).vcpus == 4)
        assert seat.app.screen_stack[-1].draft.around is around  # type: ignore[attr-defined]
        lab.hang = False
        await seat.until(
            lambda: seat.app.screen_stack[-1].draft.around is not around  # type: ignore[attr-defined]
        )
        assert answers(seat).vcpus == 4


@pytest.mark.slow
async def test_a_host_that_goes_while_it_is_chosen_takes_no_answers_away(tmp_path: Path) -> None:
    hosts = [DemoHost(HostId(name), guests=4, speed=0) for name in ("lab1", "lab2")]
    async with wizard(tmp_path, *hosts) as seat:
        await seat.press("enter", "down", "home", "ctrl+k", *"stay")
        await seat.press("ctrl+b")
        await seat.until_shown("Made from")
        here = seat.app.screen_stack[-1].draft.around.host  # type: ignore[attr-defined]
        other = next(host for host in hosts if host.id != here)
        await seat.app.cockpit.fleet.remove(other.id)
        await seat.press("up", "up", "right")
        await seat.until_shown("No host is connected")
        assert isinstance(seat.app.screen, WizardScreen)
        assert answers(seat).name == "stay"


@pytest.mark.slow
async def test_a_sick_host_is_told_of_and_looked_at_without_loss(tmp_path: Path) -> None:
    sick = DemoHost(HostId("sick"), guests=4, speed=0)
    sick.ailments.add("firmware")
    async with wizard(tmp_path, sick) as seat:
        await seat.until_shown("✗ Guests do not run well here.")
        await seat.press("enter", "down", "home", "ctrl+k", *"web7", "ctrl+b")
        await seat.until_shown("what is wrong, and how to mend it")
        await seat.press("down", "down", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, DoctorScreen))
        await seat.until_shown("✗ failure")
        await seat.press("escape")
        await seat.until_shown("▸1 Source")
        assert answers(seat).name == "web7"
        sick.ailments.clear()
        seat.app.cockpit.checkups.run(sick.id)
        await seat.until_gone("Guests do not run well here.")


async def test_a_host_that_is_well_has_no_note(tmp_path: Path) -> None:
    async with wizard(tmp_path) as seat:
        lab = HostId("lab")
        await seat.until(lambda: seat.app.cockpit.checkups.latest(lab) is not None)
        await seat.press("down")
        assert "Guests " not in seat.text()


@asynccontextmanager
async def edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> AsyncIterator[Seat]:
    """The definition of a guest from a disk after an edit by hand, which is not taken yet."""

    async def change(app: object, screen: object, text: str, suffix: str) -> str:
        del app, screen, suffix
        return text.replace(old, new, 1)

    async with wizard(tmp_path, size=(120, 50)) as seat:
        await choose_disk(seat)
        await seat.press("enter", "enter", "enter")
        await seat.until_shown("edit it by hand")
        monkeypatch.setattr(wizard_module, "edit", change)
        await seat.press("down", "down", "down", "enter")
        yield seat


@pytest.mark.slow
async def test_an_edit_does_not_make_it_another_guest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with edited(tmp_path, monkeypatch, "<name>", "<name>other-") as seat:
        await seat.until_shown("The definition has another name")
        await seat.press("y")
        assert "take it" not in seat.text()
        await seat.press("escape")
        await seat.until_gone("What the edit changes")
        assert answers(seat).definition == ""


@pytest.mark.slow
async def test_an_edited_definition_and_another_name_do_not_go_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = "<!-- mine --></domain>"
    async with edited(tmp_path, monkeypatch, "</domain>", mine) as seat:
        await seat.until_shown("take it")
        await seat.press("y")
        await seat.until_shown("as you edited it")
        await seat.press("ctrl+b", "ctrl+b", "down", "end", "9")
        await seat.press("ctrl+n", "ctrl+n")
        await seat.until_shown("✗ The definition has another name")
        await seat.press("up", "up", "up", "up", "up", "enter")
        await seat.until_shown("It is to be")
        assert not seat.app.cockpit.jobs.running


@pytest.mark.slow
async def test_all_of_it_is_there_in_a_small_terminal(tmp_path: Path) -> None:
    async with wizard(tmp_path, size=(40, 12)) as seat:
        assert "Esc leave" in seat.text()
        await seat.press("enter", "enter")
        await seat.until_shown("▸3 Resources")
        await seat.press("down")
        await seat.until_shown("▸ Memory            2G")
        await seat.press("enter")
        await seat.until_shown("▸4 Access")


@pytest.mark.slow
async def test_the_answers_come_back_when_nothing_came_of_them(tmp_path: Path) -> None:
    lab = DemoHost(HostId("lab"), guests=8, speed=0)
    lab.fail[DefineGuest] = Invalid("The host does not want it")
    async with wizard(tmp_path, lab) as seat:
        await choose_disk(seat)
        await seat.press("enter", "down", "home", "ctrl+k", *"again", "enter", "enter")
        await seat.until_shown("Steps")
        await seat.press("enter")
        await seat.until_shown("do it")
        await seat.press("y")
        await seat.until_shown("The host does not want it")
        await seat.press("n")
        await seat.until_shown("again on lab")
        await seat.press("g")
        await seat.until_shown("Made from")
        assert answers(seat).name == "again"
        assert answers(seat).source is SourceKind.DISK


@pytest.mark.parametrize("width", [40, 80])
async def test_the_note_on_a_sick_host_takes_the_width_that_there_is(
    tmp_path: Path, width: int
) -> None:
    sick = DemoHost(HostId("sick"), guests=4, speed=0)
    sick.ailments.add("firmware")
    async with wizard(tmp_path, sick, size=(width, 24)) as seat:
        await seat.until_shown("✗ Guests do not run well here.")
        lines = seat.text().splitlines()
        at = next(n for n, line in enumerate(lines) if "Guests do not run" in line)
        assert len(lines[at + 1].strip()) > width * 0.6


async def test_what_is_wrong_takes_the_width_that_there_is(tmp_path: Path) -> None:
    async with wizard(tmp_path) as seat:
        await seat.press("left")
        await seat.until_shown("Existing guest")
        await seat.until_shown("✗ Choose the guest after which this one is made.")


def test_a_pipe_is_no_image(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Invalid, match="no file"):
        read_head(str(tmp_path / "pipe"))


async def test_where_no_host_may_be_changed_it_says_so(tmp_path: Path) -> None:
    lab = DemoHost(HostId("lab"), guests=4, speed=0)
    lab.read_only = True
    async with sit_down(cockpit_for(demo_hosts(lab), tmp_path)) as seat:
        await seat.until_shown("4 guests")
        await seat.press("n")
        await seat.until_shown("read-only")
        assert not isinstance(seat.app.screen, WizardScreen)


@pytest.mark.parametrize("text", ["9" * 400, "9" * 5000, "999999P"])
def test_a_size_beyond_all_measure_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        amount(text)


@pytest.mark.parametrize("text", ["9" * 5000, "1000000000", "0", "-1", "1.5", "²", ""])
def test_a_number_beyond_all_measure_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        whole(text, 1)


def test_a_mistyped_number_of_guests_costs_neither_time_nor_memory() -> None:
    assert len(expand("web-##", 10**12)) == COUNT_MOST


@pytest.mark.parametrize(
    ("name", "ids", "where"),
    [
        ("interfaces.0.kind", ["interfaces.0.source", "interfaces.0.mac"], "interfaces.0.source"),
        ("disks", ["vcpus", "add-disk"], "add-disk"),
        ("access.network.address.0", ["access.network.address"], "access.network.address"),
        ("arch", ["vcpus", "memory"], ""),
    ],
)
def test_every_problem_has_a_field_that_shows_it(name: str, ids: Sequence[str], where: str) -> None:
    assert home(name, ids) == where


def test_the_identity_of_a_definition_is_that_of_its_spec() -> None:
    spec = GuestSpec("0b1f6b0e-0000-4000-8000-000000000001", "web[prod]")
    spec.check_identity("web[prod]", spec.uuid.upper())
    for name, uuid in (("web", spec.uuid), ("web[prod]", ""), ("", spec.uuid)):
        with pytest.raises(Invalid):
            spec.check_identity(name, uuid)


@pytest.mark.slow
async def test_a_guest_like_another_has_a_copy_of_its_disk_and_nothing_built_upon_it(
    tmp_path: Path,
) -> None:
    async with wizard(tmp_path, size=(140, 50)) as seat:
        await seat.press("left")
        await seat.until_shown("Existing guest")
        around = seat.app.screen_stack[-1].draft.around  # type: ignore[attr-defined]
        off = next(guest for guest in around.guests if guest.state is GuestState.OFF)
        await seat.press("down", "space")
        await seat.until_shown("type to search")
        await seat.press(*off.name, "enter")
        await seat.until(lambda: answers(seat).pattern == off.key.uuid)
        assert answers(seat).use is Use.COPY
        draft = seat.app.screen_stack[-1].draft  # type: ignore[attr-defined]
        steps = create(draft.answers, draft.around).tracks[0].steps
        assert any(isinstance(step, CopyVolume) for step in steps)
        built = put(draft, use=Use.OVERLAY).troubles()
        assert any(one.field == "use" and not one.warning for one in built)
