"""A text in the person's own editor, while vmtui waits and its jobs go on."""

from __future__ import annotations

import asyncio
import os
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path

from textual.app import App

from vmtui.errors import VmtuiError
from vmtui.ui.outside import Outside

TEXT_MOST = 4 * 1024 * 1024


def editor(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The command of the person's editor: VISUAL, then EDITOR, then vi."""
    for name in ("VISUAL", "EDITOR"):
        if words := shlex.split(environment.get(name, "")):
            return words
    return ["vi"]


async def edit(app: App[None], screen: asyncio.Lock, text: str, suffix: str) -> str:
    """What the text is after the person's editor; from a worker only.

    The file is the person's alone and goes afterwards. `screen` is held while the editor has the
    terminal.

    Raises Unsupported where the screen cannot be left, and VmtuiError where the editor cannot be
    run or the file cannot be read again.
    """
    words = editor()
    with tempfile.TemporaryDirectory(prefix="vmtui-") as folder:
        path = Path(folder) / f"edit{suffix}"
        await asyncio.to_thread(_write, path, text)
        try:
            async with screen:
                code = await Outside(app).run([*words, str(path)], pauses=False)
        except OSError as error:
            hint = "EDITOR in the environment names the one to use."
            raise VmtuiError(f"{words[0]} could not be run", error.strerror or "", hint) from None
        if code != 0:
            raise VmtuiError(f"{words[0]} ended with {code}", "Nothing was changed.")
        return await asyncio.to_thread(_read, path)


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > TEXT_MOST:
            raise VmtuiError("The text is too large", "Nothing was changed.")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise VmtuiError("The text cannot be read again", str(error)) from None
