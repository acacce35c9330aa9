"""What a guest's agent is asked to do: freeze, thaw, trim, clock, passwords and keys.

All through libvirt's own calls for it, so that no password is in any command line or log.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable
from typing import Any

import libvirt

from vmtui.errors import Invalid, TimedOut, Unsupported
from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt.agent.talk import agent_error
from vmtui.hypervisors.libvirt.calls import Lane
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.model.change import Change, ChangeKind
from vmtui.model.steps import AddKey, Freeze, SetClock, SetPassword, Step, Thaw, Trim

PATIENCE = 60.0
TRIM_PATIENCE = 900.0
"""Seconds: a large file system takes minutes."""
NO_HWCLOCK = "Its agent needs /sbin/hwclock inside the guest (util-linux, util-linux-extra)."


class _Freezing:
    """A freeze that nobody waits for any more is thawed by whoever of two comes last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frozen = False
        self._unwanted = False

    def freeze(self, domain: libvirt.virDomain) -> None:
        """Freeze; where it was given up meanwhile, thaw at once."""
        domain.fsFreeze()
        with self._lock:
            self._frozen = True
        if self._unwanted:
            domain.fsThaw()

    def give_up(self) -> bool:
        """Whether it is frozen by now; else it is thawed as soon as it is."""
        with self._lock:
            self._unwanted = True
            return self._frozen


async def freeze(handle: Handle, step: Freeze, progress: Progress) -> Step | None:
    """Freeze all its file systems (virDomainFSFreeze).

    Where this is cancelled or takes too long, it is thawed, however late it freezes.

    Raises:
        VmtuiError: As `GuestAgent` says.
    """
    progress(None, "freezing its file systems")
    freezing = _Freezing()
    try:
        await _do(handle, step.uuid, freezing.freeze)
    except (TimedOut, asyncio.CancelledError) as error:
        if freezing.give_up():
            await _do(handle, step.uuid, lambda domain: domain.fsThaw())
        if isinstance(error, TimedOut):
            hint = "It may freeze late, and is thawed then; look, and thaw it where it is not."
            raise TimedOut(error.title, error.detail, hint) from None
        raise
    return Thaw(step.uuid)


async def thaw(handle: Handle, step: Thaw, progress: Progress) -> None:
    """Thaw them (virDomainFSThaw); none that is frozen is no error."""
    progress(None, "thawing its file systems")
    await _do(handle, step.uuid, lambda domain: domain.fsThaw())


async def trim(handle: Handle, step: Trim, progress: Progress) -> None:
    """Discard what its file systems do not use (virDomainFSTrim)."""
    progress(None, "trimming its file systems")
    everywhere: Any = None
    await _do(handle, step.uuid, lambda domain: domain.fSTrim(everywhere, 0), TRIM_PATIENCE)


async def set_clock(handle: Handle, step: SetClock, progress: Progress) -> None:
    """Set its clock to this machine's (virDomainSetTime).

    Raises:
        Unsupported: The guest lacks the program that its agent calls for it.
    """
    progress(None, "setting its clock")

    def change(domain: libvirt.virDomain) -> None:
        fraction, seconds = math.modf(time.time())
        # The binding takes a dictionary, whatever its annotation says.
        moment: Any = {"seconds": int(seconds), "nseconds": int(fraction * 1e9)}
        domain.setTime(moment)

    try:
        await _do(handle, step.uuid, change)
    except Unsupported as error:
        raise Unsupported(error.title, error.detail, error.hint or NO_HWCLOCK) from None


async def set_password(handle: Handle, step: SetPassword, progress: Progress) -> None:
    """Set a user's password (virDomainSetUserPassword).

    Raises:
        Invalid: The step was read from a record, where no password is.
    """
    progress(None, "setting a password")
    if not step.user or not step.password:
        raise Invalid("The password was not kept", hint="Set it anew: passwords are never kept.")
    await _do(handle, step.uuid, lambda it: it.setUserPassword(step.user, step.password))


async def add_key(handle: Handle, step: AddKey, progress: Progress) -> None:
    """Append an SSH key to a user's (virDomainAuthorizedSSHKeysSet)."""
    progress(None, "adding an SSH key")
    flags = libvirt.VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND
    keys: Any = [step.key]  # a list, whatever the annotation says
    await _do(handle, step.uuid, lambda it: it.authorizedSSHKeysSet(step.user, keys, flags))


async def _do(
    handle: Handle,
    uuid: str,
    work: Callable[[libvirt.virDomain], object],
    patience: float = PATIENCE,
) -> None:
    def work_now() -> None:
        try:
            work(handle.domain(uuid))
        except libvirt.libvirtError as error:
            raise agent_error(error) from error

    await handle.calls.run(work_now, timeout=patience, lane=Lane.TALK)
    handle.announce(Change(ChangeKind.GUEST, uuid))
