"""Commands inside a guest: what is kept of what they print, and that they end."""

from __future__ import annotations

import asyncio
import contextlib
import random
from pathlib import Path
from typing import cast

import pytest

from tests.engine.localagent import LocalAgent
from vmtui.engine import commands
from vmtui.errors import NotFound, TimedOut
from vmtui.hypervisor import GuestAgent
from vmtui.model.agentfacts import Command, CommandState

FAMILY = "sleep {0} & (sleep {0}; true) & sleep {0}; true"
SLEEPERS = 3


async def sh(agent: LocalAgent, line: str, timeout: float | None = None) -> CommandState:
    """Run a line of shell."""
    return await commands.run(
        cast("GuestAgent", agent), Command(("sh", "-c", line)), timeout=timeout
    )


@pytest.fixture
def seconds() -> int:
    """How long a family sleeps: nobody else on this machine sleeps as long."""
    return random.randrange(10**7, 10**8)


def family(seconds: int) -> list[str]:
    """Who has that number among its words: the sleepers and the shells above them."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = file.read_bytes().decode(errors="replace").split("\0")
            if any(str(seconds) in word for word in words):
                found.append(words[0])
    return found


async def until_asleep(seconds: int) -> None:
    """Wait until all of them sleep."""
    async with asyncio.timeout(60):
        while family(seconds).count("sleep") < SLEEPERS:  # noqa: ASYNC110 - programs set no Event
            await asyncio.sleep(0.01)


async def until_gone(seconds: int) -> None:
    """Wait until nobody of that family is left."""
    async with asyncio.timeout(60):
        while family(seconds):  # noqa: ASYNC110 - programs set no Event
            await asyncio.sleep(0.01)


async def test_what_it_prints_is_cut_and_its_code_is_its_own() -> None:
    state = await sh(LocalAgent(), r"printf '\000\377'; printf bad >&2; exit 7")
    assert (state.code, state.out, state.err, state.cut) == (7, b"\0\xff", b"bad", False)
    state = await sh(LocalAgent(), "yes; exit 3")
    assert (len(state.out), state.cut) == (commands.OUTPUT_MOST, True)
    with pytest.raises(NotFound):
        await commands.run(cast("GuestAgent", NoShell()), Command(("/nonesuch",)))


class NoShell(LocalAgent):
    """A guest without a shell."""

    async def start(self, command: Command) -> int:
        """Start a program, unless it is the shell."""
        if command.words[0] == commands.SHELL:
            raise NotFound("The guest has no such program")
        return await super().start(command)


async def test_a_guest_without_a_shell_runs_the_program_itself() -> None:
    state = await commands.run(cast("GuestAgent", NoShell()), Command(("echo", "a  b")))
    assert state.out == b"a  b\n"


@pytest.mark.slow
async def test_a_family_ends_when_the_time_is_over(seconds: int) -> None:
    with pytest.raises(TimedOut, match="did not end in time"):
        await sh(LocalAgent(), FAMILY.format(seconds), timeout=0.5)
    await until_gone(seconds)


async def test_a_family_ends_with_whoever_waits_for_it(seconds: int) -> None:
    task = asyncio.create_task(sh(LocalAgent(), FAMILY.format(seconds)))
    await until_asleep(seconds)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until_gone(seconds)


async def test_it_ends_too_where_the_agent_had_not_said_yet_that_it_runs(seconds: int) -> None:
    agent = LocalAgent()
    agent.answering.clear()
    task = asyncio.create_task(sh(agent, FAMILY.format(seconds)))
    await until_asleep(seconds)
    task.cancel()
    await asyncio.sleep(0)
    agent.answering.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until_gone(seconds)
