"""Reads all that a guest's agent tells of its guest, in one go.

Command by command, each with a time limit: libvirt's own call for it (virDomainGetGuestInfo) waits
for ever, and an agent that hangs in its middle (in a file system whose server is gone) would keep
a worker of the daemon until the guest ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import libvirt

from vmtui.errors import (
    Conflict,
    ConnectionLost,
    Invalid,
    Refused,
    TimedOut,
    Unsupported,
    VmtuiError,
)
from vmtui.hypervisors.libvirt.agent import answers
from vmtui.hypervisors.libvirt.agent.addresses import addresses, read_now
from vmtui.hypervisors.libvirt.agent.talk import ask_now
from vmtui.hypervisors.libvirt.calls import Lane
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.model.agentfacts import AgentFacts, Memory

TIMEOUT = 20.0
"""Seconds for all of it; an agent that does not greet takes libvirt's five."""
EACH = 5
"""Seconds for one command."""
GONE = (TimedOut, ConnectionLost, Conflict)
"""After these there is nothing more to ask: it hangs, or the host or the guest is off."""
MEMINFO = "/proc/meminfo"
MEMINFO_MOST = 16384


async def read_facts(handle: Handle, uuid: str, now: Callable[[], float] = time.time) -> AgentFacts:
    """What the agent tells: its commands, and what those of them say that tell of the guest.

    In the lane of those that may hang: a silent agent delays other agents' readings only.

    Raises:
        TimedOut: It is silent.
        VmtuiError: There is no agent, or the guest is off.
    """
    return await handle.calls.run(_read, handle, uuid, now, timeout=TIMEOUT, lane=Lane.AGENT)


def _read(handle: Handle, uuid: str, now: Callable[[], float]) -> AgentFacts:
    with handle.sparing():
        return _read_now(handle.domain(uuid), now)


def _read_now(domain: libvirt.virDomain, now: Callable[[], float]) -> AgentFacts:
    try:
        version, commands, blocked = answers.commands(ask_now(domain, "guest-info", None, EACH))
    except Unsupported:
        # No QEMU, or an agent older than this command: what libvirt itself knows to ask.
        hostname, found = read_now(domain)
        return AgentFacts(hostname=hostname, addresses=found)

    def told(command: str) -> object:
        """None where it does not take that command, or fails at it."""
        return _answer(domain, command) if command in commands else None

    if told("guest-fsfreeze-status") == "frozen":
        # Until they are thawed it says of nearly every command that it is blocked.
        return AgentFacts(version, commands | blocked, frozen=True)
    name, os_id, kernel = answers.system(told("guest-get-osinfo"))
    zone, offset = answers.timezone(told("guest-get-timezone"))
    return AgentFacts(
        version=version,
        commands=commands,
        blocked=blocked,
        hostname=answers.hostname(told("guest-get-host-name")),
        addresses=addresses(answers.interfaces(told("guest-network-get-interfaces"))),
        os=name,
        os_id=os_id,
        kernel=kernel,
        users=answers.users(told("guest-get-users")),
        file_systems=answers.file_systems(told("guest-get-fsinfo")),
        timezone=zone,
        offset=offset,
        drift=_drift(domain, now) if "guest-get-time" in commands else None,
        memory=_memory(domain) if "guest-file-open" in commands and os_id != "mswindows" else None,
    )


def _answer(domain: libvirt.virDomain, command: str) -> object:
    """What it says to a command; None where it fails at that, and is there all the same."""
    try:
        return ask_now(domain, command, None, EACH)
    except GONE:
        raise
    except VmtuiError:
        return None


def _drift(domain: libvirt.virDomain, now: Callable[[], float]) -> float | None:
    """Seconds by which its clock is ahead, to half of how long the answer took."""
    before = now()
    told, after = _answer(domain, "guest-get-time"), now()
    if not isinstance(told, int) or isinstance(told, bool) or not 0 <= told <= answers.SIZE_MOST:
        return None
    return told / 1e9 - (before + after) / 2


def _memory(domain: libvirt.virDomain) -> Memory | None:
    """What Linux says of its memory; None elsewhere, and where files are out of reach."""
    try:
        told = ask_now(domain, "guest-file-open", {"path": MEMINFO, "mode": "r"}, EACH)
        handle = answers.number(told, "a file's number")
    except GONE:
        raise
    except VmtuiError:
        return None
    try:
        arguments = {"handle": handle, "count": MEMINFO_MOST}
        answer = answers.fields(ask_now(domain, "guest-file-read", arguments, EACH), "a file")
        return answers.memory(answers.data(answer.get("buf-b64"), "a file's data", MEMINFO_MOST))
    except (Invalid, Refused):
        return None
    finally:
        with suppress(VmtuiError):
            ask_now(domain, "guest-file-close", {"handle": handle}, EACH)
