"""Start and shutdown in order, by keys and as commands, on real guests."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import libvirt
import pytest

from tests.live.rooms import SLOW, aside, guest, state, type_words, until_idle, watching
from tests.rig import Daemon, define, idle, tiny
from vmtui.engine.job import JobState
from vmtui.model.guest import Agent, GuestState
from vmtui.plan.labelwords import LABELS_URI

pytestmark = [pytest.mark.rig, pytest.mark.slow]

BOOT = 180.0
"""Seconds in which a tiny guest's agent answers on a busy machine."""


def order_in_xml(lab: libvirt.virConnect, name: str) -> tuple[str, str]:
    """What stands in a guest's metadata: its order and its delay."""
    text = lab.lookupByName(name).metadata(
        libvirt.VIR_DOMAIN_METADATA_ELEMENT, LABELS_URI, libvirt.VIR_DOMAIN_AFFECT_CONFIG
    )
    found = next(part for part in ET.fromstring(text) if part.tag.endswith("order"))  # noqa: S314
    return found.text or "", found.get("delay", "")


async def test_three_guests_are_started_in_order_and_stopped_the_other_way_round(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """db waits for none, web until db's agent answers, and the third, without an order, for web."""
    for built in (tiny("db"), tiny("web"), tiny("extra")):
        define(lab, built)
    async with watching(tmp_path, rig_daemon.uri) as seat:
        await seat.until_shown("3 guests")
        for words in ("order 10 db", "order 20 delay=300s web"):
            await seat.press("colon")
            await type_words(seat, words)
            await seat.press("enter")
            await until_idle(seat)
        await seat.until(lambda: (found := guest(seat, "web")) is not None
                         and found.definition is not None
                         and found.definition.labels.order == 20, SLOW)  # fmt: skip
        assert await aside(order_in_xml, lab, "db") == ("10", "")
        assert await aside(order_in_xml, lab, "web") == ("20", "300")
        await seat.press("S")
        await seat.until_shown("Start 3 guests in order")
        await seat.until_shown("order 20: web (delay 5m")
        await seat.press("y")
        await seat.until(lambda: bool(seat.app.cockpit.jobs.running))
        (job,) = seat.app.cockpit.jobs.running

        def up(name: str) -> bool:
            found = guest(seat, name)
            return (
                found is not None
                and found.definition is not None
                and found.definition.agent is Agent.CONNECTED
            )

        kept = []

        def on(name: str) -> bool:
            return state(seat, name) is GuestState.RUNNING

        def started() -> bool:
            kept.append((not on("web") or up("db")) and (not on("extra") or up("web")))
            return job.ended is not None

        await seat.until(started, BOOT)
        assert all(kept)
        assert job.state is JobState.DONE
        await seat.until(lambda: on("extra"), SLOW)
        # Its power button is heard once it has booted.
        await seat.until(lambda: up("extra"), BOOT)
        await seat.press("B")
        await seat.until_shown("Shut down 3 guests in order")
        await seat.press("y")
        await seat.until(lambda: bool(seat.app.cockpit.jobs.running))
        (job,) = seat.app.cockpit.jobs.running
        kept.clear()

        def stopped() -> bool:
            off = {name: not on(name) for name in ("db", "web", "extra")}
            kept.append((off["extra"] or not off["web"]) and (off["web"] or not off["db"]))
            return job.ended is not None

        await seat.until(stopped, BOOT)
        assert all(kept)
        assert job.state is JobState.DONE


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vmtui", *words], capture_output=True, text=True, timeout=300,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


async def test_without_the_screen(lab: libvirt.virConnect, rig_daemon: Daemon) -> None:
    """Order is written and kept; one that cannot start holds up what comes after it."""
    missing = rig_daemon.volumes / "not-there.qcow2"
    for built in (tiny("db", disks=[missing]), idle("web")):
        define(lab, built)
    uri = ("-c", rig_daemon.uri)
    for name, place in (("db", "1"), ("web", "2")):
        ran = await asyncio.to_thread(command, "order", name, "--to", place, *uri)
        assert ran.returncode == 0, ran.stderr
    assert await aside(order_in_xml, lab, "web") == ("2", "")
    ran = await asyncio.to_thread(command, "start-in-order", "--all", "--yes", *uri)
    assert ran.returncode == 1
    assert "comes before it" in ran.stderr
    assert not await aside(lab.lookupByName("web").isActive)
    words = ("start-in-order", "--all", "--yes", "--keep-going", *uri)
    ran = await asyncio.to_thread(command, *words)
    assert ran.returncode == 1
    assert await aside(lab.lookupByName("web").isActive)
