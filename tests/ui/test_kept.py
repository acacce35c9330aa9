"""What was reckoned is kept until something that it was reckoned from is another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.cockpits import cockpit_for, demo_hosts, sit_down
from vmtui.engine import pulse
from vmtui.engine.pace import Pace
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.change import Happened
from vmtui.model.guest import GuestState, HostId
from vmtui.ui.kept import Kept
from vmtui.ui.screens.networks import NetworksScreen
from vmtui.ui.screens.pulses import PulsesScreen

LAB = HostId("lab")


def test_only_another_input_makes_it_anew() -> None:
    kept: Kept[list[object]] = Kept()
    one, like_it = [1], [1]
    made = kept.of(one, 1000, "a", 0.5, make=list)
    assert kept.of(one, int("1000"), "".join("a"), float("0.5"), make=list) is made
    for inputs in ((like_it, 1000, "a", 0.5), (one, 1001, "a", 0.5), (one, 1000, "a"), ()):
        before = made
        made = kept.of(*inputs, make=list)
        assert made is not before
        assert kept.of(*inputs, make=list) is made


async def test_networks_are_drawn_anew_where_a_guest_changed_not_its_figures(
    tmp_path: Path,
) -> None:
    lab, attic = DemoHost(LAB, 4), DemoHost(HostId("attic"), 4)
    pace = Pace(tick=0.05, first_tick=0.02, slow=600, pools=600)
    async with sit_down(cockpit_for(demo_hosts(lab, attic), tmp_path, pace=pace)) as seat:
        await seat.until_shown("web1")
        await seat.press("9")
        await seat.until(lambda: isinstance(seat.app.page, NetworksScreen))
        screen = seat.app.page
        assert isinstance(screen, NetworksScreen)
        store = seat.app.cockpit.store
        await seat.until(lambda: all(
            view.networks is not None and all(guest.definition for guest in view.guests.values())
            for view in store.inventory.hosts.values()
        ))  # fmt: skip
        for _ in range(20):
            # What is left of a lease is told anew every ten seconds: not between these two.
            before, nodes = store.inventory, screen.roots(store.inventory)
            assert await store.wait(lambda now, was=before: now is not was, 60)  # type: ignore[misc]
            now = store.inventory
            if any(
                view.guests is not before.hosts[host].guests for host, view in now.hosts.items()
            ):
                continue
            again = screen.roots(now)
            if all(one is other for one, other in zip(nodes, again, strict=True)):
                break
        else:
            raise AssertionError("they are drawn anew for nothing but figures")
        first = next(iter(lab.guests.values()))
        lab.set_state(first, GuestState.CRASHED, Happened.CRASHED, "panicked")
        uuid = first.uuid
        assert await store.wait(
            lambda now: now.hosts[LAB].guests[uuid].state is GuestState.CRASHED, 60
        )
        assert screen.roots(store.inventory)[0] is not again[0]


@pytest.mark.slow
async def test_the_guests_are_ranked_once_a_reckoning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranked: list[object] = []
    busiest = pulse.busiest

    def counted(*given: object) -> list[pulse.Load]:
        ranked.append(given[0])
        return busiest(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(pulse, "busiest", counted)
    async with sit_down(cockpit_for(demo_hosts(DemoHost(LAB, 12)), tmp_path), (200, 50)) as seat:
        await seat.until_shown("web1")
        await seat.press("7")
        await seat.until_shown("TOP NETWORK")
        screen = seat.app.page
        assert isinstance(screen, PulsesScreen)
        screen._take(seat.app.cockpit.store.inventory)
        ranked.clear()
        rows = screen._rows()
        assert len(ranked) == 4
        again = screen._rows()
        assert len(ranked) == 4
        assert all(again[name] is rows[name] for name in rows)
