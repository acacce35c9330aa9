"""The wizard on a real hypervisor, by its keys: from an image to a login at the console."""

from __future__ import annotations

from pathlib import Path

import libvirt
import pytest

from tests.live.answering import at, begin, clear, give_file, go, turn, wizard
from tests.live.rooms import aside, guest, type_words, watching
from tests.rig import Console, Daemon, Proxy, wait_until
from tests.rig.debian import image
from vmtui.engine.job import TrackState
from vmtui.model.guest import Agent, GuestState
from vmtui.ui.cockpit import Making

pytestmark = [pytest.mark.rig, pytest.mark.slow]

BOOTED = 600.0
"""Seconds for a whole Debian under emulation, on a machine that does other things as well."""


def names(pool: libvirt.virStoragePool) -> list[str]:
    """What is in the pool now."""
    pool.refresh()
    return sorted(volume.name() for volume in pool.listAllVolumes())


@pytest.mark.timeout(1200)
async def test_from_a_cloud_image_to_a_login_with_the_password_that_was_set(
    lab: libvirt.virConnect, pool: libvirt.virStoragePool, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """Upload, overlay, seed, definition, first boot, clean-up; then somebody logs in."""
    file = await aside(image)
    async with watching(tmp_path, rig_daemon.uri, size=(100, 40)) as seat:
        seat.app.cockpit.making = Making(draft=tmp_path / "draft.json", cache=tmp_path)
        await seat.until_shown("no guests on this host yet")
        await seat.press("n")
        await seat.until_shown("▸ Made from")
        await seat.press("down", "space")
        await seat.until_shown("type to search")
        await type_words(seat, "a file of")
        await seat.press("enter")
        await seat.until(lambda: at(seat, "File"))
        await type_words(seat, str(file))
        await seat.until(lambda: any(s.capacity for s in wizard(seat).draft.around.seen.values()))  # type: ignore[union-attr]
        await seat.press("enter")
        await seat.until_shown("▸2 System")
        await seat.press("down")
        await clear(seat)
        await type_words(seat, "web1")
        await seat.press("enter")
        await seat.until_shown("▸3 Resources")
        await seat.press("down")
        await clear(seat)
        await type_words(seat, "512M")
        await seat.press("enter")
        await seat.until_shown("▸4 Access")
        await clear(seat)
        await type_words(seat, "ada")
        await seat.press("down")
        await clear(seat)
        await type_words(seat, "correct-horse")
        await seat.press("enter")
        await seat.until_shown("Steps")
        await seat.press("enter")
        await seat.until_shown("do it")
        await seat.press("y")
        await seat.until(
            lambda: (g := guest(seat, "web1")) is not None and g.state is GuestState.RUNNING, 90
        )
        await seat.until(lambda: len(list(seat.app.cockpit.consoles)) == 1)
        await seat.until(lambda: not seat.app.cockpit.jobs.running, BOOTED)
        run = seat.app.cockpit.jobs.past[0].tracks[0]
        assert run.state is TrackState.DONE, (run.step, str(run.error), run.words)
        await seat.until(
            lambda: (
                (g := guest(seat, "web1")) is not None
                and g.definition is not None
                and g.definition.agent is Agent.CONNECTED
            ),
            BOOTED,
        )
        assert run.outcome.startswith("ready")
        assert len(names(pool)) == 2, "the image and the overlay; the seed is gone"
        written = "".join(p.read_text() for p in (tmp_path / "journal").glob("*"))
        assert "correct-horse" not in written
    await aside(log_in, lab.lookupByName("web1"))


def log_in(domain: libvirt.virDomain) -> None:
    """Log in on the serial console as the wizard was told."""
    with Console(domain) as console:
        console.send("\n")
        console.expect("web1 login: ", 60)
        console.send("ada\n")
        console.expect("Password: ", 30)
        console.send("correct-horse\n")
        console.expect(r"ada@web1:~\$ ", 60)
        assert "web1" in console.run("hostname", "ada@web1:~$ ")
        wait_until(lambda: "uid=0" in console.run("sudo id", "ada@web1:~$ "), 30, "sudo")


async def test_cancelled_in_its_middle_nothing_is_left(
    lab: libvirt.virConnect, pool: libvirt.virStoragePool, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """A job that is cancelled by its key while it uploads leaves neither volumes nor a guest."""
    big = tmp_path / "big.raw"
    with big.open("wb") as made:
        made.write(b"\0" * 510 + b"\x55\xaa")
        for _ in range(300):
            made.write(bytes(range(256)) * 4096)
    with Proxy(rig_daemon, tmp_path / "slow") as proxy:
        async with watching(tmp_path, proxy.uri, size=(100, 40)) as seat:
            await begin(seat, tmp_path, "Existing disk")
            await go(seat, "Disk")
            await give_file(seat, "Disk", big)
            await seat.until(lambda: bool(wizard(seat).draft.around.seen))  # type: ignore[union-attr]
            for page in ("▸2 System", "▸3 Resources", "▸4 Review"):
                await turn(seat, page)
            await seat.until_shown("Steps")
            await seat.press("enter")
            await seat.until_shown("do it")
            proxy.delay = 0.01
            await seat.press("y")
            await seat.until_gone("do it")
            await seat.press("3")
            jobs = seat.app.cockpit.jobs
            await seat.until(lambda: " of 300 MiB" in jobs.running[0].tracks[0].words)
            await seat.press("c")
            proxy.delay = 0
            await seat.until(lambda: not jobs.running, 60)
            assert jobs.past[0].tracks[0].state is TrackState.CANCELLED
            await seat.until_shown("cancelled")
    assert names(pool) == []
    assert lab.listAllDomains() == []
