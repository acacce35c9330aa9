"""A demo host makes guests as a real one does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hypervisors.demo.test_demo import Ears
from vmtui.errors import Conflict, Invalid, NotFound, Unsupported, VmtuiError
from vmtui.hypervisors.demo import DemoHost, DemoHypervisor
from vmtui.model.guest import Agent, HostId
from vmtui.model.spec import DiskSpec, DisplayKind, Firmware, GuestSpec, InterfaceSpec, Place, Tpm
from vmtui.model.steps import (
    CopyVolume,
    CreateVolume,
    DefineGuest,
    DeleteVolume,
    EjectMedium,
    FetchFile,
    ResizeVolume,
    Step,
    Undefine,
    UploadVolume,
    WriteVolume,
)

ONE, TWO = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
SEED = Place("default", "new-seed.iso")
SPEC = GuestSpec(
    ONE, "new", firmware=Firmware.SECURE, tpm=Tpm(), display=DisplayKind.VNC, vcpus=3,
    disks=(DiskSpec(Place("default", "new.qcow2")), DiskSpec(SEED, "cdrom", "sata", "raw")),
    interfaces=(InterfaceSpec(mac="52:54:00:AA:00:01"),), os="http://debian.org/debian/13",
)  # fmt: skip


@pytest.fixture
async def demo() -> AsyncIterator[DemoHypervisor]:
    host = DemoHost(HostId("h"), 3, speed=100.0)
    demo = host.connect()
    await demo.open(Ears())
    yield demo
    host.stop()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "image.qcow2"
    size = (5 << 30).to_bytes(8, "big")
    path.write_bytes(b"QFI\xfb" + bytes(20) + size + bytes(90 << 20))
    return path


async def run(demo: DemoHypervisor, step: Step) -> Step | None:
    return await demo.execute(step, lambda _fraction, _words: None)


async def test_a_guest_from_nothing_and_away_again(demo: DemoHypervisor, file: Path) -> None:
    before = await demo.read_volumes("default")
    base = Place("default", "base.qcow2")
    steps: list[Step] = [
        UploadVolume(ONE, "default", "base.qcow2", str(file), "qcow2", shared=True),
        CreateVolume(ONE, "default", "new.qcow2", backing=base, backing_format="qcow2"),
        ResizeVolume(ONE, "default", "new.qcow2", 9 << 30),
        CopyVolume(ONE, "default", "copy.qcow2", base),
        WriteVolume(ONE, "default", "new-seed.iso", b"cidata"),
        DefineGuest(ONE, SPEC, autostart=True),
    ]
    undo = []
    for step in steps:
        foreseen = await demo.foresee(step)
        undo.append(await run(demo, step))
        assert undo[-1] == foreseen
    volumes = {volume.name: volume for volume in await demo.read_volumes("default")}
    assert volumes["base.qcow2"].capacity == 5 << 30
    assert (volumes["new.qcow2"].capacity, volumes["new.qcow2"].backing) == (
        9 << 30, volumes["base.qcow2"].path,
    )  # fmt: skip
    assert await demo.read_part(SEED, 2, 100) == b"data"
    (guest,) = await demo.read_guests([ONE])
    definition = guest.definition
    assert definition is not None
    assert (guest.name, guest.autostart, definition.vcpus) == ("new", True, 3)
    assert (definition.secure_boot, definition.os, definition.agent) == (
        True, "debian13", Agent.DISCONNECTED,
    )  # fmt: skip
    await run(demo, EjectMedium(ONE, SEED))
    (guest,) = await demo.read_guests([ONE])
    assert [disk.source != "" for disk in guest.definition.disks] == [True, False]  # type: ignore[union-attr]
    kept = undo[0]
    assert isinstance(kept, DeleteVolume)
    await run(demo, kept)
    assert "base.qcow2" in {volume.name for volume in await demo.read_volumes("default")}
    for back in reversed(undo):
        if back is not None:
            await run(demo, back)
    assert await demo.read_volumes("default") == before
    assert await demo.read_guests([ONE]) == []


async def test_what_cannot_be_made(demo: DemoHypervisor, file: Path) -> None:
    await run(demo, WriteVolume(ONE, "default", "x.img", b"x"))
    await run(demo, DefineGuest(ONE, SPEC))
    twin = GuestSpec(TWO, "twin", interfaces=SPEC.interfaces)
    wrong: list[tuple[Step, type[VmtuiError]]] = [
        (WriteVolume(ONE, "default", "x.img", b"x"), Conflict),
        (WriteVolume(ONE, "backup", "x.img", b"x"), Conflict),
        (WriteVolume(ONE, "nowhere", "x.img", b"x"), NotFound),
        (UploadVolume(ONE, "default", "y.img", str(file.parent / "no")), NotFound),
        (CopyVolume(ONE, "default", "y.img", Place("default", "no")), NotFound),
        (DefineGuest(ONE, SPEC), Conflict),
        (DefineGuest(TWO, GuestSpec(TWO, "new")), Conflict),
        (DefineGuest(TWO, twin), Conflict),
        (DefineGuest(TWO), Invalid),
        (FetchFile(ONE), Unsupported),
    ]
    before = await demo.read_volumes("default")
    for step, kind in wrong:
        with pytest.raises(kind):
            await run(demo, step)
    assert await demo.read_volumes("default") == before


async def test_what_is_cancelled_is_gone(demo: DemoHypervisor, file: Path) -> None:
    before = await demo.read_volumes("default")
    demo.host.speed = 1.0
    half = asyncio.Event()
    step = UploadVolume(ONE, "default", "y.img", str(file))
    task = asyncio.create_task(demo.execute(step, lambda *_: half.set()))
    await half.wait()
    assert await demo.read_volumes("default") != before
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert await demo.read_volumes("default") == before


async def test_two_want_one_image(demo: DemoHypervisor, file: Path) -> None:
    steps = [UploadVolume(u, "default", "b.img", str(file), shared=True) for u in (ONE, TWO)]
    undo = await asyncio.gather(*(run(demo, step) for step in steps))
    assert sum(step is not None for step in undo) == 1


async def test_what_is_offered_and_described(demo: DemoHypervisor) -> None:
    offer = await demo.read_offer()
    assert (offer.engine, offer.machine) == ("kvm", "q35")
    assert Firmware.SECURE in offer.firmware
    assert Firmware.SECURE not in (await demo.read_offer(machine="pc")).firmware
    assert (await demo.read_offer(arch="aarch64")).engine == "qemu"
    for arch, engine, machine in (("m68k", "", ""), ("aarch64", "kvm", ""), ("", "", "pigeon")):
        with pytest.raises(Unsupported):
            await demo.read_offer(engine, arch, machine)
    described = await demo.describe(SPEC)
    await demo.check_definition(described.definition)
    assert "virt-install --name new" in described.command
    for text in ("<domain>", "<pool/>"):
        with pytest.raises(Invalid):
            await demo.check_definition(text)


async def test_media_can_be_recognized(demo: DemoHypervisor) -> None:
    names = {volume.name for volume in await demo.read_volumes("default")}
    (iso,) = (name for name in names if name.endswith(".iso"))
    part = await demo.read_part(Place("default", iso), 16 * 2048, 2048)
    assert part[1:6] == b"CD001"
    assert part[40:72].startswith(b"debian-13")
    (image,) = (name for name in names if "genericcloud" in name)
    assert await demo.read_part(Place("default", image), 0, 4) == b"QFI\xfb"


async def test_an_edited_definition_wins(demo: DemoHypervisor) -> None:
    text = (await demo.describe(SPEC)).definition
    undo = await run(demo, DefineGuest(ONE, SPEC, text.replace("<name>new<", "<name>other<")))
    assert undo == Undefine(ONE, "other")
