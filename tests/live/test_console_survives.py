"""What a console outlives: its guest, its daemon, another person, its own terminal's process."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

from tests.live.consoles import (
    LEAVE,
    asked,
    at,
    at_shell,
    booted,
    engines,
    fresh,
    is_engine,
    lines,
    opened,
    shows,
    typed,
    until_shows,
    until_state,
)
from tests.live.rooms import SLOW, act, watching
from tests.rig import Console as Outsider
from tests.rig import Daemon
from vmtui.engine.console import Console
from vmtui.engine.consolebase import ConsoleState

pytestmark = pytest.mark.rig


COUNTED = 8000
"""Lines, all of which a console keeps."""
COUNTING = f"""awk 'BEGIN {{ for (i = 1; i <= {COUNTED}; i++) printf "%d%60s\\n", i, "." }}'"""
"""Some seconds of a serial line."""


def numbers(text: list[str]) -> list[int]:
    """Those of the lines that are whole."""
    found = (re.fullmatch(r"(\d+) +\.", line) for line in text)
    return [int(match[1]) for match in found if match]


def last_line(console: Console) -> str:
    """The lowest line of the screen that is not blank."""
    return next((line for line in reversed(lines(console)) if line), "")


@pytest.mark.timeout(1200)
async def test_a_reboot_and_a_new_start_keep_what_was_printed(
    tmp_path: Path, daemon: Daemon
) -> None:
    """Rebooted from inside, then forced off and started: attached again, scrollback and all."""
    with booted(daemon, "phoenix"):
        async with at_shell(tmp_path, daemon, "phoenix") as seat:
            console = at(seat)
            await typed(seat, "echo first-$((6*7))\n")
            await until_shows(seat, console, "first-42")
            await typed(seat, "reboot -f\n")
            await until_shows(seat, console, "Run /init as init")
            await until_shows(seat, console, "phoenix:~#", 2 * SLOW)
            await seat.press(LEAVE)
            await act(seat, "phoenix", "D", "y")
            await until_state(seat, console, ConsoleState.WAITING)
            await until_shows(seat, console, "phoenix is off; the console comes back")
            await seat.until_shown("Force off phoenix: done")
            await act(seat, "phoenix", "s")
            await until_state(seat, console, ConsoleState.LIVE)
            await until_shows(seat, console, "the console comes back when it starts")
            await opened(seat, "phoenix")
            await seat.until(lambda: last_line(console) == "phoenix:~#", 2 * SLOW)
            text = await console.terminal.text()
            assert "first-42" in text
            # What a guest prints before the console is back is not kept by anybody.
            assert "Linux version" in text
            assert text.count("phoenix is off; the console comes back when it starts") == 1
            await typed(seat, "echo again-$((6*7))\n")
            await until_shows(seat, console, "again-42")


async def test_the_daemon_may_be_killed_and_come_back(tmp_path: Path, daemon: Daemon) -> None:
    """The console says so, keeps what it shows and attaches by itself."""
    with booted(daemon, "orphan"):
        async with at_shell(tmp_path, daemon, "orphan") as seat:
            console = at(seat)
            await typed(seat, "echo before-$((6*7))\n")
            await until_shows(seat, console, "before-42")
            daemon.kill()
            await seat.until(lambda: console.state is not ConsoleState.LIVE, SLOW)
            daemon.start()
            await until_state(seat, console, ConsoleState.LIVE, 2 * SLOW)
            assert shows(console, "before-42")
            await typed(seat, "\necho after-$((6*7))\n")
            await until_shows(seat, console, "after-42")
            assert "the connection to the host is lost" in await console.terminal.text()


async def test_a_console_that_another_one_holds_is_taken_over_on_request(
    tmp_path: Path, daemon: Daemon
) -> None:
    """And is waited for where it is not asked for."""
    with booted(daemon, "shared") as connection:
        domain = connection.lookupByName("shared")
        with Outsider(domain) as outsider:
            outsider.run("echo mine", "shared:~# ")
            async with watching(tmp_path, daemon.uri, size=(100, 40)) as seat:
                console = await asked(seat, "shared")
                await seat.until_shown("Somebody else has this console open")
                assert console.state is ConsoleState.TAKEN
                outsider.run("echo still mine", "shared:~# ")
                await seat.press("ctrl+backslash", "t")
                await until_state(seat, console, ConsoleState.LIVE)
                await fresh(seat, console)
                await typed(seat, "echo ours-$((6*7))\n")
                await until_shows(seat, console, "ours-42")
                await seat.until_gone("Somebody else has this console open")
                # And back: whoever takes it from us is told of in the pane, and not fought.
                with Outsider(domain) as thief:
                    await until_state(seat, console, ConsoleState.TAKEN)
                    thief.run("echo stolen", "shared:~# ")
                await until_state(seat, console, ConsoleState.LIVE)


@pytest.mark.timeout(400)
async def test_the_terminals_process_may_be_killed_during_output(
    tmp_path: Path, rig_daemon: Daemon
) -> None:
    """No line is lost, one says what happened, and other consoles are not touched."""
    with booted(rig_daemon, "hit", "spared"):
        async with at_shell(tmp_path, rig_daemon, "hit") as seat:
            console = at(seat)
            (victim,) = engines()
            await seat.press(LEAVE)
            other = await opened(seat, "spared")
            await fresh(seat, other)
            spared = {process.pid for process in engines()} - {victim.pid}
            await seat.press(LEAVE)
            await opened(seat, "hit")
            console.send(COUNTING.encode() + b"\r")
            await seat.until(lambda: max(numbers(lines(console)), default=0) > 50, SLOW)
            os.kill(victim.pid, signal.SIGKILL)
            await seat.until(lambda: not is_engine(victim), SLOW)
            await seat.until(lambda: len(engines()) == 2, SLOW)
            await seat.until(lambda: last_line(console) == "hit:~#", 2 * SLOW)
            text = (await console.terminal.text()).splitlines()
            (said,) = [number for number, line in enumerate(text) if "terminal engine" in line]
            # It may be said in the midst of a line: the one on each side of it is left out.
            before, after = numbers(text[:said])[:-1], numbers(text[said:])[1:]
            assert before == list(range(1, len(before) + 1))
            assert after == list(range(after[0], COUNTED + 1))
            assert 1 < after[0] - before[-1] <= 4
            assert spared < {process.pid for process in engines()}
