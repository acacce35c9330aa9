"""`vmtui replay FILE`: what a file of console bytes, or a recording, leaves on the screen."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import Namespace
from pathlib import Path

from vmtui.config import Settings
from vmtui.terminal.asciicast import CastError
from vmtui.terminal.binding import EngineMissing
from vmtui.terminal.host import EngineHost
from vmtui.terminal.replay import Replayed, replay
from vmtui.terminal.sgr import painted


def command(given: Namespace, settings: Settings) -> int:
    """`vmtui replay`, from its arguments."""
    del settings
    return run(given.file, given.cols, given.rows, text=given.text)


def run(path: Path, columns: int, rows: int, *, text: bool) -> int:
    """Print the final screen, with its colours or as `text`; the exit code is 1 on an error."""
    try:
        replayed = asyncio.run(_replay(path, columns, rows))
    except OSError as error:
        return _fail(f"{path}: {error.strerror or error}")
    except (CastError, EngineMissing) as error:
        return _fail(f"{path}: {error}")
    for notice in replayed.notices:
        print(f"vmtui: {notice}", file=sys.stderr)
    # One who asks for no colours, as by no-color.org, gets none.
    plain = text or bool(os.environ.get("NO_COLOR"))
    return _write(shown(replayed, text=plain))


def shown(replayed: Replayed, *, text: bool) -> str:
    """The final screen without the blank rows at its end."""
    screen = list(replayed.screen)
    while screen and not (screen[-1].text if text else screen[-1].runs):
        screen.pop()
    if text:
        return "".join(f"{row.text}\n" for row in screen)
    return painted(screen)


async def _replay(path: Path, columns: int, rows: int) -> Replayed:
    host = EngineHost()
    try:
        return await replay(host, path, columns, rows)
    finally:
        await host.close()


def _write(words: str) -> int:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.buffer.write(words.encode(encoding, "replace"))
    sys.stdout.buffer.flush()
    return 0


def _fail(words: str) -> int:
    print(f"vmtui: {words}", file=sys.stderr)
    return 1
