"""The verbs that a guest's agent does, and the channel that it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vmtui.errors import Invalid
from vmtui.model.capabilities import Capabilities, Feature
from vmtui.model.guest import Agent, Guest
from vmtui.model.steps import (
    AddAgentChannel,
    AddKey,
    CopyIn,
    CopyOut,
    Freeze,
    SetClock,
    SetPassword,
    Step,
    Thaw,
    Trim,
)
from vmtui.model.tools import why_not
from vmtui.plan.build import CapabilitiesOf, WhyNot, count, one_track_each, sort_out
from vmtui.plan.plan import Effect, Plan, Risk

CLOCK_OFF = 2.0
"""Seconds of drift from which a clock is worth setting."""
KEY_KINDS = ("ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-")


def _through(*commands: str) -> WhyNot:
    """None where the guest's agent takes all these commands."""

    def reason(guest: Guest, capabilities: Capabilities) -> str | None:
        if capabilities.read_only:
            return "this host is open read-only"
        if (lack := capabilities.why_not(Feature.AGENT)) is not None:
            return lack
        return next(filter(None, (why_not(guest, command) for command in commands)), None)

    return reason


@dataclass(frozen=True, slots=True)
class ToolsVerb:
    """A verb that needs nothing but the guests."""

    id: str
    words: str
    why_not: WhyNot
    step: Callable[[Guest], Step]
    effects: tuple[str, ...]
    risk: Risk = Risk.ASK
    destructive: bool = False

    def plan(self, guests: Sequence[Guest], capabilities: CapabilitiesOf) -> Plan:
        """The plan for these guests; those on which it cannot act are its refusals."""
        able, refused = sort_out(guests, capabilities, self.why_not)
        effects = [Effect(words, self.destructive) for words in self.effects] if able else []
        return one_track_each(
            self.id, self.words, able, refused, lambda guest: (self.step(guest),),
            effects=effects, risk=self.risk,
        )  # fmt: skip


def why_not_add_channel(guest: Guest, capabilities: Capabilities) -> str | None:
    """None where it has no channel for a guest agent and can be given one."""
    if capabilities.read_only:
        return "this host is open read-only"
    if (lack := capabilities.why_not(Feature.AGENT)) is not None:
        return lack
    if guest.definition is None:
        return "its definition is not known yet"
    if guest.definition.agent is not Agent.NO_CHANNEL:
        return "it has the channel"
    if guest.persistent is False and not guest.state.active:
        return "it is transient: it has no definition that could be changed"
    return None


TOOLS_VERBS: Mapping[str, ToolsVerb] = {
    verb.id: verb
    for verb in (
        ToolsVerb(
            "add-agent", "Add the agent's channel to", why_not_add_channel,
            lambda g: AddAgentChannel(g.key.uuid, live=g.state.active),
            (
                "a running guest gets it at once where its hypervisor can plug it in, and in any "
                "case when it is started again after it was off",
                "inside the guest qemu-guest-agent must be installed and started",
            ),
        ),
        ToolsVerb(
            "freeze", "Freeze the file systems of", _through("guest-fsfreeze-freeze"),
            lambda g: Freeze(g.key.uuid),
            ("whoever writes inside waits until they are thawed: services stand still",),
            destructive=True,
        ),
        ToolsVerb(
            "thaw", "Thaw the file systems of", _through("guest-fsfreeze-thaw"),
            lambda g: Thaw(g.key.uuid), (), Risk.NONE,
        ),
        ToolsVerb(
            "trim", "Trim the file systems of", _through("guest-fstrim"),
            lambda g: Trim(g.key.uuid),
            ("its disks are told which blocks are free; may take minutes",),
        ),
        ToolsVerb(
            "set-clock", "Set the clock of", _through("guest-set-time"),
            lambda g: SetClock(g.key.uuid), ("set to the time of the machine that runs vmtui",),
        ),
    )
}  # fmt: skip


def clocks_to_set(guests: Sequence[Guest | None]) -> bool:
    """Whether one of these guests, which are about to be resumed, has an agent to set its clock."""
    return any(
        guest is not None and guest.told is not None and "guest-set-time" in guest.told.commands
        for guest in guests
    )


def why_not_freeze(guest: Guest, capabilities: Capabilities) -> str | None:
    """None where it can be frozen, or is off and writes nothing anyway."""
    return TOOLS_VERBS["freeze"].why_not(guest, capabilities) if guest.state.active else None


why_not_password = _through("guest-set-user-password")
why_not_key = _through("guest-ssh-add-authorized-keys")
why_not_run = _through("guest-exec", "guest-exec-status")
why_not_copy = _through("guest-file-open", "guest-file-read", "guest-file-write")


def user_problem(name: str) -> str | None:
    """None where a user inside a guest may be named so."""
    if not name:
        return "a user is needed"
    if len(name) > 256 or not name.isprintable() or any(letter in name for letter in ":/\n"):
        return "that is no name of a user"
    return None


def password_problem(password: str) -> str | None:
    """None where it can be a password."""
    if not password:
        return "a password is needed"
    if any(letter in password for letter in "\n\r\0"):
        return "a password is one line"
    return None if len(password) <= 256 else "a password has at most 256 characters"


def key_problem(key: str) -> str | None:
    """None where it is a line of a public key's file."""
    words = key.split()
    if "PRIVATE KEY" in key:
        return "that is a private key: the line of the file that ends in .pub is wanted"
    if len(words) < 2 or not words[0].startswith(KEY_KINDS) or "\n" in key.strip():
        return "one line such as “ssh-ed25519 AAAA… me@here” is wanted"
    return None if len(key) <= 16384 else "that is too long for a key"


def set_password(
    guests: Sequence[Guest], user: str, password: str, capabilities: CapabilitiesOf
) -> Plan:
    """Give a user inside these guests a password.

    Raises Invalid where name or password cannot be.
    """
    if problem := user_problem(user) or password_problem(password):
        raise Invalid("This cannot be a user's password", problem)
    able, refused = sort_out(guests, capabilities, why_not_password)
    effects = []
    if able:
        words = f"{count(len(able))}: {user} logs in with the new password; it is not kept"
        effects.append(Effect(words, destructive=True))
    return one_track_each(
        "set-password", f"Set the password of {user} in", able, refused,
        lambda guest: (SetPassword(guest.key.uuid, user, password),),
        effects=effects, risk=Risk.ASK,
    )  # fmt: skip


def add_key(guests: Sequence[Guest], user: str, key: str, capabilities: CapabilitiesOf) -> Plan:
    """Let the owner of an SSH key log in as a user of these guests.

    Raises Invalid where name or key cannot be.
    """
    if problem := user_problem(user) or key_problem(key):
        raise Invalid("This cannot be a user's key", problem)
    able, refused = sort_out(guests, capabilities, why_not_key)
    effects = [Effect(f"{user} can log in with that key by SSH")] if able else []
    return one_track_each(
        "add-key", f"Add an SSH key of {user} to", able, refused,
        lambda guest: (AddKey(guest.key.uuid, user, key.strip()),),
        effects=effects, risk=Risk.ASK,
    )  # fmt: skip


def copy_in(
    guests: Sequence[Guest], source: str, target: str, force: bool, capabilities: CapabilitiesOf
) -> Plan:
    """Copy a file of this machine into these guests."""
    able, refused = sort_out(guests, capabilities, why_not_copy)
    effects = []
    if able:
        words = f"{source} becomes {target} in {count(len(able))}"
        effects.append(Effect(words + (", over what is there" if force else ""), force))
    return one_track_each(
        "copy-in", f"Copy {source} into", able, refused,
        lambda guest: (CopyIn(guest.key.uuid, source, target, force),),
        effects=effects, risk=Risk.ASK,
    )  # fmt: skip


def copy_out(
    guest: Guest, source: str, target: str, force: bool, capabilities: Capabilities
) -> Plan:
    """Copy a file of a guest to this machine."""
    able, refused = sort_out([guest], {guest.key.host: capabilities}, why_not_copy)
    words = f"{source} becomes {target} here" + (", over what is there" if force else "")
    return one_track_each(
        "copy-out", f"Copy {source} out of", able, refused,
        lambda one: (CopyOut(one.key.uuid, source, target, force),),
        effects=[Effect(words, force)] if able else [], risk=Risk.ASK,
    )  # fmt: skip
