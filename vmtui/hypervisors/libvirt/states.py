"""libvirt's numbers for states and their reasons, as ours and as words."""

from __future__ import annotations

from typing import cast

import libvirt

from vmtui.model.guest import GuestState

_STATES = {
    libvirt.VIR_DOMAIN_NOSTATE: GuestState.UNKNOWN,
    libvirt.VIR_DOMAIN_RUNNING: GuestState.RUNNING,
    # Xen: waits for something; it runs all the same.
    libvirt.VIR_DOMAIN_BLOCKED: GuestState.RUNNING,
    libvirt.VIR_DOMAIN_PAUSED: GuestState.PAUSED,
    libvirt.VIR_DOMAIN_SHUTDOWN: GuestState.SHUTTING_DOWN,
    libvirt.VIR_DOMAIN_SHUTOFF: GuestState.OFF,
    libvirt.VIR_DOMAIN_CRASHED: GuestState.CRASHED,
    libvirt.VIR_DOMAIN_PMSUSPENDED: GuestState.SLEEPING,
}

# Indexed by libvirt's reason; 0 is "unknown" for every state.
_REASONS: dict[int, tuple[str, ...]] = {
    libvirt.VIR_DOMAIN_RUNNING: (
        "", "booted", "migrated", "restored", "from a snapshot", "resumed", "migration cancelled",
        "save cancelled", "woken", "crashed", "post-copy migration", "post-copy failed",
    ),
    libvirt.VIR_DOMAIN_PAUSED: (
        "", "by a person", "migrating", "saving", "dumping", "I/O error", "watchdog",
        "from a snapshot", "shutting down", "taking a snapshot", "crashed", "starting up",
        "post-copy migration", "post-copy failed", "API error",
    ),
    libvirt.VIR_DOMAIN_SHUTDOWN: ("", "by a person"),
    libvirt.VIR_DOMAIN_SHUTOFF: (
        "", "shut down", "destroyed", "crashed", "migrated", "saved", "failed to start",
        "from a snapshot", "the daemon lost it",
    ),
    libvirt.VIR_DOMAIN_CRASHED: ("", "panicked"),
}  # fmt: skip


def guest_state(number: int | None) -> GuestState:
    """Our state for a virDomainState; UNKNOWN for one that is newer than this list."""
    return _STATES.get(number, GuestState.UNKNOWN) if number is not None else GuestState.UNKNOWN


def reason_words(state: int | None, reason: int | None) -> str:
    """Why a domain is in its state, in words; "" where that is unknown."""
    words = _REASONS.get(state, ()) if state is not None else ()
    return words[reason] if reason is not None and 0 <= reason < len(words) else ""


def state_of(domain: libvirt.virDomain) -> tuple[int, int]:
    """State and reason as libvirt numbers them (virDomainGetState). May block."""
    state, reason = cast("list[int]", domain.state())
    return state, reason
