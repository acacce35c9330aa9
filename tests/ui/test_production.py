"""A production host says so with a word, and its guests take a typed name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.cockpits import cockpit_for, sit_down
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import GuestState, HostId


@pytest.mark.slow
@pytest.mark.parametrize("hosts", [1, 2])
async def test_the_mark_and_the_typed_name(tmp_path: Path, hosts: int) -> None:
    cockpit = cockpit_for([], tmp_path)
    made = [DemoHost(HostId(name), guests=2) for name in ("shop", "lab")[:hosts]]

    def connect() -> None:
        for host in made:
            cockpit.fleet.add(host.id, host.uri, host.connect, production=host.id == "shop")

    cockpit.connect = connect
    async with sit_down(cockpit, (120, 30)) as seat:
        await seat.until_shown("web1")
        await seat.until_shown("production")
        key = next(g.key for g in cockpit.store.inventory.guests()
                   if g.key.host == "shop" and g.state is GuestState.RUNNING)  # fmt: skip
        seat.guests._table.move_to(key)
        await seat.press("r")
        await seat.until_shown("on production: shop")
        name = seat.name_at_cursor()
        await seat.press("y", "enter")
        await seat.until_shown("that is not it")
        await seat.press("backspace", *name, "enter")
        await seat.until_shown(f"Reboot {name}")
        await seat.until(lambda: bool(cockpit.jobs.past))
