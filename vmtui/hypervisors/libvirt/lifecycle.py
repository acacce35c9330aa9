"""Turning guests on and off, holding and releasing them.

libvirt announces all of these itself, so nothing is announced here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import libvirt

from vmtui.errors import Conflict, NotFound, Unsupported, VmtuiError
from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt.calls import Lane
from vmtui.hypervisors.libvirt.creation.troubles import guest_trouble
from vmtui.hypervisors.libvirt.errors import translate, unsupported
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.states import guest_state, state_of
from vmtui.model.guest import GuestState
from vmtui.model.steps import (
    Destroy,
    Reboot,
    Reset,
    Resume,
    Shutdown,
    Start,
    Step,
    Suspend,
    Via,
)

PATIENCE = 60.0
"""Seconds for a verb that is answered at once; QEMU's end is awaited for up to 40 by libvirt."""

MOMENT, GLANCE = 2.0, 0.1
"""Seconds that a guest may still seem to run when its host says that it does not; between looks."""

_SHUTDOWN = {
    Via.DEFAULT: libvirt.VIR_DOMAIN_SHUTDOWN_DEFAULT,
    Via.ACPI: libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN,
    Via.AGENT: libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT,
}
_REBOOT = {
    Via.DEFAULT: libvirt.VIR_DOMAIN_REBOOT_DEFAULT,
    Via.ACPI: libvirt.VIR_DOMAIN_REBOOT_ACPI_POWER_BTN,
    Via.AGENT: libvirt.VIR_DOMAIN_REBOOT_GUEST_AGENT,
}


async def start(handle: Handle, step: Start, progress: Progress) -> None:
    """Boot it, or resume it from its managed-save image (virDomainCreateWithFlags).

    Raises:
        Conflict: It runs already; its saved state cannot be resumed; or a network of it is off.
        Unsupported: The host lacks its firmware, a TPM emulator or KVM.
    """
    progress(None, "starting")

    def create() -> None:
        domain = handle.domain(step.uuid)
        saved = _has_saved_state(domain)
        try:
            domain.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED if step.held else 0)
        except libvirt.libvirtError as error:
            if saved and _has_saved_state(domain) and not domain.isActive():
                raise _cannot_resume(translate(error)) from error
            if (ours := guest_trouble(error)) is not None:
                raise ours from error
            raise

    await handle.calls.run(create, lane=Lane.LONG)


def _has_saved_state(domain: libvirt.virDomain) -> bool:
    """Whether a managed-save image waits (virDomainHasManagedSaveImage); no where none can be."""
    try:
        return bool(domain.hasManagedSaveImage())
    except libvirt.libvirtError as error:
        if unsupported(error):
            return False
        raise


def _cannot_resume(error: VmtuiError) -> Conflict:
    return Conflict(
        "It cannot be resumed from its saved state",
        error.detail or error.title,
        "If the saved state itself is damaged, discard it: the guest then boots afresh.",
    )


async def shutdown(handle: Handle, step: Shutdown, progress: Progress) -> None:
    """Ask it to shut down (virDomainShutdownFlags).

    Raises:
        Conflict: It is off, or its agent is not connected.
        TimedOut: The agent does not answer.
        Unsupported: It has no agent, or the driver cannot ask.
    """
    progress(None, "asking it to shut down")
    ran = await _runs(handle, step.uuid)
    try:
        await _ask(
            handle, step.uuid, step.via, lambda it: it.shutdownFlags(_SHUTDOWN[step.via]),
            lambda it: it.shutdown(),
        )  # fmt: skip
    except (Conflict, NotFound):
        # Where the agent is gone before it has answered, libvirt asks through ACPI too, and
        # complains that nothing runs any more: it has obeyed already.
        if not ran or not await _ends(handle, step.uuid):
            raise


async def _ends(handle: Handle, uuid: str) -> bool:
    """Whether it is off within a moment: libvirt may know of it before it says so."""
    for _ in range(round(MOMENT / GLANCE)):
        if not await _runs(handle, uuid):
            return True
        await asyncio.sleep(GLANCE)
    return False


async def _runs(handle: Handle, uuid: str) -> bool:
    """Whether it runs (virDomainIsActive); a transient guest that has ended is not there at all."""
    try:
        return await handle.calls.run(lambda: bool(handle.domain(uuid).isActive()))
    except NotFound:
        return False


async def reboot(handle: Handle, step: Reboot, progress: Progress) -> None:
    """Ask it to reboot (virDomainReboot). Raises as `shutdown` does."""
    progress(None, "asking it to reboot")
    await _ask(
        handle, step.uuid, step.via, lambda it: it.reboot(_REBOOT[step.via]),
        lambda it: it.reboot(0),
    )  # fmt: skip


async def _ask(
    handle: Handle,
    uuid: str,
    via: Via,
    flagged: Callable[[libvirt.virDomain], object],
    plain: Callable[[libvirt.virDomain], object],
) -> None:
    """Ask by the way that was chosen, or by the driver's only one where it has no ACPI."""

    def ask() -> None:
        domain = handle.domain(uuid)
        if via is Via.DEFAULT:
            plain(domain)
            return
        try:
            flagged(domain)
        except libvirt.libvirtError as error:
            # A container has no power button, but its driver knows a way of its own.
            if via is Via.ACPI and unsupported(error):
                plain(domain)
            elif via is Via.AGENT:
                raise _without_agent(error) from error
            else:
                raise

    # An agent takes its time, and one that is silent takes libvirt's time limit.
    lane = Lane.AGENT if via is Via.AGENT else Lane.QUICK
    await handle.calls.run(ask, lane=lane, timeout=2 * PATIENCE)


def _without_agent(error: libvirt.libvirtError) -> VmtuiError:
    """The errors of a request through the agent, with what to do instead."""
    ours = translate(error)
    hint = "Run qemu-guest-agent inside the guest, or ask through ACPI."
    if error.get_error_code() in (libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_INVALID_ARG):
        return Unsupported("This hypervisor knows no guest agent", ours.detail)
    if error.get_error_code() == libvirt.VIR_ERR_AGENT_UNRESPONSIVE:
        return type(ours)("The guest agent does not answer", ours.detail, hint)
    if isinstance(ours, Unsupported):
        return Unsupported("It has no channel for a guest agent", ours.detail, hint)
    return ours


async def destroy(handle: Handle, step: Destroy, progress: Progress) -> None:
    """Cut its power (virDomainDestroy); one that is off already is no error.

    Raises:
        NotFound: There is no such guest: it may have migrated, so its disks may be in use.
    """
    progress(None, "forcing it off")

    def cut() -> None:
        domain = handle.domain(step.uuid)
        try:
            domain.destroy()
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_OPERATION_INVALID or domain.isActive():
                raise

    await handle.calls.run(cut, timeout=PATIENCE)


async def reset(handle: Handle, step: Reset, progress: Progress) -> None:
    """Press its reset button (virDomainReset). Raises Conflict where it is off."""
    progress(None, "resetting it")
    await handle.calls.run(lambda: handle.domain(step.uuid).reset(), timeout=PATIENCE)


def _state(domain: libvirt.virDomain) -> GuestState:
    return guest_state(state_of(domain)[0])


async def suspend(handle: Handle, step: Suspend, progress: Progress) -> Step | None:
    """Stop its vCPUs (virDomainSuspend); one that is paused already is left so, without undo.

    Raises:
        Conflict: It is off.
    """
    progress(None, "suspending it")

    def hold() -> bool:
        domain = handle.domain(step.uuid)
        if _state(domain) is GuestState.PAUSED:
            return False
        domain.suspend()
        return True

    return Resume(step.uuid) if await handle.calls.run(hold, timeout=PATIENCE) else None


async def resume(handle: Handle, step: Resume, progress: Progress) -> Step | None:
    """Let its vCPUs run (virDomainResume), or wake it from its own sleep (virDomainPMWakeup).

    What was woken cannot be put to sleep again, so only the first is undone.

    Raises:
        Conflict: It is off.
    """
    progress(None, "resuming it")

    def release() -> bool:
        domain = handle.domain(step.uuid)
        asleep = _state(domain) is GuestState.SLEEPING
        if asleep:
            domain.pMWakeup()
        else:
            domain.resume()
        return asleep

    asleep = await handle.calls.run(release, timeout=PATIENCE)
    return None if asleep else Suspend(step.uuid)
