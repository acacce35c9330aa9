"""One connection a thread, and how they are closed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.bench import eventually, fleet
from vmtui.errors import ConnectionLost, TimedOut
from vmtui.hypervisors.libvirt import eventloop
from vmtui.hypervisors.libvirt.calls import Calls, Lane
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.links import HANGING_MOST, Links
from vmtui.model.guest import HostId


class Door:
    """Opens connections to a host of its own, while it may."""

    def __init__(self, folder: Path) -> None:
        eventloop.prepare()
        self.uri = fleet(folder, "web")
        self.opened = 0
        self.full = False
        self.fails: Callable[[], str] | None = None

    def connect(self, first: bool) -> libvirt.virConnect:
        """One more connection."""
        self.opened += 1
        if self.fails is not None and not first:
            raise libvirt.libvirtError(self.fails())
        return libvirt.open("test:///nowhere" if self.full and not first else self.uri)


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """A way to a host."""
    return Door(tmp_path)


@pytest.fixture
def links(door: Door) -> Links:
    """Its connections."""
    return Links(door.connect)


@pytest.fixture
def calls(links: Links) -> Iterator[Calls]:
    """Threads that use them."""
    calls = Calls("links", on_exit=links.leave)
    yield calls
    calls.close()


async def test_the_first_is_its_openers_and_every_other_thread_has_its_own(
    links: Links, calls: Calls, door: Door
) -> None:
    first = await calls.run(links.open)
    assert (await calls.run(links.mine)).conn is first
    own = await calls.run(links.mine, lane=Lane.LONG)
    assert own.conn is not first
    assert await calls.run(links.mine, lane=Lane.LONG) is own
    assert door.opened == 2


async def test_a_handle_finds_the_connection_of_its_thread(
    links: Links, calls: Calls, door: Door
) -> None:
    first = await calls.run(links.open)
    handle = Handle(first, calls, door.uri, HostId("h"), lambda _change: None, links)
    assert await calls.run(lambda: handle.conn) is first
    uuid = (await calls.run(handle.conn.listAllDomains))[0].UUIDString()
    here = await calls.run(handle.domain, uuid)
    there = await calls.run(handle.domain, uuid, lane=Lane.LONG)
    assert here is await calls.run(handle.domain, uuid)
    assert here is not there


async def test_a_driver_within_this_process_needs_one_only(door: Door) -> None:
    links = Links(door.connect, shared=True)
    calls = Calls("shared", on_exit=links.leave)
    first = await calls.run(links.open)
    assert (await calls.run(links.mine, lane=Lane.LONG)).conn is first
    assert door.opened == 1
    calls.close()


async def test_where_no_more_are_let_in_the_first_is_shared(
    links: Links, calls: Calls, door: Door
) -> None:
    first = await calls.run(links.open)
    door.full = True
    assert (await calls.run(links.mine, lane=Lane.LONG)).conn is first


async def test_where_the_host_is_silent_the_first_is_not_shared(
    links: Links, calls: Calls, door: Door
) -> None:
    await calls.run(links.open)
    door.fails = lambda: "Cannot recv data: Connection timed out during banner exchange"
    with pytest.raises(TimedOut):
        await calls.run(links.mine, lane=Lane.LONG)
    door.fails = None
    assert not (await calls.run(links.mine, lane=Lane.LONG)).shared, "it is tried again"


async def test_one_that_is_closed_while_another_cannot_be_opened_is_not_shared(
    links: Links, calls: Calls, door: Door
) -> None:
    await calls.run(links.open)

    def fail() -> str:
        links.close(lambda _conn: None)
        return "no more"

    door.fails = fail
    with pytest.raises(ConnectionLost):
        await calls.run(links.mine, lane=Lane.LONG)


async def test_on_a_shared_connection_few_calls_may_hang_at_once(
    links: Links, calls: Calls, door: Door
) -> None:
    await calls.run(links.open)
    door.full = True
    gate, begun = threading.Event(), list[None]()

    def hang() -> None:
        with links.sparing():
            begun.append(None)
            gate.wait()

    tasks = [
        asyncio.create_task(calls.run(hang, lane=Lane.AGENT)) for _ in range(Lane.AGENT.threads)
    ]
    await eventually(lambda: len(begun) >= HANGING_MOST)
    await asyncio.sleep(0.1)
    assert len(begun) == HANGING_MOST
    gate.set()
    await asyncio.gather(*tasks)
    assert len(begun) == Lane.AGENT.threads


async def test_all_are_closed_and_no_thread_opens_another(
    links: Links, calls: Calls, door: Door
) -> None:
    first = await calls.run(links.open)
    other = (await calls.run(links.mine, lane=Lane.LONG)).conn
    said: list[libvirt.virConnect] = []
    calls.close()
    links.close(said.append)
    # libvirt-python forgets the pointer of what was closed.
    await eventually(lambda: first._o is None and other._o is None, 5)
    assert said == [first]
    late = Calls("late")
    with pytest.raises(ConnectionLost):
        await late.run(links.mine)
    late.close()
    assert door.opened == 2


async def test_one_that_is_opened_too_late_is_closed(tmp_path: Path) -> None:
    eventloop.prepare()
    gate, opened = threading.Event(), []

    def connect(_first: bool) -> libvirt.virConnect:
        gate.wait()
        opened.append(libvirt.open(fleet(tmp_path, "web")))
        return opened[0]

    links, calls = Links(connect), Calls("late")
    opening = asyncio.create_task(calls.run(links.open))
    await asyncio.sleep(0.05)
    links.close(lambda _conn: None)
    calls.close()
    with pytest.raises(ConnectionLost):
        await opening
    gate.set()
    await eventually(lambda: opened and opened[0]._o is None, 5)


ENDING = """
import sys, time
from vmtui.hypervisors.libvirt import eventloop
from vmtui.hypervisors.libvirt.links import Links
import libvirt
eventloop.prepare()
links = Links(lambda _first: libvirt.open("test:///default"))
links.open()
def before(_conn):
    time.sleep(float(sys.argv[1]))
    open(sys.argv[2], "w").close()
links.close(before)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("seconds", "waited_for"), [(0.3, True), (600, False)])
def test_the_end_of_the_process_gives_closing_a_moment(
    tmp_path: Path, seconds: float, waited_for: bool
) -> None:
    """What is taken back within it is; a host that is gone holds nobody up."""
    mark = tmp_path / "closed"
    subprocess.run([sys.executable, "-c", ENDING, str(seconds), mark], check=True, timeout=120)
    assert mark.exists() is waited_for
