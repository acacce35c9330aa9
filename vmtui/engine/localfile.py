"""The files of this machine that a copy reads and writes. All of it may block."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vmtui import paths
from vmtui.errors import Busy, Conflict, NotFound, Refused, VmtuiError

PIECE = 1024 * 1024


class Taken(Conflict):
    """The name that a copy is to have belongs to another file."""

    def __init__(self, target: str) -> None:
        hint = "Give the copy another name, or let it be written over."
        super().__init__(f"There is a file {target} already", hint=hint)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is copied."""

    path: Path
    size: int
    permissions: int
    mark: str
    """Changes with the file's path, size and time."""


def target_of(text: str, name: Callable[[], str]) -> Path:
    """Where a copy goes: the file of that path, or one named `name()` in that folder."""
    target = paths.expanded(text)
    return target / name() if target.is_dir() else target


def source_of(path: Path) -> Source:
    """What is to be known of a file before it is copied.

    Raises:
        NotFound: There is none.
        Conflict: It is no plain file.
    """
    path = paths.expanded(path)
    try:
        found = path.stat()
    except OSError as error:
        raise _ours(error, path) from None
    if not stat.S_ISREG(found.st_mode):
        raise Conflict("Only plain files are copied", str(path))
    words = f"{path.resolve()}\0{found.st_size}\0{found.st_mtime_ns}"
    return Source(path, found.st_size, stat.S_IMODE(found.st_mode) & 0o777, _mark(words))


def digest_of(path: Path, size: int) -> hashlib._Hash:
    """The SHA-256 of its first `size` bytes, to be gone on with."""
    made = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while size and (data := file.read(min(PIECE, size))):
                made.update(data)
                size -= len(data)
    except OSError as error:
        raise _ours(error, path) from None
    return made


class SourceFile:
    """A file while it is copied: read piece by piece, and summed up meanwhile."""

    def __init__(self, source: Source) -> None:
        self._path = source.path
        self._file: io.FileIO | None = None
        self._sum = hashlib.sha256()

    def open(self, done: int) -> None:
        """Open it, and go past the first `done` bytes, which were copied before."""
        self._sum = digest_of(self._path, done)
        try:
            self._file = io.FileIO(self._path)
            self._file.seek(done)
        except OSError as error:
            raise _ours(error, self._path) from None

    def read(self, count: int) -> bytes:
        """The next bytes, at most so many; b"" at its end."""
        assert self._file is not None  # noqa: S101 - read between open and close only
        try:
            data = self._file.read(count) or b""
        except OSError as error:
            raise _ours(error, self._path) from None
        self._sum.update(data)
        return data

    def digest(self) -> str:
        """The SHA-256 of what was read and of what was gone past."""
        return self._sum.hexdigest()

    def close(self) -> None:
        """Let go of it."""
        if self._file is not None:
            self._file.close()


class PartFile:
    """A file that is put together beside its target, under a name that tells whose part it is."""

    def __init__(self, target: Path, origin: str) -> None:
        self.target = target
        self.path = target.with_name(f".{target.name}.{_mark(origin)}.vmtui-part")
        self._file: int | None = None
        self._sum = hashlib.sha256()

    def check_target(self, force: bool) -> None:
        """Raises Taken where the target is there and must not be written over."""
        if os.path.lexists(self.target) and not force:
            raise Taken(str(self.target))
        if not self.target.parent.is_dir():
            raise NotFound("There is no such folder", str(self.target.parent))

    def open(self, size: int, anew: bool = False) -> int:
        """Open it; returns how many of `size` bytes an earlier copy left in it.

        Raises:
            Busy: Another copy writes it.
            Conflict: Something else has its name.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            self._file = os.open(self.path, flags, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise Busy("Another copy of this file is under way", str(self.path)) from None
        except OSError as error:
            raise _ours(error, self.path) from None
        found = os.fstat(self._file)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            self.close()
            raise Conflict("Something else has the temporary name", str(self.path), "Remove it.")
        done = 0 if anew or found.st_size > size else found.st_size
        os.ftruncate(self._file, done)
        self._sum = digest_of(self.path, done)
        os.lseek(self._file, done, os.SEEK_SET)
        return done

    def write(self, data: bytes) -> None:
        """Append."""
        assert self._file is not None  # noqa: S101 - written between open and close only
        self._sum.update(data)
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            raise _ours(error, self.path) from None

    def digest(self) -> str:
        """The SHA-256 of what it holds."""
        return self._sum.hexdigest()

    def close(self) -> None:
        """Let go of it; what is there stays."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def drop(self) -> None:
        """Remove it."""
        self.path.unlink(missing_ok=True)

    def finish(self, force: bool) -> None:
        """Give it its name. Raises Taken where something took that meanwhile."""
        try:
            if force:
                self.path.replace(self.target)
                return
            try:
                os.link(self.path, self.target)
            except FileExistsError:
                raise Taken(str(self.target)) from None
            except OSError:
                # A file system without hard links.
                self.check_target(force)
                self.path.replace(self.target)
                return
            self.path.unlink()
        except OSError as error:
            raise _ours(error, self.target) from None


def _mark(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _ours(error: OSError, path: Path) -> VmtuiError:
    words = error.strerror or str(error)
    if isinstance(error, FileNotFoundError):
        return NotFound("There is no such file", str(path))
    if isinstance(error, PermissionError):
        return Refused("You may not use this file", f"{path}: {words}")
    return VmtuiError(f"{path}: {words}")
