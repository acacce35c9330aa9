"""What goes to standard output and error: tidy on a terminal, quiet when a pipe closes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from vmtui.cli.exits import CLOSED_PIPE
from vmtui.errors import VmtuiError


def until_closed(run: Callable[[], int]) -> int:
    """The exit code of `run`; that of SIGPIPE where whoever reads the output has gone."""
    try:
        try:
            return run()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain once more when it flushes at its own end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        return CLOSED_PIPE


def shown(text: str, limit: int = 1000) -> str:
    """A name or a sentence from a host, as it is put on this output: harmless on a terminal.

    A pipe gets it as it is, but on one line: whoever reads it may need the very name.
    """
    from vmtui.ui.cells import clean

    if sys.stdout.isatty():
        return clean(text, limit)
    return text.replace("\n", " ").replace("\r", " ")


def tell(words: str) -> None:
    """A line to standard error."""
    from vmtui.ui.cells import clean

    print(f"vmtui: {clean(words, 4000)}", file=sys.stderr, flush=True)


def complain(error: VmtuiError, host: str = "") -> None:
    """What went wrong, why, and how to mend it, to standard error."""
    tell(f"{host}: {error}" if host else str(error))
    if error.hint:
        tell(error.hint)
