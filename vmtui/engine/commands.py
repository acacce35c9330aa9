"""Runs a command inside a guest through its agent, to its end or to a time limit.

A guest with a POSIX shell runs it below a few lines of that shell, which cut its output: an agent
sends all of it at once at the end, and too much of it makes the hypervisor give up the agent.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses

from vmtui.engine.clock import Clock, SystemClock
from vmtui.errors import NotFound, TimedOut, VmtuiError
from vmtui.hypervisor import GuestAgent
from vmtui.model.agentfacts import Command, CommandState

OUTPUT_MOST = 1024 * 1024
"""Bytes of standard output, and as many of standard error, that are kept of a command."""
FIRST_PAUSE, LAST_PAUSE = 0.02, 2.0
LONGER = 1.25
"""Seconds between two looks at a command, and how much longer each pause is than the one before:
that it has ended is known after a quarter of the time that it took, at most."""
KILLING = 10.0
SHELL = "/bin/sh"
KILLED = 137
"""What a shell says of a command that was killed by signal 9."""

# Standard output and error each go through `head`; the exit code comes by a pipe of its own.
# What writes on after its output was cut is ended by SIGPIPE.
BOUNDED = """\
most=$1; shift
exec 3>&1 4>&2
code=$(
  { { { "$@" 3>&- 4>&- 5>&- 6>&-; echo $? >&5; } 2>&6 6>&- | head -c "$most" >&3; } 6>&1 |
    head -c "$most" >&4; } 5>&1
)
exit "$code"
"""
# A command's whole family ends with it: stopped as it is found, until nobody more is. It starts no
# program where /proc tells parents, as on Linux; few of those systems have pgrep.
KILL = """\
family=
add() {
  case " $family " in *" $1 "*) return ;; esac
  kill -STOP "$1" 2> /dev/null
  family="$family $1" more=yes
}
add "$1"
while [ "$more" ]; do
  more=
  if [ ! -r /proc/1/stat ]; then
    for child in $(pgrep -P "$(echo $family | tr ' ' ,)"); do add "$child"; done
    continue
  fi
  for file in /proc/[0-9]*/stat; do
    { read -r line < "$file"; } 2> /dev/null || continue
    rest=${line##*) }; rest=${rest#* }
    case " $family " in *" ${rest%% *} "*) add "${line%% *}" ;; esac
  done
done
kill -KILL $family 2> /dev/null
"""


class OutOfTime(TimedOut):
    """The command itself did not end in time, and was killed; its agent answers."""


async def run(
    agent: GuestAgent,
    command: Command,
    *,
    timeout: float | None = None,
    clock: Clock | None = None,
    terse: bool = False,
    killing: float = KILLING,
) -> CommandState:
    """How the command ended; `cut` says that it printed more than `OUTPUT_MOST`.

    It is killed inside the guest where `timeout` seconds pass, and where this is cancelled: that
    is waited for, `killing` seconds at most. One that is `terse` prints little, and needs no shell
    over it.

    Raises:
        OutOfTime: It did not end in time.
        TimedOut: Its agent is silent.
        NotFound: There is no such program.
        VmtuiError: As `GuestAgent` says.
    """
    clock = clock or SystemClock()
    starting = asyncio.create_task(_start(agent, command, terse))
    try:
        number, bounded = await asyncio.shield(starting)
    except asyncio.CancelledError:
        # It may run by now, and only the answer tells which one is to be killed.
        await _kill_started(agent, starting, clock, killing)
        raise
    try:
        async with asyncio.timeout(timeout):
            state = await until_ended(agent, number, clock)
    except TimeoutError:
        await _kill(agent, number, clock, killing)
        raise OutOfTime(
            "The command did not end in time", f"It was killed after {timeout:g} seconds."
        ) from None
    except asyncio.CancelledError:
        # Whoever cancels waits for this; a guest that is mute by now keeps its command.
        await _kill(agent, number, clock, killing)
        raise
    return dataclasses.replace(state, cut=_was_cut(state)) if bounded else state


def wrapped(command: Command) -> Command:
    """The command below the shell that bounds its output."""
    words = (SHELL, "-c", BOUNDED, "sh", str(OUTPUT_MOST), *command.words)
    return dataclasses.replace(command, words=words)


def output(state: CommandState) -> str:
    """What it printed, for sentences."""
    return (state.err or state.out).decode("utf-8", "replace").strip()


async def _start(agent: GuestAgent, command: Command, terse: bool) -> tuple[int, bool]:
    if terse:
        return await agent.start(command), False
    try:
        return await agent.start(wrapped(command)), True
    except NotFound:
        # A guest without a shell: Windows, or a container of one program.
        return await agent.start(command), False


async def until_ended(agent: GuestAgent, number: int, clock: Clock | None = None) -> CommandState:
    """How a command ended that was started."""
    clock = clock or SystemClock()
    pause = FIRST_PAUSE
    while not (state := await agent.look(number)).ended:
        await clock.sleep(pause)
        pause = min(pause * LONGER, LAST_PAUSE)
    return state


async def _kill_started(
    agent: GuestAgent, starting: asyncio.Task[tuple[int, bool]], clock: Clock, seconds: float
) -> None:
    with contextlib.suppress(VmtuiError, TimeoutError):
        async with asyncio.timeout(seconds):
            number, _ = await starting
        await _kill(agent, number, clock, seconds)


async def _kill(agent: GuestAgent, number: int, clock: Clock, seconds: float) -> None:
    with contextlib.suppress(VmtuiError, TimeoutError):
        async with asyncio.timeout(seconds):
            killer = await agent.start(Command((SHELL, "-c", KILL, "sh", str(number))))
            await until_ended(agent, killer, clock)
            # To be asked no more, the agent must have told of both.
            await until_ended(agent, number, clock)


def _was_cut(state: CommandState) -> bool:
    return state.cut or max(len(state.out), len(state.err)) >= OUTPUT_MOST
