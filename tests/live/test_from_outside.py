"""What others do to the guests is on the screen at once, by events alone: the tick is an age."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable
from pathlib import Path

import libvirt
import pytest

from tests.live.rooms import (
    RARELY,
    SLOW,
    SOON,
    aside,
    guest,
    kill,
    qemu,
    row,
    start_some,
    state,
    text_of,
    until_idle,
    until_row,
    view,
    watching,
)
from tests.rig import Daemon, define, idle
from tests.rig.testdriver import guest as made_up
from tests.ui.cockpits import Seat
from vmtui.engine.job import JobState
from vmtui.model.guest import GuestState

pytestmark = pytest.mark.rig


async def ready(seat: Seat, count: int) -> None:
    """Wait until all is read once and only events can change anything more."""
    await seat.until(lambda: "lab" in seat.text() and len(view(seat).guests) == count, SLOW)
    await seat.until(lambda: all(g.definition for g in view(seat).guests.values()), SLOW)
    await seat.until(lambda: view(seat).figures is not None, SLOW)


async def test_lifecycle_of_another_connection(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """Suspended, resumed, renamed, undefined and started elsewhere: no sampling is needed."""
    domain = define(lab, idle("web1"))
    other = define(lab, idle("web2"))
    async with watching(tmp_path, rig_daemon.uri, tick=RARELY) as seat:
        await ready(seat, 2)
        await until_row(seat, "web1", "off")
        await aside(domain.create)
        await until_row(seat, "web1", "running", SOON)
        await aside(domain.suspend)
        await until_row(seat, "web1", "paused", SOON)
        await aside(domain.resume)
        await until_row(seat, "web1", "running", SOON)
        await aside(other.rename, "db1")
        await until_row(seat, "db1", "off", SOON)
        assert row(seat, "web2") == ""
        assert seat.text().count("db1") >= 1
        await aside(other.undefine)
        await seat.until(lambda: row(seat, "db1") == "", SOON)
        await aside(domain.destroy)
        await until_row(seat, "web1", "off", SOON)
        await seat.press("4")
        for words in ("suspended", "renamed", "defin"):
            await seat.until_shown(words)


async def test_a_guest_that_is_killed_is_off_or_crashed_at_once(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """SIGKILL of its QEMU: the row and the event log tell, the figures go."""
    await aside(start_some, lab, [idle("web1"), idle("web2")])
    async with watching(tmp_path, rig_daemon.uri, tick=RARELY) as seat:
        await ready(seat, 2)
        kill(qemu(rig_daemon, "web1"))
        gone = (GuestState.OFF, GuestState.CRASHED)
        await seat.until(lambda: state(seat, "web1") in gone, SOON)
        await seat.until(lambda: "running" not in row(seat, "web1"), SOON)
        assert "running" in row(seat, "web2")
        assert not re.search(r"\d%", row(seat, "web1")), row(seat, "web1")
        await seat.press("4")
        await seat.until_shown("web1")


async def test_a_change_of_the_definition_is_read(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """A new title is in the details without a tick."""
    domain = define(lab, idle("web1"))
    async with watching(tmp_path, rig_daemon.uri, tick=RARELY, size=(120, 36)) as seat:
        await ready(seat, 1)
        kind = libvirt.VIR_DOMAIN_METADATA_TITLE
        flags = libvirt.VIR_DOMAIN_AFFECT_CONFIG
        await aside(domain.setMetadata, kind, "The\tshop\x1b[31m's front"[:8], None, None, flags)
        await seat.until_shown("title", SOON)
        await seat.until_shown("The", SOON)


async def test_transient_guests_come_and_vanish(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """Created, not defined: it appears, is called transient, and is gone when it stops."""
    define(lab, idle("base"))
    async with watching(tmp_path, rig_daemon.uri, tick=RARELY, size=(120, 36)) as seat:
        await ready(seat, 1)
        domain = await aside(lab.createXML, text_of(idle("fleeting")), 0)
        await until_row(seat, "fleeting", "running", SOON)
        await seat.go_to("fleeting")
        await seat.until_shown("transient")
        await seat.press("t")
        await seat.until_shown("it is transient: it vanishes when it stops")
        await aside(domain.destroy)
        await seat.until(lambda: guest(seat, "fleeting") is None, SOON)
        await seat.until(lambda: row(seat, "fleeting") == "", SOON)
        await seat.until(lambda: seat.name_at_cursor() == "base", SOON)


async def test_a_transient_guest_is_shut_down_and_deleted_from_the_keyboard(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """Deleting one that is only created needs no definition."""
    await aside(lab.createXML, text_of(idle("fleeting")), 0)
    async with watching(tmp_path, rig_daemon.uri) as seat:
        await ready(seat, 1)
        await seat.until_shown("fleeting")
        await seat.go_to("fleeting")
        await seat.press("X")
        await seat.until_shown("type fleeting to do it")
        await seat.press(*"fleeting", "enter")
        await seat.until(lambda: guest(seat, "fleeting") is None, 60)
        await seat.until_shown("no guests on this host yet")
        await until_idle(seat)
        assert seat.app.cockpit.jobs.past[0].state is JobState.DONE


async def test_a_definition_added_to_a_transient_guest_makes_it_persistent(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """Defined while it runs: it stays when it stops."""
    domain = await aside(lab.createXML, text_of(idle("fleeting")), 0)
    async with watching(tmp_path, rig_daemon.uri, tick=RARELY) as seat:
        await ready(seat, 1)
        await aside(lab.defineXML, domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
        await seat.until(lambda: bool((g := guest(seat, "fleeting")) and g.persistent), SOON)
        await aside(domain.destroy)
        await until_row(seat, "fleeting", "off", SOON)


STORM = 200


def storm(connection: libvirt.virConnect, keep: int) -> None:
    """Define many guests and undefine all but the last few."""
    domains = [connection.defineXML(text_of(idle(f"storm-{number:03}"))) for number in range(STORM)]
    for domain in domains[: STORM - keep]:
        domain.undefine()


async def test_two_hundred_guests_come_and_go_on_real_libvirt(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """Keys answer while events pour in, and the table is right in the end."""
    define(lab, idle("anchor"))
    async with watching(tmp_path, rig_daemon.uri, tick=RARELY) as seat:
        await ready(seat, 1)
        pouring = aside(storm, lab, 7)
        worst = await keys_under(seat, pouring)
        assert worst < 8.0
        kept = {"anchor", *(f"storm-{number:03}" for number in range(193, 200))}
        await seat.until(lambda: {one.name for one in view(seat).guests.values()} == kept, SLOW)
        await seat.until(lambda: seat.text().splitlines()[-2].strip() == "8 guests", SLOW)
        await seat.until(lambda: len(seat.guests._table.keys) == 8)
        assert seat.name_at_cursor() == "anchor"


async def keys_under(seat: Seat, pouring: Awaitable[None]) -> float:
    """Press keys until `pouring` has ended; the longest that one took to be dealt with."""
    task = asyncio.ensure_future(pouring)
    worst = 0.0
    while not task.done():
        began = time.monotonic()
        await seat.press("slash")
        await seat.until(lambda: seat.guests.filter_line.has_keys)
        await seat.press("escape")
        await seat.until(lambda: seat.guests._table.has_focus)
        worst = max(worst, time.monotonic() - began)
    await task
    return worst


async def test_two_hundred_guests_come_and_go_on_the_test_driver(
    test_uri: str, tmp_path: Path
) -> None:
    """The same where a call takes no time, so that all comes within a second."""
    async with watching(tmp_path, test_uri, tick=RARELY) as seat:
        await ready(seat, 5)
        connection = await aside(libvirt.open, test_uri)

        def burst() -> float:
            began = time.monotonic()
            made = []
            for number in range(STORM):
                xml = made_up(1000 + number, f"storm-{number:03}", 5)
                xml.remove(xml[-1])
                made.append(connection.defineXML(text_of(xml)))
            for domain in made:
                domain.undefine()
            return time.monotonic() - began

        assert await aside(burst) < 5
        await seat.press("slash", *"guest", "enter")
        await seat.until_shown("5 guests", SLOW)
        await seat.until(lambda: len(seat.guests._table.keys) == 5, SLOW)
        assert len(view(seat).guests) == 5
        connection.close()
