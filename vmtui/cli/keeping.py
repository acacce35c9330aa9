"""Files that keep what a console prints. They are made for this, and never overwritten."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from vmtui.errors import Conflict, VmtuiError
from vmtui.terminal.asciicast import CastHeader, CastWriter


def refuse_existing(*paths: Path | None) -> None:
    """Raises Conflict where one of these is there already, or two of them are the same."""
    given = [path for path in paths if path is not None]
    for path in given:
        if os.path.lexists(path):
            raise Conflict(f"{path} is there already", "A file is never overwritten.")
    if len({path.resolve() for path in given}) < len(given):
        raise Conflict("The log and the recording would be the same file")


def _create(path: Path) -> int:
    # What a console prints may be somebody's secret.
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise VmtuiError(f"{path} cannot be made", error.strerror or str(error)) from None


class Keeper:
    """The log (bytes as they came) and the recording (asciicast) of one console."""

    def __init__(
        self,
        log: Path | None,
        record: Path | None,
        size: tuple[int, int],
        title: str,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Make the files. Raises VmtuiError where one cannot be made.

        Args:
            log: Where bytes go, or None.
            record: Where the recording goes, or None.
            size: Columns and rows of the person's terminal.
            title: What the recording is of.
            clock: Monotonic seconds.
            now: Seconds since the epoch.
        """
        self._clock = clock
        self._log: IO[bytes] | None = None
        self._text: IO[str] | None = None
        self._cast: CastWriter | None = None
        try:
            if log is not None:
                self._log = os.fdopen(_create(log), "wb", buffering=0)
            if record is not None:
                self._text = os.fdopen(_create(record), "w", encoding="utf-8", newline="\n")
                header = CastHeader(*size, timestamp=int(now()), title=title)
                self._cast = CastWriter(self._text, header, started=clock())
        except BaseException:
            self.close()
            raise

    def keep(self, data: bytes) -> None:
        """Write down what the console printed, at once: a kill loses nothing.

        Raises VmtuiError where the disk takes no more.
        """
        try:
            if self._log is not None:
                rest = memoryview(data)
                while rest:
                    rest = rest[self._log.write(rest) :]
            if self._cast is not None and self._text is not None:
                self._cast.output(data, self._clock())
                self._text.flush()
        except OSError as error:
            raise VmtuiError(
                "What the console prints cannot be kept", error.strerror or ""
            ) from None

    def resize(self, columns: int, rows: int) -> None:
        """The person's terminal has another size."""
        if self._cast is not None:
            self._cast.resize(columns, rows, self._clock())

    def close(self) -> None:
        """Finish the files."""
        if self._cast is not None:
            self._cast.finish(self._clock())
        for file in (self._text, self._log):
            if file is not None:
                file.close()
        self._cast = self._text = self._log = None
