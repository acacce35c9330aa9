"""One table over several real hosts: near ones, one behind ssh over a bad line, one that dies."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import libvirt
import pytest

from tests.live.rooms import SLOW, aside, host, text_of, view, watching
from tests.rig import BadLine, Daemon, Sshd, idle
from tests.ui.cockpits import Seat
from vmtui.model.guest import Guest, GuestKey, GuestState, HostId
from vmtui.model.host import LinkState
from vmtui.ui.cells import Role

pytestmark = [pytest.mark.rig, pytest.mark.slow]

LATE = 120.0
"""Seconds for what goes over the bad line on a busy machine."""
SAME = "web1"
"""A guest of this name is on every host, and on two of them under the same UUID."""


@dataclass
class World:
    """The hosts, and connections past the bad line to see what they really do."""

    line: BadLine
    uris: dict[str, str]
    behind: dict[str, libvirt.virConnect]
    mortal: Daemon

    def really(self, name: str) -> int:
        """The state of the guest of that name on a host, as libvirt counts it."""
        return int(self.behind[name].lookupByName(SAME).state()[0])


@pytest.fixture
def world(rig_daemon: Daemon, daemon: Daemon) -> Iterator[World]:
    uuid = str(uuid4())
    with (
        Daemon() as other,
        Sshd(rig_daemon) as sshd,
        BadLine(sshd.port, delay=0.05, loss=0.02) as line,
    ):
        hosts = {"far": rig_daemon, "near": daemon, "mortal": other}
        behind = {name: libvirt.open(one.uri) for name, one in hosts.items()}
        for name, connection in behind.items():
            guest = idle(SAME)
            if name != "mortal":
                ET.SubElement(guest, "uuid").text = uuid
            connection.defineXML(text_of(guest)).create()
            connection.defineXML(text_of(idle(f"only-{name}"))).create()
        uris = {"near": daemon.uri, "far": sshd.uri(port=line.port), "mortal": other.uri}
        yield World(line, uris, behind, other)
        for name in ("far", "near"):
            for domain in behind[name].listAllDomains():
                domain.destroy()
                domain.undefine()
            behind[name].close()


def on(seat: Seat, name: str, guest: str = SAME) -> Guest | None:
    """A guest of a host, as the screen's store knows it."""
    return next((one for one in view(seat, name).guests.values() if one.name == guest), None)


def state(seat: Seat, name: str) -> GuestState | None:
    found = on(seat, name)
    return found.state if found else None


def key_of(seat: Seat, name: str, guest: str = SAME) -> GuestKey:
    found = on(seat, name, guest)
    assert found is not None
    return found.key


async def until_all_are_there(seat: Seat, world: World) -> None:
    for name in world.uris:
        await seat.until(lambda name=name: on(seat, name) is not None, LATE)  # type: ignore[misc]
    await seat.until_shown("6 guests", LATE)


async def until_lively(seat: Seat, name: str) -> None:
    """Wait until every guest of a host was sampled, and its CPU is known."""
    await seat.until(
        lambda: (
            len(view(seat, name).guest_figures) == 2
            and all(one.cpu is not None for one in view(seat, name).guest_figures.values())
        ),
        LATE,
    )


async def pause(seat: Seat, name: str) -> None:
    """Pause the guest that has its double elsewhere, as a person does it."""
    seat.guests._table.move_to(key_of(seat, name))
    await seat.pilot.pause()
    await seat.press("p")


async def test_one_table_and_each_action_on_its_own_host(world: World, tmp_path: Path) -> None:
    hosts = [host(uri, name) for name, uri in world.uris.items()]
    async with watching(tmp_path, *hosts, size=(120, 36)) as seat:
        await until_all_are_there(seat, world)
        for name in world.uris:
            await until_lively(seat, name)
        assert key_of(seat, "near").uuid == key_of(seat, "far").uuid
        rows = [key for key in seat.guests._table.keys if isinstance(key, GuestKey)]
        assert len(set(rows)) == 6
        assert {key.host for key in rows if key == key_of(seat, key.host)} == set(world.uris)
        for name in ("far", "near"):
            others = {one: world.really(one) for one in world.uris if one != name}
            await pause(seat, name)
            await seat.until(lambda name=name: state(seat, name) is GuestState.PAUSED, LATE)  # type: ignore[misc]
            assert world.really(name) == libvirt.VIR_DOMAIN_PAUSED
            assert {one: world.really(one) for one in others} == others
        assert state(seat, "mortal") is GuestState.RUNNING
        assert world.line.lost > 0, "the line was not that bad"


async def test_a_slow_host_holds_up_nobody(world: World, tmp_path: Path) -> None:
    hosts = [host(uri, name) for name, uri in world.uris.items()]
    async with watching(tmp_path, *hosts, size=(120, 36)) as seat:
        await until_all_are_there(seat, world)
        await until_lively(seat, "far")
        world.line.freeze()
        # What happens on the near hosts arrives, their figures go on, and every key answers.
        await aside(world.behind["near"].lookupByName(SAME).suspend)
        await seat.until(lambda: state(seat, "near") is GuestState.PAUSED, SLOW)
        read_at = view(seat, "mortal").read_at or 0.0
        await seat.until(lambda: (view(seat, "mortal").read_at or 0.0) > read_at + 3, SLOW)
        table = seat.guests._table
        table.move_to(key_of(seat, "far"))
        await seat.press("down")
        await seat.until(lambda: table.cursor == key_of(seat, "mortal"), SLOW)
        for key, words in (("2", "near"), ("4", "WHEN"), ("1", "6 guests")):
            await seat.press(key)
            await seat.until_shown(words, SLOW)
        await pause(seat, "mortal")
        await seat.until(lambda: state(seat, "mortal") is GuestState.PAUSED, SLOW)
        # Long silence is taken for a lost line; it comes back by itself.
        assert world.really("far") == libvirt.VIR_DOMAIN_RUNNING
        world.line.thaw()
        thawed = time.time()
        await seat.until(lambda: (view(seat, "far").read_at or 0.0) > thawed + 1, LATE)
        await seat.until(lambda: view(seat, "far").link.state is LinkState.UP, LATE)
        await pause(seat, "far")
        await seat.until(lambda: world.really("far") == libvirt.VIR_DOMAIN_PAUSED, LATE)
        await seat.until(lambda: state(seat, "far") is GuestState.PAUSED, LATE)


def greyed(seat: Seat) -> set[str]:
    """The hosts whose guests have grey rows."""
    shown = seat.guests.list
    return {
        key.host
        for key in shown.order
        if {cell.role for cell in shown.line(key, time.time())[1:] if cell.text.strip()}
        == {Role.MUTED}
    }


async def test_a_dead_host_is_grey_and_one_line_above(world: World, tmp_path: Path) -> None:
    hosts = [host(uri, name) for name, uri in world.uris.items()]
    async with watching(tmp_path, *hosts, size=(120, 36)) as seat:
        await until_all_are_there(seat, world)
        await aside(world.mortal.kill)
        await seat.until(lambda: view(seat, "mortal").link.state is LinkState.LOST, SLOW)
        await seat.until_shown("✗ lost", SLOW)
        told = [line for line in seat.text().splitlines() if "✗ lost" in line]
        assert len(told) == 1
        assert "mortal" in told[0]
        await seat.until(lambda: greyed(seat) == {"mortal"}, SLOW)
        # The others live on, and an action on the dead one says that it is not there.
        await pause(seat, "mortal")
        await seat.until_shown("mortal is not connected", SLOW)
        await pause(seat, "far")
        await seat.until(lambda: state(seat, "far") is GuestState.PAUSED, LATE)
        assert world.really("near") == libvirt.VIR_DOMAIN_RUNNING
        for name in ("near", "far"):
            assert view(seat, HostId(name)).link.state is LinkState.UP


async def test_a_host_that_was_never_there_is_one_grey_line(world: World, tmp_path: Path) -> None:
    await aside(world.mortal.kill)
    hosts = [host(uri, name) for name, uri in world.uris.items()]
    async with watching(tmp_path, *hosts, size=(120, 36)) as seat:
        await seat.until_shown("4 guests", LATE)
        await seat.until_shown("✗ refused", SLOW)
        assert len([one for one in seat.text().splitlines() if "mortal" in one]) == 1
        await pause(seat, "near")
        await seat.until(lambda: state(seat, "near") is GuestState.PAUSED, SLOW)
        assert world.really("far") == libvirt.VIR_DOMAIN_RUNNING
