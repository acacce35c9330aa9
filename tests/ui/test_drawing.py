"""What is drawn when: figures alone wait for each other, and a drawing makes the visible rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.model.host import HostFigures, HostSample, Link, LinkState
from vmtui.model.inventory import HostView, Inventory
from vmtui.model.stats import GuestFigures
from vmtui.ui.app import figures_only
from vmtui.ui.columns import Row
from vmtui.ui.guestlist import GuestList
from vmtui.ui.lines import Line

VIEW = HostView(HostId("h1"), "demo://h1", Link(LinkState.UP, 0.0))
OTHER = HostView(HostId("h2"), "demo://h2", Link(LinkState.UP, 0.0))


def known(*views: HostView) -> Inventory:
    return Inventory(MappingProxyType({view.id: view for view in views}))


def test_figures_are_told_from_everything_else() -> None:
    old = known(VIEW, OTHER)
    assert figures_only(old, known(VIEW, OTHER))
    used = replace(
        VIEW, guest_figures={"u": GuestFigures(0.1)}, figures=HostFigures(HostSample(1.0)),
        read_at=2.0,
    )  # fmt: skip
    assert figures_only(old, known(used, OTHER))
    for more in (
        replace(VIEW, guests={}),
        replace(VIEW, link=Link(LinkState.LOST, 1.0)),
        replace(VIEW, listed=True),
        replace(VIEW, pools=()),
        replace(VIEW, networks=()),
    ):
        assert not figures_only(old, known(more, OTHER))
    assert not figures_only(old, known(VIEW))
    assert not figures_only(known(VIEW), old)


def all_read(seat: Seat) -> bool:
    return all(one.definition for one in seat.app.cockpit.store.inventory.guests())


@pytest.mark.slow
async def test_a_drawing_makes_the_rows_on_the_screen_however_many_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Row] = []
    line = GuestList._line

    def counted(self: GuestList, row: Row, now: float, *, marked: bool) -> Line:
        made.append(row)
        return line(self, row, now, marked=marked)

    monkeypatch.setattr(GuestList, "_line", counted)
    costs = []
    for guests in (60, 1_200):
        hosts = demo_hosts(*(DemoHost(HostId(f"h{n}"), guests // 3, n) for n in range(3)))
        cockpit = cockpit_for(hosts, tmp_path / "journal")
        async with sit_down(cockpit, (100, 30)) as seat:
            await seat.until_shown(f"{guests} guests", 60.0)
            await seat.until(lambda seat=seat: all_read(seat), 60.0)  # type: ignore[misc]
            visible = len(seat.guests._table.visible_keys())
            assert 10 < visible < 30
            made.clear()
            seat.app.page.redraw()
            costs.append(len(made))
            # A row that is as it was is not made again: only a new second makes all anew.
            assert len(made) <= visible
            seat.app.page.redraw()
            assert len(made) <= 2 * visible
    assert max(costs) < 30
