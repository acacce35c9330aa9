"""What is uploaded: a file of this machine, or bytes; read in pieces, its holes skipped."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from vmtui import paths
from vmtui.errors import NotFound, Refused
from vmtui.hypervisors.libvirt.text import plain

CHUNK = 262_120
"""Bytes that are handed to libvirt at once: the most that one message of its protocol carries."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Data, or a hole of so many bytes."""

    data: bytes = b""
    hole: int = 0


class Source(Protocol):
    """What is uploaded. Sizes in bytes."""

    size: int
    taken: int
    """What it takes on a disk that keeps holes as holes."""

    def pieces(self, offset: int, *, holes: bool) -> Iterator[Piece]:
        """All from `offset` on; with `holes` those are told instead of read."""

    def part(self, offset: int, length: int) -> bytes:
        """These bytes, fewer at its end."""

    def close(self) -> None:
        """Let go of it."""


class BytesSource:
    """Bytes in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size = self.taken = len(content)

    def pieces(self, offset: int, *, holes: bool) -> Iterator[Piece]:
        """All from `offset` on."""
        del holes
        for start in range(offset, self.size, CHUNK):
            yield Piece(self._content[start : start + CHUNK])

    def part(self, offset: int, length: int) -> bytes:
        """These bytes."""
        return self._content[offset : offset + length]

    def close(self) -> None:
        """Nothing to let go of."""


class FileSource:
    """A file or block device of this machine."""

    def __init__(self, path: str) -> None:
        """Raises NotFound and Refused."""
        try:
            self._file = os.open(paths.expanded(path), os.O_RDONLY | os.O_CLOEXEC)
            # A device tells its size only by its end.
            self.size = os.lseek(self._file, 0, os.SEEK_END)
        except PermissionError as error:
            raise Refused(f"{plain(path)} cannot be read", str(error)) from None
        except OSError as error:
            raise NotFound(f"{plain(path)} cannot be read", str(error)) from None
        blocks = os.fstat(self._file).st_blocks * 512
        self.taken = min(self.size, blocks) if blocks else self.size

    def pieces(self, offset: int, *, holes: bool) -> Iterator[Piece]:
        """All from `offset` on. Raises OSError where the disk does."""
        while offset < self.size:
            start, end = self._next_data(offset) if holes else (offset, self.size)
            if start > offset:
                yield Piece(hole=start - offset)
            offset = start
            while offset < end:
                data = os.pread(self._file, min(CHUNK, end - offset), offset)
                if not data:
                    raise OSError(errno.EIO, "The file became shorter while it was read")
                yield Piece(data)
                offset += len(data)

    def _next_data(self, offset: int) -> tuple[int, int]:
        """Where the next data begins and ends."""
        try:
            start = os.lseek(self._file, offset, os.SEEK_DATA)
            return start, min(self.size, os.lseek(self._file, start, os.SEEK_HOLE))
        except OSError as error:
            if error.errno == errno.ENXIO:
                return self.size, self.size
            # This file system tells no holes.
            return offset, self.size

    def part(self, offset: int, length: int) -> bytes:
        """These bytes, fewer at its end."""
        return os.pread(self._file, length, offset)

    def close(self) -> None:
        """Close it."""
        os.close(self._file)
