"""A download's files: the whole one, the part of one, and what is known of each.

Beside `FILE` stand `FILE.json` (from where it is and which checksum it had), and while it comes
`FILE.part` with `FILE.part.json` (with what the server would know the rest by). What blocks runs
in a thread.
"""

from __future__ import annotations

import asyncio
import bz2
import contextlib
import errno
import fcntl
import gzip
import hashlib
import json
import lzma
import os
import shutil
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from vmtui.errors import Invalid, VmtuiError

T = TypeVar("T")
CHUNK = 1 << 20
LOCK_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of a file beside which it stands."""

    url: str = ""
    etag: str = ""
    modified: str = ""
    """What the server said by which it knows this very content (HTTP's Last-Modified)."""
    checksum: str = ""
    """Which it was checked against."""
    size: int = 0
    """Bytes of the file as it lies here; of a part: those of the whole, 0 for not known."""

    @property
    def mark(self) -> str:
        """What a range of the same content is asked with; "" where nothing is sure."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


def read_note(path: Path) -> Note:
    """What is known of that file; an empty one where nothing is, or it cannot be read."""
    try:
        return Note(**json.loads(_note(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Note()


def write_note(path: Path, note: Note) -> None:
    """Keep it."""
    draft = path.with_name(f"{path.name}.json.new")
    draft.write_text(json.dumps(asdict(note)), encoding="utf-8")
    draft.replace(_note(path))


def remove(path: Path) -> None:
    """The file and what was known of it."""
    path.unlink(missing_ok=True)
    _note(path).unlink(missing_ok=True)


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def part_of(path: Path) -> Path:
    """Where it lies while it comes."""
    return path.with_name(f"{path.name}.part")


@contextlib.asynccontextmanager
async def locked(path: Path, waiting: Callable[[], None]) -> AsyncIterator[None]:
    """Hold the file against other downloads of it, here and in other processes.

    `waiting` is called once where somebody else has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(
        path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
    )
    try:
        told = False
        while not _try_lock(file):
            if not told:
                waiting()
                told = True
            await asyncio.sleep(LOCK_PAUSE)
        yield
    finally:
        os.close(file)


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def digest(path: Path, checksum: str) -> bool:
    """Whether the file has this checksum."""
    kind, _, wanted = checksum.partition(":")
    got = await in_thread(lambda stop: _digest(path, kind, stop))
    return got == wanted.lower()


def _digest(path: Path, kind: str, stop: threading.Event) -> str:
    made = hashlib.new(kind)
    with path.open("rb") as file:
        while (data := file.read(CHUNK)) and not stop.is_set():
            made.update(data)
    return made.hexdigest()


async def unpack(packed: Path, ending: str, target: Path) -> None:
    """Write what the compressed file holds. Raises Invalid where it is damaged."""
    await in_thread(lambda stop: _unpack(packed, ending, target, stop))


def _unpack(packed: Path, ending: str, target: Path, stop: threading.Event) -> None:
    try:
        with _opened(packed, ending) as source, target.open("wb") as out:
            while (data := source.read(CHUNK)) and not stop.is_set():
                out.write(data)
    except (lzma.LZMAError, EOFError, gzip.BadGzipFile) as error:
        target.unlink(missing_ok=True)
        raise Invalid("The download cannot be unpacked", str(error)) from None
    except OSError as error:
        target.unlink(missing_ok=True)
        raise from_disk(error, target) from None


def _opened(path: Path, ending: str) -> BinaryIO:
    module = {".xz": lzma, ".gz": gzip, ".bz2": bz2}[ending]
    return cast(BinaryIO, module.open(path))


async def in_thread(work: Callable[[threading.Event], T]) -> T:
    """The result of `work` in a thread, which is told to stop where nobody waits for it."""
    stop = threading.Event()
    try:
        return await asyncio.to_thread(work, stop)
    finally:
        stop.set()


def check_room(path: Path, wanted: int) -> None:
    """Raises VmtuiError where so many bytes more do not fit."""
    free = shutil.disk_usage(path.parent).free
    if wanted > free:
        from vmtui.model.units import size

        raise VmtuiError(
            f"The download does not fit into {path.parent}",
            f"{size(wanted)} are still to come, {size(free)} are free.",
            "Make room there, or have the downloads elsewhere (XDG_CACHE_HOME).",
        )


def from_disk(error: OSError, path: Path) -> VmtuiError:
    """What the disk said, in our words."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    title = "The disk is full" if full else "The download cannot be kept"
    hint = f"Make room in {path.parent}; what came is kept, and gone on with." if full else ""
    return VmtuiError(title, f"{path}: {error.strerror or error}", hint)
