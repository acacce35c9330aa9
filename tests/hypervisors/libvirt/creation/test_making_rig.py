"""Guests from nothing on a real hypervisor: all the way, and away again from every step."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import replace
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.bench import eventually
from tests.hypervisors.libvirt.creation.site import (
    MIB,
    POOL,
    UUID,
    Site,
    image,
    opened_site,
    same,
    steps_of,
)
from tests.rig import BadLine, Console, Daemon, Sshd
from tests.rig.guests import PROMPT
from vmtui.errors import Conflict, NotFound, Refused, Unsupported, VmtuiError
from vmtui.model.spec import DiskSpec, Firmware, GuestSpec, InterfaceSpec, NetKind, Place, Tpm
from vmtui.model.steps import (
    BootFromDisk,
    CopyVolume,
    CreateVolume,
    DefineGuest,
    DeleteVolume,
    Destroy,
    EjectMedium,
    ResizeVolume,
    Start,
    Step,
    Undefine,
    UploadVolume,
    WriteVolume,
)

pytestmark = pytest.mark.rig

ONE, TWO = UUID.format(1), UUID.format(2)


async def from_nothing(site: Site, big: Path) -> None:
    """A guest is made, boots, loses its seed, and goes again without a trace."""
    steps = steps_of(ONE, big)
    async with site.untouched():
        undo = await site.forward(steps)
        volumes = {volume.name: volume for volume in await site.hypervisor.read_volumes(POOL)}
        assert same(Path(volumes["base.img"].path), big)
        assert volumes["web1.qcow2"].capacity == 200 * MIB
        assert volumes["web1.qcow2"].backing == volumes["base.img"].path
        copied = volumes["web1-copy.qcow2"]
        assert (copied.format, copied.backing) == ("qcow2", "")
        seed = Place(POOL, "web1-seed.iso")
        assert await site.hypervisor.read_part(seed, 0, 50_000) == b"seed" * 10_000
        domain = site.conn.lookupByUUIDString(ONE)
        assert domain.autostart()
        with Console(domain) as console:
            console.expect(PROMPT.format(name="web1"), 60)
            prompt = PROMPT.format(name="web1")
            assert "seedseed" in console.run("head -c 8 /dev/sr0; echo", prompt)
            assert str(200 * MIB // 512) in console.run("cat /sys/block/vda/size", prompt)
            await site.run(EjectMedium(ONE, seed))
            assert "seedseed" not in console.run("head -c 8 /dev/sr0; echo", prompt)
        assert "seed" not in domain.XMLDesc() + domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
        await site.run(EjectMedium(ONE, seed))
        await from_its_disk(site, domain)
        await site.back([*undo, Destroy(ONE)])


async def from_its_disk(site: Site, domain: libvirt.virDomain) -> None:
    """The next start is without the kernel, what runs keeps it; and it can be taken back."""

    def next_time() -> str:
        return domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)

    before = next_time()
    back = await site.run(BootFromDisk(ONE))
    assert "<kernel>" in domain.XMLDesc() and "web1-kernel" in before
    assert not any(f"<{tag}>" in next_time() for tag in ("kernel", "initrd", "cmdline"))
    assert domain.autostart()
    assert await site.run(BootFromDisk(ONE)) is None
    assert back is not None
    await site.run(back)
    assert next_time() == before


@pytest.mark.slow
async def test_a_guest_from_nothing(site: Site, big: Path) -> None:
    await from_nothing(site, big)


@pytest.mark.slow
async def test_a_guest_from_nothing_over_ssh(host: tuple[Daemon, Path], big: Path) -> None:
    with Sshd(host[0]) as sshd:
        async with opened_site(*host, sshd.uri()) as site:
            await from_nothing(site, big)


@pytest.mark.slow
async def test_a_slow_line_is_not_taken_for_a_dead_one(
    host: tuple[Daemon, Path], tmp_path: Path
) -> None:
    """Whether the host is there is asked every few seconds: the upload lies before the question."""
    file = image(tmp_path, "much.img", 4)
    with Sshd(host[0]) as sshd, BadLine(sshd.port, delay=0, loss=0, rate=120_000) as line:
        async with opened_site(*host, sshd.uri(port=line.port)) as site:
            await site.run(UploadVolume(ONE, POOL, "x.img", str(file)))
            assert same(site.images / "x.img", file)


async def test_a_volume_that_is_being_copied_is_deleted_once_it_is_free(
    site: Site, big: Path
) -> None:
    """As after a copy that was cancelled: the daemon goes on with it for a while."""
    source = Place(POOL, "source.img")
    async with site.untouched():
        await site.run(UploadVolume(TWO, POOL, source.volume, str(big)))
        copying = asyncio.create_task(site.run(CopyVolume(ONE, POOL, "x.qcow2", source)))
        copier: list[int] = []
        await eventually(lambda: bool(copier or stopped_copier(site.daemon.pid, copier)), 60)
        deleting = asyncio.create_task(
            site.run(DeleteVolume(TWO, POOL, source.volume, str(site.images / source.volume)))
        )
        await asyncio.sleep(0.5)
        assert not deleting.done()
        os.kill(copier[0], signal.SIGCONT)
        await copying
        await deleting
        await site.run(DeleteVolume(ONE, POOL, "x.qcow2", str(site.images / "x.qcow2")))


def stopped_copier(daemon: int, found: list[int]) -> bool:
    """Stop the program with which the daemon copies, once it runs."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError, ProcessLookupError):
            if path.read_bytes().startswith((b"/usr/bin/qemu-img\0convert", b"qemu-img\0convert")):
                parent = (path.parent / "stat").read_text().rpartition(")")[2].split()[1]
                if int(parent) == daemon:
                    os.kill(int(path.parent.name), signal.SIGSTOP)
                    found.append(int(path.parent.name))
    return bool(found)


@pytest.mark.parametrize("index", range(8))
async def test_cancelled_at_every_step(site: Site, big: Path, index: int) -> None:
    steps = steps_of(ONE, big)
    async with site.untouched():
        undo = await site.forward(steps[:index])
        back = await site.cancel(steps[index], "")
        await site.back([*undo, *([back] if back is not None else [])])


@pytest.mark.parametrize(
    "step",
    [
        UploadVolume(ONE, POOL, "x.img", "BIG"),
        UploadVolume(ONE, POOL, "x.img", "BIG", shared=True),
        CopyVolume(ONE, POOL, "x.qcow2", Place(POOL, "source.img")),
    ],
    ids=["upload", "shared upload", "copy"],
)
async def test_cancelled_in_the_middle(site: Site, big: Path, step: Step) -> None:
    await site.run(UploadVolume(TWO, POOL, "source.img", str(big)))
    if isinstance(step, UploadVolume):
        step = replace(step, file=str(big))
    async with site.untouched():
        words = " of " if isinstance(step, UploadVolume) else "copying"
        back = await site.cancel(step, words)
        assert any(words in told for _, told in site.told)
        await site.back([back] if back is not None else [])


@pytest.mark.parametrize("index", range(8))
async def test_failed_at_every_step(site: Site, big: Path, index: int) -> None:
    """What a step needs was taken away: it fails, and all before it is undone."""
    steps = steps_of(ONE, big)
    async with site.untouched():
        with pytest.raises(VmtuiError) as caught:
            await site.forward([*steps[:index], _broken(steps[index])])
        assert caught.value.title
        assert caught.value.hint or caught.value.detail


def _broken(step: Step) -> Step:
    """The step with something in it that is not there, or is there already."""
    match step:
        case UploadVolume():
            return replace(step, file="/nowhere/x.img")
        case CreateVolume():
            return replace(step, backing=Place(POOL, "nothing"))
        case CopyVolume():
            return replace(step, source=Place("nowhere", "x"))
        case ResizeVolume():
            return replace(step, volume="nothing")
        case WriteVolume():
            return replace(step, pool="nowhere")
        case DefineGuest():
            assert step.spec is not None
            return replace(step, spec=replace(step.spec, machine="pigeon"))
    raise AssertionError(step)


async def test_what_is_foreseen_is_what_undoes_it(site: Site, big: Path) -> None:
    steps = steps_of(ONE, big)
    foreseen, undo = [], []
    async with site.untouched():
        for step in steps[:-1]:
            foreseen.append(await site.hypervisor.foresee(step))
            undo.append(await site.run(step))
        assert foreseen == undo
        assert [await site.hypervisor.foresee(step) for step in steps] == [None] * len(steps)
        await site.back([step for step in undo if step is not None])


def leave_half(site: Site, big: Path, name: str) -> None:
    """The beginning of an upload, as a killed program leaves it."""
    (site.images / name).write_bytes(big.read_bytes()[: 5 * MIB])
    site.daemon.keeper.give(site.images / name)
    site.pool.refresh()


async def test_what_is_foreseen_takes_away_what_a_lost_daemon_left(site: Site, big: Path) -> None:
    async with site.untouched():
        step = UploadVolume(ONE, POOL, "x.img", str(big))
        foreseen = await site.hypervisor.foresee(step)
        assert isinstance(foreseen, DeleteVolume)
        # As much as a killed program leaves of it.
        leave_half(site, big, "x.img")
        await site.run(foreseen)


async def test_taken_names(site: Site, big: Path) -> None:
    await site.run(UploadVolume(ONE, POOL, "x.img", str(big)))
    async with site.untouched():
        for step in (
            UploadVolume(ONE, POOL, "x.img", str(big)),
            WriteVolume(ONE, POOL, "x.img", b"x"),
            CreateVolume(ONE, POOL, "x.img", MIB),
            CopyVolume(ONE, POOL, "x.img", Place(POOL, "x.img")),
        ):
            with pytest.raises(Conflict, match=r"There is a volume x\.img in the pool images"):
                await site.run(step)
    assert same(site.images / "x.img", big)


async def test_pools_that_are_missing_full_or_asleep(site: Site, big: Path) -> None:
    async with site.untouched():
        with pytest.raises(Conflict, match="pool images is full"):
            await site.run(CreateVolume(ONE, POOL, "x.raw", 1 << 50, "raw", full=True))
        with pytest.raises(NotFound, match="no storage pool nowhere"):
            await site.run(WriteVolume(ONE, "nowhere", "x.img", b"x"))
    site.pool.destroy()
    for step in (
        UploadVolume(ONE, POOL, "x.img", str(big)),
        CreateVolume(ONE, POOL, "x.img", MIB),
        ResizeVolume(ONE, POOL, "x.img", MIB),
    ):
        with pytest.raises(Conflict, match="pool images is not active"):
            await site.run(step)


async def test_files_that_cannot_be_uploaded(site: Site, tmp_path: Path) -> None:
    async with site.untouched():
        with pytest.raises(NotFound, match="cannot be read"):
            await site.run(UploadVolume(ONE, POOL, "x.img", str(tmp_path / "x")))
        with pytest.raises((NotFound, Refused, VmtuiError)):
            await site.run(UploadVolume(ONE, POOL, "x.img", str(tmp_path)))
        false = tmp_path / "false.qcow2"
        false.write_bytes(b"not what it says")
        with pytest.raises(VmtuiError, match="not what it is said to be"):
            await site.run(UploadVolume(ONE, POOL, "x.img", str(false), "qcow2"))


def spec(uuid: str, name: str, **changes: object) -> GuestSpec:
    """A small guest."""
    return GuestSpec(uuid, name, memory=64 * MIB, **changes)  # type: ignore[arg-type]


MAC = "52:54:00:aa:bb:cc"


async def test_guests_that_cannot_be_defined(site: Site) -> None:
    card = InterfaceSpec(NetKind.USER, "", mac=MAC)
    await site.run(DefineGuest(ONE, spec(ONE, "web1", interfaces=(card,))))
    network = site.conn.networkDefineXML("<network><name>quiet</name></network>")
    assert not network.isActive()
    cases: list[tuple[GuestSpec, type[VmtuiError], str]] = [
        (spec(TWO, "web1"), Conflict, "a guest web1 already"),
        (spec(ONE, "web1"), Conflict, "defined already"),
        (spec(TWO, "b", interfaces=(replace(card, mac=MAC.upper()),)), Conflict, "MAC address"),
        (spec(TWO, "b", interfaces=(InterfaceSpec(source="no"),)), NotFound, "no network no"),
        (spec(TWO, "b", interfaces=(InterfaceSpec(source="quiet"),)), Conflict, "quiet is not"),
        (spec(TWO, "b", disks=(DiskSpec(Place("no", "x")),)), NotFound, "no storage pool no"),
        (spec(TWO, "b", engine="kvm"), Unsupported, "does not offer"),
        (spec(TWO, "b", tpm=Tpm(version="9.9")), VmtuiError, ""),
    ]
    async with site.untouched():
        for wrong, kind, words in cases:
            with pytest.raises(kind) as caught:
                await site.run(DefineGuest(wrong.uuid, wrong))
            assert words in caught.value.title


async def test_a_definition_that_a_person_edited_wins(site: Site) -> None:
    plain = spec(ONE, "web1")
    described = await site.hypervisor.describe(plain)
    edited = described.definition.replace('<vcpu placement="static">1', "<vcpu>3")
    undo = await site.run(DefineGuest(ONE, plain, edited))
    assert site.conn.lookupByName("web1").vcpusFlags(libvirt.VIR_DOMAIN_AFFECT_CONFIG) == 3
    assert undo == Undefine(ONE, "web1", nvram=True)
    with pytest.raises(VmtuiError, match="of another guest"):
        await site.run(DefineGuest(TWO, None, edited))


@pytest.mark.slow
async def test_a_guest_with_uefi_secure_boot_and_a_tpm_starts(site: Site) -> None:
    async with site.untouched():
        wanted = spec(ONE, "secure", firmware=Firmware.SECURE, tpm=Tpm())
        undo = await site.forward([DefineGuest(ONE, wanted), Start(ONE)])
        assert "OVMF_CODE_4M.ms.fd" in site.conn.lookupByUUIDString(ONE).XMLDesc()
        assert site.contents()["settings"] != []
        await site.back([*undo, Destroy(ONE)])
