"""`vmtui cp SOURCE TARGET`: a file into a guest or out of it, through its agent."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from argparse import Namespace
from pathlib import Path

from vmtui.cli.exits import Exit, Unfound, code_of
from vmtui.cli.finding import Opened
from vmtui.cli.inside import reaching
from vmtui.cli.output import complain
from vmtui.config import Settings
from vmtui.engine.copying import copy
from vmtui.engine.localfile import Taken
from vmtui.errors import Invalid, NotFound, VmtuiError
from vmtui.model.steps import CopyIn, CopyOut

EACH = 0.1
"""Seconds between two words of progress."""


def run(given: Namespace, settings: Settings) -> int:
    """Copy it; the exit code."""
    source, target = split(given.source), split(given.target)
    if bool(source[0]) is bool(target[0]):
        complain(
            Invalid("One of the two must be in a guest", hint="vmtui cp FILE NAME:/path/of/file")
        )
        return Exit.USAGE
    name = source[0] or target[0]

    async def work(found: Opened) -> int:
        uuid = found.guest.key.uuid
        step: CopyIn | CopyOut
        if target[0]:
            step = CopyIn(uuid, source[1], target[1], given.force)
        else:
            step = CopyOut(uuid, source[1], target[1], given.force)
        teller = _Teller(quiet=given.quiet)
        try:
            path = await copy(found.hypervisor.agent(uuid), step, teller.tell)
        except Taken as error:
            error.hint = "--force writes over it."
            raise
        finally:
            teller.end()
        if given.json:
            here = await asyncio.to_thread(Path(source[1] if target[0] else path).stat)
            print(json.dumps({
                "guest": found.guest.name, "direction": "in" if target[0] else "out",
                "source": source[1], "target": path, "bytes": here.st_size,
            }))  # fmt: skip
        return Exit.DONE

    return reaching.run(given, settings, name, work, _code)


def split(text: str) -> tuple[str, str]:
    """The guest's name, "" for none, and the path; a colon after a slash is part of a path."""
    name, colon, path = text.partition(":")
    if not colon or "/" in name or not name:
        return "", text
    return name, path


def _code(error: VmtuiError) -> int:
    if isinstance(error, Taken):
        return Exit.DECLINED
    if isinstance(error, NotFound) and not isinstance(error, Unfound):
        return Exit.FAILED
    return code_of(error)


class _Teller:
    """Progress in one line of a terminal; nothing where it is no terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self._on = not quiet and sys.stderr.isatty()
        self._at = float("-inf")
        self._wide = 0

    def tell(self, fraction: float | None, words: str) -> None:
        """So much is done."""
        if not self._on or (fraction != 1.0 and time.monotonic() - self._at < EACH):
            return
        self._at = time.monotonic()
        line = f"{fraction:4.0%}  {words}" if fraction is not None else words
        print(f"\r{line.ljust(self._wide)}", end="", file=sys.stderr, flush=True)
        self._wide = len(line)

    def end(self) -> None:
        """Leave the line."""
        if self._on and self._wide:
            print(file=sys.stderr)
