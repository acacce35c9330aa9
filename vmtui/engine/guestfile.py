"""A file inside a guest, by its agent: reading and writing at a place, its checksum, its name."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from vmtui.engine import commands
from vmtui.engine.localfile import Source, Taken
from vmtui.errors import Conflict, Invalid, NotFound, Refused, Unsupported, VmtuiError
from vmtui.hypervisor import GuestAgent
from vmtui.model.agentfacts import Command, CommandState

NO_COMMANDS = (Unsupported, Refused, NotFound)
"""What an agent says that runs no commands, or has no shell to run them with."""
KILLING = 3.0
"""Seconds that whoever cancels waits for a script to be ended."""
EXISTS = 17
"""What our scripts end with where the target is there."""

WHAT_IS = 'if [ -d "$1" ]; then echo folder; elif [ -e "$1" ]; then echo file; else echo none; fi'
CREATE = 'umask 077; : >> "$1"'
FINISH = f"""\
if [ -e "$2" ] && [ "$4" != force ]; then exit {EXISTS}; fi
chmod "$3" "$1" && mv -f "$1" "$2"
"""
REMOVE = 'rm -f "$1"'
# A file of just that size is read by the tool itself: through a pipe it takes twice as long. Of one
# that grows nothing past the size counts; by dd, since busybox's `head -c` goes letter by letter.
DIGEST = """\
whole() { [ -n "$(find -L "$1" -prune -size "$2"c 2> /dev/null)" ]; }
part() {
  dd bs=65536 count=$(($2 / 65536)) 2> /dev/null
  head -c $(($2 % 65536))
}
for tool in sha256sum "shasum -a 256" "sha256 -q"; do
  command -v ${tool%% *} > /dev/null || continue
  if whole "$@"; then
    sum=$($tool < "$1")
    whole "$@" || sum=
  fi
  [ "$sum" ] || sum=$(part "$@" < "$1" | $tool)
  echo "$sum"
  exit
done
exit 1
"""


class GuestFile:
    """One file inside a guest, while it is open. A handle that its agent forgot is opened again."""

    def __init__(self, agent: GuestAgent, path: str, mode: str) -> None:
        self.path = path
        self._agent = agent
        self._mode = mode
        self._handle: int | None = None
        self._at: int | None = 0
        """Where it stands; None where that is not known."""

    async def open(self) -> None:
        """Open it. Raises NotFound, Refused."""
        self._handle = await self._agent.open_file(self.path, self._mode)
        self._at = 0

    async def size(self) -> int:
        """Its size in bytes."""
        self._at = await self._agent.seek_file(self._open, 0, from_end=True)
        return self._at

    async def seek(self, at: int) -> None:
        """Go to a place."""
        if self._at != at:
            self._at = None
            self._at = await self._agent.seek_file(self._open, at)

    async def read(self, at: int) -> bytes:
        """As many bytes as one call gives, from that place; b"" at its end."""
        await self._place(at)
        self._at = None
        data, _ = await self._agent.read_file(self._open, self._agent.read_most)
        self._at = at + len(data)
        return data

    async def write(self, at: int, data: bytes) -> None:
        """Write all of it at that place."""
        while data:
            await self._place(at)
            self._at = None
            count = await self._agent.write_file(self._open, data)
            if not count:
                raise Conflict("The guest does not take any more of the file", self.path)
            at += count
            data = data[count:]
            self._at = at

    async def close(self) -> None:
        """Let go of it; an agent that is mute by now keeps it."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            with contextlib.suppress(VmtuiError):
                await self._agent.close_file(handle)

    async def _place(self, at: int) -> None:
        try:
            if self._at is None:
                self._at = await self._agent.seek_file(self._open, at)
            else:
                await self.seek(at)
        except NotFound:
            # The agent was started again. A file is never cut by being opened again.
            self._handle = await self._agent.open_file(self.path, self._mode.replace("w", "r+"))
            self._at = await self._agent.seek_file(self._handle, at)

    @property
    def _open(self) -> int:
        if self._handle is None:
            raise NotFound("The file is closed", self.path)
        return self._handle


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where in the guest a file is put together."""

    target: str
    part: str
    """Its temporary name; the target itself where the agent runs no commands."""
    permissions: int

    @property
    def resumes(self) -> bool:
        """Whether what a cut copy wrote is under a name that only that copy has."""
        return self.part != self.target

    @property
    def mode(self) -> str:
        """How it is opened."""
        return "r+" if self.resumes else "w"

    async def finish(self, agent: GuestAgent, *, force: bool) -> None:
        """Give it its name and permissions. Raises Taken where something has it by now."""
        if not self.resumes:
            return
        words = (self.part, self.target, f"{self.permissions:o}", "force" if force else "")
        state = await _script(agent, FINISH, *words)
        if state.code == EXISTS:
            raise Taken(self.target)
        if state.code != 0:
            raise Conflict("The file cannot be given its name", commands.output(state)[:300])

    async def drop(self, agent: GuestAgent) -> None:
        """Remove what was written, as far as that can be."""
        if self.resumes:
            with contextlib.suppress(VmtuiError):
                await _script(agent, REMOVE, self.part)


async def shelf(agent: GuestAgent, target: str, source: Source, *, force: bool) -> Shelf:
    """Prepare the place for a file: `target` is its name, or the folder that it goes into.

    Raises:
        Taken: There is a file of that name, and `force` was not given.
    """
    if target.endswith("/"):
        target += source.path.name
    try:
        what = await _what_is(agent, target)
    except NO_COMMANDS:
        await _must_be_free(agent, target, force=force)
        return Shelf(target, target, source.permissions)
    if what == "folder":
        target = f"{target.rstrip('/')}/{source.path.name}"
        what = await _what_is(agent, target)
    if what == "folder" or (what == "file" and not force):
        raise Taken(target)
    place = PurePosixPath(target)
    part = str(place.with_name(f".{place.name}.{source.mark}.vmtui-part"))
    state = await _script(agent, CREATE, part)
    if state.code != 0:
        raise Conflict("The guest cannot write there", commands.output(state)[:300])
    return Shelf(target, part, source.permissions)


async def digest(agent: GuestAgent, path: str, file: GuestFile, size: int) -> str:
    """The SHA-256 of its first `size` bytes: by a command of the guest, else by reading it all."""
    if found := await told_digest(agent, path, size):
        return found
    sum_, at = hashlib.sha256(), 0
    while at < size and (data := await file.read(at)):
        await asyncio.to_thread(sum_.update, data[: size - at])
        at += len(data)
    return sum_.hexdigest()


async def told_digest(agent: GuestAgent, path: str, size: int) -> str:
    """The same by a command of the guest; "" where it has none for that.

    The command is ended where this is cancelled.
    """
    with contextlib.suppress(*NO_COMMANDS):
        state = await _script(agent, DIGEST, path, str(size))
        found = re.match(rb"[0-9a-f]{64}", state.out)
        if state.code == 0 and found:
            return found.group().decode()
    return ""


def last_name(path: str) -> str:
    """The last part of a path inside a guest, as a name of a file here.

    Raises:
        Invalid: It has none that is safe.
    """
    name = re.split(r"[/\\]", path.rstrip("/\\"))[-1]
    if name in ("", ".", "..") or not name.isprintable():
        raise Invalid("Give the copy a name", path)
    return name


async def _script(agent: GuestAgent, script: str, *words: str) -> CommandState:
    command = Command((commands.SHELL, "-c", script, "sh", *words))
    return await commands.run(agent, command, terse=True, killing=KILLING)


async def _what_is(agent: GuestAgent, path: str) -> str:
    return (await _script(agent, WHAT_IS, path)).out.decode("ascii", "replace").strip()


async def _must_be_free(agent: GuestAgent, path: str, *, force: bool) -> None:
    if force:
        return
    with contextlib.suppress(NotFound):
        await agent.close_file(await agent.open_file(path, "r"))
        raise Taken(path)
