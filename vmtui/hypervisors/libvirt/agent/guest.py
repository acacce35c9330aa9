"""The agent of one guest, for commands and files: fulfils `vmtui.hypervisor.GuestAgent`."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from vmtui.errors import Invalid, NotFound
from vmtui.hypervisors.libvirt.agent import answers
from vmtui.hypervisors.libvirt.agent.talk import Ask, ask, talk
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.model.agentfacts import Command, CommandState

READ_PIECE = 256 * 1024
"""Bytes: the quickest size by measurement; beyond 3 MiB libvirt refuses the answer."""
WRITE_PIECE = 96 * 1024
"""Bytes: as base64 128 KiB, well below what a socket on the host takes in one piece."""
PIECES = 4
"""So many, one after the other, at one errand of a thread: the way there and back takes its time
on a busy machine."""
OUTPUT_MOST = 3 * 1024 * 1024
PATH_MOST = 4096
DATA_TIMEOUT = 60
"""Seconds for a piece of a file: a guest's disk may be busy."""


@dataclass(frozen=True, slots=True)
class LibvirtAgent:
    """Talks through libvirt to the agent of the guest `uuid`."""

    handle: Handle
    uuid: str
    read_most: int = PIECES * READ_PIECE
    write_most: int = PIECES * WRITE_PIECE
    input_most: int = WRITE_PIECE

    async def _ask(self, command: str, arguments: dict[str, object], timeout: int = 10) -> Any:
        return await ask(self.handle, self.uuid, command, arguments, timeout=timeout)

    async def start(self, command: Command) -> int:
        """Run a command (guest-exec); returns its process id."""
        if not command.words or len(command.input) > self.input_most:
            raise Invalid("A guest's command takes at most 96 KiB of input", hint=_COPY)
        if sum(len(word.encode()) for word in command.words) > self.input_most:
            raise Invalid("The command is too long", hint=_COPY)
        path, *rest = command.words
        arguments: dict[str, object] = {
            "path": path, "arg": rest, "capture-output": command.capture,
        }  # fmt: skip
        if command.environment:
            arguments["env"] = list(command.environment)
        if command.input:
            arguments["input-data"] = base64.b64encode(command.input).decode()
        try:
            told = answers.fields(await self._ask("guest-exec", arguments), "guest-exec")
        except NotFound as error:
            raise NotFound("The guest has no such program", error.detail) from None
        return answers.number(told.get("pid"), "a process")

    async def look(self, number: int) -> CommandState:
        """How it stands (guest-exec-status)."""
        status = await self._ask("guest-exec-status", {"pid": number})
        return answers.command_state(status, OUTPUT_MOST)

    async def open_file(self, path: str, mode: str = "r") -> int:
        """Open a file (guest-file-open); the agent runs as root or SYSTEM."""
        if not path or "\0" in path or len(path.encode()) > PATH_MOST:
            raise Invalid("This is no path of a file", path[:100])
        return answers.number(
            await self._ask("guest-file-open", {"path": path, "mode": mode}), "a file's number"
        )

    async def read_file(self, handle: int, count: int) -> tuple[bytes, bool]:
        """Read (guest-file-read)."""
        count = min(count, self.read_most)

        def read(asked: Ask) -> tuple[bytes, bool]:
            found, end = bytearray(), False
            for at in range(0, count, READ_PIECE):
                most = min(count - at, READ_PIECE)
                told = answers.fields(
                    asked("guest-file-read", {"handle": handle, "count": most}), "a file's data"
                )
                data = answers.data(told.get("buf-b64"), "a file's data", most)
                found += data
                end = bool(told.get("eof"))
                if end or len(data) < most:
                    break
            return bytes(found), end

        return await talk(self.handle, self.uuid, read, DATA_TIMEOUT, PIECES)

    async def write_file(self, handle: int, data: bytes) -> int:
        """Write (guest-file-write)."""
        data = data[: self.write_most]

        def write(asked: Ask) -> int:
            done = 0
            while done < len(data):
                piece = data[done : done + WRITE_PIECE]
                text = base64.b64encode(piece).decode()
                told = answers.fields(
                    asked("guest-file-write", {"handle": handle, "buf-b64": text}),
                    "what was written",
                )
                count = answers.number(told.get("count"), "what was written", len(piece))
                done += count
                if count < len(piece):
                    break
            return done

        return await talk(self.handle, self.uuid, write, DATA_TIMEOUT, PIECES)

    async def seek_file(self, handle: int, offset: int, *, from_end: bool = False) -> int:
        """Go to a place (guest-file-seek)."""
        arguments: dict[str, object] = {
            "handle": handle, "offset": offset, "whence": "end" if from_end else "set",
        }  # fmt: skip
        told = answers.fields(await self._ask("guest-file-seek", arguments), "a place")
        return answers.number(told.get("position"), "a place in a file")

    async def close_file(self, handle: int) -> None:
        """Write out and close (guest-file-close)."""
        await self._ask("guest-file-close", {"handle": handle}, DATA_TIMEOUT)


_COPY = "Copy a file into the guest, and let the command read that."
