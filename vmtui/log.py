"""The program's log: a rotating file, never the terminal, which belongs to the screen."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

MAX_BYTES = 1_000_000
BACKUPS = 2


def start(path: Path, level: str = "INFO") -> None:
    """Send every log record at `level` and above to the file `path`, rotated at 1 MB.

    A folder that cannot be written leaves the program without a log rather than without a start.
    """
    root = logging.getLogger()
    root.setLevel(level)
    for handler in list(root.handlers):
        root.removeHandler(handler)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = logging.handlers.RotatingFileHandler(
            path, maxBytes=MAX_BYTES, backupCount=BACKUPS, delay=True, encoding="utf-8"
        )
    except OSError:
        root.addHandler(logging.NullHandler())
        return
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(file)
