"""What the shell in a demo guest's console does with a line that asks who is there, or installs."""

from __future__ import annotations

import re
import shlex

from vmtui.hypervisors.demo.build import DemoGuest
from vmtui.hypervisors.demo.machine import Machine
from vmtui.model.change import Happened
from vmtui.model.guest import Agent
from vmtui.plan.agentpackages import release_of
from vmtui.plan.loginfacts import QUESTION, RELEASE_FOLLOWS

_MARKS = re.compile(r"begin\\n\" (\S+) (\S+); \( (.*) \) </dev/null; code=", re.DOTALL)


def answer(host: Machine, guest: DemoGuest, line: str) -> str | None:
    """What such a line prints, and what comes of it; None where it is another line."""
    try:
        words = shlex.split(line)
    except ValueError:
        return None
    if words[:2] != ["sh", "-c"] or len(words) != 3 or not (found := _MARKS.search(words[2])):
        return None
    mark, command = found[1] + found[2], found[3]
    code, output = _run(host, guest, command)
    return "\r\n".join(("", f"{mark}:begin", *output.split("\n"), f"{mark}:{code}"))


def _run(host: Machine, guest: DemoGuest, command: str) -> tuple[int, str]:
    if command == QUESTION:
        system = release_of(guest.definition.os or "demo")
        release = f"ID={system.id}\nVERSION_ID={system.version}"
        return 0, f"uid=0\nkernel=Linux\nsudo=\ndoas=\nagent=\n{RELEASE_FOLLOWS}\n{release}"
    if "install" in command or "apk add" in command:
        return 0, "Setting up qemu-guest-agent (1:8.2.4)"
    if "qemu-guest-agent" in command:
        if guest.definition.agent is Agent.DISCONNECTED:
            guest.set_agent(Agent.CONNECTED)
            guest.agent_answers = True
            host.announce(Happened.UPDATED, guest)
        return 0, "started"
    return 0, "done"
