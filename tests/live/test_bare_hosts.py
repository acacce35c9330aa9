"""Hosts with nothing on them, very small terminals, and terminals that change under a storm."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import libvirt
import pytest

from tests.live.rooms import SLOW, aside, start_some, text_of, until_row, view, watching
from tests.rig import Daemon, Host, define, idle
from tests.ui.cockpits import Seat

pytestmark = pytest.mark.rig

ROUND = ("2", "3", "4", "question_mark", "1", "i", "i", "x", "escape", "o", "escape", "space",
         "asterisk", "escape", "slash", "escape", "enter", "escape", "X",
         "escape", "u", "f9")  # fmt: skip


async def go_round(seat: Seat) -> None:
    """Visit every screen and dialog."""
    for key in ROUND:
        await seat.press(key)
    await seat.press("escape", "escape", "1")


async def test_a_hypervisor_without_guests_pools_and_networks(
    daemon: Daemon, tmp_path: Path
) -> None:
    """An empty host says so everywhere, and no key stumbles over it."""
    async with watching(tmp_path, daemon.uri) as seat:
        await seat.until_shown("no guests on this host yet")
        await go_round(seat)
        await seat.press("2")
        await seat.until_shown("processors")
        for _ in range(6):
            await seat.press("pagedown")
        await seat.until_shown("network")
        await seat.press("1", "s", "d", "D", "f2", "X", "x")
        await seat.until_shown("no guest is selected")
        connection = await aside(daemon.connect)
        await aside(define, connection, idle("first"))
        await until_row(seat, "first", "off")


async def test_a_made_up_host_without_anything(tmp_path: Path) -> None:
    """The same on a driver that knows no statistics."""
    uri = Host(running=0, paused=0, off=0, pools=0, networks=0).write(tmp_path / "host.xml")
    async with watching(tmp_path, uri) as seat:
        await seat.until_shown("no guests on this host yet")
        await go_round(seat)
        assert seat.app.is_running


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (20, 6), (10, 3), (250, 70)])
async def test_every_size_shows_the_guest_and_answers(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path, size: tuple[int, int]
) -> None:
    """The name is on the screen down to 20 columns; every screen is drawn at any size."""
    await aside(start_some, lab, [idle("web1")])
    define(lab, idle("web2"))
    async with watching(tmp_path, rig_daemon.uri, size=size) as seat:
        await seat.until(lambda: len(view(seat).guest_figures) == 1, SLOW)
        if size[1] > 5:
            await seat.until_shown("web1")
        if size == (40, 12):
            await seat.until_shown("running")
            await seat.press("D")
            await seat.until_shown("do it")
            await seat.until_shown("is lost")
            await seat.press("n")
        await go_round(seat)
        assert seat.app.is_running


async def test_resizing_while_events_pour_in(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """Every size within one storm, and the table is right and fits in the end."""
    define(lab, idle("anchor"))
    async with watching(tmp_path, rig_daemon.uri) as seat:
        await seat.until_shown("1 guest")
        pouring = asyncio.ensure_future(aside(toggle, lab, 30))
        sizes = [(40, 12), (200, 50), (80, 24), (20, 5), (120, 36), (116, 32), (115, 31), (5, 2)]
        while not pouring.done():
            for size in sizes:
                await seat.pilot.resize_terminal(*size)
                await seat.press("down", "up")
        await pouring
        await seat.pilot.resize_terminal(90, 26)
        await seat.until_shown("1 guest")
        await until_row(seat, "anchor", "off")
        lines = seat.text().splitlines()
        assert len(lines) == 26
        assert all(len(line) <= 90 for line in lines)


def toggle(connection: libvirt.virConnect, times: int) -> None:
    """Define, start, pause, end and undefine guests."""
    for number in range(times):
        domain = connection.defineXML(text_of(idle(f"storm-{number}")))
        if number % 5 == 0:
            steps: list[Callable[[], object]] = [
                domain.create, domain.suspend, domain.resume, domain.destroy,
            ]  # fmt: skip
            for step in steps:
                step()
        domain.undefine()


async def test_the_menu_scrolls_in_a_small_terminal(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """At 40x12 the last verb and the keys can be seen."""
    define(lab, idle("web1"))
    async with watching(tmp_path, rig_daemon.uri, size=(40, 12)) as seat:
        await until_row(seat, "web1", "off")
        await seat.press("x")
        await seat.until_shown("Esc cancel")
        await seat.press("end")
        await seat.until_shown("Delete")
        await seat.press("enter")
        await seat.until_shown("type web1")
