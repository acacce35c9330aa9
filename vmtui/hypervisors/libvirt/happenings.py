"""libvirt's lifecycle events and their details as what befell a guest."""

from __future__ import annotations

from typing import NamedTuple

import libvirt

from vmtui.model.change import Happened


class Happening(NamedTuple):
    """What befell a guest, and a few words more."""

    what: Happened
    detail: str = ""


_H = Happening
_LIFECYCLE: dict[int, tuple[Happening | None, ...]] = {
    libvirt.VIR_DOMAIN_EVENT_DEFINED: (
        _H(Happened.DEFINED), _H(Happened.UPDATED), _H(Happened.RENAMED),
        _H(Happened.UPDATED, "from a snapshot"),
    ),
    # A rename says "undefined" of the old name and "defined" of the new one: one line is enough.
    libvirt.VIR_DOMAIN_EVENT_UNDEFINED: (_H(Happened.UNDEFINED), None),
    libvirt.VIR_DOMAIN_EVENT_STARTED: (
        _H(Happened.STARTED), _H(Happened.MIGRATED_IN), _H(Happened.RESTORED),
        _H(Happened.STARTED, "from a snapshot"), _H(Happened.WOKEN),
    ),
    libvirt.VIR_DOMAIN_EVENT_SUSPENDED: (
        _H(Happened.SUSPENDED), _H(Happened.SUSPENDED, "to migrate"),
        _H(Happened.SUSPENDED, "on an I/O error"), _H(Happened.SUSPENDED, "by its watchdog"),
        _H(Happened.SUSPENDED, "restored paused"), _H(Happened.SUSPENDED, "from a snapshot"),
        _H(Happened.SUSPENDED, "after an error of the hypervisor"),
        _H(Happened.SUSPENDED, "to migrate post-copy"),
        _H(Happened.SUSPENDED, "post-copy migration failed"),
    ),
    libvirt.VIR_DOMAIN_EVENT_RESUMED: (
        _H(Happened.RESUMED), _H(Happened.RESUMED, "after migration"),
        _H(Happened.RESUMED, "from a snapshot"), _H(Happened.RESUMED, "post-copy"),
        _H(Happened.RESUMED, "post-copy migration failed"),
    ),
    libvirt.VIR_DOMAIN_EVENT_STOPPED: (
        _H(Happened.SHUT_DOWN), _H(Happened.DESTROYED), _H(Happened.CRASHED),
        _H(Happened.MIGRATED_OUT), _H(Happened.SAVED),
        _H(Happened.FAILED, "its process ended"),
        _H(Happened.DESTROYED, "by a snapshot's revert"),
    ),
    # It goes down now; that it is off comes as "stopped".
    libvirt.VIR_DOMAIN_EVENT_SHUTDOWN: (None, None, None),
    libvirt.VIR_DOMAIN_EVENT_PMSUSPENDED: (
        _H(Happened.SLEEPING), _H(Happened.SLEEPING, "to disk"),
    ),
    libvirt.VIR_DOMAIN_EVENT_CRASHED: (
        _H(Happened.CRASHED, "its kernel panicked"),
        _H(Happened.CRASHED, "its kernel panicked and dumped itself"),
    ),
}  # fmt: skip


def lifecycle(event: int, detail: int) -> Happening | None:
    """What a lifecycle event says; None where the person is told nothing.

    A detail that is newer than this table says what the event's first one says.
    """
    details = _LIFECYCLE.get(event, ())
    if 0 <= detail < len(details):
        return details[detail]
    return details[0] if details else None
