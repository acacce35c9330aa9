"""The page of pulses: what it shows of a fleet, where its rows lead, by key and by mouse."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down, words_of
from vmtui.engine.pulse import Fill, FillKind, Pulse
from vmtui.errors import VmtuiError
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.change import Happened
from vmtui.model.guest import GuestState, HostId
from vmtui.model.steps import Start
from vmtui.ui import panelayout, pulses
from vmtui.ui.screens.pulses import PulsesScreen, arrangement
from vmtui.ui.targets import Target

LAB = HostId("lab")


def screen_of(seat: Seat) -> PulsesScreen:
    screen = seat.app.page
    assert isinstance(screen, PulsesScreen)
    return screen


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
async def test_a_fleet_at_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    cockpit = cockpit_for(demo_hosts(DemoHost(LAB, 20), DemoHost(HostId("attic"), 20)), tmp_path)
    async with sit_down(cockpit, size) as seat:
        await seat.until_shown("backup1")
        await seat.press("7")
        await seat.until_shown("2 failed")
        for words in ("FAILED 2", "mail1 on lab", "NEARLY FULL", "HOSTS 2", "TOP CPU", "CHANGED"):
            await seat.until_shown(words)
        await seat.until(lambda: "no figures yet" not in seat.text())
        rankings = sum(f"TOP {name}" in seat.text() for name in ("CPU", "MEMORY", "DISK", "NETW"))
        assert rankings == {80: 1, 120: 3, 200: 4}[size[0]]


async def test_where_nothing_is_wrong_it_says_so(tmp_path: Path) -> None:
    cockpit = cockpit_for(demo_hosts(DemoHost(LAB, 2)), tmp_path)
    async with sit_down(cockpit) as seat:
        await seat.until_shown("web1")
        await seat.press("V")
        await seat.until_shown("✓ nothing failed")
        assert "NEARLY FULL  nothing is nearly full" in seat.text()


@pytest.mark.slow
async def test_a_row_leads_to_its_guest_and_back(tmp_path: Path) -> None:
    cockpit = cockpit_for(demo_hosts(DemoHost(LAB, 20)), tmp_path)
    async with sit_down(cockpit) as seat:
        await seat.until_shown("web1")
        await seat.press("slash", *"web1", "enter", "7")
        await seat.until_shown("mail1")
        await seat.press("enter")
        await seat.until(lambda: seat.app.page is seat.guests)
        assert seat.name_at_cursor() == "mail1"
        await seat.press("left_square_bracket")
        await seat.until_shown("FAILED 1")


@pytest.mark.slow
async def test_a_crash_a_lost_host_and_a_failed_job_come_live(tmp_path: Path) -> None:
    lab, attic = DemoHost(LAB, 2, speed=100.0), DemoHost(HostId("attic"), 2, speed=100.0)
    lab.fail[Start] = VmtuiError("The start failed", "no room")
    cockpit = cockpit_for(demo_hosts(lab, attic), tmp_path)
    async with sit_down(cockpit, (120, 36)) as seat:
        await seat.until_shown("web1")
        await seat.press("7")
        await seat.until_shown("nothing failed")
        web1 = next(one for one in lab.guests.values() if one.facts.name == "web1")
        lab.set_state(web1, GuestState.CRASHED, Happened.CRASHED, "panicked")
        await seat.until_shown("crashed · panicked")
        attic.drop()
        attic.refuse_all()
        await seat.until_shown("host attic")
        screen = screen_of(seat)
        await seat.until(lambda: screen._order()[0].cursor is not None)
        assert screen._order()[0].keys[0][0] == Target("host", HostId("attic"))
        await seat.press("home", "enter")
        await seat.until(lambda: seat.app.page.place == "host")
        await seat.until_shown("attic")


@pytest.mark.slow
async def test_keys_and_mouse_go_from_pane_to_pane(tmp_path: Path) -> None:
    cockpit = cockpit_for(demo_hosts(DemoHost(LAB, 20), DemoHost(HostId("attic"), 20)), tmp_path)
    async with sit_down(cockpit) as seat:
        await seat.until_shown("backup1")
        await seat.press("7")
        await seat.until_shown("FAILED 2")
        await seat.until(lambda: "no figures yet" not in seat.text())
        screen = screen_of(seat)
        failed, full = screen._panes["failed"], screen._panes["full"]
        assert screen.focused is failed
        await seat.press("down", "down")
        await seat.until(lambda: screen.focused is full)
        await seat.press("up")
        await seat.until(lambda: screen.focused is failed)
        await seat.press("tab", "tab", "tab")
        await seat.until(lambda: screen.focused is screen._panes["cpu"])
        await seat.press("greater_than_sign")
        await seat.until_shown("TOP MEMORY")
        place = screen._places["memory"]
        head = words_of(screen._header("memory"))
        await seat.pilot.click("#pulse-memory", offset=(head.index("WRITE"), 0))
        await seat.until_shown("TOP DISK")
        assert place.y == screen._places["disk"].y
        await seat.pilot.click("#pulse-hosts", offset=(3, 1), times=2)
        await seat.until(lambda: seat.app.page.place == "host")


@pytest.mark.slow
async def test_it_is_reckoned_only_while_it_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[float] = []
    take = PulsesScreen._take

    def counted(self: PulsesScreen, *given: object) -> None:
        taken.append(1.0)
        take(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(PulsesScreen, "_take", counted)
    lab = DemoHost(LAB, 4)
    cockpit = cockpit_for(demo_hosts(lab), tmp_path)
    async with sit_down(cockpit) as seat:
        await seat.until_shown("web1")
        await seat.press("7")
        await seat.until(lambda: len(taken) >= 2)
        await seat.press("escape")
        await seat.until(lambda: seat.app.page is seat.guests)
        before = len(taken)
        first = next(iter(lab.guests.values()))
        lab.set_state(first, GuestState.CRASHED, Happened.CRASHED, "panicked")
        await seat.until(
            lambda: any(one.state is GuestState.CRASHED for one in cockpit.store.inventory.guests())
        )
        await seat.until_shown("crashed")
        assert len(taken) == before


def test_names_are_harmless_and_long_ones_cut() -> None:
    fill = Fill(FillKind.GUEST_FILES, LAB, "/a\x1b[31m", 95, 100, "u", "web\u202e1")
    (entry,) = pulses.fills(Pulse(fills=(fill,)), 60, several=True)
    words = words_of(entry.line)
    assert "\x1b" not in words
    assert "\u202e" not in words
    assert entry.target == Target("guests", LAB, "u")


@pytest.mark.parametrize(
    ("wants", "room", "given"),
    [
        ([1, 1, 4], 10, [1, 1, 4]),
        ([5, 5, 5], 9, [3, 3, 3]),
        ([9, 2, 9], 10, [4, 2, 4]),
        ([5, 5, 5], 5, [3, 2, 0]),
        ([5], 0, [0]),
    ],
)
def test_panes_share_the_room(wants: list[int], room: int, given: list[int]) -> None:
    assert panelayout.allot(wants, room) == given


@pytest.mark.parametrize("size", [(20, 3), (60, 8), (80, 19), (110, 30), (200, 46), (400, 100)])
def test_panes_never_overlap_nor_leave_the_screen(size: tuple[int, int]) -> None:
    width, height = size
    wants = {"failed": 9, "full": 4, "hosts": 7, "changed": 90} | dict.fromkeys(
        ("cpu", "memory", "disk", "net"), 13
    )
    ranked = ["cpu", "memory", "disk", "net"] if width >= 180 else ["cpu"]
    taken: set[tuple[int, int]] = set()
    for place in arrangement(width, height, wants, ranked).values():
        cells = {
            (x, y)
            for x in range(place.x, place.x + place.width)
            for y in range(place.y, place.y + place.height)
        }
        assert not cells & taken
        assert all(x < width and y < height for x, y in cells)
        taken |= cells
