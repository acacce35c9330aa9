"""One command to a guest's agent: JSON there, JSON back, within bounds of time and size."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import libvirt
import libvirt_qemu

from vmtui.errors import Conflict, Invalid, NotFound, Refused, TimedOut, Unsupported, VmtuiError
from vmtui.hypervisors.libvirt.calls import Lane
from vmtui.hypervisors.libvirt.errors import garbled, message, translate
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.text import plain

Result = TypeVar("Result")
Ask = Callable[..., Any]
"""Asks the agent: a command's name, and its arguments."""

ANSWER_MOST = 5 * 1024 * 1024
"""Characters of an answer; libvirt itself lets no more than 4 MiB through."""
GREETING = 5.0
"""Seconds that libvirt itself waits for an agent to greet, whatever the limit of a command is."""
STALE = "The guest agent was started again, and has forgotten the file"
RESTART = "Restart qemu-guest-agent inside the guest."

_FAILED = "unable to execute QEMU agent command"


async def ask(
    handle: Handle,
    uuid: str,
    command: str,
    arguments: Mapping[str, object] | None = None,
    *,
    timeout: int = 10,
) -> Any:
    """What the agent returned for `command`: any JSON value, not yet looked at.

    Args:
        handle: The open host.
        uuid: The guest's.
        command: Its name: `guest-ping`.
        arguments: JSON values.
        timeout: Seconds for the command itself; its greeting may take five more.

    Raises:
        VmtuiError: As `vmtui.hypervisor.GuestAgent` says.
    """
    return await talk(handle, uuid, lambda asked: asked(command, arguments), timeout)


async def talk(
    handle: Handle, uuid: str, work: Callable[[Ask], Result], timeout: int = 10, calls: int = 1
) -> Result:
    """What `work` returns: it asks one thing after the other, all in one thread.

    Where nobody waits for it any more, the command that is under way is its last one.

    Args:
        handle: The open host.
        uuid: The guest's.
        work: Is given the function that asks: a command's name and its arguments.
        timeout: Seconds for each command; its greeting may take five more.
        calls: How many commands there are at most.

    Raises:
        VmtuiError: As `vmtui.hypervisor.GuestAgent` says.
    """
    left = threading.Event()

    def asked(command: str, arguments: Mapping[str, object] | None = None) -> Any:
        if left.is_set():
            raise TimedOut("Nobody waits for the guest agent any more")
        return ask_now(handle.domain(uuid), command, arguments, timeout)

    limit = calls * (timeout + GREETING + 1)
    try:
        return await handle.calls.run(work, asked, timeout=limit, lane=Lane.TALK)
    finally:
        left.set()


def ask_now(
    domain: libvirt.virDomain,
    command: str,
    arguments: Mapping[str, object] | None = None,
    timeout: int = 10,
) -> Any:
    """The same, at once and in this thread (virDomainQemuAgentCommand)."""
    request: dict[str, object] = {"execute": command}
    if arguments:
        request["arguments"] = dict(arguments)
    try:
        text = legible(
            lambda: libvirt_qemu.qemuAgentCommand(domain, json.dumps(request), timeout, 0)
        )
    except libvirt.libvirtError as error:
        raise agent_error(error) from error
    return returned(text)


def legible(call: Callable[[], Result]) -> Result:
    """What a call returned that an agent has to answer.

    Raises:
        Invalid: What the agent sent is no text, and so is the error that quotes it.
        libvirt.libvirtError: As the call.
    """
    try:
        return call()
    except (SystemError, UnicodeDecodeError) as error:
        if not garbled(error):
            raise
        raise Invalid("The guest agent's answer makes no sense", hint=RESTART) from None


def returned(text: object) -> Any:
    """The `return` of an answer.

    Raises:
        Invalid: It is too large, is not JSON, or has none.
    """
    if not isinstance(text, str) or len(text) > ANSWER_MOST:
        raise Invalid("The guest agent's answer is too large", hint=RESTART)
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid("The guest agent's answer makes no sense", plain(text, 80)) from None
    if not isinstance(answer, dict) or "return" not in answer:
        raise Invalid("The guest agent's answer makes no sense", plain(text, 80))
    return answer["return"]


def agent_error(error: libvirt.libvirtError) -> VmtuiError:
    """Our error for what a call to an agent raised: libvirt has no codes for what agents say."""
    text, code = message(error), error.get_error_code()
    if _FAILED in text:
        return _said(plain(text.partition("': ")[2] or text, 300))
    if code == libvirt.VIR_ERR_SYSTEM_ERROR and "agent response" in text:
        return Invalid("The guest agent's answer is too large", text, RESTART)
    if code == libvirt.VIR_ERR_RPC and "encode message" in text:
        return Invalid("The guest agent's answer is too large", "More than 4 MiB")
    if code == libvirt.VIR_ERR_INTERNAL_ERROR and ("json" in text.lower() or "reply" in text):
        return Invalid("The guest agent's answer makes no sense", text, RESTART)
    if code == libvirt.VIR_ERR_AGENT_UNRESPONSIVE and "not connected" in text:
        return TimedOut(
            "No guest agent answers in it", text, "Install qemu-guest-agent inside the guest."
        )
    if code == libvirt.VIR_ERR_AGENT_UNRESPONSIVE and "due to an error" in text:
        return TimedOut("The guest agent was given up, since it sent nonsense", text, RESTART)
    if code in (libvirt.VIR_ERR_OPERATION_UNSUPPORTED, libvirt.VIR_ERR_CONFIG_UNSUPPORTED):
        return Unsupported("It has no guest-agent channel", text)
    if code == libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED and "agent" in text:
        return Unsupported("It has no guest-agent channel", text)
    ours = translate(error)
    if isinstance(ours, Conflict):
        return Conflict("It does not run", ours.detail, "Start it first.")
    return ours


def _said(words: str) -> VmtuiError:
    """What the agent itself gave as the reason."""
    low = words.lower()
    if low.startswith("handle") and "not been found" in low:
        return NotFound(STALE, words)
    if "has not been found" in low:
        return Unsupported("The guest agent does not know this", words, "Update it.")
    if "not currently supported" in low:
        return Unsupported("The guest agent cannot do this in this guest", words)
    if "has been disabled" in low or "is not allowed" in low or "blacklist" in low:
        return Refused(
            "The guest agent blocks this", words, "Its settings inside the guest say so."
        )
    if "no such file" in low or "cannot find the" in low:
        return NotFound("The guest has no such file", words)
    if "permission denied" in low or "access is denied" in low or "not permitted" in low:
        return Refused("The guest does not allow it", words)
    if "is a directory" in low or "already exists" in low:
        return Conflict("The guest has something else there", words)
    return VmtuiError("The guest agent could not do it", words)
