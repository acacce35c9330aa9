"""The wizard by its keys on hosts that are not like this machine: far away, with networks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.creation.site import hosting
from tests.live.answering import (
    begin,
    clear,
    do_it,
    fill,
    give_file,
    go,
    name_it,
    served,
    take,
    turn,
    until_right,
    until_running,
    wizard,
)
from tests.live.creating import BOOTED, expect, kept, restored
from tests.live.rooms import aside, type_words, watching
from tests.live.test_creating_real import qcow2
from tests.rig import Daemon, Privileged, Sshd
from tests.rig.guests import PROMPT
from tests.rig.initramfs import boot
from tests.rig.installer import installer
from tests.rig.rescue import LOGIN, asking, rescue
from tests.rig.rescue import PROMPT as RESCUE
from tests.ui.cockpits import Seat

pytestmark = [pytest.mark.rig, pytest.mark.slow]

PLAIN = "console=ttyS0 tsc=unstable no_timer_check mitigations=off panic=-1"
TREE = "main/installer-amd64/current/images/netboot/debian-installer/amd64"


@pytest.fixture(scope="module")
def host() -> Iterator[tuple[Daemon, Path]]:
    """A daemon with a pool, and the pool's folder."""
    with hosting() as host:
        yield host


@pytest.fixture(scope="module")
def far(host: tuple[Daemon, Path]) -> Iterator[str]:
    """The address of that daemon behind a real sshd."""
    with Sshd(host[0]) as sshd:
        yield sshd.uri()


@pytest.fixture(autouse=True)
def _clean(host: tuple[Daemon, Path]) -> Iterator[None]:
    with restored(*host):
        yield


async def made(seat: Seat, name: str, prompt: str) -> None:
    """From the review on: do it, and wait for what its console shows and for the job's end."""
    await do_it(seat)
    await until_running(seat, name)
    await seat.until_shown(prompt, BOOTED)


async def until_done(seat: Seat) -> str:
    """Wait until the job has ended; what was seen of the guest."""
    jobs = seat.app.cockpit.jobs
    await seat.until(lambda: bool(jobs.past), BOOTED)
    run = jobs.past[0].tracks[0]
    assert run.error is None, run.error
    return run.outcome


@pytest.mark.timeout(600)
async def test_a_kernel_of_this_machine_boots_on_a_host_over_ssh(
    host: tuple[Daemon, Path], far: str, tmp_path: Path
) -> None:
    """Both files go through ssh, by stream; the console comes back the same way."""
    files = await aside(boot)
    async with watching(tmp_path, far, size=(100, 40)) as seat:
        await begin(seat, tmp_path, "Kernel and initrd")
        await go(seat, "Kernel")
        await give_file(seat, "Kernel", files.kernel)
        await go(seat, "Initrd")
        await give_file(seat, "Initrd", files.initramfs)
        await fill(seat, "Kernel options", f"{PLAIN} tiny.name=far")
        await name_it(seat, "far", "96M")
        await made(seat, "far", PROMPT.format(name="far"))
        assert (await until_done(seat)).startswith("ready")
    assert len(kept(*host)["volumes"]) == 3, "and its empty disk"


@pytest.mark.timeout(600)
async def test_a_volume_is_built_upon_and_a_guest_is_the_pattern_of_the_next_over_ssh(
    host: tuple[Daemon, Path], far: str, tmp_path: Path
) -> None:
    """An overlay of what is there; then, once that is off, another one with a copy of its disk."""
    daemon, folder = host
    base = (await aside(qcow2, tmp_path)).rename(folder / "base.qcow2")
    daemon.keeper.give(base)
    before = base.read_bytes()
    async with watching(tmp_path, far, size=(100, 40)) as seat:
        await begin(seat, tmp_path, "Existing disk")
        await go(seat, "Disk")
        await take(seat, "base")
        await go(seat, "Its disk is")
        await take(seat, "overlay")
        await name_it(seat, "upon", "96M")
        await made(seat, "upon", RESCUE)
    connection = daemon.connect()
    upon = connection.lookupByName("upon")
    assert str(base) in await aside(upon.XMLDesc)
    await aside(upon.destroy)
    async with watching(tmp_path, far, size=(100, 40)) as seat:
        await begin(seat, tmp_path, "Existing guest")
        await go(seat, "Like")
        await take(seat, "upon")
        await until_right(seat, "Like")
        await turn(seat, "▸2 System")
        await fill(seat, "Name", "alike")
        await turn(seat, "▸3 Resources")
        await turn(seat, "▸4 Review")
        await seat.until_shown("Steps", 60)
        await made(seat, "alike", RESCUE)
    text = await aside(connection.lookupByName("alike").XMLDesc)
    assert "alike.qcow2" in text and str(base) not in text, "a copy of its own"
    assert base.read_bytes() == before


@pytest.mark.timeout(600)
async def test_an_iso_of_this_machine_boots_on_a_host_over_ssh(
    host: tuple[Daemon, Path], far: str, tmp_path: Path
) -> None:
    """It goes there by stream, into the pool, and lies in the guest's drive."""
    disc = await aside(rescue)
    async with watching(tmp_path, far, size=(100, 40)) as seat:
        await begin(seat, tmp_path, "Installation ISO")
        await go(seat, "ISO")
        await give_file(seat, "ISO", disc)
        await name_it(seat, "disc", "96M")
        await made(seat, "disc", RESCUE)
    assert "disc.qcow2" in kept(*host)["volumes"]
    text = await aside(host[0].connect().lookupByName("disc").XMLDesc)
    assert "device='cdrom'" in text and disc.name in text


@pytest.mark.timeout(600)
async def test_a_cloud_image_of_this_machine_is_watched_and_loses_its_seed_over_ssh(
    host: tuple[Daemon, Path], far: str, tmp_path: Path
) -> None:
    """Image and seed go there by stream; the login prompt comes back, and the seed is deleted."""
    image = await aside(qcow2, tmp_path, "x-genericcloud.qcow2", await aside(asking))
    async with watching(tmp_path, far, size=(100, 40)) as seat:
        await begin(seat, tmp_path, "Cloud image")
        await go(seat, "Image")
        await give_file(seat, "Image", image)
        await turn(seat, "▸2 System")
        await fill(seat, "Name", "cloudy")
        await turn(seat, "▸3 Resources")
        await fill(seat, "Memory", "96M")
        await seat.press("ctrl+o")
        await go(seat, "on bus")
        await take(seat, "sata")
        await go(seat, "Agent channel")
        await seat.press("space")
        await turn(seat, "▸4 Access")
        await turn(seat, "▸5 Review")
        await seat.until_shown("Steps", 60)
        await made(seat, "cloudy", LOGIN)
        assert (await until_done(seat)).startswith("ready")
    assert kept(*host)["volumes"] == ["cloudy.qcow2", image.name], "the seed is gone"


@contextmanager
def tree(folder: Path) -> Iterator[str]:
    """An install tree as a mirror has it; gives its address."""
    files = installer()
    place = folder / "debian" / TREE
    place.mkdir(parents=True)
    (place / "linux").symlink_to(files.kernel)
    (place / "initrd.gz").symlink_to(files.initramfs)
    with served(folder) as address:
        yield f"{address}/debian"


@pytest.mark.timeout(1200)
async def test_an_install_tree_leads_to_the_installers_first_question(
    host: tuple[Daemon, Path], tmp_path: Path
) -> None:
    """Kernel and initrd are fetched from the tree, and the next start is from the disk."""
    daemon, _folder = host
    with tree(tmp_path / "mirror") as address:
        async with watching(tmp_path, daemon.uri, size=(100, 40)) as seat:
            await begin(seat, tmp_path, "Install tree")
            await seat.press("down")
            await type_words(seat, address)
            await seat.press("down")
            await clear(seat)
            await type_words(seat, "console=ttyS0 tsc=unstable no_timer_check mitigations=off")
            await turn(seat, "▸2 System")
            await seat.press("space")
            await seat.until_shown("type to search")
            await type_words(seat, "debian12")
            await seat.press("enter")
            await seat.until(lambda: wizard(seat).draft.answers.system == "debian12")  # type: ignore[union-attr]
            await seat.press("down")
            await clear(seat)
            await type_words(seat, "fresh")
            await turn(seat, "▸3 Resources")
            await seat.press("down")
            await clear(seat)
            await type_words(seat, "1G")
            await turn(seat, "▸4 Review")
            await seat.until_shown("Steps", 60)
            await do_it(seat)
            await until_running(seat, "fresh")
            await seat.until_shown("Select a language", 3 * BOOTED)
            domain = await aside(daemon.connect().lookupByName, "fresh")
            text = await aside(domain.XMLDesc, libvirt.VIR_DOMAIN_XML_INACTIVE)
            assert "<kernel>" not in text and "<on_reboot>restart" in text
            assert "<on_reboot>destroy" in await aside(domain.XMLDesc), "or it would begin again"


@pytest.mark.root
@pytest.mark.timeout(600)
async def test_a_network_that_goes_off_meanwhile_is_told_at_its_field(tmp_path: Path) -> None:
    """Nothing is made; started again, the same answers do."""
    files = await aside(boot)
    with Privileged() as host:
        connection = host.connect()
        pool = f"<target><path>{host.volumes}</path></target>"
        connection.storagePoolCreateXML(f"<pool type='dir'><name>default</name>{pool}</pool>")
        network = connection.networkLookupByName("default")
        network.create()
        async with watching(tmp_path, host.uri, size=(100, 40)) as seat:
            await begin(seat, tmp_path, "Kernel and initrd")
            await seat.press("down")
            await give_file(seat, "Kernel", files.kernel)
            await seat.press("down")
            await give_file(seat, "Initrd", files.initramfs)
            await seat.press("down")
            await clear(seat)
            await type_words(seat, f"{PLAIN} tiny.name=plugged")
            await name_it(seat, "plugged", "96M", "default")
            draft = wizard(seat).draft
            assert draft is not None and draft.answers.interfaces[0].source == "default"
            await aside(network.destroy)
            await seat.press("enter")
            await seat.until_shown("▸3 Resources", 60)
            await seat.until_shown("✗ The network default is not active")
            assert connection.listAllDomains() == []
            await aside(network.create)
            await seat.press("ctrl+n")
            await seat.until_shown("Steps", 60)
            await do_it(seat)
            await until_running(seat, "plugged")
        prompt = PROMPT.format(name="plugged")
        await aside(lambda: expect(connection, "plugged", prompt, seconds=BOOTED))
