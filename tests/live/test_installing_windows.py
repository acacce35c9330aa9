"""The way of Windows: virtio-win in a drive, while somebody clicks; then it is taken out again.

The guest says that it is Windows, and is the small Linux: somebody starts its agent at the console.
"""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import libvirt
import pytest

from tests.live import answering
from tests.live.installing import Bench, bench, until
from tests.rig import Console, Daemon, start, tiny, wait_until
from tests.rig.guests import PROMPT, found
from vmtui.engine.installing import Wish
from vmtui.engine.job import JobState
from vmtui.hypervisors.libvirt.xml.tree import parse
from vmtui.model.installing import Way
from vmtui.plan import virtiowin

pytestmark = [pytest.mark.rig, pytest.mark.slow, pytest.mark.timeout(400)]

NAME = "clicked"
READY = PROMPT.format(name=NAME)
OSINFO = "{http://libosinfo.org/xmlns/libvirt/domain/1.0}"
NOBODY = r"#!/bin/busybox sh\nexec sleep 6666\n"
DATA = b"virtio-win".ljust(1 << 20, b"\0")


@pytest.fixture
def domain(lab: libvirt.virConnect, pool: libvirt.virStoragePool) -> Iterator[libvirt.virDomain]:
    """It has an empty drive, and the agent's channel, at which nobody is."""
    assert pool.isActive()
    definition = tiny(NAME)
    info = ET.SubElement(ET.SubElement(definition, "metadata"), f"{OSINFO}libosinfo")
    ET.SubElement(info, f"{OSINFO}os", id="http://microsoft.com/win/11")
    drive = ET.SubElement(found(definition, "devices"), "disk", type="file", device="cdrom")
    ET.SubElement(drive, "target", dev="hda", bus="ide")
    made = start(lab, definition)
    wait_until(lambda: "state='connected'" in made.XMLDesc(), 120.0, "its agent")
    type_in(made, f"cp /etc/agent /root; printf '{NOBODY}' > /etc/agent; killall qemu-ga")
    wait_until(lambda: "state='connected'" not in made.XMLDesc(), 60.0, "its agent's end")
    yield made
    made.destroy()
    made.undefine()


def type_in(domain: libvirt.virDomain, line: str) -> None:
    """Somebody types that line there."""
    with Console(domain) as console:
        console.send("\n")
        console.expect(READY, 120.0)
        console.run(line, READY, 60.0)


def inside(domain: libvirt.virDomain) -> str:
    """The file in its drive; "" where it is empty."""
    source = parse(domain.XMLDesc()).find("devices/disk[@device='cdrom']/source")
    return source.get("file", "") if source is not None else ""


@pytest.fixture
async def at(rig_daemon: Daemon, domain: libvirt.virDomain, tmp_path: Path) -> AsyncIterator[Bench]:
    """The engine on its host."""
    assert domain.isActive()
    async with bench(rig_daemon, tmp_path / "journal") as made:
        await made.until_seen(NAME)
        yield made


async def test_it_is_fetched_shown_used_and_taken_out(
    at: Bench,
    domain: libvirt.virDomain,
    pool: libvirt.virStoragePool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "virtio-win.iso").write_bytes(DATA)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with answering.served(tmp_path) as address:
        monkeypatch.setattr(virtiowin, "URL", f"{address}/virtio-win.iso")
        broken = await at.installed(NAME, Wish(Way.ISO))
        assert "not what its publisher says" in str(broken.tracks[0].error)
        assert inside(domain) == ""
        assert list(pool.listVolumes()) == []
        checksum = f"sha256:{hashlib.sha256(DATA).hexdigest()}"
        monkeypatch.setattr(virtiowin, "CHECKSUM", checksum)
        job = at.world.jobs.submit(await at.planned(NAME, Wish(Way.ISO)))
        await until(lambda: "what you do in it" in job.tracks[0].words or job.ended is not None)
    assert job.ended is None, job.tracks[0].error
    assert inside(domain).endswith(virtiowin.FILE)
    type_in(domain, "cp /root/agent /etc/agent; killall sleep")
    await until(lambda: job.ended is not None)
    assert job.state is JobState.DONE, job.tracks[0].error
    assert job.tracks[0].words.startswith("its agent answers: ")
    assert inside(domain) == ""
    # It stays for the next guest, which downloads nothing.
    assert list(pool.listVolumes()) == [virtiowin.FILE]
    assert at.guest(NAME).told is not None
