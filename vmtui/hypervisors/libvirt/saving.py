"""The managed save: a guest's memory on its host's disk, with progress and a way back."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import cast

import libvirt

from vmtui.errors import ConnectionLost, VmtuiError
from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt.calls import Lane
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.model.change import Change, ChangeKind
from vmtui.model.steps import DiscardSaved, ManagedSave
from vmtui.model.units import size

logger = logging.getLogger(__name__)

POLL = 0.3
"""Seconds between two looks at how far it is."""
ANSWER = 5.0
"""Seconds within which such a look is answered, unless the host is stuck."""
ABORT_LIMIT = 30.0
"""Seconds within which an aborted save must have ended."""


async def save(handle: Handle, step: ManagedSave, progress: Progress) -> None:
    """Save its memory and stop it (virDomainManagedSave), reporting progress.

    When cancelled, the save is aborted (virDomainAbortJob) and the guest runs on; one that is
    saved before the abort arrives is resumed from its image.

    Raises:
        Conflict: It is off, or is transient.
    """
    progress(None, "saving its memory")
    attempt = _Attempt(handle, step.uuid)
    call = asyncio.ensure_future(handle.calls.run(attempt.save, lane=Lane.LONG))
    try:
        while not (await asyncio.wait((call,), timeout=POLL))[0]:
            await _report(handle, step.uuid, progress)
    except asyncio.CancelledError:
        await _abort(handle, attempt, call)
        raise
    await call
    handle.announce(Change(ChangeKind.GUEST, step.uuid))


class _Attempt:
    """One save: whether it has begun, and whether it may still begin."""

    def __init__(self, handle: Handle, uuid: str) -> None:
        self.uuid = uuid
        self._handle = handle
        self._lock = threading.Lock()
        self._begun = False
        self._called_off = False

    def save(self) -> None:
        """Save, unless it was called off while it waited for its turn; in a thread."""
        with self._lock:
            if self._called_off:
                return
            self._begun = True
        self._handle.domain(self.uuid).managedSave()

    def call_off(self) -> bool:
        """Keep it from beginning; False where it has begun."""
        with self._lock:
            self._called_off = True
            return not self._begun

    def abort(self) -> None:
        """Abort the guest's job if it is a save (virDomainAbortJob); in a thread."""
        domain = self._handle.domain(self.uuid)
        if _job(domain).get("operation") == libvirt.VIR_DOMAIN_JOB_OPERATION_SAVE:
            domain.abortJob()


async def _abort(handle: Handle, attempt: _Attempt, call: asyncio.Future[None]) -> None:
    """End a save that was cancelled, and wait for its end: only then does the guest run on."""
    if attempt.call_off():
        call.cancel()
        return
    loop = asyncio.get_running_loop()
    deadline = loop.time() + ABORT_LIMIT
    # It may have begun here and not yet at the host: there is nothing to abort until it has.
    while not call.done() and loop.time() < deadline:
        try:
            await handle.calls.run(attempt.abort, timeout=ANSWER)
        except ConnectionLost:
            break
        except VmtuiError:
            pass
        await asyncio.wait((call,), timeout=POLL)
    if not call.done():
        call.cancel()
    elif call.exception() is None:
        await _resume(handle, attempt.uuid)


async def _resume(handle: Handle, uuid: str) -> None:
    """Start it again (virDomainCreate): QEMU takes no abort on the last stretch of a save."""
    try:
        await handle.calls.run(lambda: handle.domain(uuid).create(), lane=Lane.LONG)
    except VmtuiError as error:
        logger.warning("a guest whose save was cancelled too late stays saved: %s", error)
    finally:
        handle.announce(Change(ChangeKind.GUEST, uuid))


async def _report(handle: Handle, uuid: str, progress: Progress) -> None:
    """Tell how far the save is (virDomainGetJobStats); drivers without it tell nothing."""
    try:
        job = await handle.calls.run(lambda: _job(handle.domain(uuid)), timeout=ANSWER)
    except VmtuiError:
        return
    total = job.get("data_total") or job.get("memory_total") or 0
    if job.get("operation") != libvirt.VIR_DOMAIN_JOB_OPERATION_SAVE or not total:
        return
    left = job.get("data_remaining", job.get("memory_remaining", 0))
    done = max(total - left, 0)
    progress(done / total, f"saved {size(done)} of {size(total)}")


def _job(domain: libvirt.virDomain) -> dict[str, int]:
    """Figures of the guest's job (virDomainGetJobStats), which the binding annotates as a text."""
    return cast("dict[str, int]", domain.jobStats())


async def discard(handle: Handle, step: DiscardSaved, progress: Progress) -> None:
    """Remove the managed-save image (virDomainManagedSaveRemove); none is no error.

    libvirt announces nothing of it.

    Raises:
        Conflict: The guest is being started from it at this moment.
    """
    progress(None, "discarding its saved state")

    def remove() -> None:
        domain = handle.domain(step.uuid)
        if domain.hasManagedSaveImage():
            domain.managedSaveRemove()

    await handle.calls.run(remove, lane=Lane.LONG)
    handle.announce(Change(ChangeKind.GUEST, step.uuid))
