"""Runs commands of the person's own: in the background with their output, or on the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import signal

from vmtui.engine.child import Child
from vmtui.engine.fleet import Fleet
from vmtui.engine.job import Printed, TrackRun
from vmtui.errors import NotFound, Refused, Unsupported, VmtuiError
from vmtui.hypervisor import Progress
from vmtui.model.steps import RunPlugin

LINE_MOST = 200


async def run_plugin(fleet: Fleet, run: TrackRun, step: RunPlugin, progress: Progress) -> str:
    """Run it to its end; where it printed one line, that line.

    Raises:
        NotFound: There is no such program.
        Refused: It may not be run.
        Unsupported: It wants a terminal, and there is none.
        VmtuiError: Its exit code is not 0.
    """
    run.printed = Printed()
    try:
        if step.background:
            async with fleet.commands_at_once:
                await _behind(run.printed, step, progress)
        elif fleet.take_screen is None:
            raise Unsupported(f"{step.plugin} wants a terminal, and there is none here")
        else:
            if fleet.screen.locked():
                progress(None, "waits until the terminal is free")
            async with fleet.screen:
                progress(None, "")
                run.printed.code = await fleet.take_screen(step.command)
    except FileNotFoundError:
        raise NotFound(f"{step.command[0]} could not be run", "There is no such program.") from None
    except PermissionError:
        raise Refused(f"{step.command[0]} could not be run", "It is not executable.") from None
    except OSError as error:
        raise VmtuiError(f"{step.command[0]} could not be run", error.strerror or "") from None
    lines = _lines(run.printed)
    if run.printed.code:
        raise VmtuiError(_ended(step, run.printed.code), lines[-1] if lines else "")
    return lines[0] if len(lines) == 1 else ""


def _ended(step: RunPlugin, code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"{step.plugin} was ended by {signal.Signals(-code).name}"
    return f"{step.plugin} ended with exit code {code}"


def _lines(printed: Printed) -> list[str]:
    text = bytes(printed.data[-8192:]).decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [line[:LINE_MOST] for line in lines]


async def _behind(printed: Printed, step: RunPlugin, progress: Progress) -> None:
    """Run it in a session of its own, so that all it starts goes when it is cancelled."""

    def heard(data: bytes) -> None:
        printed.add(data)
        if lines := _lines(printed):
            progress(None, lines[-1])

    child = await Child.begin(step.command, heard)
    try:
        await child.ended()
    except asyncio.CancelledError:
        await child.stop()
        raise
    finally:
        printed.code = child.code
