"""Makes every picture in this folder: `python -m screenshots`.

The guests are real ones on a private hypervisor that the rig starts; the pictures are what the
app itself draws.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

import libvirt

from tests.rig import Console, Daemon, define, idle, start_all, tiny
from tests.rig.guests import PROMPT
from tests.ui.cockpits import Seat, cockpit_for, sit_down
from vmtui.config import Settings
from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
from vmtui.model.guest import HostId
from vmtui.ui.cockpit import Making

FOLDER = Path(__file__).resolve().parent
HOST = HostId("lab")
WIDE, NARROW = (120, 36), (80, 24)
LIMIT = 240.0
"""Seconds that anything may take on a busy machine."""
HISTORY = 45.0
"""Seconds for which figures are gathered before the first picture."""


def people_a_lab(daemon: Daemon) -> None:
    """A small lab: some guests run, one is paused, some are off."""
    connection = daemon.connect()
    running = [
        tiny("web1", disks=[daemon.disk("web1", 2048)], nic="user"),
        tiny("web2", disks=[daemon.disk("web2", 2048)], nic="user"),
        tiny("db1", disks=[daemon.disk("db1", 8192)], nic="user"),
        tiny("ci-runner", nic="user"),
        idle("router"),
        idle("dns1"),
        idle("mail1"),
    ]
    pool(connection, daemon)
    start_all(connection, running)
    connection.lookupByName("mail1").suspend()
    connection.lookupByName("web1").setAutostart(1)
    connection.lookupByName("db1").setAutostart(1)
    for name in ("backup", "build[arm64]", "win11-test"):
        define(connection, idle(name))
    work(connection)


def work(connection: libvirt.virConnect) -> None:
    """Give two guests something to do, so that the graphs have something to tell."""
    read = "dd if=/dev/vda of=/dev/null bs=1M count=48"
    count = "i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done"
    for name, command, pause in (("db1", read, 1), ("web2", count, 3)):
        domain = connection.lookupByName(name)
        with Console(domain) as console:
            console.send("\n")
            console.expect(PROMPT.format(name=name), LIMIT)
            drop = "echo 3 > /proc/sys/vm/drop_caches"
            console.send(
                f"(while :; do {command}; {drop}; sleep {pause}; done) >/dev/null 2>&1 &\n"
            )
            console.expect(PROMPT.format(name=name), LIMIT, start=len(console.text))


def pool(connection: libvirt.virConnect, daemon: Daemon) -> None:
    """The folder of the disks as a storage pool."""
    root = ET.Element("pool", type="dir")
    ET.SubElement(root, "name").text = "default"
    ET.SubElement(ET.SubElement(root, "target"), "path").text = str(daemon.volumes)
    connection.storagePoolCreateXML(ET.tostring(root, encoding="unicode"), 0)


async def take(daemon: Daemon) -> None:
    """Sit down before the screen and take the pictures."""
    factory = lambda: LibvirtHypervisor(daemon.uri, HOST)  # noqa: E731
    with tempfile.TemporaryDirectory() as folder:
        for size, label in ((WIDE, "wide"), (NARROW, "narrow")):
            cockpit = cockpit_for([(HOST, daemon.uri, factory)], Path(folder), settings=Settings())
            cockpit.making = Making(draft=None, cache=Path(folder), profiles=Path(folder))
            async with sit_down(cockpit, size) as seat:
                await seat.until_shown("10 guests", LIMIT)
                await asyncio.sleep(HISTORY if size == WIDE else 8)
                await pictures(seat, label)


async def pictures(seat: Seat, label: str) -> None:
    """The guests, a question, and in the wide terminal the other views."""
    await seat.go_to("db1")
    await asyncio.sleep(1.0)
    save(seat, f"guests-{label}")
    if label == "narrow":
        await seat.press("enter")
        await asyncio.sleep(0.5)
        save(seat, "details-narrow")
        await seat.press("escape")
        await check(seat, label)
        await wizard(seat, label)
        return
    await seat.press("X")
    await seat.until_shown("type db1", LIMIT)
    save(seat, "delete-wide")
    await seat.press("escape", "x")
    await seat.until_shown("Discard state", LIMIT)
    save(seat, "actions-wide")
    await seat.press("escape", "2")
    await asyncio.sleep(0.5)
    save(seat, "host-wide")
    await seat.press("1", "question_mark")
    await asyncio.sleep(0.5)
    save(seat, "help-wide")
    await seat.press("1")
    await console(seat)
    await seat.press("ctrl+right_square_bracket", "escape")
    await check(seat, label)
    await wizard(seat, label)


async def check(seat: Seat, label: str) -> None:
    """Whether the host is fit for guests."""
    await seat.press("5")
    await seat.until_shown("  as of", LIMIT)
    await asyncio.sleep(0.5)
    save(seat, f"check-{label}")
    await seat.press("1")


async def wizard(seat: Seat, label: str) -> None:
    """A new guest from a cloud image: its resources, and what will be done."""
    await seat.press("n")
    await seat.until_shown("Made from", LIMIT)
    for page in ("2 System", "3 Resources"):
        await seat.press("enter")
        await seat.until_shown(f"▸{page}", LIMIT)
    await asyncio.sleep(0.5)
    save(seat, f"wizard-{label}")
    await seat.press("enter")
    await seat.until_shown("▸4 Access", LIMIT)
    await seat.press("down", *"correcthorse")
    await seat.press("enter")
    await seat.until_shown("disk taken now", LIMIT)
    if label == "narrow":
        save(seat, "review-narrow")


async def console(seat: Seat) -> None:
    """Sit at a guest's console, beside the table."""
    await seat.go_to("web1")
    await seat.press("c")
    await seat.until_shown("Which console", LIMIT)
    await seat.press("enter")
    await seat.until_shown("keys go to web1", LIMIT)
    # Its shell may not be there yet: what is typed before goes nowhere.
    end = asyncio.get_running_loop().time() + LIMIT
    while "web1:~#" not in seat.text() and asyncio.get_running_loop().time() < end:
        await seat.press("enter")
        await asyncio.sleep(3.0)
    await seat.until_shown("web1:~#")
    for command in ("uname -sr", "free -m", "ls -l /dev/vda /dev/hvc0"):
        names = {" ": "space", "-": "minus", "/": "slash"}
        await seat.press(*(names.get(character, character) for character in command), "enter")
        await asyncio.sleep(1.0)
    await asyncio.sleep(1.0)
    save(seat, "console-wide")


def save(seat: Seat, name: str) -> None:
    """Write what is on the screen as SVG."""
    path = FOLDER / f"{name}.svg"
    path.write_text(seat.app.export_screenshot(title="vmtui"), encoding="utf-8")
    print(path.name)


def main() -> int:
    """Start the lab, take the pictures, put all away."""
    with Daemon() as daemon:
        people_a_lab(daemon)
        asyncio.run(take(daemon))
    return 0


if __name__ == "__main__":
    sys.exit(main())
