"""`vmtui exec NAME -- COMMAND`: a command inside a guest, through its agent."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import stat
import sys
from argparse import Namespace
from typing import BinaryIO

from vmtui.cli.finding import Opened
from vmtui.cli.inside import reaching
from vmtui.cli.output import complain
from vmtui.config import Settings
from vmtui.engine import commands
from vmtui.errors import Invalid, NotFound, VmtuiError
from vmtui.model.agentfacts import Command, CommandState

OUT_OF_TIME, FAILED, NO_PROGRAM = 124, 125, 127
LAYOUT = "\n\t"
"""The control characters that a terminal gets."""


def run(given: Namespace, settings: Settings) -> int:
    """Run it; the exit code."""

    async def work(found: Opened) -> int:
        agent = found.hypervisor.agent(found.guest.key.uuid)
        data = await asyncio.to_thread(_input, agent.input_most)
        command = Command(tuple(given.words), input=data)
        try:
            state = await commands.run(agent, command, timeout=given.timeout)
        except commands.OutOfTime as error:
            complain(error)
            return OUT_OF_TIME
        if given.json:
            print(json.dumps(_record(state)))
        else:
            _put(sys.stdout.buffer, state.out, given.raw)
            _put(sys.stderr.buffer, state.err, given.raw)
        if state.cut:
            print("vmtui: the output was cut at 1 MiB", file=sys.stderr)
        return code_of(state)

    return reaching.run(given, settings, given.name, work, _failed)


def code_of(state: CommandState) -> int:
    """The exit code that says how a command ended."""
    if state.signal is not None:
        return 128 + state.signal
    return (state.code or 0) & 0xFF


def _failed(error: VmtuiError) -> int:
    is_program = isinstance(error, NotFound) and "program" in error.title
    return NO_PROGRAM if is_program else FAILED


def _input(most: int) -> bytes:
    """What a pipe or a file hands over; nothing from a terminal or from no input at all."""
    try:
        kind = os.fstat(0).st_mode
    except OSError:
        return b""
    if not (stat.S_ISFIFO(kind) or stat.S_ISREG(kind) or stat.S_ISSOCK(kind)):
        return b""
    data = sys.stdin.buffer.read(most + 1)
    if len(data) > most:
        raise Invalid(
            f"A command inside a guest takes at most {most // 1024} KiB of input",
            hint="Copy a file into the guest with vmtui cp, and let the command read that.",
        )
    return data


def _put(stream: BinaryIO, data: bytes, raw: bool) -> None:
    """Print it as it is into a pipe; on a terminal without what could steer that."""
    if not raw and stream.isatty():
        data = reaching.clean(data.decode("utf-8", "replace"), LAYOUT).encode()
    stream.write(data)
    stream.flush()


def _record(state: CommandState) -> dict[str, object]:
    """One JSON object; output that is no UTF-8 as base64."""
    record: dict[str, object] = {"code": state.code, "signal": state.signal, "cut": state.cut}
    for name, data in (("stdout", state.out), ("stderr", state.err)):
        try:
            record[name] = data.decode()
        except UnicodeDecodeError:
            record[f"{name}_base64"] = base64.b64encode(data).decode()
    return record
