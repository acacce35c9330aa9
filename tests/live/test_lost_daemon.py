"""The daemon goes and comes back, or a guest's process stands still, under a running screen."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import pytest

from tests.live.rooms import (
    SLOW,
    act,
    aside,
    guest,
    kill,
    qemu,
    row,
    start_some,
    state,
    stopped,
    until_row,
    view,
    watching,
)
from tests.rig import Daemon, idle
from tests.ui.cockpits import Seat
from vmtui.model.guest import GuestState
from vmtui.model.host import LinkState
from vmtui.ui.cells import Role

pytestmark = pytest.mark.rig


async def test_a_killed_daemon_leaves_its_guests_grey_and_they_come_back(
    daemon: Daemon, tmp_path: Path
) -> None:
    """SIGKILL of libvirtd: rows stay with their age, and live again without a key."""
    connection = await aside(daemon.connect)
    await aside(start_some, connection, [idle("web1"), idle("web2")])
    async with watching(tmp_path, daemon.uri) as seat:
        await seat.until_shown("2 guests")
        await seat.until(lambda: len(view(seat).guest_figures) == 2)
        await aside(daemon.kill)
        await seat.until_shown("✗ lost")
        await seat.until_shown("shown as of")
        assert "running" in row(seat, "web1")
        key = seat.guests._table.keys[0]
        roles = {cell.role for cell in seat.guests.list.line(key, time.time())[1:]}
        assert roles == {Role.MUTED}
        await act(seat, "web1", "p")
        await seat.until_shown("lab is not connected")
        before = view(seat).read_at
        await aside(daemon.start)
        await seat.until_shown("● up", SLOW)
        await seat.until(lambda: view(seat).listed and not view(seat).stale)
        await seat.until(lambda: (view(seat).read_at or 0) > (before or 0))
        figures = dict(view(seat).guest_figures)
        assert len(figures) == 2
        await seat.until(
            lambda: all(view(seat).guest_figures.get(u) is not f for u, f in figures.items())
        )
        await act(seat, "web1", "p")
        await seat.until(lambda: state(seat, "web1") is GuestState.PAUSED)


async def new_figures(seat: Seat, uuid: str) -> None:
    """Wait until the guest has been sampled again."""
    seen = view(seat).guest_figures.get(uuid)
    await seat.until(lambda: view(seat).guest_figures.get(uuid) is not seen, 15)


async def test_what_changed_while_the_daemon_was_away_is_there_when_it_is_back(
    daemon: Daemon, tmp_path: Path
) -> None:
    """A guest that died meanwhile is off afterwards; the cursor and the marks stay."""
    connection = await aside(daemon.connect)
    await aside(start_some, connection, [idle("web1"), idle("web2"), idle("web3")])
    async with watching(tmp_path, daemon.uri) as seat:
        await seat.until_shown("3 guests")
        await act(seat, "web3", "space")
        await seat.until_shown("1 marked")
        await act(seat, "web2")
        pid = qemu(daemon, "web1")
        await aside(daemon.kill)
        await seat.until_shown("✗ lost")
        kill(pid)
        await aside(daemon.start)
        await seat.until(lambda: state(seat, "web1") is GuestState.OFF, SLOW)
        await until_row(seat, "web1", "off")
        assert seat.name_at_cursor() == "web2"
        assert "1 marked" in seat.text()


async def test_a_stopped_qemu_delays_no_other_guest_and_no_end(
    daemon: Daemon, tmp_path: Path
) -> None:
    """SIGSTOP of one QEMU: others are read and driven, and the way out is quick."""
    connection = await aside(daemon.connect)
    await aside(start_some, connection, [idle("stuck"), idle("well"), idle("other")])
    pid = qemu(daemon, "stuck")
    async with watching(tmp_path, daemon.uri, tick=0.5) as seat:
        await seat.until_shown("3 guests")
        await seat.until(lambda: len(view(seat).guest_figures) == 3)
        well = guest(seat, "well")
        assert well is not None
        with stopped(pid):
            for _ in range(6):
                await new_figures(seat, well.key.uuid)
            assert view(seat).link.state is LinkState.UP
            assert "running" in row(seat, "stuck")
            await act(seat, "well", "p")
            await until_row(seat, "well", "paused", 15)
            await act(seat, "stuck", "p")
            await act(seat, "well", "P")
            await until_row(seat, "well", "running", 15)
            await act(seat, "other", "D")
            await seat.until_shown("do it")
            await seat.press("y")
            await until_row(seat, "other", "off", 30)
            began = time.monotonic()
            seat.app.exit()
            await asyncio.wait_for(seat.app.cockpit.close(), 30)
            assert time.monotonic() - began < 30
    kill(pid, signal.SIGCONT)
