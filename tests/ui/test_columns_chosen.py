"""Columns of one's own choice, and the table as a file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.ui.cockpits import cockpit_for, demo_hosts, sit_down
from vmtui.errors import Conflict, Invalid
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.ui import export
from vmtui.ui.columns import fit

ROWS = [{"uuid": "1", "host": "lab", "name": "=cmd|' /C calc'!A0", "state": "○ off"}]


def test_chosen_columns_come_in_their_order_and_the_last_give_way() -> None:
    wanted = ("state", "name", "tags", "cpu", "nothing")
    assert [column.id for column, _ in fit(100, 12, 0, wanted)] == ["state", "name", "tags", "cpu"]
    assert [column.id for column, _ in fit(45, 12, 0, wanted)] == ["state", "name", "tags"]
    assert [column.id for column, _ in fit(60, 12, 0, ("cpu",))] == ["name", "cpu"]
    assert fit(80, 12, 0, ("nothing",)) == fit(80, 12, 0)


def test_a_file_is_new_and_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "guests.csv"
    export.write(path, ROWS)
    before = path.read_text()
    with pytest.raises(Conflict):
        export.write(path, [])
    assert path.read_text() == before
    with pytest.raises(Invalid):
        export.write(tmp_path / "guests.xls", ROWS)
    # A name that a guest's owner chose is no formula in another's spreadsheet.
    assert next(csv.DictReader(before.splitlines()))["name"].startswith("'=")


@pytest.mark.slow
async def test_they_are_chosen_kept_and_exported(tmp_path: Path) -> None:
    cockpit = cockpit_for(demo_hosts(DemoHost(HostId("lab"), guests=12, speed=0)), tmp_path)
    cockpit.settings_file = tmp_path / "config.toml"
    async with sit_down(cockpit, (100, 30)) as seat:
        await seat.until_shown("UPTIME")
        await seat.press("colon", *"columns", "space", *"os", "space", *"state", "enter")
        await seat.until_gone("UPTIME")
        assert [column.id for column, _ in seat.guests.list.layout] == ["name", "os", "state"]
        await seat.until(lambda: cockpit.settings.columns == "os state")
        seat.app.run_command("filter web1")
        await seat.until_shown("1 of 12 guests")
        seat.app.run_command(f"export {tmp_path / 'seen.json'}")
        await seat.until((tmp_path / "seen.json").exists)
        await seat.until_shown("written to")
        seen = json.loads((tmp_path / "seen.json").read_text())
        assert [(one["name"], one["host"]) for one in seen] == [("web1", "lab")]
        seat.app.run_command("columns")
        await seat.until_shown("UPTIME")
