"""A medium shown to real guests: as a disk that is plugged in, in a drive, or at the next start."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.bench import Bench, opened
from tests.rig import Console, Daemon, define, start, tiny
from tests.rig.guests import PROMPT, found, idle
from vmtui.errors import Conflict
from vmtui.hypervisors.libvirt.xml.tree import parse
from vmtui.model.spec import Place
from vmtui.model.steps import EjectMedium, InsertMedium

pytestmark = [pytest.mark.rig, pytest.mark.slow]

NAME = "shown"
INACTIVE = libvirt.VIR_DOMAIN_XML_INACTIVE


@pytest.fixture
async def bench(rig_daemon: Daemon) -> AsyncIterator[Bench]:
    """A connection for one test."""
    async with opened(rig_daemon.uri) as made:
        yield made


@pytest.fixture
def medium(rig_daemon: Daemon) -> Iterator[Place]:
    """A file with a few bytes that are known."""
    path: Path = rig_daemon.volumes / "medium.iso"
    path.write_bytes(b"a medium".ljust(1 << 20, b"\0"))
    rig_daemon.keeper.give(path)
    yield Place(path=str(path))
    path.unlink()


def drives(domain: libvirt.virDomain, flags: int = 0) -> list[tuple[str, str, str]]:
    """Of each disk: its kind, its bus and its file."""
    made = []
    for disk in parse(domain.XMLDesc(flags)).iterfind("devices/disk"):
        source = disk.find("source")
        file = source.get("file", "") if source is not None else ""
        made.append((disk.get("device", ""), found(disk, "target").get("bus", ""), file))
    return made


async def test_a_running_guest_gets_it_as_a_disk_and_gives_it_up_again(
    bench: Bench, rig_daemon: Daemon, medium: Place
) -> None:
    domain = start(rig_daemon.connect(), tiny(NAME, memory=160))
    prompt = PROMPT.format(name=NAME)
    try:
        with Console(domain) as console:
            console.send("\n")
            console.expect(prompt, 120.0)
            step = InsertMedium(domain.UUIDString(), medium)
            undo = await bench.run(step)
            assert undo == EjectMedium(domain.UUIDString(), medium)
            assert drives(domain) == [("disk", "virtio", medium.path)]
            assert drives(domain, INACTIVE) == []
            wait = "while [ ! -b /dev/vda ]; do sleep 1; done; head -c 8 /dev/vda; echo"
            assert "a medium" in console.run(wait, prompt, 120.0)
            assert "1" in console.run("cat /sys/block/vda/ro", prompt, 60.0)
            await bench.run(undo)
            assert drives(domain) == []
    finally:
        domain.destroy()
        domain.undefine()


async def test_an_empty_drive_takes_it(bench: Bench, rig_daemon: Daemon, medium: Place) -> None:
    definition = idle(NAME)
    drive = ET.SubElement(found(definition, "devices"), "disk", type="file", device="cdrom")
    ET.SubElement(drive, "target", dev="hdc", bus="ide")
    domain = start(rig_daemon.connect(), definition)
    try:
        undo = await bench.run(InsertMedium(domain.UUIDString(), medium, drive=True))
        assert drives(domain) == [("cdrom", "ide", medium.path)]
        assert undo is not None
        await bench.run(undo)
        assert drives(domain) == [("cdrom", "ide", "")]
    finally:
        domain.destroy()
        domain.undefine()


async def test_where_no_drive_can_be_plugged_in_it_is_there_at_the_next_start(
    bench: Bench, rig_daemon: Daemon, medium: Place
) -> None:
    domain = start(rig_daemon.connect(), idle(NAME))
    try:
        await bench.run(InsertMedium(domain.UUIDString(), medium, drive=True))
        assert drives(domain) == []
        kind, _bus, file = drives(domain, INACTIVE)[0]
        assert (kind, file) == ("cdrom", medium.path)
    finally:
        domain.destroy()
        domain.undefine()


@pytest.mark.parametrize(("machine", "bus"), [("pc", "ide"), ("q35", "sata")])
async def test_a_new_drive_is_at_a_controller_that_the_machine_has(
    bench: Bench, rig_daemon: Daemon, medium: Place, machine: str, bus: str
) -> None:
    definition = idle(NAME)
    found(found(definition, "os"), "type").set("machine", machine)
    domain = define(rig_daemon.connect(), definition)
    try:
        await bench.run(InsertMedium(domain.UUIDString(), medium, drive=True))
        assert drives(domain, INACTIVE) == [("cdrom", bus, medium.path)]
        kinds = [one.get("type") for one in parse(domain.XMLDesc(INACTIVE)).iter("controller")]
        assert kinds.count(bus) == 1
        assert {"ide", "sata", "scsi"} & set(kinds) == {bus}
    finally:
        domain.undefine()


async def test_a_guest_that_is_off_gets_a_drive(
    bench: Bench, rig_daemon: Daemon, medium: Place
) -> None:
    domain = define(rig_daemon.connect(), idle(NAME))
    try:
        undo = await bench.run(InsertMedium(domain.UUIDString(), medium))
        assert drives(domain, INACTIVE)[0][::2] == ("cdrom", medium.path)
        assert undo is not None
        await bench.run(undo)
        assert drives(domain, INACTIVE)[0][2] == ""
        domain.create()
        domain.suspend()
        # Twice is refused by no name that is taken: each gets a name of its own.
        await bench.run(InsertMedium(domain.UUIDString(), medium))
    except Conflict as error:
        pytest.fail(str(error))
    finally:
        domain.destroy()
        domain.undefine()
