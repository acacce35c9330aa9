"""A draft from one start to the next: the answers as JSON, without passwords."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from vmtui.errors import Invalid
from vmtui.model.record import decode, encode
from vmtui.plan.answers import Answers

MOST = 1024 * 1024


def keep(path: Path, answers: Answers, host: str) -> None:
    """Write them down, for their owner only; a folder that cannot be written is no matter."""
    fresh = path.with_name(f".{path.name}.new")
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.touch(mode=0o600)
        record = {"version": 1, "host": host, "answers": encode(answers)}
        fresh.write_text(json.dumps(record), encoding="utf-8")
        os.replace(fresh, path)  # noqa: PTH105 - a rename over what is there is what is meant


def kept(path: Path) -> tuple[Answers, str] | None:
    """The answers that were kept and their host; None where there are none, or not of today."""
    try:
        if path.stat().st_size > MOST:
            return None
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["version"] != 1:
            return None
        return decode(Answers, record["answers"]), str(record["host"])
    except (OSError, ValueError, LookupError, TypeError, Invalid):
        return None


def forget(path: Path) -> None:
    """There is no draft any more."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
