"""Hosts that cannot be reached: each says why and what mends it, and delays nobody."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import libvirt
import pytest

from tests.live.rooms import SLOW, act, host, state, until_row, view, watching
from tests.rig import Daemon, Proxy, SilentServer, define, idle
from tests.ui.cockpits import Seat
from vmtui.model.guest import GuestState

pytestmark = pytest.mark.rig


async def test_a_host_that_never_answers_delays_neither_the_other_nor_the_end(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """The well host's guests are there, live and driven; quitting takes a second or so."""
    define(lab, idle("web1"))
    path = rig_daemon.folder / "silent"
    with SilentServer(path):
        dead = host(f"qemu+unix:///session?socket={path}", "dead")
        async with watching(tmp_path, dead, host(rig_daemon.uri)) as seat:
            await seat.until(lambda: len(view(seat).guests) == 1, 60)
            await seat.until_shown("1 guest")
            assert "◌ connecting" in seat.text()
            await until_row(seat, "web1", "off")
            await act(seat, "web1", "s")
            await seat.until(lambda: state(seat, "web1") is GuestState.RUNNING)
            began = time.monotonic()
            await seat.app.cockpit.close()
            assert time.monotonic() - began < 15


async def test_a_host_that_freezes_and_thaws(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """A frozen line leaves the screen quick; once it thaws, what happened is on the screen."""
    domain = define(lab, idle("web1"))
    with Proxy(rig_daemon, Path("/tmp") / f"rig-proxy-{time.monotonic_ns():x}") as proxy:
        async with watching(tmp_path, proxy.uri) as seat:
            await until_row(seat, "web1", "off", SLOW)
            proxy.freeze()
            domain.create()
            began = time.monotonic()
            for key in ("2", "3", "4", "question_mark", "1", "x", "escape"):
                await seat.press(key)
            assert time.monotonic() - began < 15
            proxy.thaw()
            await seat.until(lambda: state(seat, "web1") is GuestState.RUNNING, SLOW)


async def test_a_line_that_is_cut_is_opened_again(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """The connection is closed under us: lost, then up, by itself."""
    define(lab, idle("web1"))
    with Proxy(rig_daemon, Path("/tmp") / f"rig-proxy-{time.monotonic_ns():x}") as proxy:
        async with watching(tmp_path, proxy.uri) as seat:
            await until_row(seat, "web1", "off", SLOW)
            proxy.cut()
            await seat.press("4")
            await seat.until_shown("lost", 60)
            await seat.until(lambda: seat.text().count("● up") == 1, SLOW)
            await seat.press("1")
            await act(seat, "web1", "s")
            await seat.until(lambda: state(seat, "web1") is GuestState.RUNNING)


REFUSED = {
    "qemu+unix:///system?socket=/nowhere/libvirt-sock": (
        "libvirt's daemon does not run", "systemctl start libvirtd",
    ),
    "qemu+unix:///session?socket=/nowhere/libvirt-sock": (
        "libvirt's daemon does not run", "libvirtd -d",
    ),
    "nonsense:///system": ("libvirt does not understand the address", "qemu:///system"),
    "not an address": ("libvirt does not understand the address", "qemu:///system"),
    "qemu+nonsense:///system": ("libvirt does not understand the address", "qemu:///system"),
    "test:///no/such/file.xml": ("test driver", "/no/such/file.xml"),
    "qemu+ssh://nobody@no-such-host.invalid/system": ("no host named", "getent hosts"),
    "qemu+tcp://127.0.0.1:1/system": ("refuses the connection", "qemu+ssh://127.0.0.1/system"),
}  # fmt: skip


async def until_told(seat: Seat, words: str) -> None:
    """Wait until these words are on the screen, however they are broken into lines."""
    await seat.until(lambda: words in " ".join(seat.text().split()))


@pytest.mark.parametrize("uri", REFUSED)
async def test_a_refused_host_says_why_and_what_mends_it(uri: str, tmp_path: Path) -> None:
    """The reason and the hint stand where the guests would be; the keys still answer."""
    title, hint = REFUSED[uri]
    async with watching(tmp_path, uri) as seat:
        await seat.until_shown("✗ refused", 30)
        await until_told(seat, title)
        await until_told(seat, hint)
        await seat.press("s", "x", "2", "1", "ctrl+r")
        await seat.until_shown("trying to reach")


async def test_missing_ssh_and_missing_rights_do_not_hide_the_well_host(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """Four bad hosts and a good one: the good one's guests are shown, the bad ones say why."""
    define(lab, idle("web1"))
    assert shutil.which("ssh")
    bad = [host(uri, f"bad{number}") for number, uri in enumerate(list(REFUSED)[:4])]
    async with watching(tmp_path, *bad, host(rig_daemon.uri), size=(120, 36)) as seat:
        await until_row(seat, "web1", "off", SLOW)
        await seat.press("2")
        await seat.until_shown("libvirt's daemon does not run")


@pytest.mark.parametrize("uri", ["qemu+unix:///nonsense", "nonsense+unix:///system"])
async def test_a_daemon_that_runs_and_does_not_know_the_address(
    rig_daemon: Daemon, tmp_path: Path, uri: str
) -> None:
    """What the daemon itself says of it, with what addresses look like."""
    async with watching(tmp_path, f"{uri}?socket={rig_daemon.socket}") as seat:
        await seat.until_shown("✗ refused", 30)
        await until_told(seat, "libvirt does not understand the address")
        await until_told(seat, "qemu:///system")
