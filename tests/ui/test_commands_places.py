"""Commands that go to a guest, a host, a pool or a network by its name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.ui.commands import known
from vmtui.ui.commands.completion import offers
from vmtui.ui.panes import ConsoleRoom


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    hosts = demo_hosts(DemoHost(HostId("lab"), 12), DemoHost(HostId("attic"), 4))
    async with sit_down(cockpit_for(hosts, tmp_path), (110, 36)) as seat:
        store = seat.app.cockpit.store
        await seat.until(lambda: all(
            view.pools is not None and view.networks is not None and view.guests
            and all(guest.definition for guest in view.guests.values())
            for view in store.inventory.hosts.values()
        ))  # fmt: skip
        yield seat


async def enter(seat: Seat, line: str) -> None:
    seat.app._entered(line, seat.app.palette.theme.name)
    await seat.pilot.pause()


def offered(seat: Seat, typed: str) -> list[str]:
    return [offer.line for offer in offers(seat.app, known(False), typed)]


@pytest.mark.slow
async def test_xray_takes_a_name(seat: Seat) -> None:
    await enter(seat, "xray k8s-node1")
    await seat.until_shown("X-RAY  guest on lab")
    await seat.until_shown("k8s-node1")
    await enter(seat, "xray web1")
    await seat.until_shown("web1 means 2 guests; add host:lab or host:attic")
    await seat.press("escape")
    await enter(seat, "xray web1 host:attic")
    await seat.until_shown("X-RAY  guest on attic")
    await enter(seat, "xray wbe1")
    await seat.until_shown("did you mean web1?")
    await seat.press("escape")
    assert "xray k8s-node1" in offered(seat, "xray k8s")
    assert "xray web1 host:attic" in offered(seat, "xray web1 host:at")


async def test_a_guest_in_the_table_and_its_events(seat: Seat) -> None:
    await enter(seat, "jobs")
    await seat.until(lambda: seat.app.page.place == "jobs")
    await enter(seat, "guests ci1")
    await seat.until(lambda: seat.app.page is seat.guests)
    assert seat.name_at_cursor() == "ci1"
    await enter(seat, "events ci1")
    await seat.until(lambda: seat.app.page.place == "events")


async def test_consoles_are_opened_by_name_whatever_is_marked(seat: Seat) -> None:
    await seat.go_to("db1")
    await seat.press("space")
    await enter(seat, "jobs")
    await enter(seat, "console ci1")
    await seat.until(lambda: seat.guests.room is ConsoleRoom.PANE)
    await seat.until(lambda: bool(seat.guests.consoles.shown))
    assert [one.name for one in seat.guests.consoles.shown] == ["ci1"]
    assert seat.name_at_cursor() == "ci1"


@pytest.mark.slow
async def test_what_is_on_hosts_has_a_name_too(seat: Seat) -> None:
    await enter(seat, "doctor att")
    await seat.until(lambda: seat.app.page.place == "doctor")
    await seat.until_shown("attic")
    pool = next(iter(seat.app.cockpit.store.inventory.hosts[HostId("lab")].pools or ())).name
    assert f"storage lab/{pool}" in offered(seat, f"storage lab/{pool[:2]}")
    await enter(seat, f"storage lab/{pool}")
    await seat.until(lambda: seat.app.page.place == "storage")
    await seat.until(lambda: seat.app.page.whereabouts() is not None)
    there = seat.app.page.whereabouts()
    assert there is not None
    assert (there.host, there.what) == ("lab", pool)
    await enter(seat, "networks default")
    await seat.until_shown("default may be lab/default, attic/default")
    await seat.press("escape")
    await enter(seat, "networks attic/default")
    await seat.until(lambda: seat.app.page.place == "networks")
    await seat.until(lambda: getattr(seat.app.page.whereabouts(), "host", "") == "attic")
    await enter(seat, "networks")
    await seat.until(lambda: seat.app.page is seat.guests)


async def test_verbs_of_the_guest_agent_take_names(seat: Seat) -> None:
    usage = known(False)["freeze"].usage
    assert usage == known(False)["start"].usage
    assert any(line.startswith("freeze ") for line in offered(seat, "freeze "))
