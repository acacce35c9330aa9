"""One image for several guests: made once, never taken half, never lost while it is used."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hypervisors.libvirt.bench import eventually
from tests.hypervisors.libvirt.creation.site import MIB, POOL, UUID, Site, image, same
from tests.rig.needs import program
from vmtui.errors import Conflict, VmtuiError
from vmtui.hypervisors.libvirt.creation import sharing
from vmtui.model.spec import Place
from vmtui.model.steps import CreateVolume, DeleteVolume, Step, UploadVolume

pytestmark = pytest.mark.rig

ONE, TWO = UUID.format(1), UUID.format(2)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not grow is taken for left behind after a second."""
    monkeypatch.setattr(sharing, "STALLED", 1.0)


def shared(uuid: str, file: Path) -> UploadVolume:
    """The step that wants the image."""
    return UploadVolume(uuid, POOL, "base.img", str(file), shared=True)


def put(site: Site, content: bytes) -> None:
    """Lay a file into the pool, by other means."""
    (site.images / "base.img").write_bytes(content)
    site.daemon.keeper.give(site.images / "base.img")
    site.pool.refresh()


def begin(path: Path, length: int) -> bytes:
    """The first bytes of a file."""
    return path.read_bytes()[:length]


async def test_what_is_there_and_whole_is_taken(site: Site, big: Path) -> None:
    first = await site.run(shared(ONE, big))
    assert isinstance(first, DeleteVolume)
    assert first.unless_used
    assert await site.run(shared(TWO, big)) is None
    await site.run(first)
    assert site.contents()["volumes"] == []


async def test_two_at_once_make_it_once(site: Site, big: Path) -> None:
    undo = await asyncio.gather(*(site.run(shared(UUID.format(n), big)) for n in range(4)))
    assert sum(step is not None for step in undo) == 1
    assert same(site.images / "base.img", big)


async def test_one_of_two_is_cancelled_and_the_other_goes_on(site: Site, big: Path) -> None:
    """Whichever of the two made it."""
    for early in (True, False):
        words = "MiB of" if early else "being uploaded already"
        other = asyncio.create_task(site.run(shared(TWO, big))) if not early else None
        if other is not None:
            await eventually(lambda: (site.images / "base.img").exists())
        first = asyncio.create_task(site.cancel(shared(ONE, big), words))
        if other is None:
            await eventually(lambda: (site.images / "base.img").exists())
            other = asyncio.create_task(site.run(shared(TWO, big)))
        back, undo = await asyncio.gather(first, other)
        assert same(site.images / "base.img", big)
        for step in (back, undo):
            if step is not None:
                await site.run(step)


@pytest.mark.parametrize("length", [0, 1, 5 * MIB, 63 * MIB])
async def test_half_of_it_is_gone_on_with(site: Site, big: Path, length: int) -> None:
    put(site, begin(big, length))
    undo = await site.run(shared(ONE, big))
    assert isinstance(undo, DeleteVolume)
    assert same(site.images / "base.img", big)
    await site.run(undo)


@pytest.mark.parametrize("content", [b"another", bytes(80 * MIB)], ids=["shorter", "longer"])
async def test_another_image_of_that_name_is_never_touched(
    site: Site, big: Path, content: bytes
) -> None:
    put(site, content)
    async with site.untouched():
        with pytest.raises(Conflict, match=r"another image base\.img"):
            await site.run(shared(ONE, big))


async def test_another_image_on_which_something_lies_is_taken(site: Site, big: Path) -> None:
    put(site, bytes(MIB))
    base = Place(POOL, "base.img")
    await site.run(CreateVolume(ONE, POOL, "web1.qcow2", backing=base, backing_format="raw"))
    async with site.untouched():
        assert await site.run(shared(TWO, big)) is None


async def test_it_stays_while_anything_lies_on_it(site: Site, big: Path) -> None:
    undo = await site.run(shared(ONE, big))
    assert isinstance(undo, DeleteVolume)
    base = Place(POOL, "base.img")
    over = CreateVolume(TWO, POOL, "web2.qcow2", backing=base, backing_format="raw")
    above = await site.run(over)
    assert above is not None
    await site.run(undo)
    assert (site.images / "base.img").exists()
    await site.run(above)
    await site.run(undo)
    assert not (site.images / "base.img").exists()


async def test_a_file_with_holes_keeps_them(site: Site, tmp_path: Path) -> None:
    """And a hole at its end counts as much as data."""
    path = tmp_path / "holes.img"
    with path.open("wb") as file:
        file.truncate(300 * MIB)
        file.seek(100 * MIB)
        file.write(b"in the middle")
    await site.run(UploadVolume(ONE, POOL, "holes.img", str(path)))
    made = site.images / "holes.img"
    assert same(made, path)
    assert made.stat().st_blocks * 512 < MIB
    assert await site.run(UploadVolume(TWO, POOL, "holes.img", str(path), shared=True)) is None


async def test_an_image_keeps_what_it_is(site: Site, tmp_path: Path) -> None:
    """Its format and its capacity are known at once, also where it is larger inside."""
    path = tmp_path / "i.qcow2"
    run(program("qemu-img"), "create", "-q", "-f", "qcow2", path, "3G")
    run(program("qemu-io"), "-c", "write 0 9M", path)
    await site.run(UploadVolume(ONE, POOL, "i.qcow2", str(path), "qcow2"))
    (volume,) = await site.hypervisor.read_volumes(POOL)
    assert (volume.format, volume.capacity) == ("qcow2", 3 << 30)
    assert same(site.images / "i.qcow2", path)


def run(*words: object) -> None:
    """Run a command."""
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


async def test_a_file_that_shrinks_meanwhile_is_not_taken_for_whole(
    site: Site, tmp_path: Path
) -> None:
    path = image(tmp_path, "shrinks.img", 32)

    def shrink(_fraction: float | None, words: str) -> None:
        if "MiB of" in words:
            with path.open("r+b") as file:
                file.truncate(MIB)

    async with site.untouched():
        step: Step = UploadVolume(ONE, POOL, "x.img", str(path))
        with contextlib.suppress(VmtuiError):
            # It may have been read to its end before.
            undo = await site.hypervisor.execute(step, shrink)
            assert undo is not None
            assert (site.images / "x.img").stat().st_size == 32 * MIB
            await site.run(replace(undo))
