"""Downloads from a server that cuts, stalls, lies and refuses: whole and genuine, or a clear no."""

from __future__ import annotations

import asyncio
import hashlib
import lzma
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.misbehaving import Served, Site, site
from vmtui.engine.download import cached
from vmtui.engine.download.fetching import Patience, fetch, read_start, read_text
from vmtui.errors import (
    ConnectionFailed,
    ConnectionLost,
    Invalid,
    NotFound,
    Refused,
    TimedOut,
    VmtuiError,
)
from vmtui.model.steps import FetchFile

IMAGE = bytes(range(256)) * 4096
QUICK = Patience(stall=0.4, pause=0.01, tries=2)


@pytest.fixture
def web() -> Iterator[Site]:
    with site() as made:
        yield made


def sum_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


class Told:
    """What a download said of its progress."""

    def __init__(self) -> None:
        self.fractions: list[float | None] = []
        self.words: list[str] = []

    def __call__(self, fraction: float | None, words: str) -> None:
        self.fractions.append(fraction)
        self.words.append(words)


async def bring(
    web: Site, folder: Path, checksum: str = "", path: str = "/image.img", told: Told | None = None
) -> Path:
    name = path.rpartition("/")[2].removesuffix(".xz")
    step = FetchFile("u", web.url(path), str(folder / name), checksum)
    await fetch(step, told or Told(), patience=QUICK)
    return folder / name


async def test_a_whole_file_arrives_and_nothing_else_stays(web: Site, tmp_path: Path) -> None:
    web.files["/image.img"] = Served(IMAGE)
    told = Told()
    got = await bring(web, tmp_path, sum_of(IMAGE), told=told)
    assert got.read_bytes() == IMAGE
    assert told.fractions[-1] == 1.0
    assert any("of 1 MiB" in words for words in told.words)
    assert not cached.part_of(got).exists()


async def test_a_file_that_is_there_with_its_checksum_is_not_asked_for(
    web: Site, tmp_path: Path
) -> None:
    (tmp_path / "image.img").write_bytes(IMAGE)
    await bring(web, tmp_path, sum_of(IMAGE))
    assert web.asked == []


async def test_without_a_checksum_the_server_is_asked_whether_it_is_the_newest(
    web: Site, tmp_path: Path
) -> None:
    web.files["/image.img"] = Served(IMAGE)
    await bring(web, tmp_path)
    await bring(web, tmp_path)
    assert [method for method, _, _ in web.asked] == ["GET", "HEAD"]
    web.files["/image.img"] = Served(IMAGE[::-1])
    got = await bring(web, tmp_path)
    assert got.read_bytes() == IMAGE[::-1]


async def test_a_cut_download_goes_on_where_it_was(web: Site, tmp_path: Path) -> None:
    web.files["/image.img"] = Served(IMAGE, cut_after=[300_000, 200_000])
    got = await bring(web, tmp_path, sum_of(IMAGE))
    assert got.read_bytes() == IMAGE
    ranges = [range_ for _, _, range_ in web.asked]
    assert ranges[0] == "" and len(ranges) == 3
    assert all(range_.startswith("bytes=") for range_ in ranges[1:])


async def test_what_was_cut_off_is_kept_for_the_next_time(web: Site, tmp_path: Path) -> None:
    web.files["/image.img"] = Served(IMAGE, cut_after=[300_000, 0, 0])
    with pytest.raises(ConnectionLost) as caught:
        await bring(web, tmp_path, sum_of(IMAGE))
    assert "are kept" in caught.value.hint
    kept = cached.part_of(tmp_path / "image.img").stat().st_size
    assert 0 < kept <= 300_000
    web.asked.clear()
    got = await bring(web, tmp_path, sum_of(IMAGE))
    assert got.read_bytes() == IMAGE
    assert web.asked == [("GET", "/image.img", f"bytes={kept}-")]


async def test_a_part_of_another_build_is_not_gone_on_with(web: Site, tmp_path: Path) -> None:
    web.files["/image.img"] = Served(IMAGE, cut_after=[300_000, 0, 0])
    with pytest.raises(ConnectionLost):
        await bring(web, tmp_path)
    web.files["/image.img"] = Served(IMAGE[::-1])
    got = await bring(web, tmp_path)
    assert got.read_bytes() == IMAGE[::-1]


async def test_a_server_without_ranges_sends_it_all_again(web: Site, tmp_path: Path) -> None:
    web.files["/image.img"] = Served(IMAGE, cut_after=[300_000], ranges=False)
    got = await bring(web, tmp_path, sum_of(IMAGE))
    assert got.read_bytes() == IMAGE


@pytest.mark.slow
async def test_a_server_that_stalls_is_given_up(web: Site, tmp_path: Path) -> None:
    web.files["/image.img"] = Served(IMAGE, stall_after=[100_000, 0, 0, 0])
    with pytest.raises(TimedOut, match="sends nothing any more"):
        await bring(web, tmp_path, sum_of(IMAGE))


async def test_a_length_that_is_too_great_is_a_cut(web: Site, tmp_path: Path) -> None:
    web.files["/image.img"] = Served(IMAGE, claims=len(IMAGE) + 1000)
    with pytest.raises(ConnectionLost):
        await bring(web, tmp_path)
    assert not (tmp_path / "image.img").exists()


async def test_a_wrong_checksum_is_thrown_away(web: Site, tmp_path: Path) -> None:
    web.files["/image.img"] = Served(IMAGE)
    with pytest.raises(Invalid, match="not what its publisher says"):
        await bring(web, tmp_path, sum_of(b"another"))
    assert names_in(tmp_path) == [".image.img.lock"]


async def test_a_part_that_was_spoilt_is_begun_anew_once(web: Site, tmp_path: Path) -> None:
    web.files["/image.img"] = served = Served(IMAGE)
    part = cached.part_of(tmp_path / "image.img")
    part.write_bytes(b"\xff" * 5000)
    cached.write_note(part, cached.Note(web.url("/image.img"), served.tag))
    got = await bring(web, tmp_path, sum_of(IMAGE))
    assert got.read_bytes() == IMAGE


async def test_two_downloads_of_one_file_are_one(web: Site, tmp_path: Path) -> None:
    web.files["/image.img"] = Served(IMAGE)
    both = (bring(web, tmp_path, sum_of(IMAGE)) for _ in range(2))
    await asyncio.gather(*both)
    assert [method for method, _, _ in web.asked] == ["GET"]


async def test_a_compressed_image_is_checked_and_unpacked(web: Site, tmp_path: Path) -> None:
    packed = lzma.compress(IMAGE)
    web.files["/image.qcow2.xz"] = Served(packed)
    got = await bring(web, tmp_path, sum_of(packed), "/image.qcow2.xz")
    assert got.read_bytes() == IMAGE
    web.asked.clear()
    await bring(web, tmp_path, sum_of(packed), "/image.qcow2.xz")
    assert web.asked == []


async def test_a_damaged_compressed_image_says_so(web: Site, tmp_path: Path) -> None:
    web.files["/image.qcow2.xz"] = Served(lzma.compress(IMAGE)[:-50])
    with pytest.raises(Invalid, match="cannot be unpacked"):
        await bring(web, tmp_path, path="/image.qcow2.xz")
    assert not (tmp_path / "image.qcow2").exists()


@pytest.mark.parametrize(
    ("status", "error"), [(404, NotFound), (403, Refused), (410, NotFound), (418, VmtuiError)]
)
async def test_a_refusal_is_told(
    web: Site, tmp_path: Path, status: int, error: type[VmtuiError]
) -> None:
    web.files["/image.img"] = Served(b"", status=status)
    with pytest.raises(error, match="127"):
        await bring(web, tmp_path)


async def test_redirections_are_followed_and_bounded(web: Site, tmp_path: Path) -> None:
    web.files["/image.img"] = Served(b"", location="/real.img")
    web.files["/real.img"] = Served(IMAGE)
    assert (await bring(web, tmp_path)).read_bytes() == IMAGE
    web.files["/loop.img"] = Served(b"", location="/loop.img")
    with pytest.raises(Refused, match="in circles"):
        await bring(web, tmp_path, path="/loop.img")


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://example.org/x"])
async def test_other_protocols_are_not_followed(web: Site, tmp_path: Path, to: str) -> None:
    web.files["/image.img"] = Served(b"", location=to)
    with pytest.raises(Refused):
        await bring(web, tmp_path)


async def test_nobody_there_is_a_clear_word(tmp_path: Path) -> None:
    with site() as gone:
        url = gone.url("/image.img")
    step = FetchFile("u", url, str(tmp_path / "image.img"))
    with pytest.raises(ConnectionFailed, match="cannot be reached"):
        await fetch(step, Told(), patience=QUICK)


async def test_a_copy_is_taken_when_the_server_is_away(tmp_path: Path) -> None:
    with site() as web:
        web.files["/image.img"] = Served(IMAGE)
        await bring(web, tmp_path)
    told = Told()
    assert (await bring(web, tmp_path, told=told)).read_bytes() == IMAGE
    assert "copy from before" in told.words[-1]


async def test_what_does_not_fit_is_not_begun(
    web: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.files["/image.img"] = Served(IMAGE)

    class Usage:
        free = 1000

    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage)
    with pytest.raises(VmtuiError, match="does not fit"):
        await bring(web, tmp_path)


async def test_a_folder_that_cannot_be_made_is_an_error_of_ours(web: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(VmtuiError, match="cannot be kept"):
        await bring(web, tmp_path / "file")


async def test_cancelling_leaves_a_part_that_is_gone_on_with(web: Site, tmp_path: Path) -> None:
    web.files["/image.img"] = Served(IMAGE, stall_after=[300_000])
    step = FetchFile("u", web.url("/image.img"), str(tmp_path / "image.img"), sum_of(IMAGE))
    part = cached.part_of(tmp_path / "image.img")
    came = asyncio.Event()
    task = asyncio.create_task(
        fetch(step, lambda fraction, words: came.set(), patience=Patience(stall=20))
    )
    await came.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    web.release.set()
    assert part.stat().st_size
    await bring(web, tmp_path, sum_of(IMAGE))
    assert web.asked[-1][2].startswith("bytes=")


async def test_the_beginning_of_a_file_and_a_list(web: Site) -> None:
    web.files["/image.img"] = Served(IMAGE)
    assert await read_start(web.url("/image.img"), 4096) == (IMAGE[:4096], len(IMAGE))
    web.files["/SUMS"] = Served(b"abc")
    assert await read_text(web.url("/SUMS"), 10) == "abc"
    web.files["/SUMS"] = Served(b"a" * 100)
    with pytest.raises(Invalid):
        await read_text(web.url("/SUMS"), 10)
