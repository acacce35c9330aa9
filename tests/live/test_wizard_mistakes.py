"""Mistakes in the wizard on a real hypervisor: each is told at its field, before any harm."""

from __future__ import annotations

import re
from pathlib import Path

import libvirt
import pytest

from tests.live.answering import (
    at,
    begin,
    do_it,
    fill,
    give_file,
    go,
    served,
    take,
    turn,
    until_right,
    until_told,
    wizard,
)
from tests.live.rooms import aside, watching
from tests.live.test_creating_real import qcow2
from tests.live.test_wizard import names
from tests.rig import Daemon, define, idle
from vmtui.engine.job import TrackState

pytestmark = [pytest.mark.rig, pytest.mark.slow]

VOLUME = "<volume><name>taken.qcow2</name><capacity>4096</capacity></volume>"


@pytest.mark.timeout(600)
async def test_each_mistake_is_told_at_its_field_before_anything_is_done(
    lab: libvirt.virConnect, pool: libvirt.virStoragePool, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """One after the other, on the way from the source to a download with a wrong checksum."""
    other = define(lab, idle("other", nic="user"))
    (mac,) = re.findall(r"mac address='([^']*)'", other.XMLDesc())
    pool.createXML(VOLUME)
    files = tmp_path / "files"
    files.mkdir()
    page = files / "page-genericcloud.qcow2"
    page.write_text("<!DOCTYPE html><html>no such file</html>")
    image = qcow2(files, "x-genericcloud.qcow2")
    before = await aside(names, pool)
    with served(files) as address:
        async with watching(tmp_path, rig_daemon.uri, size=(100, 40)) as seat:
            await begin(seat, tmp_path, "Cloud image")
            await go(seat, "Image")
            await give_file(seat, "Image", page)
            await until_told(seat, "Image", "no image but a web page")
            await seat.press("enter")
            await seat.pilot.pause()
            assert "▸1 Source ✗" in seat.text(), "one is kept on the page"
            await go(seat, "Made from", "up")
            await take(seat, "Installation ISO")
            await go(seat, "ISO")
            await give_file(seat, "ISO", image)
            await until_told(seat, "ISO", "This is no ISO but a qcow2 image.")
            await fill(seat, "File", str(tmp_path / "nowhere.iso"))
            await until_told(seat, "ISO", "no such file")
            await go(seat, "Made from", "up")
            await take(seat, "Cloud image")
            await go(seat, "Image")
            await take(seat, "an address")
            await fill(seat, "Address", f"{address}/{image.name}")
            await until_told(seat, "Checksum", "! Without a checksum nobody can tell")
            await fill(seat, "Checksum", "sha256:12")
            await until_told(seat, "Checksum", "✗ A checksum is sha256: or sha512: and its digits.")
            await fill(seat, "Checksum", f"sha256:{'0' * 64}")
            await until_right(seat, "Checksum")
            await turn(seat, "▸2 System")
            await fill(seat, "Name", "")
            await until_told(seat, "Name", "✗ The guest needs a name.")
            await fill(seat, "Name", "other")
            await until_told(seat, "Name", "✗ There is a guest other on this host already.")
            await fill(seat, "Name", "taken")
            await until_told(seat, "Name", "✗ There is a volume taken.qcow2 in images already.")
            await fill(seat, "Name", "fine")
            await until_right(seat, "Name")
            await turn(seat, "▸3 Resources")
            await fill(seat, "Memory", "9000G")
            await until_told(seat, "Memory", "✗ More than the host has")
            await fill(seat, "Memory", "96M")
            await until_right(seat, "Memory")
            await seat.press("ctrl+o")
            await fill(seat, "Disk", "900T")
            await go(seat, "full at once")
            await seat.press("space")
            await until_told(seat, "in pool", "✗ Not enough room")
            await seat.press("space")
            await fill(seat, "Disk", "1G", "up")
            await until_right(seat, "in pool")
            await fill(seat, "MAC", mac.upper())
            await until_told(seat, "MAC", "✗ other has this address.")
            await fill(seat, "MAC", "52:54:00:12:34")
            await until_told(seat, "MAC", "✗ An address is six pairs")
            await fill(seat, "MAC", "")
            await until_right(seat, "MAC")
            await seat.press("ctrl+o")
            await turn(seat, "▸4 Access")
            await fill(seat, "Password", "")
            await until_told(seat, "Password", "✗ Nobody could log in")
            await seat.press("enter")
            await seat.pilot.pause()
            assert at(seat, "Password"), "one is kept on the page"
            await fill(seat, "Password", "correct-horse")
            await turn(seat, "▸5 Review")
            await seat.until_shown("Steps", 60)
            # The pool goes off between the last look and Enter: it is asked again.
            await aside(pool.destroy)
            await seat.press("enter")
            await seat.until_shown("✗ No storage pool is active", 60)
            await seat.press("enter")
            await seat.until_shown("▸3 Resources", 60)
            await until_told(seat, "in pool", "✗ No storage pool is active.")
            await aside(pool.create)
            await seat.press("ctrl+n", "ctrl+n")
            await seat.until_shown("Steps", 60)
            assert wizard(seat).draft is not None
            assert [one.name() for one in lab.listAllDomains()] == ["other"]
            assert await aside(names, pool) == before, "nothing was done so far"
            await do_it(seat)
            jobs = seat.app.cockpit.jobs
            await seat.until(lambda: bool(jobs.past), 120)
            run = jobs.past[0].tracks[0]
            assert run.state is TrackState.FAILED
            assert "checksum" in f"{run.error} {run.error.detail if run.error else ''}"
            await seat.until_shown("checksum")
    assert [one.name() for one in lab.listAllDomains()] == ["other"]
    assert await aside(names, pool) == before
