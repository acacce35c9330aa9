"""The check of a host on the screen: list, finding in full, mending, copying, other hosts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down, words_of
from vmtui.errors import ConnectionFailed
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.finding import Finding, Level
from vmtui.model.guest import HostId
from vmtui.ui.findings import LEVELS, by_severity, full, row, summary


@pytest.fixture
def hosts() -> list[DemoHost]:
    sick = DemoHost(HostId("sick"), guests=2, speed=0)
    sick.ailments |= {"autostart", "firmware"}
    return [sick, DemoHost(HostId("well"), guests=2, speed=0)]


@pytest.fixture
async def seat(hosts: list[DemoHost], tmp_path: Path) -> AsyncIterator[Seat]:
    async with sit_down(cockpit_for(demo_hosts(*hosts), tmp_path)) as seat:
        await seat.until_shown("GUESTS")
        await seat.press("5")
        await seat.until_shown("Guests do not run well here.")
        yield seat


async def test_the_worst_comes_first_with_glyph_and_word(seat: Seat) -> None:
    rows = [line for line in seat.text().splitlines() if "✗ failure" in line or "✓ pass" in line]
    assert "✗ failure" in rows[0]
    assert "2 failures" in seat.text()
    await seat.press("down")
    await seat.until_shown("Switch it on in the firmware's setup")
    await seat.until_shown("$ systemctl reboot --firmware-setup")


@pytest.mark.slow
async def test_a_mend_is_asked_done_and_looked_at_again(seat: Seat, hosts: list[DemoHost]) -> None:
    await seat.press("down", "down")
    await seat.until_shown("vmtui can do that: press m")
    await seat.press("m")
    await seat.until_shown("starts the network default, now and with the host")
    await seat.press("n")
    await seat.until_gone("do it")
    assert hosts[0].ailments == {"autostart", "firmware"}
    await seat.press("m")
    await seat.until_shown("do it")
    await seat.press("ctrl+e")
    await seat.until_shown("$ virsh net-autostart default")
    await seat.press("y")
    await seat.until_shown("Start the network of sick: done")
    await seat.until_gone("does not start by itself")
    assert hosts[0].ailments == {"firmware"}
    assert "1 warning" not in seat.text()


async def test_what_cannot_be_mended_from_here_is_copied(seat: Seat) -> None:
    await seat.press("down", "m")
    await seat.until_shown("its commands can be copied")
    await seat.press("y")
    await seat.until_shown("copied how to mend")
    assert seat.app.clipboard == "systemctl reboot --firmware-setup"


async def test_another_host_and_looking_again(seat: Seat, hosts: list[DemoHost]) -> None:
    await seat.press("right")
    await seat.until_shown("Guests run well here.")
    hosts[1].ailments.add("tpm")
    await seat.press("r")
    await seat.until_shown("swtpm is not found")
    await seat.press("left")
    await seat.until_shown("Guests do not run well here.")


async def test_the_hosts_page_sums_it_up(seat: Seat) -> None:
    await seat.press("2")
    await seat.until_shown("(5: all)")
    assert "✗ 2 failures" in seat.text()


async def test_wide_the_finding_stands_beside_the_list(
    hosts: list[DemoHost], tmp_path: Path
) -> None:
    async with sit_down(cockpit_for(demo_hosts(*hosts), tmp_path), (130, 36)) as seat:
        await seat.press("H")
        await seat.until(lambda: any(
            "✗ failure" in line and "│" in line for line in seat.text().splitlines()
        ))  # fmt: skip


async def test_a_host_that_is_not_there_is_checked_as_far_as_can_be(tmp_path: Path) -> None:
    host = DemoHost(HostId("gone"), guests=1, speed=0)
    host.ailments.add("autostart")
    host.refuse = ConnectionFailed("The daemon does not run", "no socket", "Start it: libvirtd -d")
    async with sit_down(cockpit_for(demo_hosts(host), tmp_path)) as seat:
        await seat.until_shown("The daemon does not run")
        await seat.press("5")
        await seat.until_shown("Start it: libvirtd -d")
        await seat.press("down", "m")
        await seat.until_shown("gone is not connected")


async def test_read_only_mends_nothing(tmp_path: Path) -> None:
    host = DemoHost(HostId("sealed"), guests=1, speed=0)
    host.ailments.add("autostart")
    host.read_only = True
    async with sit_down(cockpit_for(demo_hosts(host), tmp_path)) as seat:
        await seat.until_shown("read-only")
        await seat.press("5")
        await seat.until_shown("does not start by itself")
        await seat.press("m")
        await seat.until_shown("this host is open read-only")


def test_a_finding_in_full_fits_and_hides_nothing() -> None:
    finding = Finding(
        "x",
        "A thing [bold]",
        Level.FAILURE,
        "seen\x1b[2J" + " long" * 40,
        "means",
        "mend",
        ("run it",),
    )
    lines = [words_of(line) for line in full(finding, 60, fixable=True)]
    assert max(map(len, lines)) <= 60
    assert "\x1b" not in "".join(lines)
    assert "".join(lines).count("long") == 40
    assert "     $ run it" in lines
    assert words_of(row(finding)).startswith(" ✗ failure  A thing [bold]")


def test_the_summary_counts_and_the_order_is_the_checks_own() -> None:
    made = [Finding(str(n), "", level, "") for n, level in enumerate(
        (Level.PASS, Level.FAILURE, Level.PASS, Level.FAILURE, Level.UNKNOWN)
    )]  # fmt: skip
    assert words_of(summary(made)) == "✗ 2 failures  ? 1 unknown  ✓ 2 pass"
    assert [one.id for one in by_severity(made)] == ["1", "3", "4", "0", "2"]
    assert set(LEVELS) == set(Level)
