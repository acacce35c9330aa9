"""A guest's tools: how they stand, the one next step, and which commands can be used."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vmtui.model.guest import Agent, Guest, GuestState


class ToolsState(Enum):
    """How a guest's tools stand; the words on the screen are in `ui/cells`."""

    OFF = "off"
    """It does not run, so nobody can answer."""
    UNKNOWN = "unknown"
    """Its definition has not been read, or its agent has not been asked yet."""
    NO_CHANNEL = "no channel"
    SILENT = "silent"
    """There is a channel, and nobody answers at its other end."""
    INSTALLING = "installing"
    ANSWERING = "answering"
    OUTDATED = "outdated"
    """It answers, and is older than `OLDEST`."""
    FROZEN = "frozen"
    """It answers, and its file systems are frozen: whoever writes to them waits."""


OLDEST = (5, 2)
"""The first version that tells users, time zone, operating system and the devices' names."""

WHILE_FROZEN = frozenset({"guest-fsfreeze-thaw", "guest-fsfreeze-status", "guest-info"})
"""What an agent takes while file systems are frozen, as QEMU's guest agent reference has it."""


@dataclass(frozen=True, slots=True)
class Tools:
    """The state of a guest's tools, and the one next step where something is to be done."""

    state: ToolsState
    version: str = ""
    next_step: str = ""


def judge(guest: Guest, *, installing: bool = False) -> Tools:
    """How the tools of a guest stand, by all that is known of it.

    `installing` says that a job of ours is at it.
    """
    facts = guest.told
    if installing:
        return Tools(ToolsState.INSTALLING, next_step="wait for the job to end")
    if guest.definition is None:
        return Tools(ToolsState.UNKNOWN)
    channel = guest.definition.agent
    if channel is Agent.NO_CHANNEL:
        return Tools(ToolsState.NO_CHANNEL, next_step="add the agent's channel")
    if guest.state is not GuestState.RUNNING:
        words = "resume it" if guest.state is GuestState.PAUSED else "start it"
        return Tools(ToolsState.OFF, next_step=words)
    if channel is Agent.DISCONNECTED:
        return Tools(
            ToolsState.SILENT, next_step="install qemu-guest-agent inside the guest, and start it"
        )
    if guest.mute:
        return Tools(
            ToolsState.SILENT, facts.version if facts else "",
            f"restart qemu-guest-agent inside the guest ({guest.mute})",
        )  # fmt: skip
    if facts is None:
        return Tools(ToolsState.UNKNOWN, next_step="wait for its first answer")
    if facts.frozen:
        return Tools(ToolsState.FROZEN, facts.version, "thaw its file systems")
    if facts.version and version_of(facts.version) < OLDEST:
        wanted = ".".join(str(part) for part in OLDEST)
        return Tools(
            ToolsState.OUTDATED, facts.version,
            f"update qemu-guest-agent inside the guest to {wanted} or newer",
        )  # fmt: skip
    return Tools(ToolsState.ANSWERING, facts.version)


def version_of(text: str) -> tuple[int, int]:
    """Major and minor of a version such as `7.2.22` or `v8.0-rc1`; (0, 0) where it has none."""
    parts = text.lstrip("v").split(".")
    try:
        return int(parts[0]), int("".join(c for c in parts[1] if c.isdecimal()) or 0)
    except (ValueError, IndexError):
        return 0, 0


def why_not(guest: Guest, command: str) -> str | None:
    """None where the guest's agent is known to take `command`, else one sentence that says why not.

    What it can is not known before its first answer: it is then let through, for its agent tells.
    """
    if guest.state is not GuestState.RUNNING:
        return f"it is {guest.state.value}"
    channel = guest.definition.agent if guest.definition else Agent.UNKNOWN
    if channel is Agent.NO_CHANNEL:
        return "it has no guest-agent channel"
    if channel is Agent.DISCONNECTED:
        return "no guest agent answers in it"
    if guest.mute:
        return "its guest agent does not answer"
    facts = guest.told
    if facts is None or not facts.version:
        return None
    if facts.frozen and command not in WHILE_FROZEN:
        return "its file systems are frozen: thaw them first"
    if command in facts.blocked:
        return f"its guest agent blocks {command}"
    if command not in facts.commands:
        return f"its guest agent ({facts.version}) does not know {command}"
    return None
