"""The agent of a guest that is this very machine: real programs, and no hypervisor."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from vmtui.errors import NotFound
from vmtui.model.agentfacts import Command, CommandState


@dataclass
class LocalAgent:
    """Fulfils `vmtui.hypervisor.GuestAgent` as far as commands go."""

    answering: asyncio.Event = field(default_factory=asyncio.Event)
    """Set: answers. Else it does what it is asked, and its answers are late."""
    ends: dict[int, asyncio.Task[CommandState]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """It answers."""
        self.answering.set()

    async def start(self, command: Command) -> int:
        """Start a program."""
        try:
            process = await asyncio.create_subprocess_exec(
                *command.words, stdin=-1, stdout=-1, stderr=-1
            )
        except FileNotFoundError as error:
            raise NotFound("The guest has no such program", str(error)) from None
        self.ends[process.pid] = asyncio.create_task(_end(process, command.input))
        await self.answering.wait()
        return process.pid

    async def look(self, number: int) -> CommandState:
        """Whether it has ended."""
        task = self.ends[number]
        return task.result() if task.done() else CommandState(ended=False)


async def _end(process: asyncio.subprocess.Process, given: bytes) -> CommandState:
    out, err = await process.communicate(given)
    code = process.returncode or 0
    return CommandState(True, max(code, 0), -code if code < 0 else None, out, err)
