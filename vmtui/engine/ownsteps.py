"""The steps that no hypervisor does: waiting, downloading, work inside a guest."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from vmtui.engine.fleet import Fleet
from vmtui.engine.job import TrackRun
from vmtui.engine.waiting import wait_for, wait_up
from vmtui.errors import Invalid
from vmtui.hypervisor import Progress
from vmtui.model.steps import (
    CopyVolume,
    CreateVolume,
    CustomizeDisk,
    DefineGuest,
    FetchFile,
    GatherPackages,
    ResizeVolume,
    RestartForChannel,
    RunAtConsole,
    RunBySsh,
    RunPlugin,
    Step,
    UploadVolume,
    VerifyTools,
    WaitFor,
    WaitReady,
    WaitTurn,
    WaitUp,
    WriteVolume,
)
from vmtui.plan.checksums import find
from vmtui.plan.images import file_name

LIST_MOST = 4 * 1024 * 1024
"""Characters that are read of a list of checksums."""
WAITS = (WaitFor, WaitReady, WaitTurn, WaitUp, VerifyTools, RunPlugin)
"""While these go on, the guest is free for other jobs' work on the host."""
MAKERS = (UploadVolume, CreateVolume, CopyVolume, WriteVolume, DefineGuest)
"""What they make is foreseen before they begin: a kill in the middle of one leaves half of it."""
BEGINS = (*MAKERS, FetchFile, ResizeVolume)
"""A plan that begins with one of these makes its guest."""


def own_work(
    fleet: Fleet,
    run: TrackRun,
    step: Step,
    progress: Progress,
    stalled: Callable[[str], None],
) -> Coroutine[Any, Any, str | None] | None:
    """What does the step, or None where it is the hypervisor's. Yields words on how it ended."""
    match step:
        case WaitFor():
            return _silent(wait_for(fleet.store, run.track, step, stalled))
        case FetchFile():
            if fleet.fetch is not None:
                return _silent(fleet.fetch(step, progress))
            return _silent(_fetch(step, progress))
        case WaitUp():
            return wait_up(fleet.store, run.track, step, progress)
        case WaitReady():
            from vmtui.engine.birth import watch

            return watch(fleet, run.key, run.track.name, step, progress)
        case RunPlugin():
            from vmtui.engine.plugins import run_plugin

            return run_plugin(fleet, run, step, progress)
        case _:
            return _inside(fleet, run, step, progress)


def _inside(
    fleet: Fleet, run: TrackRun, step: Step, progress: Progress
) -> Coroutine[Any, Any, str | None] | None:
    """The same for what brings the guest agent into a guest."""
    key, name = run.key, run.track.name
    match step:
        case RunAtConsole():
            from vmtui.engine import atconsole

            return _silent(atconsole.run_step(fleet, key, name, step, progress))
        case RunBySsh():
            from vmtui.engine import byssh

            return _silent(byssh.run_step(key, name, step, progress))
        case GatherPackages():
            from vmtui.engine import gathering

            return _silent(gathering.gather(step, progress))
        case CustomizeDisk():
            from vmtui.engine import customizing

            return _silent(customizing.customize(name, step, progress))
        case RestartForChannel():
            from vmtui.engine import verifying

            return verifying.restart(fleet, run, step, progress)
        case VerifyTools():
            from vmtui.engine import verifying

            return verifying.verify(fleet, key, name, step, progress)
        case _:
            return None


async def _fetch(step: FetchFile, progress: Progress) -> None:
    """Download, checked against what its publisher lists where nothing else is known of it.

    Raises Invalid where the list does not have it, and what `fetch` and the list's server raise.
    """
    from vmtui.engine.download import web
    from vmtui.engine.download.fetching import fetch

    if step.checksums and not step.checksum:
        progress(None, "reading the published checksums")
        async with web.client() as client:
            answer = await client.get(step.checksums)
            web.check_status(answer)
        found = find(answer.text[:LIST_MOST], file_name(step.url))
        if not found:
            raise Invalid(
                "The published checksums do not list the file",
                f"{file_name(step.url)} is not in {step.checksums}.",
                "Look whether both addresses are of the same release.",
            )
        step = replace(step, checksum=found)
    await fetch(step, progress)


async def _silent(work: Coroutine[Any, Any, None]) -> None:
    await work
